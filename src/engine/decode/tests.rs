//! What is decoded, and where it stands in the source.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, HEXLOWER, HEXUPPER};

use super::marks::{self, RUN};
use super::*;
use crate::detectors::probe::Probe;

const TEXT: &str = "user = deploy_bot\nhost = db.internal, port 5432\n";

/// The layers of the runs of a text.
fn runs(text: &str) -> Vec<Layer> {
    let mut layers = Vec::new();
    find_runs(text.as_bytes(), |at| {
        layers.extend(decode(text.as_bytes(), Mark::Run, at));
    });
    layers
}

/// The layers of the marks of a text that finders look for.
fn marked(text: &str, wanted: Mark) -> Vec<Layer> {
    let bytes = text.as_bytes();
    let mut layers = Vec::new();
    for at in 0..bytes.len() {
        let stands = |probe: &Probe| {
            let sets = probe
                .runs
                .iter()
                .flat_map(|(set, count)| std::iter::repeat_n(set, count.into()));
            let rest = &bytes[at..];
            rest.len() >= probe.len() && sets.zip(rest).all(|(set, &byte)| set.contains(byte))
        };
        if marks::probes()
            .iter()
            .any(|(probe, mark)| *mark == wanted && stands(probe))
        {
            layers.extend(decode(bytes, wanted, at));
        }
    }
    layers
}

fn text(layer: &Layer) -> &str {
    std::str::from_utf8(&layer.text).unwrap()
}

#[test]
fn base64_and_hexadecimal_are_decoded() {
    let bytes = TEXT.as_bytes();
    for encoded in [
        BASE64.encode(bytes),
        BASE64_NOPAD.encode(bytes),
        BASE64URL.encode(bytes),
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
    ] {
        let source = format!("key: \"{encoded}\"\n");
        let layers = runs(&source);
        assert_eq!(layers.len(), 1, "{source}");
        assert_eq!(text(&layers[0]), TEXT);
        assert_eq!(layers[0].offsets.len(), TEXT.len() + 1);
        let all = layers[0].source(&(0..TEXT.len()));
        assert_eq!(
            source[all].trim_end_matches('='),
            encoded.trim_end_matches('=')
        );
    }
}

#[test]
fn lines_of_wrapped_base64_are_one_text() {
    let encoded = BASE64.encode(TEXT.repeat(4).as_bytes());
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    for source in [
        lines.join("\n"),
        format!("data: |\n  {}\n", lines.join("\n  ")),
        format!("\"{}\"", lines.join("\\n")),
        format!("\"{}\"", lines.join("\" +\n    \"")),
    ] {
        assert_eq!(text(&runs(&source)[0]), TEXT.repeat(4), "{source}");
    }
}

#[test]
fn a_line_that_goes_on_is_decoded_with_the_first_alone() {
    let encoded = BASE64.encode(TEXT.repeat(8).as_bytes());
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let whole = lines.join("\n");
    assert!(runs::decode(whole.as_bytes(), 0).is_some());
    for number in 1..5 {
        let start = number * 65;
        assert!(runs::decode(whole.as_bytes(), start).is_none());
        assert!(runs::extent(whole.as_bytes(), start) < 2_000);
    }
    // What stands before is no such line: the text begins after it.
    for before in ["x".repeat(64), lines[0][..60].to_owned(), String::new()] {
        let source = format!("{before}\n{}", lines[1..].join("\n"));
        let layer = runs::decode(source.as_bytes(), before.len() + 1).unwrap();
        assert_eq!(text(&layer), &TEXT.repeat(8)[48..], "{before}");
    }
}

#[test]
fn what_chance_makes_of_a_run_is_no_text() {
    for source in [
        "0123456789abcdef0123456789abcdef0123456789abcdef",
        "AnIdentifierThatIsLongEnoughToBeOne64",
        "drivers/net/ethernet/intel/Ixgbe2/source",
        "c3Vkb2t1IGlzIGEg",
    ] {
        assert_eq!(runs(source), [], "{source}");
    }
}

#[test]
fn the_start_of_a_run_is_found_wherever_it_lies() {
    let run = BASE64_NOPAD.encode(&TEXT.as_bytes()[..24]);
    assert_eq!(run.len(), RUN);
    for before in 0..300 {
        let source = format!("{} {run} {}", ".".repeat(before), ".".repeat(before % 7));
        let mut starts = Vec::new();
        find_runs(source.as_bytes(), |at| starts.push(at));
        assert_eq!(starts, [before + 1], "{before}");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn digits_are_found_alike_by_every_processor() {
    let mut state = 7_u64;
    for length in 0..400 {
        let text: Vec<u8> = (0..length)
            .map(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                let byte = (state >> 40) as u8;
                // One in thirty is none.
                if state >> 59 == 0 {
                    byte
                } else {
                    b"azAZ09+/-_"[usize::from(byte % 10)]
                }
            })
            .collect();
        let (mut chunks, mut wide) = (Vec::new(), Vec::new());
        digits::find_words_in_chunks(&text, |place| chunks.push(place));
        if crate::engine::wide::find_digits(&text, |place| wide.push(place)) {
            assert_eq!(chunks, wide, "in {length} bytes");
        }
        assert!(length < 300 || !chunks.is_empty());
    }
}

#[test]
fn gzip_in_base64_is_inflated_within_limits() {
    let pack = |content: &[u8]| {
        let mut packer = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut packed = vec![0; packer.gzip_compress_bound(content.len())];
        let length = packer.gzip_compress(content, &mut packed).unwrap();
        BASE64.encode(&packed[..length])
    };
    let layers = runs(&pack(TEXT.as_bytes()));
    assert_eq!(
        (layers[0].encodings.as_slice(), text(&layers[0])),
        (&[Encoding::GzipBase64][..], TEXT)
    );
    let bomb = pack(&TEXT.as_bytes().repeat(400_000));
    let layers = runs(&bomb);
    assert_eq!((text(&layers[0]), layers[0].is_cut), ("", true));
}

#[test]
fn escapes_are_decoded_where_one_matters() {
    for (source, wanted) in [
        ("q=a%5Fb&c=%22d", "q=a_b&c=\"d"),
        ("\\x67\\x68\\x70", "ghp"),
        ("\\u0067\\u0068\\u0070", "ghp"),
        ("a\\u005fb", "a_b"),
        ("\\147\\150\\160", "ghp"),
        ("&#103;&#104;&#112;", "ghp"),
        ("&#x67;&#x68;&#x70;", "ghp"),
        ("a&#95;b", "a_b"),
    ] {
        let source = format!("key = \"{source}\"\n");
        let layers = marked(&source, Mark::Escape);
        assert_eq!(layers.len(), 1, "{source}");
        assert_eq!(text(&layers[0]), wanted);
        let all = layers[0].source(&(0..wanted.len()));
        assert_eq!(all, 7..source.len() - 2);
    }
    assert_eq!(marked("100% of \\u00e9t\\u00e9 &amp; %d", Mark::Escape), []);
}

#[test]
fn literals_are_joined_over_lines_and_operators() {
    for source in [
        "'ab' + 'cd' + 'ef'",
        "\"ab\" +\n  \"cd\"+\"ef\"",
        "\"ab\"\n    \"cd\"\n    \"ef\"",
        "'ab' . 'cd' . 'ef'",
        "\"ab\" \\\n\"cd\" \\\n\"ef\"",
        "\"ab\" .. \"cd\" .. \"ef\"",
    ] {
        let layers = marked(source, Mark::Joint);
        assert_eq!(layers.len(), 1, "{source}");
        assert_eq!(text(&layers[0]), "abcdef");
        assert_eq!(layers[0].source(&(0..6)), 1..source.len() - 1);
    }
    for source in ["\"ab\" + name", "\"ab\", \"cd\"", "\"ab\"\n\n\"cd\""] {
        assert_eq!(marked(source, Mark::Joint), [], "{source}");
    }
}

#[test]
fn entries_of_a_kubernetes_secret_are_decoded() {
    let value = BASE64.encode(b"letmein");
    for source in [
        format!(
            "kind: Secret\nmetadata:\n  name: x\ndata:\n  password: {value}\n  other: \"!\"\ntype: x\n"
        ),
        format!("data:\n  password: '{value}'\nkind: Secret\n---\ndata:\n  password: {value}\n"),
        format!("{{\n\"kind\": \"Secret\",\n \"data\": {{\n  \"password\": \"{value}\"\n }}\n}}\n"),
    ] {
        let layers = marked(&source, Mark::Manifest);
        assert_eq!(layers.len(), 1, "{source}");
        assert_eq!(text(&layers[0]), "password: letmein\n");
        let secret = layers[0].source(&(10..17));
        assert_eq!(
            source[secret].trim_end_matches('='),
            value.trim_end_matches('=')
        );
    }
    let entry = format!("kind: Secret\ndata:\n  password: {value}\n");
    assert_eq!(marked(&entry.repeat(3), Mark::Manifest).len(), 1);
    assert_eq!(
        marked("kind: Secret\nstringData:\n  a: b\n", Mark::Manifest),
        []
    );
}
