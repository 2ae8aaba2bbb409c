//! Scores of randomness.
//!
//! Owns numbers only: thresholds belong to detectors and to the verifier.

/// Shannon entropy in bits per byte, 0 for empty input (Shannon 1948; crate `entropy`).
pub fn shannon(bytes: &[u8]) -> f32 {
    entropy::shannon_entropy(bytes)
}

/// Share of neighbouring pairs whose characters differ in class (digit, lower, upper, other),
/// 0 to 1. Random base62 text sits near 0.6, words and identifiers below 0.3.
pub fn class_changes(bytes: &[u8]) -> f32 {
    if bytes.len() < 2 {
        return 0.0;
    }
    let changes = bytes
        .windows(2)
        .filter(|pair| class(pair[0]) != class(pair[1]))
        .count();
    changes as f32 / (bytes.len() - 1) as f32
}

/// Longest run of one character, or of characters that step by one (`abcd`, `4321`).
pub fn longest_run(bytes: &[u8]) -> usize {
    let longest = |step: i16| {
        let (mut best, mut run) = (usize::from(!bytes.is_empty()), 1);
        for pair in bytes.windows(2) {
            run = if i16::from(pair[1]) - i16::from(pair[0]) == step {
                run + 1
            } else {
                1
            };
            best = best.max(run);
        }
        best
    };
    [0, 1, -1].into_iter().map(longest).max().unwrap_or(0)
}

/// Share of the letters and digits that are counted up or down, 0 to 1: `abcd`, `9876`, and both at
/// once, `a1b2c3`. Zero follows nine. Random hexadecimal text has next to none.
pub fn counted(bytes: &[u8]) -> f32 {
    let text: Vec<u8> = bytes
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .copied()
        .collect();
    let mut is_counted = vec![false; text.len()];
    for (stride, least) in [(1, 4), (2, 6)] {
        for step in [1_i16, -1] {
            let follows = |at: usize| {
                let (before, here) = (i16::from(text[at - stride]), i16::from(text[at]));
                // Of two that take turns one may count up and the other down: `a9b8c7`.
                here - before == step
                    || stride == 2 && before - here == step
                    || (before, here) == (i16::from(b'9'), i16::from(b'0'))
            };
            let mut start = 0;
            for at in 0..=text.len() {
                if at < text.len() && (at < start + stride || follows(at)) {
                    continue;
                }
                if at - start >= least {
                    is_counted[start..at].fill(true);
                }
                start = at.saturating_sub(stride - 1).max(start + 1).min(at);
            }
        }
    }
    let count = is_counted.iter().filter(|&&one| one).count();
    count as f32 / text.len().max(1) as f32
}

/// Longest run of letters and digits that step by one up or down; zero follows nine.
pub fn longest_count(bytes: &[u8]) -> usize {
    let longest = |step: i16| {
        let (mut best, mut run) = (0, 1);
        for pair in bytes.windows(2) {
            let (before, here) = (pair[0], pair[1]);
            let steps =
                i16::from(here) - i16::from(before) == step || (before, here) == (b'9', b'0');
            let counts = steps && before.is_ascii_alphanumeric() && here.is_ascii_alphanumeric();
            run = if counts { run + 1 } else { 1 };
            best = best.max(run);
        }
        best
    };
    longest(1).max(longest(-1))
}

/// Longest part, in letters and digits, whose classes (digit, lower, upper) come round every two to
/// four characters, and are not all the same: `aB3dE5fG7`, as people type what shall look random.
pub fn longest_pattern(bytes: &[u8]) -> usize {
    let is_plain = |byte: &&u8| byte.is_ascii_alphanumeric();
    let classes: Vec<u8> = bytes
        .iter()
        .filter(is_plain)
        .map(|&byte| class(byte))
        .collect();
    let longest = |period: usize| {
        let (mut best, mut start) = (0, 0);
        for at in period..=classes.len() {
            if at < classes.len() && classes[at] == classes[at - period] {
                continue;
            }
            let part = &classes[start..at];
            let is_mixed = part.iter().any(|class| *class != part[0]);
            best = best.max(if is_mixed { part.len() } else { 0 });
            start = at + 1 - period;
        }
        best
    };
    (2..=4).map(longest).max().unwrap_or(0)
}

/// How many different bytes there are.
pub fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes
        .iter()
        .filter(|&&byte| !std::mem::replace(&mut seen[usize::from(byte)], true))
        .count()
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_known_texts() {
        assert!(shannon(b"aaaa").abs() < 1e-6);
        assert!((shannon(b"abcd") - 2.0).abs() < 1e-6);
        assert_eq!(longest_run(b"xabcdex"), 5);
        assert_eq!(longest_run(b"987"), 3);
        assert_eq!(longest_run(b"zzzz1"), 4);
        assert_eq!(distinct(b"abca"), 3);
        assert_eq!(longest_count(b"zz7890zyxzz"), 4);
        assert_eq!(longest_count(b"aaaa"), 1);
        assert_eq!(longest_pattern(b"xx-aB3dE5fG7-11"), 9);
        assert_eq!(longest_pattern(b"aaaaaaaa"), 0);
        for text in [
            "abcdef1234567890",
            "a1b2c3d4e5f6",
            "fedc-9876-abcd",
            "1234567890ab",
        ] {
            assert!(counted(text.as_bytes()) > 0.8, "{text}");
        }
        assert!(counted(b"9f86d081884c7d659a2feaa0c55ad015") < 0.1);
        assert!((class_changes(b"a1b2") - 1.0).abs() < 1e-6);
    }
}
