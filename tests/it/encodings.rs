//! Tokens are found in every usual encoding, at their place, and are shown in none.

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use libdeflater::{CompressionLvl, Compressor};

use crate::sandbox::Sandbox;
use crate::tokens::{fill, github};

fn each(token: &str, write: impl Fn(u8) -> String) -> String {
    token.bytes().map(write).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = Compressor::new(CompressionLvl::default());
    let mut packed = vec![0; packer.gzip_compress_bound(text.len())];
    let length = packer.gzip_compress(text.as_bytes(), &mut packed);
    let length = length.expect("the bound holds");
    packed.truncate(length);
    packed
}

fn wrap(text: &str, width: usize, indent: &str) -> String {
    let lines = text.as_bytes().chunks(width);
    let lines = lines.map(|line| format!("{indent}{}\n", String::from_utf8_lossy(line)));
    lines.collect()
}

/// A text with the token in it, and the line it stands on.
fn encode(name: &str, token: &str) -> (String, u64) {
    let config = format!("user: deploy\ntoken: {token}\nhost: db.internal, port 5432\n");
    let base64 = |text: &str| BASE64.encode(text.as_bytes());
    let (head, tail) = token.split_at(12);
    let text = match name {
        "base64" => format!("x\ndata = \"{}\"\n", base64(&config)),
        "base64 for addresses" => format!("x\n?d={}\n", BASE64URL.encode(config.as_bytes())),
        "base64 twice" => format!("x\nk: {}\n", base64(&base64(&config))),
        "base64 thrice" => format!("x\nk: {}\n", base64(&base64(&base64(token)))),
        "base64 in lines" => format!("data: |\n{}", wrap(&base64(&config), 64, "  ")),
        "gzip" => format!("x\np: {}\n", BASE64.encode(&gzip(&config.repeat(3)))),
        "hexadecimal" => format!("x\nh = {}\n", HEXLOWER.encode(token.as_bytes())),
        "capital hexadecimal" => format!("x\nh = {}\n", HEXUPPER.encode(token.as_bytes())),
        "percent" => format!("x\nq={}\n", each(token, |byte| format!("%{byte:02X}"))),
        "one percent" => format!("x\nq={}\n", token.replace('_', "%5F")),
        "json" => format!(
            "x\n{{\"t\":\"{}\"}}\n",
            each(token, |byte| format!("\\u{byte:04x}"))
        ),
        "c" => format!(
            "x\nk = \"{}\";\n",
            each(token, |byte| format!("\\x{byte:02x}"))
        ),
        "octal" => format!("x\nk = '{}'\n", each(token, |byte| format!("\\{byte:03o}"))),
        "html" => format!("x\n<p>{}</p>\n", each(token, |byte| format!("&#{byte};"))),
        "html, hexadecimal" => format!(
            "x\n<p>{}</p>\n",
            each(token, |byte| format!("&#x{byte:x};"))
        ),
        "joined" => format!("x\nconst k = \"{head}\" + \"{tail}\";\n"),
        "joined over lines" => format!("x\nk = (\"{head}\"\n     \"{tail}\")\n"),
        "kubernetes" => format!("kind: Secret\ndata:\n  t: {}\n", base64(token)),
        "json in json" => format!("x\n{{\"a\": \"{{\\\"token\\\": \\\"{token}\\\"}}\"}}\n"),
        _ => unreachable!("{name}"),
    };
    let line = if name == "kubernetes" || name == "base64 in lines" {
        0
    } else {
        2
    };
    (text, line)
}

#[test]
fn a_token_is_found_in_every_encoding() {
    for name in [
        "base64",
        "base64 for addresses",
        "base64 twice",
        "base64 thrice",
        "base64 in lines",
        "gzip",
        "hexadecimal",
        "capital hexadecimal",
        "percent",
        "one percent",
        "json",
        "c",
        "octal",
        "html",
        "html, hexadecimal",
        "joined",
        "joined over lines",
        "kubernetes",
        "json in json",
    ] {
        let sandbox = Sandbox::folder();
        let token = github(name);
        let (text, line) = encode(name, &token);
        sandbox.write("a.txt", &text);
        let outcome = sandbox.json(&["."]);
        let findings = outcome.report["findings"].as_array().unwrap();
        let of_token = findings.iter().find(|one| one["detector"] == "github-pat");
        let finding = of_token.unwrap_or_else(|| panic!("{name}: {text}"));
        assert_eq!(finding["verdict"], "verified", "{name}");
        let place = &finding["occurrences"][0];
        assert!(line == 0 || place["start_line"] == line, "{name}: {place}");
        if name != "json in json" {
            let reasons = finding["reasons"].to_string();
            assert!(reasons.contains("decoded from"), "{name}: {reasons}");
        }
        let shown = sandbox.run(&["."]);
        for output in [outcome.report.to_string(), shown.stdout, shown.stderr] {
            assert!(!output.contains(&token[4..20]), "{name}");
            assert!(
                !output.contains(&text[text.len() / 2..text.len() / 2 + 12]),
                "{name}: {output}"
            );
        }
    }
}

#[test]
fn a_bomb_in_base64_is_no_burden_and_hides_nothing_beside_it() {
    let sandbox = Sandbox::folder();
    let token = github("bomb");
    let bomb = BASE64.encode(&gzip(&"a line of nothing\n".repeat(4_000_000)));
    sandbox.write("a.txt", format!("{bomb}\nT={token}\n"));
    let outcome = sandbox.json(&["."]);
    assert_eq!(outcome.report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(outcome.skipped("long encoded text, in part"), 1);
}

#[test]
fn long_text_in_base64_is_searched_up_to_a_limit_and_beyond_it_is_named() {
    let token = github("long");
    let sandbox = Sandbox::folder();
    let encode = |lines: usize| {
        let before = "a line of nothing\n".repeat(lines);
        BASE64.encode(format!("{before}T={token}\n").as_bytes())
    };
    sandbox.write("a.txt", encode(20_000));
    let outcome = sandbox.json(&["."]);
    assert_eq!(outcome.places(), [("a.txt".to_owned(), 1)]);
    assert_eq!(outcome.skipped("long encoded text, in part"), 0);

    sandbox.write("a.txt", encode(80_000));
    let outcome = sandbox.json(&["."]);
    assert_eq!(outcome.places(), []);
    assert_eq!(outcome.skipped("long encoded text, in part"), 1);
    assert_eq!(outcome.code, 0);

    sandbox.write("a.txt", format!("{}{token}", "%5F".repeat(1000)));
    assert_eq!(
        sandbox.json(&["."]).skipped("long encoded text, in part"),
        1
    );
}

#[test]
fn what_is_encoded_in_part_is_one_finding() {
    let sandbox = Sandbox::folder();
    let address =
        "https://media.blob.core.windows.net/f?sv=2022-11-02&se=2099-01-01&sig={alnum:43}%3D";
    let filled = fill("azure-sas-signature", address, "in part");
    sandbox.write("a.txt", format!("{filled}\n"));
    let outcome = sandbox.json(&["."]);
    assert_eq!(outcome.report["findings"].as_array().unwrap().len(), 1);
}
