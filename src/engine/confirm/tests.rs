use super::*;

#[test]
fn an_escape_frees_the_left_side() {
    for text in ["", "=", "\\n", "%3D", "\\x3d", "\\u003d", "x="] {
        assert!(is_free_on_the_left(text.as_bytes(), text.len()), "{text}");
    }
    for text in ["a", "3", "nn", "xn", "u003"] {
        assert!(!is_free_on_the_left(text.as_bytes(), text.len()), "{text}");
    }
}

#[test]
fn a_short_word_near_begins_where_it_stands() {
    let near = |words: &str| NearSpec {
        words: vec![words.to_owned()],
        reach: 20,
    };
    let holds = |text: &str, word: &str| has_word_near(&near(word), text.as_bytes(), &(0..1));
    assert!(holds("x myOkta", "okta") && holds("x OKTA_KEY", "okta") && holds("x oauth", "auth"));
    assert!(!holds("x rookTable", "okta") && !holds("x BOOKTA", "okta"));
}

#[test]
fn a_run_must_end_within_its_length() {
    let set = ByteSet::parse("a-z").unwrap();
    assert_eq!(run_end(b"abc-", 0, set, 2, 3), Some(3));
    assert_eq!(run_end(b"abcd", 0, set, 2, 3), None);
    assert_eq!(run_end(b"a", 0, set, 2, 3), None);
}
