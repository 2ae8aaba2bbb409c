//! Faults: why an object could not be read.
//!
//! Owns the kinds. Does not own what is done about one.

/// Why an object could not be read.
#[derive(Clone, Debug)]
pub(in crate::walker) enum Fault {
    /// It is not here.
    Missing,
    /// It does not decode; with what libgit2 says.
    Corrupt(String),
    /// It has more bytes than the limit.
    TooLarge(u64),
}
