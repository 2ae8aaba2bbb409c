//! Standard input that an interrupt can end.
//!
//! Owns the reading thread: a read of a terminal or an idle pipe cannot be stopped from
//! outside, so it happens aside, and the scan waits for bytes or for the interrupt.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

const CHUNK: usize = 1 << 16;
/// Time between two looks at the interrupt.
const PATIENCE: Duration = Duration::from_millis(50);

/// Standard input up to its end or the interrupt.
pub(super) struct Stdin<'a> {
    chunks: Receiver<io::Result<Vec<u8>>>,
    rest: io::Cursor<Vec<u8>>,
    interrupt: &'a AtomicBool,
}

impl<'a> Stdin<'a> {
    /// Starts reading.
    pub(super) fn open(interrupt: &'a AtomicBool) -> Self {
        let (sender, chunks) = sync_channel(4);
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            let mut chunk = vec![0; CHUNK];
            loop {
                let read = input.read(&mut chunk);
                let read = read.map(|length| chunk[..length].to_vec());
                let is_last = read.as_ref().map_or(true, Vec::is_empty);
                if sender.send(read).is_err() || is_last {
                    return;
                }
            }
        });
        Self {
            chunks,
            rest: io::Cursor::default(),
            interrupt,
        }
    }
}

impl Read for Stdin<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.rest.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        loop {
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => {
                    self.rest = io::Cursor::new(chunk?);
                    return self.rest.read(buffer);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) if self.interrupt.load(Ordering::Relaxed) => {
                    return Ok(0);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}
