//! Formats made of markup or cells: hostile names and texts stay text in them.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::formats::{repository, scan};
use crate::sandbox::Sandbox;

/// Reads XML as far as the writer uses it: gives the names of its elements, or what is wrong.
fn elements(xml: &str) -> Result<Vec<String>, String> {
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    for part in xml.split('<').skip(2) {
        let (tag, text) = part.split_once('>').ok_or("an open tag")?;
        if text.contains(['"', '\'']) || tag.matches('"').count() % 2 == 1 || tag.contains('\'') {
            return Err(format!("a stray quote: {part}"));
        }
        for entity in part.split('&').skip(1) {
            if !["amp;", "lt;", "gt;", "quot;", "#39;"]
                .iter()
                .any(|one| entity.starts_with(one))
            {
                return Err(format!("a stray ampersand: {entity}"));
            }
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
        } else {
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            seen.push(name.to_owned());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    if open.is_empty() {
        Ok(seen)
    } else {
        Err(format!("{open:?} stay open"))
    }
}

#[test]
fn a_junit_report_is_well_formed() {
    let sandbox = repository();
    let xml = scan(&sandbox, "junit");
    let seen = elements(&xml).unwrap();
    let count = |name: &str| seen.iter().filter(|element| *element == name).count();
    let findings = sandbox.json(&["--show=unlikely", "."]).findings().len();
    assert_eq!((count("failure"), count("error")), (findings, 1));
    assert_eq!(count("testcase"), findings + 1);
    assert!(xml.contains(&format!(
        "tests=\"{}\" failures=\"{findings}\" errors=\"1\"",
        findings + 1
    )));
    let clean = Sandbox::folder();
    clean.write("a.txt", "text\n");
    let xml = clean.scan(&["--format=junit", "."]).stdout;
    assert!(
        xml.contains("tests=\"1\" failures=\"0\" errors=\"0\"")
            && xml.contains("name=\"no secret in 1 file, 5 bytes\"/>"),
        "{xml}"
    );
    assert!(elements("<?xml?><a><b></a>").is_err());
}

/// Reads rows of CSV by RFC 4180.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

#[test]
fn a_csv_report_has_a_row_for_each_place_and_no_formula() {
    let sandbox = repository();
    let rows = rows(&scan(&sandbox, "csv"));
    let seen = sandbox.json(&["--show=unlikely", "."]);
    assert_eq!(rows.len(), 1 + seen.places().len());
    for row in &rows {
        assert_eq!(row.len(), 18, "{row:?}");
        assert!(
            !row.iter()
                .any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
            "{row:?}"
        );
    }
    let paths: Vec<_> = rows.iter().map(|row| row[6].as_str()).collect();
    assert!(paths.contains(&"'=cmd('x')!A1;@b.env"), "{paths:?}");
    if cfg!(unix) {
        assert!(paths.contains(&"a,b|c`d`[e](f.env"), "{paths:?}");
    }
}

#[test]
fn markdown_of_hostile_names_keeps_its_table() {
    let sandbox = repository();
    let page = scan(&sandbox, "markdown");
    let table: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| **"))
        .collect();
    assert_eq!(
        table.len(),
        sandbox.json(&["--show=unlikely", "."]).findings().len()
    );
    for row in table {
        assert_eq!(row.matches('|').count(), 7, "{row}");
        assert_eq!(row.matches('`').count() % 2, 0, "{row}");
        // Outside of code, which stands at every other part, is nothing of the files.
        let text: String = row.split('`').step_by(2).collect();
        for name in ["img", "cmd", "e](f", "proto", "stop-commands"] {
            assert!(!text.contains(name), "{row}");
        }
    }
    assert!(
        page.contains("### Not searched") && page.contains("**Incomplete**"),
        "{page}"
    );
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    let parts = text.split(start).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(end)?.0))
        .collect()
}

#[test]
fn the_html_page_needs_nothing_and_runs_only_its_own() {
    let sandbox = repository();
    let page = scan(&sandbox, "html");
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    )[0];
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    let ours = [
        between(&page, "<style>", "</style>"),
        between(&page, "<script>", "</script>"),
    ]
    .concat();
    assert_eq!(ours.len(), 3);
    for text in ours {
        let digest = data_encoding::BASE64.encode(&Sha256::digest(text));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
    let data = between(&page, "id=\"data\">", "</script>")[0];
    assert!(!data.contains('<'));
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data, sandbox.json(&["--show=unlikely", "."]).report);
    let tags = tags(&page);
    assert!(tags.len() > 100);
    for (name, attributes) in tags {
        assert!(ELEMENTS.contains(&&*name), "<{name}>");
        for (key, value) in attributes {
            let is_ours = match &*key {
                "style" | "src" | "srcset" | "action" | "formaction" | "data" => false,
                "href" => value.starts_with('#') || value.starts_with("https://"),
                key => !key.starts_with("on"),
            };
            assert!(is_ours, "<{name} {key}={value}>");
        }
    }
}

/// What the page is made of.
const ELEMENTS: [&str; 49] = [
    "b", "body", "button", "code", "col", "colgroup", "dd", "details", "div", "dl", "dt", "footer",
    "form", "g", "h1", "h2", "h3", "head", "header", "html", "input", "kbd", "label", "li", "line",
    "main", "meta", "option", "p", "pre", "rect", "script", "section", "select", "span", "style",
    "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul", "a",
    "!doctype",
];

/// The tags of a page with their attributes; what stands in styles and scripts is left out.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, text) = after.split_once('>').unwrap_or((after, ""));
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut known = Vec::new();
        while let Some((key, value)) = attributes.split_once("=\"") {
            let (value, others) = value.split_once('"').unwrap_or((value, ""));
            let key = key.split_whitespace().last().unwrap_or_default();
            known.push((key.to_owned(), value.to_owned()));
            attributes = others;
        }
        rest = match name {
            "style" | "script" => text.split_once("</").map_or("", |(_, after)| after),
            _ => text,
        };
        if !name.starts_with('/') {
            tags.push((name.trim_end_matches('/').to_owned(), known));
        }
    }
    tags
}
