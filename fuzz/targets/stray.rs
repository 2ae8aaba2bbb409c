//! Files of git's own form that no repository reads: loose objects and reftables.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outgate::walker::scan_files;
use outgate_fuzz::{Scratch, forgive_decoders, pass, scan};

fuzz_target!(init: forgive_decoders(), |input: (bool, &[u8])| {
    let (is_packed, bytes) = input;
    let scratch = Scratch::new("stray");
    let path = if is_packed {
        // A loose object as git writes it, but for its compression.
        scratch.write(&outgate_fuzz::zlib(&[b"blob 1\0", bytes].concat()))
    } else {
        scratch.write(bytes)
    };
    let (base, paths) = (path.parent().unwrap_or(path), [path.to_owned()]);
    scan(true, true, &pass, |options, make| {
        scan_files(base, &paths, false, options, make).unwrap_or_default()
    });
});
