use super::*;
use crate::engine::number::Number;

/// The value found after `acme`, with a shape of 12 letters or digits.
fn value(text: &str) -> Option<&str> {
    let expression = Expression::new("[0-9a-z]{12}");
    let at = text.to_ascii_lowercase().find("acme")?;
    let found = find(text.as_bytes(), &(at..at + 4), &expression, 12)?;
    Some(&text[found])
}

#[test]
fn a_value_follows_in_many_ways() {
    for text in [
        "ACME_TOKEN=k3j4h5g6f7d8",
        "acme = 'k3j4h5g6f7d8'",
        "acmeApiKey: k3j4h5g6f7d8",
        "acmeapikey=\"k3j4h5g6f7d8\"",
        "myAcme(\"k3j4h5g6f7d8\")",
        "acme SECRET k3j4h5g6f7d8",
        "<acmeToken>\n    k3j4h5g6f7d8\n</acmeToken>",
        "https://api.acme.com/v1/get?key=k3j4h5g6f7d8&x=1",
        "acme-secret-k3j4h5g6f7d8",
        "# acme\nexport KEY=k3j4h5g6f7d8",
        "acme login k3j4h5g6f7d8",
        "acme-k3j4h5g6f7d8",
    ] {
        assert_eq!(value(text), Some("k3j4h5g6f7d8"), "{text}");
    }
    assert_eq!(value("acme a3b4a5c6f7d8"), Some("a3b4a5c6f7d8"));
}

#[test]
fn a_word_for_a_secret_ends_where_it_stands() {
    for text in [
        "apikey",
        "API_KEYS =",
        "keyId",
        "accesstoken",
        "PASSWORD1",
        "authorization",
    ] {
        assert!(names_a_secret(text.as_bytes()), "{text}");
    }
    for text in [
        "keyframes",
        "KEYBOARD",
        "tokenizer",
        "author",
        "secretary",
        "passenger",
    ] {
        assert!(!names_a_secret(text.as_bytes()), "{text}");
    }
}

/// The words that a part of a text is told of, in lower case without separators.
fn told(text: &[u8], part: Range<usize>, joint: usize) -> Vec<String> {
    let mut found = Vec::new();
    words(text, part, joint, |word, number| {
        let plain = text[word].iter().filter(|byte| is_part_of(**byte, WORD));
        let plain: Vec<u8> = plain.map(u8::to_ascii_lowercase).collect();
        assert_eq!(number.value(), Number::of(&plain).value());
        found.push(String::from_utf8(plain).unwrap());
    });
    found
}

#[test]
fn words_before_are_those_of_the_line() {
    let text = b"x\nmy-box.devBoxKEY";
    assert_eq!(
        told(text, line_before(text, text.len() - 3), 0),
        [
            "my",
            "mybox",
            "myboxdev",
            "box",
            "boxdev",
            "boxdevbox",
            "dev",
            "devbox",
            "box"
        ]
    );
}

#[test]
fn a_word_ends_where_a_word_for_a_secret_begins() {
    assert_eq!(told(b"acme2key", 0..8, 5), ["acme2", "acme2key"]);
}

#[test]
fn a_value_of_any_shape_follows_a_word_for_a_secret() {
    let named = |text: &str| {
        let (_, value) = find_named(text.as_bytes(), &(0..4))?;
        Some(text[value].to_owned())
    };
    for text in [
        "acme token=",
        "acme secret key: ",
        "acme_token = \"",
        "acme PASSWORD ",
    ] {
        let all = format!("{text}k3j4h5g6f7d8s9a0q1w2==\"");
        assert_eq!(
            named(&all).as_deref(),
            Some("k3j4h5g6f7d8s9a0q1w2=="),
            "{text}"
        );
    }
    assert_eq!(named("acme token of the user: k3j4h5g6f7d8s9a0q1w2"), None);
    assert_eq!(named("acme keyframes k3j4h5g6f7d8s9a0q1w2"), None);
}

#[test]
fn a_longer_word_or_text_is_another() {
    for text in [
        "pacmeen = k3j4h5g6f7d8",
        "acmeist = k3j4h5g6f7d8",
        "acme = k3j4h5g6f7d8x",
        "acme = x-k3j4h5g6f7d8",
        "acme = k3j4h5g6f7d8.example.com",
        "acme = k3j4h5g6f7d8()",
        "acme and then some k3j4h5g6f7d8",
        "acme-administrate",
        "acme =\n\n\nk3j4h5g6f7d8",
    ] {
        assert_eq!(value(text), None, "{text}");
    }
}

#[test]
fn words_stand_together_up_to_a_sign_and_a_length() {
    let told = |text: &str, first: usize| told(text.as_bytes(), first..text.len(), 0);
    assert_eq!(told("a_b=c", 0), ["a", "ab", "b", "c"]);
    assert_eq!(told("xacmeKey", 1), ["key"], "no word begins inside of one");
    let (long, longest) = ("x".repeat(20), "y".repeat(33));
    assert_eq!(told(&format!("{long}-{long}"), 0), [&*long, &long]);
    assert_eq!(told(&format!("{longest} z"), 0), ["z"]);
    let text = format!("{longest} z");
    assert_eq!(told(&text[..32], 0), [&text[..32]]);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn many_bytes_together_hold_what_they_hold_one_by_one() {
    let mut state = 1_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut found = [0; 2];
    for _ in 0..4_000 {
        // Runs as long as those that decide, and any bytes between them.
        let mut text = Vec::new();
        while text.len() < 150 {
            let run = next(20);
            text.extend((0..run).map(|_| b"azAZ_-+/~.:=|!"[next(14)]));
            text.extend((0..next(3)).map(|_| b"0123456789"[next(10)]));
            text.extend((0..next(3)).map(|_| next(256) as u8));
        }
        let window = &text[next(60)..][..next(90)];
        let is_value = holds_a_value_of(window);
        assert_eq!(holds_a_value(window), is_value, "{window:?}");
        found[usize::from(is_value)] += 1;
        for least in 1..=LONG_VALUE {
            let one_by_one = holds_run(window, least, |byte| is_part_of(byte, PLAIN));
            assert_eq!(holds_plain(window, least), one_by_one, "{window:?}");
        }
    }
    assert!(found.iter().all(|count| *count > 100), "{found:?}");
    for byte in 0..=u8::MAX {
        let run = [byte; LONG_VALUE];
        assert_eq!(holds_a_value(&run), is_part_of(byte, VALUE), "{byte}");
        assert_eq!(holds_plain(&run, 14), is_part_of(byte, PLAIN), "{byte}");
        let run = [byte; SHORTEST_VALUE];
        assert_eq!(holds_a_value(&run), is_part_of(byte, DIGIT), "{byte}");
    }
}
