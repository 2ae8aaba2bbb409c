//! Encoded text: every decoded byte has its place in the source.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| outgate::fuzzing::decode_all(bytes));
