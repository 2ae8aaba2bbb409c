//! Armoured text: the lines between `BEGIN` and `END`, however a source file quotes them.
//!
//! Owns undoing indentation, comment marks, string quotes and escaped line ends. Does not own
//! what the bytes mean.

use std::ops::Range;

use data_encoding::BASE64;

use super::super::encoding::decode_base64;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const COLUMNS: usize = 64;
/// Longest label, in bytes.
const LABEL: usize = 64;

/// One block of armour.
pub(super) struct Block {
    /// What stands after `BEGIN`.
    pub(super) label: String,
    /// Where the body is in the text.
    pub(super) place: Range<usize>,
    /// The `END` line is there.
    pub(super) is_closed: bool,
    headers: Vec<String>,
    body: Vec<u8>,
    /// The checksum line of OpenPGP, without its `=`.
    checksum: Option<Vec<u8>>,
}

impl Block {
    /// Sorts a line into headers, checksum or body.
    fn add(&mut self, line: &[u8]) {
        if line.contains(&b':') {
            self.headers
                .push(String::from_utf8_lossy(line).into_owned());
        } else if let Some(checksum) = line.strip_prefix(b"=").filter(|rest| rest.len() == 4) {
            self.checksum = Some(checksum.to_vec());
        } else {
            let is_body = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != b'=';
            self.body.extend(line.iter().filter(is_body));
        }
    }

    /// Tells whether the label or a header says so.
    pub(super) fn is_encrypted(&self) -> bool {
        self.label.contains("ENCRYPTED")
            || self
                .headers
                .iter()
                .any(|header| header.contains("ENCRYPTED"))
    }

    /// Decodes the body, if it is base64; of a cut body all that is whole.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let stray = usize::from(self.body.len() % 4 == 1);
        decode_base64(&self.body[..self.body.len() - stray])
    }

    /// Decodes the checksum line of OpenPGP.
    pub(super) fn checksum(&self) -> Option<[u8; 3]> {
        decode_base64(self.checksum.as_ref()?)?.try_into().ok()
    }
}

/// Finds the first block of a private key, else the first block.
pub(super) fn find(text: &[u8]) -> Option<Block> {
    let mut first = None;
    let mut from = 0;
    while let Some(start) = position(&text[from..], BEGIN) {
        from += start + BEGIN.len();
        let Some(length) = position(&text[from..], DASHES).filter(|&length| length <= LABEL) else {
            continue;
        };
        let label = &text[from..from + length];
        let found = (label, from + length + DASHES.len());
        if position(label, b"PRIVATE KEY").is_some() {
            first = Some(found);
            break;
        }
        first = first.or(Some(found));
    }
    let (label, start) = first?;
    Some(read(
        text,
        String::from_utf8_lossy(label).into_owned(),
        start,
    ))
}

/// Reads the block whose body starts at a place.
fn read(text: &[u8], label: String, start: usize) -> Block {
    let end = position(&text[start..], END).map(|length| start + length);
    let mut block = Block {
        label,
        place: start..end.unwrap_or(text.len()),
        is_closed: end.is_some(),
        headers: Vec::new(),
        body: Vec::new(),
        checksum: None,
    };
    for line in text[block.place.clone()].split(|byte| matches!(byte, b'\n' | b'\r')) {
        // One line of a source file may hold many lines of the block.
        for line in unescape(unquote(line)).split(|&byte| byte == b'\n') {
            block.add(line.trim_ascii());
        }
    }
    block
}

/// Writes bytes as lines of base64 with line ends around them, after a blank line if asked.
pub(super) fn wrap(bytes: &[u8], after_blank: bool, newline: &[u8]) -> Vec<u8> {
    let text = BASE64.encode(bytes);
    let mut body = newline.to_vec();
    if after_blank {
        body.extend_from_slice(newline);
    }
    for line in text.as_bytes().chunks(COLUMNS) {
        body.extend_from_slice(line);
        body.extend_from_slice(newline);
    }
    body
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Turns line ends written as `\n`, `\r` or `\t`, also escaped twice, into real ones.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        while let Some(after) = rest.strip_prefix(b"\\") {
            rest = after;
        }
        if let [b'n' | b'r' | b't', after @ ..] = rest {
            rest = after;
        } else if let Some(after) = rest.strip_prefix(b"/") {
            // JSON may escape a slash.
            plain.push(b'/');
            rest = after;
            continue;
        }
        plain.push(b'\n');
    }
    plain
}

/// Takes comment marks and string quotes off a line.
fn unquote(line: &[u8]) -> &[u8] {
    let mut line = line.trim_ascii();
    for mark in [b"# ".as_slice(), b"// ", b"* ", b"> ", b"| ", b"; ", b". "] {
        line = line.strip_prefix(mark).unwrap_or(line).trim_ascii();
    }
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    if let [first, rest @ ..] = line
        && is_quote(first)
    {
        let end = rest.iter().position(is_quote).unwrap_or(rest.len());
        return rest[..end].trim_ascii();
    }
    let end = line.iter().position(is_quote).unwrap_or(line.len());
    let line = line[..end].trim_ascii_end();
    line.strip_suffix(b",").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(lines: &str) -> Option<Vec<u8>> {
        let text = format!("-----BEGIN {} KEY-----{lines}-----END ", "PRIVATE");
        find(text.as_bytes()).and_then(|block| block.bytes())
    }

    #[test]
    fn reads_through_the_ways_source_files_quote() {
        for lines in [
            "\nYWJj\nZGVm\n",
            "\r\nYWJj\r\nZGVm\r\n",
            "\\nYWJj\\nZGVm\\n",
            "\\\\nYWJj\\\\r\\\\nZGVm\\\\n",
            "\n    YWJj\n    ZGVm\n    ",
            "\\n\" +\n  \"YWJj\\n\" +\n  \"ZGVm\\n\" +\n \"",
            "\n# YWJj\n# ZGVm\n# ",
            "\n'YWJj',\n'ZGVm',\n'",
            " YWJj ZGVm ",
        ] {
            assert_eq!(
                body(lines).as_deref(),
                Some(b"abcdef".as_slice()),
                "{lines}"
            );
        }
        assert_eq!(body("\n...\n"), None);
    }

    #[test]
    fn passes_over_parameters() {
        let label = format!("EC {} KEY", "PRIVATE");
        let text = format!(
            "-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n-----BEGIN {label}-----"
        );
        let block = find(text.as_bytes()).unwrap();
        assert_eq!(block.label, label);
        assert!(!block.is_closed);
    }

    #[test]
    fn sets_headers_and_checksum_apart() {
        let text = b"-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nYWJj\n=AAAB\n-----END X-----";
        let block = find(text).unwrap();
        assert!(block.is_encrypted());
        assert!(block.is_closed);
        assert_eq!(block.bytes().as_deref(), Some(b"abc".as_slice()));
        assert_eq!(block.checksum(), Some([0, 0, 1]));
    }
}
