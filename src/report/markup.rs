//! Text from outside, made safe within markup.
//!
//! Owns escaping for HTML, XML and Markdown; control characters go first (`terminal`). Does not
//! own layout.

use super::terminal::escape;

/// Escapes for text and quoted attributes of HTML and XML.
pub(super) fn escape_xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for character in escape(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no way to write these two.
            '\u{fffe}' => safe.push_str("\\u{fffe}"),
            '\u{ffff}' => safe.push_str("\\u{ffff}"),
            other => safe.push(other),
        }
    }
    safe
}

/// Escapes for running text of Markdown: no markup, HTML, table cell or link begins in it.
pub(super) fn escape_markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for character in escape(text).chars() {
        if "\\`*_{}[]<>#~|&!@$".contains(character) {
            safe.push_str(&format!("&#{};", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Puts text from a scanned file into a code span, in which nothing is markup and no address
/// becomes a link. A span ends at a backtick and a table cell at a bar, so these two are
/// escaped like control characters.
pub(super) fn code_span(text: &str, width: usize) -> String {
    let text = escape(text);
    let mut shown: String = text.chars().take(width).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let shown = shown.replace('`', "\\u{60}").replace('|', "\\u{7c}");
    if shown.trim().is_empty() {
        return String::new();
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_or_attribute_begins_in_text() {
        assert_eq!(
            escape_xml("<a href='x' b=\"y\">&\u{1b}\u{ffff}"),
            "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;\\u{1b}\\u{ffff}"
        );
    }

    #[test]
    fn no_markup_begins_in_markdown() {
        let safe = escape_markdown("[a](b) <i> `c` |d| &lt; @e");
        assert!(!safe.contains(['[', ']', '<', '`', '|', '@']), "{safe}");
        assert_eq!(
            escape_markdown("Revoke it, then wait."),
            "Revoke it, then wait."
        );
    }

    #[test]
    fn a_code_span_ends_where_the_text_does() {
        assert_eq!(code_span("a`b|c\n", 80), "`a\\u{60}b\\u{7c}c\\u{a}`");
        assert_eq!(code_span("größer", 3), "`grö…`");
        assert_eq!(code_span(" ", 3), "");
    }
}
