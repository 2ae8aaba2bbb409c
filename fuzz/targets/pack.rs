//! Packs and bundles, from their first byte to the blobs in them: any bytes, and packs that are put
//! together from objects, some of them wrong. A sound pack loses nothing.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use libfuzzer_sys::fuzz_target;
use outgate::walker::{Fresh, Haystack, History, Origin, Run};
use outgate_fuzz::objects::{Entry, build};
use outgate_fuzz::scan;

#[derive(arbitrary::Arbitrary, Debug)]
enum Input<'a> {
    Stream(&'a [u8]),
    Objects(Vec<Entry<'a>>),
    Indexed {
        entries: Vec<Entry<'a>>,
        offsets: Vec<u16>,
        is_honest: bool,
    },
}

/// The blobs of a stream that were handed over, by id, and whether nothing was missing.
fn read(bytes: Vec<u8>) -> (BTreeMap<String, Vec<u8>>, bool) {
    let interrupt = AtomicBool::new(false);
    let run = Run {
        threads: 1,
        interrupt: &interrupt,
    };
    let Some(history) = History::open_stream("a.pack", bytes, run) else {
        return Default::default();
    };
    let found = std::sync::Mutex::new(RefCell::new(BTreeMap::new()));
    let check = |haystack: &Haystack<'_>| {
        if let Origin::Blob { id, .. } = haystack.origin {
            assert!(matches!(haystack.fresh, Fresh::All));
            let found = found.lock().expect("one thread");
            // A pack may hold an object twice.
            let before = found
                .borrow_mut()
                .insert(id.clone(), haystack.bytes.to_vec());
            assert!(
                before.is_none_or(|before| before == haystack.bytes),
                "{id} has two texts"
            );
        }
    };
    let (_, coverage) = scan(false, true, &check, |options, make| {
        history.scan(options, make).unwrap_or_default()
    });
    let found = found.into_inner().expect("one thread").into_inner();
    (found, coverage.is_complete())
}

fuzz_target!(|input: Input<'_>| match input {
    Input::Stream(bytes) => drop(read(bytes.to_vec())),
    Input::Objects(entries) => {
        let pack = build(&entries);
        let (found, is_complete) = read(pack.bytes);
        for (id, bytes) in pack.texts {
            match found.get(&id) {
                Some(other) => assert_eq!(*other, bytes),
                // What names it as something else is a gap.
                None => assert!(!(pack.is_sound && is_complete), "{id} is lost"),
            }
        }
    }
    Input::Indexed {
        entries,
        mut offsets,
        is_honest,
    } => {
        let pack = build(&entries);
        if is_honest {
            offsets = pack.offsets.iter().map(|&offset| offset as u16).collect();
        }
        offsets.truncate(64);
        outgate::fuzzing::pack(pack.bytes, &offsets);
    }
});
