//! RAR archives of all versions.
//!
//! Owns what is asked of the decoder, which members that is, and what the ledger says of the others.
//! Does not own the format (the crate `rars`). A member that goes on in another volume is told, and not
//! read.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use rars::{
    Archive, ArchiveMember, ArchiveReadOptions, ArchiveReader, Error, ErrorKind,
    ExtractionDecision, ExtractionErrorAction,
};

use super::{Unpacker, join, strings};
use crate::walker::SkipReason;

/// Heads of an archive are at most this many bytes.
const HEADS: u64 = 64 << 20;
/// The largest dictionary that a decoder may hold, in bytes.
const DICTIONARY: u64 = 256 << 20;
/// A larger member is decoded piece by piece.
const BUFFERED: u64 = 64 << 20;

pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"Rar!\x1a\x07") || bytes.starts_with(b"RE~^")
}

pub(super) fn archive(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let options = ArchiveReadOptions::new()
        .with_max_header_count(u64::from(unpacker.budget.limits.members) + 2)
        .with_max_header_bytes(HEADS)
        .with_rar50_dictionary_size_limit(DICTIONARY)
        .with_rar50_buffered_decode_limit(BUFFERED)
        .with_max_reader_workspace_bytes(2 * DICTIONARY);
    let archive = match ArchiveReader::read_with_options(bytes, options) {
        Ok(archive) => archive,
        Err(fault) => {
            unpacker.text(address, "strings", &strings::all(bytes));
            return tell(unpacker, address, &fault, bytes.len() as u64);
        }
    };
    let mut texts: Vec<u8> = Vec::new();
    for member in archive.members() {
        texts.extend_from_slice(&member.meta.name);
        texts.push(b'\n');
    }
    let comment = archive.comment_with_options(options.with_max_member_output_bytes(1 << 20));
    texts.extend(comment.ok().flatten().unwrap_or_default());
    unpacker.text(address, "directory", &texts);
    extract(unpacker, address, &archive, options);
}

/// Decodes the members one after the other, and hands each over when it is whole or broken off.
fn extract(
    unpacker: &mut Unpacker<'_>,
    address: &str,
    archive: &Archive,
    options: ArchiveReadOptions<'_>,
) {
    let reading = RefCell::new(Reading {
        unpacker,
        address,
        open: None,
        is_solid: archive.members().any(|member| member.is_solid()),
        left: archive.members().map(|one| one.meta.packed_size).sum(),
        is_cut: false,
    });
    let decide = |member: &ArchiveMember| Ok(reading.borrow_mut().next(member));
    let go_on = |_: &ArchiveMember, fault: &Error| {
        reading.borrow_mut().end(Some(fault));
        Ok(ExtractionErrorAction::Continue)
    };
    let outcome = archive.extract_with_control_and_errors(options, decide, go_on);
    let mut reading = reading.into_inner();
    let fault = outcome.err();
    reading.end(fault.as_ref());
    if let Some(fault) = fault.filter(|_| reading.left > 0) {
        if reading.is_cut {
            let reason = SkipReason::UnpackLimit;
            reading.unpacker.skip(reason, address, reading.left);
        } else {
            tell(reading.unpacker, address, &fault, reading.left);
        }
    }
}

/// What is being decoded.
struct Reading<'u, 'v, 'a> {
    unpacker: &'u mut Unpacker<'v>,
    address: &'a str,
    /// The member whose bytes are coming.
    open: Option<Open>,
    /// Whether members need the ones before them.
    is_solid: bool,
    /// How many packed bytes belong to members that were not looked at.
    left: u64,
    /// Whether the last member was broken off at a limit.
    is_cut: bool,
}

struct Open {
    address: String,
    size: u64,
    body: Rc<RefCell<Body>>,
}

/// Takes the bytes of a member, up to a limit.
struct Body {
    bytes: Vec<u8>,
    limit: u64,
    is_cut: bool,
}

impl Reading<'_, '_, '_> {
    /// Ends the member before, and says what is to be done with the next.
    fn next(&mut self, member: &ArchiveMember) -> ExtractionDecision {
        self.end(None);
        let meta = &member.meta;
        if self.unpacker.is_spent() {
            let (address, left) = (self.address, std::mem::take(&mut self.left));
            self.unpacker.skip(SkipReason::UnpackLimit, address, left);
            return ExtractionDecision::Stop;
        }
        self.left = self.left.saturating_sub(meta.packed_size);
        if meta.is_directory || meta.is_redirection {
            return ExtractionDecision::Skip;
        }
        let address = join(self.address, &meta.name);
        let limit = self.unpacker.most(meta.packed_size);
        let is_split = meta.is_split_before || meta.is_split_after;
        let reason = if meta.is_encrypted {
            Some(SkipReason::Encrypted)
        } else if is_split {
            Some(SkipReason::Unsupported)
        } else if meta.unpacked_size > limit && !self.is_solid {
            Some(SkipReason::UnpackLimit)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.unpacker.skip(reason, &address, meta.packed_size);
            // Without this one, those behind it in a solid archive cannot be decoded.
            if self.is_solid {
                let (address, left) = (self.address, std::mem::take(&mut self.left));
                self.unpacker.skip(reason, address, left);
                return ExtractionDecision::Stop;
            }
            return ExtractionDecision::Skip;
        }
        let body = Rc::new(RefCell::new(Body {
            bytes: Vec::new(),
            limit,
            is_cut: false,
        }));
        self.open = Some(Open {
            address,
            size: meta.unpacked_size,
            body: Rc::clone(&body),
        });
        ExtractionDecision::Extract(Box::new(Sink(body)))
    }

    /// Hands over the member that was decoded last, as far as it goes.
    fn end(&mut self, fault: Option<&Error>) {
        let Some(open) = self.open.take() else {
            return;
        };
        let body = std::mem::take(&mut open.body.borrow_mut().bytes);
        self.is_cut = open.body.borrow().is_cut;
        self.unpacker.budget.take(body.len() as u64);
        if !body.is_empty() || fault.is_none() {
            self.unpacker.visit(&open.address, &body);
        }
        let missing = open.size.saturating_sub(body.len() as u64);
        if self.is_cut {
            self.unpacker
                .skip(SkipReason::UnpackLimit, &open.address, missing);
        } else if let Some(fault) = fault {
            tell(self.unpacker, &open.address, fault, missing);
        }
    }
}

/// The writer that a member is decoded to.
struct Sink(Rc<RefCell<Body>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut body = self.0.borrow_mut();
        let room = body.limit.saturating_sub(body.bytes.len() as u64) as usize;
        let taken = bytes.len().min(room);
        body.bytes.extend_from_slice(&bytes[..taken]);
        if taken == 0 && !bytes.is_empty() {
            body.is_cut = true;
            return Err(io::Error::other("beyond the limits of unpacking"));
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Enters a fault in the ledger.
fn tell(unpacker: &mut Unpacker<'_>, address: &str, fault: &Error, bytes: u64) {
    match fault.kind() {
        ErrorKind::PasswordRequired | ErrorKind::BadPassword => {
            unpacker.skip(SkipReason::Encrypted, address, bytes);
        }
        ErrorKind::ResourceLimit => unpacker.skip(SkipReason::UnpackLimit, address, bytes),
        ErrorKind::UnsupportedFormat | ErrorKind::UnsupportedFeature => {
            unpacker.unsupported(address, bytes);
        }
        ErrorKind::ChecksumMismatch => unpacker.damaged(address, "its checksum is wrong", bytes),
        // Its own words have names in them.
        _ => unpacker.damaged(address, "it does not decode", bytes),
    }
}
