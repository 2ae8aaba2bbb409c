//! What the path says about a finding.
//!
//! Owns kinds of files: where an unquoted value is a literal, and where secrets are usually
//! made up for a test. Does not own verdicts; a place never hides anything.

/// Endings of copies: what stands before them tells the kind of file.
const BACKUP: &str =
    ".bak .old .orig .save .swp .tmp .backup .rej ~ .dist .sample .example .default";

/// Extensions of files in which unquoted text is a value.
const CONFIGURATION: &str = "\
    env envrc yml yaml properties ini conf cfg config cnf toml txt md rst log tf tfvars service rc \
    sh bash zsh ps1 bat cmd xml html sql template tpl j2 local development production staging \
    test prod dev npmrc pypirc netrc credentials secret secrets";

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
}
