//! Filters of PDF streams (ISO 32000-2, section 7.4).
//!
//! Owns the chain of them and predictors. Filters of pixels stay undecoded, and are said to be.

use std::io;

use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::super::Unpacker;
use super::super::budget::End;
use super::lexer::{Dict, Lexer, Token};

/// What came of a stream.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    pub(super) end: End,
    /// A filter of pixels is left.
    pub(super) is_picture: bool,
    /// A filter that has no reader, or one of encryption.
    pub(super) is_closed: bool,
}

/// No chain is longer.
const LONGEST: usize = 8;

pub(super) fn decode(unpacker: &mut Unpacker<'_>, dict: &Dict<'_>, raw: &[u8]) -> Decoded {
    let mut decoded = Decoded {
        bytes: raw.to_vec(),
        end: End::Whole,
        is_picture: false,
        is_closed: false,
    };
    let mut filters = dict.names("Filter");
    if filters.is_empty() {
        filters = dict.names("F");
    }
    let parameters = parameters(dict);
    for (place, filter) in filters.into_iter().take(LONGEST).enumerate() {
        let bytes = std::mem::take(&mut decoded.bytes);
        let (bytes, end) = match filter {
            b"FlateDecode" | b"Fl" => inflate(unpacker, &bytes),
            b"LZWDecode" | b"LZW" => {
                let early = parameters.get(place).is_none_or(|one| one.early);
                unlzw(unpacker, &bytes, early)
            }
            b"ASCIIHexDecode" | b"AHx" => (hexadecimal(&bytes), End::Whole),
            b"ASCII85Decode" | b"A85" => (ascii_85(&bytes), End::Whole),
            b"RunLengthDecode" | b"RL" => unpacker.read(bytes.len() as u64, &*runs(&bytes)),
            b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode" => {
                decoded.bytes = bytes;
                decoded.is_picture = true;
                return decoded;
            }
            _ => {
                decoded.bytes = bytes;
                decoded.is_closed = true;
                return decoded;
            }
        };
        decoded.bytes = match parameters.get(place) {
            Some(one) if one.predictor >= 2 => one.undo(&bytes),
            _ => bytes,
        };
        if end != End::Whole {
            decoded.end = end;
            return decoded;
        }
    }
    decoded
}

/// Inflates; a damaged head does not keep the rest from being read.
fn inflate(unpacker: &mut Unpacker<'_>, bytes: &[u8]) -> (Vec<u8>, End) {
    let length = bytes.len() as u64;
    let (part, end) = unpacker.read(length, ZlibDecoder::new(bytes));
    match end {
        End::Damaged(_) if part.is_empty() && bytes.len() > 2 => {
            unpacker.read(length, DeflateDecoder::new(&bytes[2..]))
        }
        end => (part, end),
    }
}

fn unlzw(unpacker: &mut Unpacker<'_>, bytes: &[u8], early: bool) -> (Vec<u8>, End) {
    let decoder = if early {
        Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    } else {
        Decoder::new(BitOrder::Msb, 8)
    };
    let source = bytes;
    unpacker.read(bytes.len() as u64, Lzw { decoder, source })
}

/// Decodes LZW piece by piece: a code may stand for thousands of bytes.
struct Lzw<'a> {
    decoder: Decoder,
    source: &'a [u8],
}

impl io::Read for Lzw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let result = self.decoder.decode_bytes(self.source, buffer);
            self.source = &self.source[result.consumed_in..];
            let is_over = match result.status {
                Ok(status) => !matches!(status, LzwStatus::Ok),
                Err(_) if result.consumed_out > 0 => true,
                Err(error) => return Err(io::Error::other(error)),
            };
            if result.consumed_out > 0 || is_over {
                return Ok(result.consumed_out);
            }
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().take_while(|&&byte| byte != b'>');
    let digits = digits.filter_map(|&byte| char::from(byte).to_digit(16));
    let digits: Vec<u32> = digits.collect();
    let byte = |pair: &[u32]| (pair[0] << 4 | pair.get(1).unwrap_or(&0)) as u8;
    digits.chunks(2).map(byte).collect()
}

pub(super) fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut group) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(5));
    let bytes = bytes.trim_ascii_start();
    for &byte in bytes.strip_prefix(b"<~").unwrap_or(bytes) {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            push_group(&mut out, &group, 4);
            group.clear();
        }
    }
    if group.len() > 1 {
        let length = group.len() - 1;
        group.resize(5, 84);
        push_group(&mut out, &group, length);
    }
    out
}

fn push_group(out: &mut Vec<u8>, group: &[u8], length: usize) {
    let value = group.iter().fold(0_u32, |sum, &digit| {
        sum.wrapping_mul(85).wrapping_add(u32::from(digit))
    });
    out.extend_from_slice(&value.to_be_bytes()[..length]);
}

fn runs(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(&length) = bytes.get(at) {
        match length {
            128 => break,
            0..128 => {
                let count = usize::from(length) + 1;
                out.extend_from_slice(super::super::slice(bytes, at + 1, count));
                at += 1 + count;
            }
            _ => {
                let byte = bytes.get(at + 1).copied();
                out.extend(byte.into_iter().cycle().take(257 - usize::from(length)));
                at += 2;
            }
        }
    }
    out
}

/// What a filter needs to know.
#[derive(Debug)]
struct Parameters {
    predictor: usize,
    /// Bytes of a row and of a pixel.
    row: usize,
    pixel: usize,
    early: bool,
}

/// The parameters of each filter: one dictionary, or an array of them and `null`.
fn parameters(dict: &Dict<'_>) -> Vec<Parameters> {
    let value = dict.get("DecodeParms").or_else(|| dict.get("DP"));
    let mut rest = value.unwrap_or_default();
    let mut all = Vec::new();
    while !rest.is_empty() && all.len() < LONGEST {
        let mut lexer = Lexer::new(rest);
        let Some(token) = lexer.next() else {
            break;
        };
        let mut used = lexer.at;
        if token == Token::DictStart {
            let Ok(dict) = Dict::read(rest) else {
                break;
            };
            all.push(Parameters::of(&dict));
            used = dict.end;
        } else if token == Token::Word(b"null") {
            all.push(Parameters::of(&Dict::default()));
        }
        rest = &rest[used..];
    }
    all
}

impl Parameters {
    fn of(dict: &Dict<'_>) -> Self {
        let number = |name, default| dict.number(name).unwrap_or(default).min(1 << 16);
        let (colors, bits) = (number("Colors", 1), number("BitsPerComponent", 8));
        let columns = number("Columns", 1);
        Self {
            predictor: number("Predictor", 1),
            row: (colors * bits * columns).div_ceil(8).max(1),
            pixel: (colors * bits).div_ceil(8).max(1),
            early: dict.number("EarlyChange") != Some(0),
        }
    }

    /// Takes back what a predictor did: those of PNG have a kind in front of each row; that of TIFF
    /// is for pixels alone.
    fn undo(&self, bytes: &[u8]) -> Vec<u8> {
        if self.predictor < 10 {
            return bytes.to_vec();
        }
        let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
        let mut above = vec![0_u8; self.row];
        for line in bytes.chunks(self.row + 1) {
            let mut row = line[1..].to_vec();
            for at in 0..row.len() {
                let left = at.checked_sub(self.pixel).map_or(0, |at| row[at]);
                let corner = at.checked_sub(self.pixel).map_or(0, |at| above[at]);
                let up = above[at];
                let guess = match line[0] {
                    1 => left,
                    2 => up,
                    3 => u16::midpoint(u16::from(left), u16::from(up)) as u8,
                    4 => paeth(left, up, corner),
                    _ => 0,
                };
                row[at] = row[at].wrapping_add(guess);
            }
            above[..row.len()].copy_from_slice(&row);
            out.extend_from_slice(&row);
        }
        out
    }
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |byte: u8| (guess - i16::from(byte)).abs();
    if far(left) <= far(up) && far(left) <= far(corner) {
        left
    } else if far(up) <= far(corner) {
        up
    } else {
        corner
    }
}
