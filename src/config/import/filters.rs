//! Filters: lists of paths that other scanners leave out.
//!
//! Owns the exclude file of trufflehog and the filters of detect-secrets. Does not own what becomes
//! of one expression (`paths`, `expression`).

use serde::Deserialize;

use super::{Entry, Imported, Oracle};

/// Reads an exclude file of trufflehog: an expression a line.
pub(super) fn import_exclude_list(text: &str) -> Imported {
    let mut imported = Imported::of("trufflehog");
    let lines = text.lines().map(str::trim);
    for regex in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        imported.exclude(regex);
    }
    imported
}

/// A filter or plugin that detect-secrets ran.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Used {
    name: String,
    path: String,
    pattern: Vec<String>,
}

/// What the old form of a baseline leaves out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Exclude {
    files: Option<String>,
    lines: Option<String>,
}

/// Takes over what the filters of detect-secrets leave out.
pub(super) fn take_filters(
    imported: &mut Imported,
    filters: &[Used],
    exclude: &Exclude,
    oracle: Oracle<'_>,
) {
    for filter in filters {
        let name = filter.path.rsplit('.').next().unwrap_or("");
        match name {
            "should_exclude_file" => filter.pattern.iter().for_each(|one| imported.exclude(one)),
            "should_exclude_secret" if !filter.pattern.is_empty() => {
                take_values(imported, &filter.pattern, oracle);
            }
            "should_exclude_line" => imported.leave(
                "filter `should_exclude_line`",
                "lines are excused by a comment on them",
            ),
            // Those that it always runs; verdicts see to the same.
            _ if filter.path.starts_with("detect_secrets.") && filter.pattern.is_empty() => {}
            _ => imported.leave(format!("filter `{}`", filter.path), "it has no counterpart"),
        }
    }
    if let Some(files) = &exclude.files {
        imported.exclude(files);
    }
    if exclude.lines.is_some() {
        imported.leave("`exclude.lines`", "lines are excused by a comment on them");
    }
}

/// Lists plugins that are not part of detect-secrets.
pub(super) fn leave_plugins(imported: &mut Imported, plugins: &[Used]) {
    for plugin in plugins.iter().filter(|plugin| !plugin.path.is_empty()) {
        imported.leave(
            format!("plugin `{}`", plugin.name),
            "write its expression as a detector (CONTRIBUTING.md)",
        );
    }
}

fn take_values(imported: &mut Imported, regexes: &[String], oracle: Oracle<'_>) {
    let mut values = Vec::new();
    for (index, regex) in regexes.iter().enumerate() {
        match oracle.values_with(regex) {
            Ok(value) => values.push(value),
            // Not shown: the expression may be the secret itself.
            Err(why) => imported.leave(
                format!("expression {} of `should_exclude_secret`", index + 1),
                why,
            ),
        }
    }
    if !values.is_empty() {
        imported.allow.push(Entry {
            values,
            reason: "excluded in detect-secrets".to_owned(),
            ..Entry::default()
        });
    }
}
