//! Ctrl-C: the first stops the walk and prints what is known, the second ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Starts watching for interrupts; gives the flag that one sets.
pub(super) fn watch() -> &'static AtomicBool {
    let watching = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            #[expect(
                clippy::exit,
                clippy::disallowed_methods,
                reason = "the user asked twice"
            )]
            std::process::exit(i32::from(super::Exit::Interrupted.code()));
        }
    });
    // Without a handler an interrupt ends the process, as it would any other.
    drop(watching);
    &INTERRUPTED
}
