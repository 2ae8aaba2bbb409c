//! JSON with texts in it: Jupyter notebooks, source maps and HAR recordings.
//!
//! Owns which strings of these are files or texts of their own. Does not own JSON.

use data_encoding::BASE64;
use memchr::memmem;
use serde_json::Value;

use super::Unpacker;
use crate::walker::SkipReason;

/// Parsed, JSON takes several times its bytes; no larger file is.
const LARGEST: usize = 32 << 20;

/// Says whether a file is JSON of a kind that holds texts.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return false;
    }
    let has = |name: &[u8]| memmem::find(bytes, name).is_some();
    has(b"\"nbformat\"") || has(b"\"sourcesContent\"") || has(b"\"startedDateTime\"")
}

pub(super) fn json(unpacker: &mut Unpacker<'_>, address: &str, bytes: &[u8]) {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.len() > LARGEST {
        return unpacker.skip(SkipReason::UnpackLimit, address, text.len() as u64);
    }
    // It was searched as it is, too; what does not parse is no notebook.
    let Ok(value) = serde_json::from_slice::<Value>(text) else {
        return;
    };
    for (number, cell) in items(&value["cells"]).enumerate() {
        open_cell(unpacker, &format!("{address}!/cells/{number}"), cell);
    }
    // Notebooks of version 3 keep cells in sheets.
    for sheet in items(&value["worksheets"]) {
        for (number, cell) in items(&sheet["cells"]).enumerate() {
            open_cell(unpacker, &format!("{address}!/cells/{number}"), cell);
        }
    }
    for (number, source) in items(&value["sourcesContent"]).enumerate() {
        let name = value["sources"][number].as_str();
        let name = name.map_or_else(|| number.to_string(), str::to_owned);
        if let Some(text) = source.as_str() {
            unpacker.member(address, name.as_bytes(), text.as_bytes());
        }
    }
    for (number, entry) in items(&value["log"]["entries"]).enumerate() {
        open_entry(unpacker, &format!("{address}!/entries/{number}"), entry);
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A text, or the lines of one.
fn join_lines(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Opens a cell by the format of Jupyter (nbformat 4.5).
fn open_cell(unpacker: &mut Unpacker<'_>, address: &str, cell: &Value) {
    for key in ["source", "input"] {
        let text = join_lines(&cell[key]);
        if !text.is_empty() {
            unpacker.visit(&format!("{address}/{key}"), text.as_bytes());
        }
    }
    for (number, output) in items(&cell["outputs"]).enumerate() {
        let address = format!("{address}/outputs/{number}");
        for key in ["text", "traceback", "evalue"] {
            let text = join_lines(&output[key]);
            if !text.is_empty() {
                unpacker.visit(&format!("{address}/{key}"), text.as_bytes());
            }
        }
        open_bundle(unpacker, &address, &output["data"]);
    }
    for (name, bundle) in cell["attachments"].as_object().into_iter().flatten() {
        open_bundle(unpacker, &format!("{address}/attachments/{name}"), bundle);
    }
}

/// Opens one thing in several types, by their names.
fn open_bundle(unpacker: &mut Unpacker<'_>, address: &str, bundle: &Value) {
    for (kind, value) in bundle.as_object().into_iter().flatten() {
        let address = format!("{address}/{kind}");
        let text = match value {
            Value::Object(_) => value.to_string(),
            _ => join_lines(value),
        };
        match decode(&text).filter(|_| !kind.starts_with("text/")) {
            Some(bytes) => unpacker.visit(&address, &bytes),
            None => unpacker.visit(&address, text.as_bytes()),
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64
        .decode(&digits)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

/// Opens an exchange of a HAR file (version 1.2): names and values beside each other, bodies.
fn open_entry(unpacker: &mut Unpacker<'_>, address: &str, entry: &Value) {
    for side in ["request", "response"] {
        let part = &entry[side];
        let mut text = String::new();
        if let Some(url) = part["url"].as_str() {
            text.push_str(url);
            text.push('\n');
        }
        for list in [
            &part["headers"],
            &part["queryString"],
            &part["cookies"],
            &part["postData"]["params"],
        ] {
            for pair in items(list) {
                let (name, value) = (pair["name"].as_str(), pair["value"].as_str());
                if let (Some(name), Some(value)) = (name, value) {
                    text.push_str(&format!("{name}: {value}\n"));
                }
            }
        }
        let address = format!("{address}/{side}");
        if !text.is_empty() {
            unpacker.visit(&format!("{address}/head"), text.as_bytes());
        }
        let body = part["postData"]["text"]
            .as_str()
            .or(part["content"]["text"].as_str());
        let is_encoded = part["content"]["encoding"].as_str() == Some("base64");
        let body = body.map(|body| (body, decode(body).filter(|_| is_encoded)));
        match body {
            Some((_, Some(bytes))) => unpacker.visit(&format!("{address}/body"), &bytes),
            Some((text, None)) => unpacker.visit(&format!("{address}/body"), text.as_bytes()),
            None => {}
        }
    }
}
