//! Start-up: what a hook on a small commit waits for.

use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use criterion::Criterion;
use outgate::detectors::DetectorSet;
use outgate::engine::Engine;

use super::corpus::{self, Dice};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut dice = Dice::new(4);
    let text: String = (0..20).map(|_| corpus::code_line(&mut dice)).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("start-up");
    group.bench_function("process", |bencher| {
        bencher.iter(|| {
            let status = scan(text.as_bytes(), folder.path());
            assert!(status.success(), "outgate ended with {status}");
        });
    });
    for &(name, choice) in super::FINDERS {
        let search = || {
            let engine = Engine::new(DetectorSet::embedded(), choice);
            corpus::search(&engine, text.as_bytes())
        };
        group.bench_function(format!("first search/{name}"), |bencher| {
            bencher.iter(|| black_box(search()));
        });
    }
    group.finish();
}

/// Runs `outgate scan -` in an empty folder.
fn scan(text: &[u8], folder: &Path) -> ExitStatus {
    let mut child = Command::new(env!("CARGO_BIN_EXE_outgate"))
        .args(["scan", "-"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Dropping the pipe is what ends the input.
    child.stdin.take().unwrap().write_all(text).unwrap();
    child.wait().unwrap()
}
