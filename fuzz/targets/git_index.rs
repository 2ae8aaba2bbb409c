//! The index file of a repository: paths ascend, folders lie in one another.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| outgate::fuzzing::git_index(input.1, input.0));
