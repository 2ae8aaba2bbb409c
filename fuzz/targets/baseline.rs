//! Baseline files: one that is read is written as one that says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outgate::baseline::Baseline;
use outgate_fuzz::Scratch;

fuzz_target!(|text: &str| {
    let scratch = Scratch::new("baseline.json");
    let Ok(baseline) = Baseline::read(scratch.write(text.as_bytes())) else {
        return;
    };
    let written = baseline.render();
    let again = Baseline::read(scratch.write(written.as_bytes()));
    let again = again.unwrap_or_else(|fault| panic!("what was written is refused: {fault}"));
    assert_eq!(again.render(), written);
    assert!(baseline.entries().eq(again.entries()));
});
