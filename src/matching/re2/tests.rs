//! The translation against Go's own answers.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Answers of Go's `regexp`.
const GO: &str = include_str!("../../../tests/data/re2.json");

#[test]
fn every_answer_is_gos() {
    let table: Value = serde_json::from_str(GO).unwrap();
    let texts: Vec<&str> = table["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 400, "the table is not the one we know");
    let mut wrong = Vec::new();
    for case in cases {
        let pattern = case["pattern"].as_str().unwrap();
        let expected: Option<Vec<usize>> = serde_json::from_value(case["matches"].clone()).unwrap();
        let compiled = compile(pattern);
        let found = compiled.as_ref().ok().map(|regex| {
            let matching = texts
                .iter()
                .enumerate()
                .filter(|(_, text)| regex.is_match(text.as_bytes()));
            matching.map(|(index, _)| index).collect::<Vec<_>>()
        });
        if found != expected {
            wrong.push(format!(
                "{pattern}: {found:?} {:?}, Go: {expected:?} {}",
                compiled.err(),
                case["error"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_refusal_says_what_would_work() {
    let long = "a".repeat(MAX_PATTERN_BYTES + 1);
    let deep = "(".repeat(200);
    for (pattern, message) in [
        (
            "*",
            "`*` has nothing to repeat; this is a regular expression, `.*` matches anything",
        ),
        (
            "a|{2}",
            "`{2,2}` has nothing to repeat; this is a regular expression, `.*` matches anything",
        ),
        ("a**", "`*` follows another repetition, put the first into a group"),
        (
            "a{2,1}",
            "repetition is out of range, counts go up to 1000 (nested ones multiply), the smaller one first",
        ),
        ("(a", "`(` has no `)`, write `\\(` for the character"),
        ("a)", "`)` has no `(`, write `\\)` for the character"),
        ("[a", "`[` has no `]`, write `\\[` for the character"),
        ("[c-a]", "`c-a` is no character class of RE2"),
        ("[[:foo:]]", "`[:foo:]` is no character class of RE2"),
        ("\\p{Foo}", "`\\p{Foo}` is no character class of RE2"),
        ("\\C", "`\\C` is no escape of RE2"),
        ("a\\", "`\\` is no escape of RE2"),
        (
            "(?=a)",
            "`(?=a)` is no group of RE2, which has (?:…), (?P<name>…) and the flags i, m, s, U only",
        ),
        ("(?P<a-b>c)", "`a-b` is no group name, use letters, digits and `_`"),
        (long.as_str(), "pattern has 4097 bytes, at most 4096 are accepted"),
        (deep.as_str(), "groups nest deeper than 100 levels"),
        (
            "(\\pL{100}){10}",
            "pattern needs more than 1048576 bytes once compiled, use smaller repetitions",
        ),
    ] {
        assert_eq!(
            compile(pattern).map_err(|error| error.to_string()).unwrap_err(),
            message,
            "{pattern}"
        );
    }
}

#[test]
fn the_largest_repetitions_of_ordinary_patterns_still_compile() {
    for pattern in [".{1000}", "\\w{1000}", "[a-z.]{1000}", "(sh\\.){300}", "(?i)[a-z]{500}"] {
        assert!(compile(pattern).is_ok(), "{pattern}: {:?}", compile(pattern).err());
    }
}

#[test]
fn a_hostile_pattern_costs_little_on_a_long_text() {
    let text = "a".repeat(1024);
    for pattern in ["(a*)*b", "(a|a)*b", "(a+)+$b", "(x+x+)+y", "(.*.*.*=.*)"] {
        let regex = compile(pattern).unwrap();
        assert!(!regex.is_match(text.as_bytes()), "{pattern}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_quoted_text_matches_itself_and_nothing_else(text in "\\PC{1,20}", other in "\\PC{1,20}") {
        prop_assume!(!text.contains("\\E"));
        let regex = compile(&format!("\\A\\Q{text}\\E\\z")).unwrap();
        prop_assert!(regex.is_match(text.as_bytes()));
        prop_assert_eq!(regex.is_match(other.as_bytes()), text == other);
    }

    #[test]
    fn whatever_is_translated_compiles_or_is_too_large(pattern in "[ab(){}\\[\\]|*+?^$\\\\.,:0-9iPQEpdwbBx-]{0,24}") {
        let gap = matches!(compile(&pattern), Err(Re2Error::Untranslatable { .. }));
        prop_assert!(!gap, "{}: {:?}", pattern, compile(&pattern));
    }

    #[test]
    fn arbitrary_texts_never_panic(pattern in "\\PC{0,40}") {
        let _ = compile(&pattern);
    }
}
