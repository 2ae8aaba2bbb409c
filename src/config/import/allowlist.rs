//! Allowlists of gitleaks: to patterns for paths and allow entries.
//!
//! Owns which of their criteria mean the same here. Where all criteria must hold, one that cannot be
//! carried would leave the entry too wide, and so none is written. Does not own expressions
//! (`expression`, `paths`).

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::keys::{leave_rest, one_line};
use super::{Entry, Imported, Oracle, paths};

/// An allowlist; keys are in lower case.
#[derive(Deserialize)]
pub(super) struct Allowlist {
    #[serde(default)]
    description: String,
    #[serde(default)]
    condition: String,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    regextarget: String,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    #[serde(default)]
    targetrules: Vec<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// What an allowlist is about.
pub(super) enum Scope<'a> {
    /// The rule that is called so here.
    Rule(&'a str),
    /// All rules, or those that the list names; with what rules are called here.
    All(&'a BTreeMap<String, String>),
}

/// Takes over an allowlist as far as that is exact.
pub(super) fn take_allowlist(
    imported: &mut Imported,
    list: &Allowlist,
    scope: &Scope<'_>,
    oracle: Oracle<'_>,
) {
    leave_rest(imported, " of an allowlist", &list.rest);
    let name = one_line(&list.description).filter(|name| !(oracle.holds_secret)(name));
    let what = match (&name, scope) {
        (Some(name), _) => format!("allowlist `{name}`"),
        (None, Scope::Rule(id)) => format!("an allowlist of `{id}`"),
        (None, Scope::All(_)) => "an allowlist without a description".to_owned(),
    };
    let Some(detectors) = detectors(imported, list, scope, oracle, &what) else {
        return;
    };
    let reason = name.unwrap_or_else(|| "allowed in gitleaks".to_owned());
    let entry = |paths, values| Entry {
        detectors: detectors.clone(),
        paths,
        values,
        reason: reason.clone(),
    };
    let needs_all = matches!(list.condition.to_lowercase().as_str(), "and" | "&&");
    if needs_all && list.criteria() > 1 {
        if let Some(why) = list.obstacle() {
            imported.leave(what, why);
            return;
        }
        let (paths, values) = (
            list.paths(imported, &what),
            list.values(imported, oracle, &what),
        );
        let is_whole = !paths.is_empty() && !values.is_empty();
        if is_whole {
            imported.allow.push(entry(paths, values));
        } else {
            imported.leave(what, "all of it must hold, and a part cannot be carried");
        }
        return;
    }
    if !list.commits.is_empty() {
        imported.leave(
            format!("`commits` of {what}"),
            "findings are known one by one: `outgate baseline create`",
        );
    }
    let paths = list.paths(imported, &what);
    if detectors.is_empty() {
        super::add_new(&mut imported.exclude, paths);
    } else if !paths.is_empty() {
        imported.allow.push(entry(paths, Vec::new()));
    }
    let values = list.values(imported, oracle, &what);
    if !values.is_empty() {
        imported.allow.push(entry(Vec::new(), values));
    }
}

/// The detectors that a list is about, none for all; `None` where those it names are not here.
fn detectors(
    imported: &mut Imported,
    list: &Allowlist,
    scope: &Scope<'_>,
    oracle: Oracle<'_>,
    what: &str,
) -> Option<Vec<String>> {
    let ids = match scope {
        Scope::Rule(id) => return Some(vec![(*id).to_owned()]),
        Scope::All(ids) => ids,
    };
    let mut found = Vec::new();
    for rule in &list.targetrules {
        match ids.get(rule) {
            Some(id) => found.push(id.clone()),
            None if (oracle.is_known)(rule) => found.push(rule.clone()),
            None => imported.leave(
                format!("target rule `{rule}` of {what}"),
                "no detector is called so",
            ),
        }
    }
    (list.targetrules.is_empty() || !found.is_empty()).then_some(found)
}

impl Allowlist {
    fn criteria(&self) -> usize {
        let all = [&self.commits, &self.paths, &self.regexes, &self.stopwords];
        all.into_iter().filter(|one| !one.is_empty()).count()
    }

    fn searches_secret(&self) -> bool {
        matches!(self.regextarget.as_str(), "" | "secret")
    }

    /// What keeps a list from being carried whole.
    fn obstacle(&self) -> Option<&'static str> {
        if !self.commits.is_empty() {
            Some("all of it must hold, and commits cannot be named")
        } else if !self.regexes.is_empty() && !self.searches_secret() {
            Some("all of it must hold, and expressions are compared with values alone")
        } else if !self.regexes.is_empty() && !self.stopwords.is_empty() {
            Some("all of it must hold, and of `values` one is enough")
        } else {
            None
        }
    }

    fn paths(&self, imported: &mut Imported, what: &str) -> Vec<String> {
        let mut patterns = Vec::new();
        for regex in &self.paths {
            match paths::patterns(regex) {
                Some(more) => super::add_new(&mut patterns, more),
                None => imported.leave(format!("path `{regex}` of {what}"), paths::INEXACT),
            }
        }
        patterns
    }

    /// Expressions for whole values. One that cannot be carried is not shown: it may be the secret.
    fn values(&self, imported: &mut Imported, oracle: Oracle<'_>, what: &str) -> Vec<String> {
        let regexes = if self.searches_secret() {
            self.regexes.as_slice()
        } else {
            if !self.regexes.is_empty() {
                imported.leave(
                    format!("`regexes` of {what}"),
                    "they are not for the secret alone, and `values` are",
                );
            }
            &[]
        };
        let regexes = regexes
            .iter()
            .map(|one| ("expression", oracle.values_with(one)));
        let words = self.stopwords.iter().filter(|word| !word.is_empty());
        let words = words.map(|one| ("stopword", oracle.values_with_word(one)));
        let mut values = Vec::new();
        for (index, (kind, value)) in regexes.enumerate().chain(words.enumerate()) {
            match value {
                Ok(value) => values.push(value),
                Err(why) => imported.leave(format!("{kind} {} of {what}", index + 1), why),
            }
        }
        values
    }
}
