//! `outgate.toml`, profiles and the files of other scanners.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use outgate::config;
use outgate::config::import::{Oracle, import};
use outgate::submission::Profile;
use outgate::walker::Filter;
use outgate_fuzz::Scratch;

const NAMES: [&str; 5] = [
    "gitleaks.toml",
    "report.json",
    ".secrets.baseline",
    ".gitleaksignore",
    "trufflehog-exclude.txt",
];

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let which = usize::from(which) % (NAMES.len() + 1);
    let Some(name) = NAMES.get(which) else {
        let scratch = Scratch::new("outgate.toml");
        let path = scratch.write(text.as_bytes());
        if let Ok(config) = config::read(path) {
            let _ = Filter::new(&config.exclude);
        }
        let _ = Profile::read(path);
        return;
    };
    let oracle = Oracle {
        is_known: &|id| id.len() % 2 == 0,
        fault: &|_| None,
        holds_secret: &|_| false,
    };
    if let Ok(imported) = import(Path::new(name), text, oracle) {
        for one in &imported.references {
            let _ = one.to_string();
        }
    }
});
