//! What the path says about a finding.
//!
//! Owns kinds of files: where an unquoted value is a literal, and where secrets are usually
//! made up for a test. Does not own verdicts; a place never hides anything.

use std::ops::Range;

/// Endings of copies: what stands before them tells the kind of file.
const BACKUP: &str =
    ".bak .old .orig .save .swp .tmp .backup .rej ~ .dist .sample .example .default";

/// Extensions of files in which unquoted text is a value.
const CONFIGURATION: &str = "\
    env envrc yml yaml properties ini conf cfg config cnf toml txt md rst log tf tfvars service rc \
    sh bash zsh ps1 bat cmd xml html sql template tpl j2 local development production staging \
    test prod dev npmrc pypirc netrc credentials secret secrets ldif bats";

/// Says whether unquoted text after `=` or `:` is a literal in this kind of file.
pub(super) fn has_bare_values(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let name = BACKUP
        .split_ascii_whitespace()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    CONFIGURATION
        .split_ascii_whitespace()
        .any(|known| known == extension)
        || extension.is_empty()
        || name.starts_with(".env")
        || name.starts_with("dockerfile")
        || (name.starts_with('.') && !name[1..].contains('.'))
        || path == "-"
}

/// Says why a secret at this path is probably made for a test or documentation.
pub(super) fn rehearsal(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let word = |words: &[&str]| {
        lower
            .split(|character: char| !character.is_ascii_alphanumeric())
            .any(|part| words.contains(&part))
    };
    if word(&[
        "test",
        "tests",
        "testing",
        "spec",
        "specs",
        "testdata",
        "fixture",
        "fixtures",
        "mock",
        "mocks",
        "e2e",
        "unittest",
        "unittests",
    ]) {
        return Some("stands among tests");
    }
    if word(&[
        "example", "examples", "sample", "samples", "demo", "demos", "tutorial",
    ]) {
        return Some("stands among examples");
    }
    if word(&["doc", "docs", "readme", "changelog"]) {
        return Some("stands in documentation");
    }
    None
}

/// How many bytes of base64 around a match make it a part of that, and how many are looked at on
/// each side.
const LONG_RUN: usize = 100;
const AROUND: usize = 512;

/// Says whether a match is a part of a long run of base64, of data: that holds every short text by
/// chance. A path has no `+`.
pub(super) fn is_in_base64(bytes: &[u8], whole: &Range<usize>) -> bool {
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = bytes[whole.start.saturating_sub(AROUND)..whole.start].iter();
    let before = before.rev().take_while(is_digit).count();
    let after = bytes[whole.end..].iter().take(AROUND);
    let after = after.take_while(is_digit).count();
    if before == 0 || after == 0 || before + after < LONG_RUN {
        return false;
    }
    let run = [
        &bytes[whole.start - before..whole.start],
        &bytes[whole.end..whole.end + after],
    ];
    let has = |sign: u8| run.iter().any(|part| part.contains(&sign));
    has(b'+') && has(b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_values_are_for_configuration() {
        for path in [
            "a/.env",
            "x.yml",
            "Dockerfile",
            "conf/app.properties",
            ".env.production",
            "-",
            "Makefile",
        ] {
            assert!(has_bare_values(path), "{path}");
        }
        for path in ["a.py", "b/c.rs", "x.min.js", "Main.java"] {
            assert!(!has_bare_values(path), "{path}");
        }
    }

    #[test]
    fn rehearsal_is_told_by_whole_words() {
        assert_eq!(rehearsal("src/tests/a.rs"), Some("stands among tests"));
        assert_eq!(rehearsal("src/latest/contest.rs"), None);
        assert_eq!(rehearsal("docs/a.md"), Some("stands in documentation"));
    }

    #[test]
    fn a_match_in_data_is_part_of_it() {
        let data = "kT9fWq27LmZx/Pq81Rv3N+".repeat(6);
        let text = format!("src=\"{data}EAAtoken/{data}\"");
        let at = text.find("EAA").unwrap();
        assert!(is_in_base64(text.as_bytes(), &(at..at + 8)));
        let path = format!("{}EAAtoken/b", "/some/path/of/words".repeat(8));
        let at = path.find("EAA").unwrap();
        assert!(!is_in_base64(path.as_bytes(), &(at..at + 8)));
        let end = format!("{data}EAAtoken");
        assert!(!is_in_base64(end.as_bytes(), &(end.len() - 8..end.len())));
    }
}
