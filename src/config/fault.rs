//! Faults of TOML files, shown without what the file holds.
//!
//! Owns line, caret and key of a fault. A value is never shown: a misplaced secret is the very
//! thing a user may have pasted there.

/// Says where a TOML text is at fault: the message, then the line up to its `=` with a caret.
pub fn explain(text: &str, fault: &toml::de::Error) -> String {
    let Some(span) = fault.span().filter(|span| span.start <= text.len()) else {
        return without_values(fault.message());
    };
    let before = &text.as_bytes()[..span.start];
    let number = memchr::memchr_iter(b'\n', before).count() + 1;
    let line_start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let key = line.split('=').next().unwrap_or("");
    let shown = if key.len() < line.len() {
        format!("{key}= …")
    } else {
        "…".to_owned()
    };
    let shown = if line.trim_start().starts_with('[') {
        line.to_owned()
    } else {
        shown
    };
    let column = line[..(span.start - line_start).min(line.len())]
        .chars()
        .count();
    let column = column.min(shown.chars().count().saturating_sub(1));
    let width = line
        .get(span.start - line_start..)
        .map_or(1, |rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '-')
                .count()
        })
        .clamp(1, shown.chars().count().saturating_sub(column).max(1));
    let gutter = " ".repeat(number.to_string().len());
    let (blank, caret) = (" ".repeat(column), "^".repeat(width));
    format!(
        "at line {number}, column {}: {}\n{gutter} |\n{number} | {shown}\n{gutter} | {blank}{caret}",
        column + 1,
        without_values(fault.message()),
    )
}

/// The message without quoted values: those of a wrong type are named by the parser.
fn without_values(message: &str) -> String {
    let (start, value) = (
        "unknown variant `",
        message.strip_prefix("unknown variant `"),
    );
    if let Some((_, rest)) = value.and_then(|value| value.split_once('`')) {
        return format!("{start}…`{rest}");
    }
    let mut parts = message.split('"');
    let mut shown = parts.next().unwrap_or("").to_owned();
    while let Some(_value) = parts.next() {
        shown.push('…');
        shown.push_str(parts.next().unwrap_or(""));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        explain(
            text,
            &toml::from_str::<super::super::Config>(text).unwrap_err(),
        )
    }

    #[test]
    fn a_value_is_never_shown() {
        for text in [
            // outgate: ignore[generic-token] made up
            "token = \"hunter2hunter2\"\n",
            "fail-on = \"hunter2hunter2\"\n",
            "exclude = \"hunter2hunter2\"\n",
            "exclude = [\"hunter2hunter2\n",
            "hunter2hunter2",
        ] {
            let shown = fault(text);
            assert!(!shown.contains("hunter2hunter2"), "{shown}");
            assert!(shown.contains("line 1") && shown.contains('^'), "{shown}");
        }
    }

    #[test]
    fn the_key_is() {
        assert_eq!(
            fault("\nexclud = [\"a\"]\n"),
            "at line 2, column 1: unknown field `exclud`, expected one of `exclude`, `fail-on`, \
             `max-file-size`, `baseline`, `detectors`, `allow`\n  |\n2 | exclud = …\n  | ^^^^^^"
        );
    }
}
