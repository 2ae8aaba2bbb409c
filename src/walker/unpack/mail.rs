//! E-mail: messages and boxes of them.
//!
//! Owns what a message is told by and how its parts are named. Does not own MIME, encodings and
//! encoded words, which a crate decodes.

use mail_parser::{
    Address, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _, PartType,
};
use memchr::{memchr, memmem};

use super::{Unpacker, join};
use crate::walker::SkipReason;

/// The names of fields that begin messages and little else.
const FIRST: &str = "\
    received: return-path: delivered-to: from: date: message-id: mime-version: x-original-to: \
    subject: to: reply-to: dkim-signature: content-type: x-gm-thrid: arc-seal: authentication-results:";
/// How many bytes of a head are looked at.
const HEAD: usize = 8_000;

pub(super) fn is_message(bytes: &[u8]) -> bool {
    let line = &bytes[..bytes.len().min(24)];
    let Some(colon) = memchr(b':', line) else {
        return false;
    };
    let name = &line[..=colon];
    let is_first = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    if !FIRST.split_ascii_whitespace().any(is_first) {
        return false;
    }
    let head = bytes[..bytes.len().min(HEAD)].to_ascii_lowercase();
    let has = |field: &[u8]| head.starts_with(&field[1..]) || memmem::find(&head, field).is_some();
    // Configuration may have a field or two by these names.
    let usual: [&[u8]; 7] = [
        b"\nfrom:",
        b"\ndate:",
        b"\nsubject:",
        b"\nmessage-id:",
        b"\nmime-version:",
        b"\ncontent-type:",
        b"\nto:",
    ];
    usual.into_iter().filter(|field| has(field)).count() >= 3
}

pub(super) fn is_box(bytes: &[u8]) -> bool {
    bytes.starts_with(b"From ")
        && memchr(b'\n', &bytes[..bytes.len().min(1_000)])
            .is_some_and(|end| is_message(&bytes[end + 1..]))
}

/// Reads a box: each message begins at a line `From ` (RFC 4155).
pub(super) fn mailbox(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let mut starts: Vec<usize> = memmem::find_iter(bytes, b"\nFrom ")
        .map(|at| at + 1)
        .collect();
    starts.insert(0, 0);
    for (number, &start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(bytes.len());
        let message = &bytes[start..end];
        let body = memchr(b'\n', message).map_or(message.len(), |end| end + 1);
        let member = join(address, format!("{}.eml", number + 1).as_bytes());
        message_at(unpacker, &member, &message[body..]);
    }
}

pub(super) fn message(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    message_at(unpacker, address, bytes);
}

fn message_at(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    match MessageParser::default().parse(bytes) {
        Some(message) => parts(unpacker, address, &message, 0),
        None => unpacker.damaged(address, "it has no head", bytes.len() as u64),
    }
}

fn parts(unpacker: &mut Unpacker<'_>, address: &str, message: &Message<'_>, depth: u32) {
    if depth >= unpacker.budget.limits.depth {
        let size = message.raw_message.len() as u64;
        return unpacker.skip(SkipReason::UnpackLimit, address, size);
    }
    for (number, part) in message.parts.iter().enumerate() {
        let member = join(address, name(number, part).as_bytes());
        unpacker.text(&member, "head", &head(part));
        match &part.body {
            PartType::Text(text) => unpacker.visit(&member, text.as_bytes()),
            PartType::Html(text) => {
                unpacker.part(&member, text.as_bytes());
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                unpacker.visit(&member, bytes);
            }
            PartType::Message(inner) => parts(unpacker, &member, inner, depth + 1),
            PartType::Multipart(_) => {}
        }
    }
}

/// The name of a part: that of the attachment, with a number, as two may have the same.
fn name(number: usize, part: &MessagePart<'_>) -> String {
    let kind = match part.body {
        PartType::Text(_) => "text.txt",
        PartType::Html(_) => "text.html",
        PartType::Binary(_) | PartType::InlineBinary(_) => "data",
        PartType::Message(_) => "message.eml",
        PartType::Multipart(_) => "parts",
    };
    format!("{number}/{}", part.attachment_name().unwrap_or(kind))
}

/// The fields of a part with their encoded words decoded.
fn head(part: &MessagePart<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    for field in &part.headers {
        let mut values = Vec::new();
        push_value(&mut values, field.value());
        if !values.is_empty() {
            let line = format!("{}: {}\n", field.name(), values.join(", "));
            text.extend_from_slice(line.as_bytes());
        }
    }
    text
}

fn push_value(values: &mut Vec<String>, value: &HeaderValue<'_>) {
    let mut push_one = |one: &mail_parser::Addr<'_>| {
        let parts = [one.name.as_deref(), one.address.as_deref()];
        values.push(parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    };
    match value {
        HeaderValue::Text(text) => values.push(text.clone().into_owned()),
        HeaderValue::TextList(texts) => {
            values.extend(texts.iter().map(|text| text.clone().into_owned()));
        }
        HeaderValue::Address(Address::List(list)) => list.iter().for_each(push_one),
        HeaderValue::Address(Address::Group(groups)) => {
            groups
                .iter()
                .flat_map(|group| &group.addresses)
                .for_each(&mut push_one);
        }
        HeaderValue::ContentType(kind) => {
            let attributes = kind.attributes.iter().flatten();
            values.extend(attributes.map(|one| format!("{}={}", one.name, one.value)));
        }
        HeaderValue::DateTime(_) | HeaderValue::Received(_) | HeaderValue::Empty => {}
    }
}
