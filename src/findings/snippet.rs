//! Snippets: one line of text that may be shown because every secret in it is masked.
//!
//! Owns masking. Does not own the choice of what is a secret.

use std::ops::Range;

use super::Snippet;
use super::secret::redact;
use super::span::line_around;

/// Longest snippet, in characters; what surrounds the secret is cut first.
const WIDTH: usize = 160;

/// Bytes of the marks for what was cut.
const MARKS: usize = 2 * '…'.len_utf8();

/// How much of a line is looked at on each side of the secret, in bytes: no more can be shown.
const LOOKED_AT: usize = 4 * WIDTH;

/// Cuts the line around `this` and masks each of `secrets` (disjoint, sorted) in it.
pub fn snippet(text: &[u8], this: &Range<usize>, secrets: &[Range<usize>]) -> Snippet {
    let (window, is_cut) = line_around(text, this, LOOKED_AT);
    let mut out = Masked {
        line: String::with_capacity(window.len()),
        ..Masked::default()
    };
    let mut at = window.start;
    let first = secrets.partition_point(|secret| secret.end <= window.start);
    for secret in secrets[first..]
        .iter()
        .take_while(|secret| secret.start <= window.end)
    {
        if secret.start > at {
            out.push_text(&text[at..secret.start]);
        }
        let start = out.line.len();
        redact(&text[secret.clone()], &mut out.line);
        if secret.start <= this.start && this.start < secret.end {
            (out.start, out.end) = (start, out.line.len());
        }
        at = secret.end.max(at);
    }
    if at < window.end {
        out.push_text(&text[at..window.end]);
    }
    out.cut(is_cut)
}

#[derive(Default)]
struct Masked {
    line: String,
    start: usize,
    end: usize,
}

impl Masked {
    fn push_text(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            for (number, text) in chunk.valid().split('\t').enumerate() {
                if number > 0 {
                    self.line.push(' ');
                }
                self.line.push_str(text);
            }
            if !chunk.invalid().is_empty() {
                self.line.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }

    /// Cuts the line to `WIDTH` characters around the secret; `is_cut` says whether more stood
    /// before and after.
    fn cut(self, is_cut: (bool, bool)) -> Snippet {
        let (before, rest) = self.line.split_at(self.start);
        let (secret, after) = rest.split_at(self.end - self.start);
        let [all_before, width, all_after] = [before, secret, after].map(|one| one.chars().count());
        let room = WIDTH.saturating_sub(width);
        let kept_after = all_after.min(room.saturating_sub(all_before.min(room / 2)));
        let kept_before = all_before.min(room - kept_after);
        let before = &before[place(before, all_before - kept_before)..];
        let after = &after[..place(after, kept_after)];
        let mut line = String::with_capacity(before.len() + secret.len() + after.len() + MARKS);
        if is_cut.0 || kept_before < all_before {
            line.push('…');
        }
        line.push_str(before);
        let start = line.len();
        line.push_str(secret);
        let end = line.len();
        line.push_str(after);
        if is_cut.1 || kept_after < all_after {
            line.push('…');
        }
        Snippet { line, start, end }
    }
}

/// Where the character of a number stands in a text, or its end.
fn place(text: &str, number: usize) -> usize {
    if text.is_ascii() {
        return number.min(text.len());
    }
    let mut places = text.char_indices();
    places.nth(number).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_every_secret_of_the_line() {
        let text = b"x\na=aaaaaaaaaaaaaaaaaaaa b=bbbbbbbbbbbbbbbbbbbb\ny";
        let (first, second) = (4..24, 27..47);
        let cut = snippet(text, &second, &[first, second.clone()]);
        assert_eq!(cut.line, "a=aaaa…a (20 bytes) b=bbbb…b (20 bytes)");
        assert_eq!(&cut.line[cut.start..cut.end], "bbbb…b (20 bytes)");
    }

    #[test]
    fn cuts_a_long_line_around_the_secret() {
        let text = [
            b"x".repeat(1000),
            b"=SECRETSECRET".to_vec(),
            b"y".repeat(1000),
        ]
        .concat();
        let secret = 1001..1013;
        let cut = snippet(&text, &secret, std::slice::from_ref(&secret));
        assert!(
            cut.line.chars().count() <= WIDTH + 2,
            "{}",
            cut.line.chars().count()
        );
        assert!(cut.line[cut.start..cut.end].starts_with("SE"));
        assert!(cut.line.starts_with('…') && cut.line.ends_with('…'));
    }

    #[test]
    fn characters_of_any_width_count_as_one() {
        let around = "é字𝄞\t".repeat(100);
        let text = [
            around.as_bytes(),
            b"\xff=SECRETSECRET\xe5\xad",
            around.as_bytes(),
        ]
        .concat();
        let start = around.len() + 2;
        let secret = start..start + 12;
        let cut = snippet(&text, &secret, std::slice::from_ref(&secret));
        let shown = &cut.line[cut.start..cut.end];
        assert_eq!(cut.line.chars().count(), WIDTH + 2, "{}", cut.line);
        assert!(cut.line.starts_with('…') && cut.line.ends_with('…'));
        let middle = format!("é字𝄞 \u{fffd}={shown}\u{fffd}é字𝄞 ");
        assert!(cut.line.contains(&middle), "{}", cut.line);
    }

    #[test]
    fn a_secret_that_began_on_an_earlier_line_is_masked_too() {
        let text = b"-----abc\ndefg next";
        let cut = snippet(text, &(14..18), &[0..13, 14..18]);
        assert!(!cut.line.contains("defg"), "{}", cut.line);
    }
}
