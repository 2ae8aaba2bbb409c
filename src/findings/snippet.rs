//! Snippets: one line of text that may be shown because every secret in it is masked.
//!
//! Owns masking. Does not own the choice of what is a secret.

use std::ops::Range;

use super::span::line_around;
use super::{Secret, Snippet};

/// Longest snippet, in characters; what surrounds the secret is cut first.
const WIDTH: usize = 160;

/// How much of a line is looked at on each side of the secret, in bytes: no more can be shown.
const LOOKED_AT: usize = 4 * WIDTH;

/// Cuts the line around `this` and masks each of `secrets` (disjoint, sorted) in it.
pub fn snippet(text: &[u8], this: &Range<usize>, secrets: &[Range<usize>]) -> Snippet {
    let (window, is_cut) = line_around(text, this, LOOKED_AT);
    let mut out = Masked::default();
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
        out.line
            .push_str(&Secret::new(&text[secret.clone()]).redacted());
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
        for character in String::from_utf8_lossy(bytes).chars() {
            self.line
                .push(if character == '\t' { ' ' } else { character });
        }
    }

    /// Cuts the line to `WIDTH` characters around the secret; `is_cut` says whether more stood
    /// before and after.
    fn cut(self, is_cut: (bool, bool)) -> Snippet {
        let before: Vec<char> = self.line[..self.start].chars().collect();
        let secret = &self.line[self.start..self.end];
        let after: Vec<char> = self.line[self.end..].chars().collect();
        let room = WIDTH.saturating_sub(secret.chars().count());
        let kept_after = after
            .len()
            .min(room.saturating_sub(before.len().min(room / 2)));
        let kept_before = before.len().min(room - kept_after);
        let mut line = String::new();
        if is_cut.0 || kept_before < before.len() {
            line.push('…');
        }
        line.extend(&before[before.len() - kept_before..]);
        let start = line.len();
        line.push_str(secret);
        let end = line.len();
        line.extend(&after[..kept_after]);
        if is_cut.1 || kept_after < after.len() {
            line.push('…');
        }
        Snippet { line, start, end }
    }
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
    fn a_secret_that_began_on_an_earlier_line_is_masked_too() {
        let text = b"-----abc\ndefg next";
        let cut = snippet(text, &(14..18), &[0..13, 14..18]);
        assert!(!cut.line.contains("defg"), "{}", cut.line);
    }
}
