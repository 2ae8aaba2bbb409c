//! Archives, packages and streams: no file yields more than its bounds allow.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: outgate_fuzz::forgive_decoders(), |bytes: &[u8]| outgate_fuzz::unpack(bytes));
