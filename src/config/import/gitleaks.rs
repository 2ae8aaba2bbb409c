//! Configurations of gitleaks and betterleaks.
//!
//! Owns their TOML shape, whose keys are read in any case, and what becomes of rules. A key that is
//! not known is listed. Does not own allowlists (`allowlist`) or expressions (`rule`).

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::allowlist::{Allowlist, Scope, take_allowlist};
use super::keys::{leave_rest, one_line};
use super::rule::{self, Fitted};
use super::written::detector_file;
use super::{Imported, Oracle, Rule};

/// A configuration file; keys are in lower case.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    extend: Extend,
    #[serde(default)]
    rules: Vec<RuleSpec>,
    #[serde(default)]
    allowlist: Option<Allowlist>,
    #[serde(default)]
    allowlists: Vec<Allowlist>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extend {
    path: Option<String>,
    url: Option<String>,
    disabledrules: Vec<String>,
}

#[derive(Deserialize)]
struct RuleSpec {
    #[serde(default)]
    id: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    regex: Option<String>,
    #[serde(default)]
    secretgroup: usize,
    #[serde(default)]
    entropy: f64,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    skipreport: bool,
    #[serde(default)]
    required: Vec<Value>,
    #[serde(default)]
    allowlist: Option<Allowlist>,
    #[serde(default)]
    allowlists: Vec<Allowlist>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Reads a configuration file.
///
/// # Errors
/// Where it is broken, without what it holds.
pub(super) fn import(name: &str, text: &str, oracle: Oracle<'_>) -> Result<Imported, String> {
    let explain = |fault: &toml::de::Error| super::super::explain(text, fault);
    let table: Table = toml::from_str(text).map_err(|fault| explain(&fault))?;
    let Value::Table(table) = lower_keys(Value::Table(table)) else {
        return Err("it is no table".to_owned());
    };
    let keys = ["rules", "extend", "allowlist", "allowlists"];
    if !keys.iter().any(|key| table.contains_key(*key)) {
        return Err("it has no `rules`, `extend` or `allowlists`".to_owned());
    }
    let file: File = table.try_into().map_err(|fault| explain(&fault))?;
    let mut imported = Imported::of("gitleaks");
    imported.provider = provider(name);
    leave_rest(&mut imported, "", &file.rest);
    take_extend(&mut imported, &file.extend, oracle);
    let mut ids = BTreeMap::new();
    for spec in &file.rules {
        take_rule(&mut imported, spec, oracle, &mut ids);
    }
    for list in file.allowlist.iter().chain(&file.allowlists) {
        take_allowlist(&mut imported, list, &Scope::All(&ids), oracle);
    }
    Ok(imported)
}

/// Keys are read in any case there.
fn lower_keys(value: Value) -> Value {
    match value {
        Value::Table(table) => {
            let entries = table.into_iter();
            Value::Table(
                entries
                    .map(|(key, value)| (key.to_lowercase(), lower_keys(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(lower_keys).collect()),
        other => other,
    }
}

/// The name of the provider, after that of the file.
fn provider(name: &str) -> String {
    let stem = name.trim_start_matches('.');
    let stem = kebab(stem.rsplit_once('.').map_or(stem, |(stem, _)| stem));
    match stem.as_str() {
        "" => "imported".to_owned(),
        // A file of that name is read as a table.
        "keyworded" => "keyworded-rules".to_owned(),
        _ => stem,
    }
}

fn kebab(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let parts = lower.split(|one: char| !one.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

fn take_extend(imported: &mut Imported, extend: &Extend, oracle: Oracle<'_>) {
    for (key, from) in [("path", &extend.path), ("url", &extend.url)] {
        if let Some(from) = from {
            imported.leave(
                format!("`extend.{key}`, `{from}`"),
                "import that file, too, and merge the two",
            );
        }
    }
    for id in &extend.disabledrules {
        if (oracle.is_known)(id) {
            super::add_new(&mut imported.off, vec![id.clone()]);
        } else {
            imported.leave(
                format!("disabled rule `{id}`"),
                "no detector has this id; `outgate detectors list` names them, `detectors.off` is for them",
            );
        }
    }
}

/// Makes a detector of a rule, or says why not; `ids` tells what each rule is called here.
fn take_rule(
    imported: &mut Imported,
    spec: &RuleSpec,
    oracle: Oracle<'_>,
    ids: &mut BTreeMap<String, String>,
) {
    let what = format!("rule `{}`", spec.id);
    leave_rest(imported, &format!(" of {what}"), &spec.rest);
    match make_rule(imported, spec, oracle) {
        Ok(rule) => {
            ids.insert(spec.id.clone(), rule.id.clone());
            imported.rules.push(rule);
        }
        // It adds to a rule of theirs, which may be one of ours.
        Err(_) if spec.regex.is_none() && (oracle.is_known)(&spec.id) => {
            ids.insert(spec.id.clone(), spec.id.clone());
        }
        Err(why) => imported.leave(&what, why),
    }
    let lists = spec.allowlist.iter().chain(&spec.allowlists);
    match ids.get(&spec.id) {
        Some(id) => {
            for list in lists {
                take_allowlist(imported, list, &Scope::Rule(id), oracle);
            }
        }
        None if lists.count() > 0 => {
            imported.leave(format!("allowlists of {what}"), "the rule is not carried");
        }
        None => {}
    }
}

fn make_rule(imported: &mut Imported, spec: &RuleSpec, oracle: Oracle<'_>) -> Result<Rule, String> {
    let what = format!("rule `{}`", spec.id);
    let Some(regex) = &spec.regex else {
        return Err(match spec.path {
            Some(_) => "it finds files by their name alone".to_owned(),
            None => "it adds to a rule that no detector is called after".to_owned(),
        });
    };
    if spec.skipreport {
        return Err("it reports nothing by itself".to_owned());
    }
    let Fitted {
        regex,
        bound,
        is_ambiguous,
    } = rule::fit(regex, spec.secretgroup)?;
    let words: Vec<String> = spec.keywords.iter().map(|one| one.to_lowercase()).collect();
    let is_held = words.is_empty() || rule::holds_word(&regex, &words);
    let is_anchor = is_held && words.iter().all(|word| word.len() >= 3);
    let rule = Rule {
        id: new_id(imported, &spec.id, oracle),
        name: one_line(&spec.description).unwrap_or_else(|| spec.id.clone()),
        regex,
        entropy: spec.entropy.clamp(0.0, 8.0),
        anchors: if is_anchor { words.clone() } else { Vec::new() },
        near: if is_held { Vec::new() } else { words },
    };
    if let Some(fault) = (oracle.fault)(&detector_file(&imported.provider, &[&rule])) {
        return Err(fault);
    }
    let mut note = |key: &str, why: String| imported.leave(format!("{key} of {what}"), why);
    if let Some(bound) = bound {
        note(
            "open repetition",
            format!("`*`, `+` and `{{n,}}` are bounded to {bound} more"),
        );
    }
    if is_ambiguous {
        note(
            "the secret",
            "the first group is always it; set `secretGroup`".to_owned(),
        );
    }
    if !rule.near.is_empty() {
        note(
            "`keywords`",
            "one must stand within 1,000 bytes, not anywhere in the file".to_owned(),
        );
    }
    if spec.path.is_some() {
        note("`path`", "the detector looks at every file".to_owned());
    }
    if !spec.required.is_empty() {
        note(
            "`required`",
            "the detector finds a part alone, too".to_owned(),
        );
    }
    Ok(rule)
}

/// An id that is free: the old one where that may be.
fn new_id(imported: &Imported, old: &str, oracle: Oracle<'_>) -> String {
    let mut id = kebab(old);
    if id.is_empty() || (oracle.is_known)(&id) {
        id = format!("{}-{id}", imported.provider);
    }
    let is_taken =
        |id: &str| (oracle.is_known)(id) || imported.rules.iter().any(|one| one.id == id);
    let base = id.trim_end_matches('-').to_owned();
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(|id| !is_taken(id))
        .unwrap_or(base)
}
