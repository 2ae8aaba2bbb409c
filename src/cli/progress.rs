//! The progress line on standard error: files, objects, bytes, candidates, rate.
//!
//! Hidden when standard error is no terminal and in CI. Plays no part in results.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::walker::Progress;

/// Time between two looks at the counters.
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` under a progress line, if one is wanted and can be shown.
pub(super) fn shown<T>(wanted: bool, counters: &Progress, work: impl FnOnce() -> T) -> T {
    if !wanted || !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some() {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let drawing = scope.spawn(|| draw(counters, &done));
        let result = work();
        done.store(true, Ordering::Relaxed);
        drawing.thread().unpark();
        result
    })
}

fn draw(counters: &Progress, done: &AtomicBool) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    while !done.load(Ordering::Relaxed) {
        bar.set_message(line(counters, bar.elapsed()));
        bar.tick();
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}

fn line(counters: &Progress, elapsed: Duration) -> String {
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let bytes = count(&counters.bytes);
    let rate = bytes as f64 / elapsed.as_secs_f64().max(0.001);
    format!(
        "{} files, {} objects, {}, {} candidates, {}/s",
        HumanCount(count(&counters.files)),
        HumanCount(count(&counters.objects)),
        HumanBytes(bytes),
        HumanCount(count(&counters.hits)),
        HumanBytes(rate as u64),
    )
}
