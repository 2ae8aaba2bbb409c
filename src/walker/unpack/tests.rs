//! Bounds and parts, asked directly.

use std::io;

use super::budget::{Budget, End};
use super::*;

/// Remembers what it was handed, by address.
#[derive(Default)]
struct Memory {
    members: Vec<(String, String)>,
    skipped: Vec<(SkipReason, String)>,
    damaged: Vec<String>,
}

impl Visitor for Memory {
    fn member(&mut self, address: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.members.push((address.to_owned(), text));
    }

    fn text(&mut self, address: &str, text: &[u8]) {
        self.member(address, text);
    }

    fn skip(&mut self, reason: SkipReason, address: &str, _: u64) {
        self.skipped.push((reason, address.to_owned()));
    }

    fn gap(&mut self, _: GapReason, address: &str, _: &str, _: u64) {
        self.damaged.push(address.to_owned());
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

const SMALL: Limits = Limits {
    total: 3 << 20,
    depth: 2,
    members: 3,
    ratio: 10,
};

fn open(bytes: &[u8], limits: Limits) -> Memory {
    let mut memory = Memory::default();
    let format = recognise(bytes).expect("a known format");
    Unpacker::new(&mut memory, "a", limits).open(format, "", bytes);
    memory
}

#[test]
fn what_comes_out_of_a_decoder_is_bounded_by_ratio_and_by_total() {
    let mut memory = Memory::default();
    let mut unpacker = Unpacker::new(&mut memory, "a", SMALL);
    let (part, end) = unpacker.read(10, io::repeat(0));
    assert_eq!((part.len(), end), (1 << 20, End::Limit));
    let (part, end) = unpacker.read(1 << 20, io::repeat(0));
    assert_eq!((part.len(), end), (2 << 20, End::Limit));
    let (part, end) = unpacker.read(1 << 20, io::repeat(0));
    assert_eq!((part.len(), end), (0, End::Limit));
}

#[test]
fn a_file_may_name_any_dictionary_and_gets_what_it_can_use() {
    let mut memory = Memory::default();
    let unpacker = Unpacker::new(&mut memory, "a", SMALL);
    assert_eq!(unpacker.dictionary(&[0; 100], u32::MAX), 1 << 20);
    assert_eq!(unpacker.dictionary(&[0; 100], 1 << 12), 1 << 12);
}

#[test]
fn members_are_counted_over_all_levels() {
    let mut budget = Budget::new(SMALL);
    assert!((0..3).all(|_| budget.count()));
    assert!(!budget.count() && budget.is_spent());
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = b"!<arch>\n".to_vec();
    for (name, body) in members {
        let size = body.len();
        archive.extend(format!("{name:<16}{:<32}{size:<10}`\n", 0).bytes());
        archive.extend_from_slice(body);
        archive.resize(archive.len().next_multiple_of(2), b'\n');
    }
    archive
}

#[test]
fn levels_beyond_the_depth_are_told_and_the_others_read() {
    let inner = ar(&[("third", &ar(&[("fourth", b"deep")]))]);
    let memory = open(&ar(&[("second", &inner), ("text", b"text")]), SMALL);
    let read = ("!/text".to_owned(), "text".to_owned());
    assert_eq!(memory.members, [read]);
    let limit = (SkipReason::UnpackLimit, "!/second!/third".to_owned());
    assert_eq!(memory.skipped, [limit]);
}

#[test]
fn what_follows_a_damaged_head_is_searched_as_it_is() {
    let mut archive = ar(&[("one", b"one "), ("two", b"two ")]);
    let at = archive.len() - 10;
    archive[at] = b'?';
    let memory = open(&archive, Limits::default());
    let names: Vec<&str> = memory.members.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["!/one", "#lost"]);
    assert_eq!(memory.damaged, [""]);
}

#[test]
fn only_lines_that_tags_cut_are_put_together() {
    let text = |xml: &str| {
        let text = markup::text(xml.as_bytes());
        text.map(|text| String::from_utf8(text).expect("text"))
    };
    let split = "<?xml?><p><r><t>ab</t></r><r><t>cd</t></r></p><p>whole</p>";
    assert_eq!(text(split).as_deref(), Some("abcd\n"));
    assert_eq!(text("<p>a &amp; &#98;</p>").as_deref(), Some("a & b\n"));
    assert_eq!(text("<p>a</p><p>b</p>"), None);
    assert_eq!(text("no <b>markup</b>"), None);
}

#[test]
fn strings_of_either_width_and_order_are_found() {
    let wide = |order: fn(u16) -> [u8; 2]| "wide text".encode_utf16().flat_map(order).collect();
    let parts: [Vec<u8>; 4] = [
        b"\x01narrow text\x02short\0".to_vec(),
        wide(u16::to_le_bytes),
        vec![0xff, 0xff, 0xff],
        wide(u16::to_be_bytes),
    ];
    let text = strings::all(&parts.concat());
    assert_eq!(text, b"narrow text\nt\nwide text\nwide text\n");
}
