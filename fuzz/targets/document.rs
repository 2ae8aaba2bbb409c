//! Documents, databases, mail, media and keystores: as for archives, with other seeds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: outgate_fuzz::forgive_decoders(), |bytes: &[u8]| outgate_fuzz::unpack(bytes));
