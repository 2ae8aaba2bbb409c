//! `outgate config import` of what is broken, hostile or holds secrets: a clean error or a line in the
//! list, and never a secret.

use crate::import::{import, left, read};
use crate::sandbox::Sandbox;
use crate::tokens::github;

#[test]
fn a_secret_in_an_allowlist_is_written_nowhere() {
    let sandbox = Sandbox::repository();
    let (one, two, three) = (github("one"), github("two"), github("three"));
    let rules = format!(
        "[[allowlists]]\ndescription = '{three}'\nregexes = ['''{one}''', '''^sample''']\n\
         stopwords = ['{two}']\n"
    );
    sandbox.write(".gitleaks.toml", rules);
    let outcome = import(&sandbox, &[".gitleaks.toml"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(left(&outcome).len(), 2, "{outcome:?}");
    let config = read(&sandbox, "outgate.toml");
    assert!(config.contains("sample"), "{config}");
    for secret in [one, two, three] {
        assert!(!config.contains(&secret) && !outcome.stderr.contains(&secret));
    }
}

#[test]
fn what_is_of_no_kind_is_refused_with_the_kinds_there_are() {
    let sandbox = Sandbox::repository();
    for (name, text) in [
        ("notes.txt", "hello"),
        ("empty", ""),
        ("package.json", "{\"name\": \"x\"}"),
        ("numbers.json", "[1, 2]"),
    ] {
        sandbox.write(name, text);
        let outcome = import(&sandbox, &[name]);
        assert_eq!(outcome.code, 2, "{name}: {outcome:?}");
        assert!(outcome.stderr.contains(".secrets.baseline"), "{outcome:?}");
    }
    let absent = import(&sandbox, &["absent.toml"]);
    assert_eq!(absent.code, 2, "{absent:?}");
}

#[test]
fn broken_files_are_refused_without_what_they_hold() {
    let sandbox = Sandbox::repository();
    let secret = github("broken");
    let deep = "[".repeat(100_000);
    for (name, text) in [
        ("a.toml", format!("[[rules]]\nid = \"{secret}\n")),
        (
            "b.toml",
            format!("[[rules]]\nid = \"x\"\nentropy = \"{secret}\"\n"),
        ),
        ("c.toml", format!("rules = \"{secret}\"\n")),
        ("d.toml", "[other]\n".to_owned()),
        ("e.json", format!("[{{\"Secret\": \"{secret}\"")),
        ("f.json", format!("{{\"results\": \"{secret}\"}}")),
        ("g.json", deep.clone()),
        ("h.toml", format!("rules = {deep}")),
    ] {
        sandbox.write(name, text);
        let outcome = import(&sandbox, &[name]);
        assert_eq!(outcome.code, 2, "{name}: {outcome:?}");
        assert!(outcome.stderr.starts_with("error: "), "{outcome:?}");
        assert!(!outcome.stderr.contains(&secret), "{outcome:?}");
    }
}

#[test]
fn hostile_expressions_are_listed() {
    let sandbox = Sandbox::repository();
    let secret = github("hostile");
    let deep = format!("acme{}a{}", "(".repeat(5000), ")".repeat(5000));
    let rule = |id: &str, regex: &str| format!("[[rules]]\nid = '{id}'\nregex = '''{regex}'''\n");
    let rules = [
        rule("deep", &deep),
        rule("huge", "acme(?:[a-z]{1000}){1000}"),
        rule("open", "(?:(?:acme+)+)+"),
        rule("unclosed", &format!("{secret}(")),
        rule("unicode", r"acme\p{Greek}{8}"),
        rule("empty", ""),
        "[[allowlists]]\nregexes = ['''(?:a{1000}){1000}''', '''(''']\n".to_owned(),
    ];
    sandbox.write("rules.toml", rules.concat());
    let outcome = import(&sandbox, &["rules.toml"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(left(&outcome).len(), 8, "{:#?}", left(&outcome));
    assert!(!outcome.stderr.contains(&secret), "{outcome:?}");
    assert!(!sandbox.root().join("outgate.toml").exists());
}
