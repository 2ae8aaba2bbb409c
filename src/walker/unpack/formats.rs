//! Formats: how each is told and which reader it has.
//!
//! Owns the table and its order: where two fit, the first counts.

use super::{
    Unpacker, avro, blocks, cabinet, code, compound, git, image, keystore, mail, media, notebook,
    package, parquet, pdf, program, rar, rtf, sevenzip, sqlite, squashfs, stream, strings, tar,
    zip,
};

/// A format that has parts.
pub(in crate::walker) struct Format {
    /// Whether a file of it is searched by its parts alone, and not as it is.
    pub(in crate::walker) replaces: bool,
    /// Whether it is a list of files and nothing else.
    pub(super) is_listing: bool,
    is: fn(&[u8]) -> bool,
    pub(super) open: Open,
}

type Open = fn(&mut Unpacker<'_>, &str, &[u8]);

/// A format whose parts are all there is.
const fn whole(is: fn(&[u8]) -> bool, open: Open) -> Format {
    Format {
        replaces: true,
        is_listing: false,
        is,
        open,
    }
}

/// A format that is searched as it is, too.
const fn beside(is: fn(&[u8]) -> bool, open: Open) -> Format {
    Format {
        replaces: false,
        ..whole(is, open)
    }
}

const fn listing(is: fn(&[u8]) -> bool, open: Open) -> Format {
    Format {
        is_listing: true,
        ..whole(is, open)
    }
}

/// Formats with a magic number that is no text.
static BINARY: &[Format] = &[
    whole(zip::is_zip, zip::zip),
    whole(stream::is_gzip, stream::gzip),
    whole(stream::is_bzip2, stream::bzip2),
    whole(stream::is_xz, stream::xz),
    whole(stream::is_zstd, stream::zstd),
    whole(stream::is_lz4, stream::lz4),
    whole(stream::is_lzip, stream::lzip),
    whole(stream::is_lzma, stream::lzma),
    whole(sevenzip::is_archive, sevenzip::archive),
    whole(rar::is_archive, rar::archive),
    whole(cabinet::is_cabinet, cabinet::cabinet),
    whole(git::is_stream, git::stream),
    whole(blocks::is_snappy, blocks::snappy),
    listing(tar::is_tar, tar::tar),
    whole(package::is_ar, package::ar),
    listing(package::is_cpio, package::cpio),
    whole(package::is_rpm, package::rpm),
    whole(pdf::is_pdf, pdf::pdf),
    whole(sqlite::is_database, sqlite::database),
    whole(avro::is_container, avro::container),
    whole(parquet::is_parquet, parquet::parquet),
    whole(image::is_image, image::image),
    whole(squashfs::is_image, squashfs::image),
    whole(media::is_png, media::png),
    whole(media::is_jpeg, media::jpeg),
    whole(media::is_gif, media::gif),
    whole(media::is_riff, media::riff),
    whole(compound::is_compound, compound::compound),
    whole(keystore::is_java, keystore::java),
    whole(keystore::is_pkcs12, keystore::pkcs12),
    whole(code::is_class, code::class),
    whole(code::is_pyc, code::pyc),
    whole(is_foreign, foreign),
    // Programs that unpack themselves are searched as such, too.
    beside(zip::is_appended, zip::zip),
    beside(program::is_carrier, program::carrier),
    whole(media::is_media, media::media),
    whole(media::is_font, media::font),
    // Two bytes prove little.
    beside(stream::is_zlib, stream::zlib),
];

/// Formats that are text.
static TEXT: &[Format] = &[
    beside(rtf::is_rtf, rtf::rtf),
    beside(notebook::is_json, notebook::json),
    beside(mail::is_message, mail::message),
    beside(mail::is_box, mail::mailbox),
];

/// How many bytes tell whether a file is text.
const HEAD: usize = 512;

/// Says what a file is, if it is of a format with parts.
pub(in crate::walker) fn recognise(bytes: &[u8]) -> Option<&'static Format> {
    let head = &bytes[..bytes.len().min(HEAD)];
    // Few bytes of text are no ASCII; most files need not be asked about binary formats.
    let is_text = head.is_ascii() && memchr::memchr(0, head).is_none();
    let is_of = |format: &&Format| (format.is)(bytes);
    if is_text {
        return TEXT
            .iter()
            .find(is_of)
            .or_else(|| PRINTED.iter().find(is_of));
    }
    BINARY
        .iter()
        .find(is_of)
        .or_else(|| TEXT.iter().find(is_of))
}

/// Binary formats whose first bytes may all be printable.
static PRINTED: &[Format] = &[
    whole(pdf::is_pdf, pdf::pdf),
    whole(package::is_ar, package::ar),
    listing(package::is_cpio, package::cpio),
    whole(git::is_stream, git::stream),
    whole(image::is_image, image::image),
];

/// Magic numbers of containers that have no reader here, from their specifications: ARJ, LHA,
/// compress, squashfs before its fourth version, xar, Apple disk images, woff and ORC.
const FOREIGN: &[&[u8]] = &[
    b"\x60\xea",
    b"\x1f\x9d",
    b"\x1f\xa0",
    b"hsqs",
    b"sqsh",
    b"xar!\0",
    b"wOFF",
    b"wOF2",
    b"ORC\x08",
];

fn is_foreign(bytes: &[u8]) -> bool {
    FOREIGN.iter().any(|magic| bytes.starts_with(magic))
        || bytes.get(0x8001..0x8006) == Some(b"BEA01")
        || bytes.len() > 512 && bytes[bytes.len() - 512..].starts_with(b"koly\0")
}

/// What is not packed in it is searched, as far as it is text.
fn foreign(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    unpacker.text(address, "strings", &strings::all(bytes));
    unpacker.unsupported(address, bytes.len() as u64);
}
