//! Blocks: what files of records and file systems pack their parts with, and streams of Snappy.
//!
//! Owns the names of the codecs, and bounds on what a block claims. Does not own the decoders.

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::budget::End;
use super::{Unpacker, stream};

/// How a block is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Deflate,
    Zlib,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Snappy,
    /// A block of LZ4 without a frame.
    Lz4,
    /// One that is not read.
    Other,
}

impl Unpacker<'_> {
    /// Reads a block; `size` is what it is said to unfold to, where that is known. `None` when its
    /// codec is not read.
    pub(super) fn block(
        &mut self,
        codec: Codec,
        packed: &[u8],
        size: Option<usize>,
    ) -> Option<(Vec<u8>, End)> {
        let length = packed.len() as u64;
        Some(match codec {
            Codec::None => self.read(length, packed),
            Codec::Deflate => self.read(length, DeflateDecoder::new(packed)),
            Codec::Zlib => self.read(length, ZlibDecoder::new(packed)),
            Codec::Gzip => self.read(length, GzDecoder::new(packed)),
            Codec::Bzip2 => self.read(length, bzip2::bufread::BzDecoder::new(packed)),
            Codec::Xz => {
                let (part, end, _) = stream::read_xz(self, packed);
                (part, end)
            }
            Codec::Zstd => stream::read_zstd(self, &mut &*packed),
            Codec::Snappy => {
                let size = snap::raw::decompress_len(packed);
                self.sized(length, size.unwrap_or(usize::MAX), || {
                    let decoded = snap::raw::Decoder::new().decompress_vec(packed);
                    decoded.map_err(|error| error.to_string())
                })
            }
            Codec::Lz4 => self.sized(length, size?, || {
                let decoded = lz4_flex::block::decompress(packed, size.unwrap_or(0));
                decoded.map_err(|error| error.to_string())
            }),
            Codec::Other => return None,
        })
    }

    /// Decodes a block whose decoder takes as much memory as it is told.
    fn sized(
        &mut self,
        packed: u64,
        size: usize,
        decode: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> (Vec<u8>, End) {
        if size as u64 > self.most(packed) {
            return (Vec::new(), End::Limit);
        }
        match decode() {
            Ok(part) => {
                self.budget.take(part.len() as u64);
                (part, End::Whole)
            }
            Err(why) => (Vec::new(), End::Damaged(why)),
        }
    }
}

pub(super) fn is_snappy(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\x06\0\0sNaPpY")
}

/// Reads a stream of Snappy (its framing format), which is one however many there are.
pub(super) fn snappy(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let decoder = snap::read::FrameDecoder::new(bytes);
    let (whole, end) = unpacker.read(bytes.len() as u64, decoder);
    unpacker.stream(address, &whole, &end, bytes.len() as u64);
}
