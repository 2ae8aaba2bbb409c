//! Deltas of packs: what one makes has its declared size, and says truly what is copied.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (base, delta) = input;
    outgate::fuzzing::delta(base, delta);
    // Most sizes that the fuzzer guesses are wrong: the same with right ones.
    let mut headed = Vec::new();
    for size in [base.len(), delta.len()] {
        headed.extend([
            0x80 | size as u8 & 0x7f,
            0x80 | (size >> 7) as u8 & 0x7f,
            (size >> 14) as u8 & 0x7f,
        ]);
    }
    headed.extend(delta);
    outgate::fuzzing::delta(base, &headed);
});
