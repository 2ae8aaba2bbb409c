//! Indexes of packs: nothing is found that is not there, and no offset leads out of the pack.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, u16, Option<u8>, &[u8])| {
    let (is_long, end, count, bytes) = input;
    let index = |bytes: &[u8]| outgate::fuzzing::index(bytes, is_long, u64::from(end));
    let Some(count) = count else {
        return index(bytes);
    };
    // A head that fits: what follows are the tables of so many objects.
    let mut whole = b"\xfftOc\0\0\0\x02".to_vec();
    let mut fanout: Vec<u8> = bytes
        .iter()
        .take(256)
        .map(|&up_to| up_to.min(count))
        .collect();
    fanout.resize(255, count);
    fanout.push(count);
    whole.extend(
        fanout
            .iter()
            .flat_map(|&up_to| u32::from(up_to).to_be_bytes()),
    );
    whole.extend(bytes.get(256..).unwrap_or_default());
    index(&whole);
});
