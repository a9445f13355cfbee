//! The dialect against the original's answers, and against jsonpath-rust where both agree.

use jsonpath_rust::JsonPath as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Answers of PaesslerAG/jsonpath 0.1.1 on gval 1.2.0.
const ORIGINAL: &str = include_str!("../../../tests/data/jsonpath.json");

/// What the original can do and we refuse on purpose: scripts, and numbers without a leading digit.
const REFUSED: [&str; 3] = ["$(1)", "$..(1)", "$.data.list[.5]"];

fn get(path: &str, document: &Value) -> Result<Value, JsonPathError> {
    JsonPath::parse(path)?.evaluate(document)
}

/// `1.0` and `1` are one number, and lists of ambiguous paths have no order in the original.
fn comparable(value: &Value, path: &str) -> String {
    let number = |number: &serde_json::Number| json!(number.as_f64());
    match value {
        Value::Number(value) => number(value).to_string(),
        Value::Array(list) => {
            let mut texts: Vec<String> = list.iter().map(|value| comparable(value, "$")).collect();
            if ["*", "..", "?"].iter().any(|sign| path.contains(sign)) {
                texts.sort();
            }
            format!("[{}]", texts.join(","))
        }
        Value::Object(object) => {
            let texts: Vec<String> = object
                .iter()
                .map(|(k, v)| format!("{k:?}:{}", comparable(v, "$")))
                .collect();
            format!("{{{}}}", texts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

#[test]
fn every_answer_is_the_originals() {
    let table: Value = serde_json::from_str(ORIGINAL).unwrap();
    let document = &table["document"];
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 250, "the table is not the one we know");
    let mut wrong = Vec::new();
    for case in cases {
        let path = case["path"].as_str().unwrap();
        match (get(path, document), case.get("value")) {
            (Err(_), _) if REFUSED.contains(&path) => {}
            (Err(_), None) => {}
            (Ok(found), Some(expected)) if comparable(&found, path) == comparable(expected, path) => {}
            (found, expected) => wrong.push(format!("{path}: {found:?}, the original: {expected:?}")),
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
fn the_rows_of_the_dependency_reference_hold() {
    let document = json!({
        "data": {"test": {"teststrategy": "perf"}, "deployment": {"deploymentURIsLocal": ["https://keptn.sh"]}},
        "labels": {"a-b": "1", "a.b": "2", "x y": "3"}, "list": ["zero", "one"], "null": null, "text": "abc",
        "big": 12_345_678_901_234_567_u64, "one": 1.0, "objects": [{"k": 1}, {"k": 2}], "a": "x",
    });
    for (path, value) in [
        ("$.data.test.teststrategy", json!("perf")),
        ("$.data.deployment.deploymentURIsLocal[0]", json!("https://keptn.sh")),
        ("$", document.clone()),
        ("data.test", json!({"teststrategy": "perf"})),
        ("$.null", json!(null)),
        ("$.labels[\"a-b\"]", json!("1")),
        ("$.list['0']", json!("zero")),
        ("$.list[*]", json!(["zero", "one"])),
        ("$..k", json!([1, 2])),
        ("$.list[0:1]", json!(["zero"])),
        ("$.list[0,1]", json!(["zero", "one"])),
        ("$.objects[?(@.k==1)]", json!([{"k": 1}])),
        ("$.list[(1)]", json!("one")),
        ("$.a == \"x\"", json!(true)),
        // Exact here, …568 in the original.
        ("$.big", json!(12_345_678_901_234_567_u64)),
        ("12345678901234567", json!(12_345_678_901_234_567_u64)),
        ("$.one", json!(1.0)),
    ] {
        assert_eq!(get(path, &document), Ok(value), "{path}");
    }
}

#[test]
fn every_error_says_what_would_work() {
    let document = json!({"list": [1, 2], "labels": {"a-b": 1}, "text": "abc", "null": null, "n": {"-1": 1}});
    let long = format!("$.{}", "x".repeat(MAX_PATH_BYTES));
    for (path, message) in [
        ("$.missing", "no key \"missing\""),
        ("$.list[2]", "no index 2 in a list of 2"),
        ("$.list[1e300]", "no index 9223372036854775807 in a list of 2"),
        (
            "$.list[-1]",
            "negative index -1: lists count from 0; only slices count from the end, such as [-1:]",
        ),
        (
            "list[-1]",
            "negative index -1: lists count from 0; only slices count from the end, such as [-1:]",
        ),
        (
            "$.list[-$.list[0]]",
            "negative index -1: lists count from 0; only slices count from the end, such as [-1:]",
        ),
        ("list[9]", "no index 9 in a list of 2"),
        ("$.list.length", "a list is indexed by numbers, not by \"length\""),
        ("$.list[\"NaN\"]", "a list is indexed by numbers, not by \"NaN\""),
        (
            "$.labels[$.list]",
            "a list cannot be a key, expected a string or a number",
        ),
        (
            "$.list[labels]",
            "an object cannot be a key, expected a string or a number",
        ),
        ("$.null.x", "no \"x\" in null, only objects and lists have parts"),
        ("$.text.x", "no \"x\" in a string, only objects and lists have parts"),
        ("text.x", "no \"x\" in a string, only objects and lists have parts"),
        ("missing.x", "no \"x\" in null, only objects and lists have parts"),
        (
            "$.labels['a-b']",
            "'a-b' at character 10: single quotes hold one character only, write \"a-b\"",
        ),
        (
            "$.labels.a-b",
            "unexpected `-` at character 11, expected `.`, `[` or the end (keys with hyphens stand in [\"…\"])",
        ),
        (
            "$.labels.x y",
            "unexpected name `y` at character 12, expected `.`, `[`, `==`, `!=` or the end",
        ),
        (
            "$.list.0",
            "a name cannot begin with a digit at character 8, write [0…] for an index, [\"0…\"] for a key",
        ),
        ("$.list[0", "unexpected end at character 9, expected `,`, `:` or `]`"),
        (
            "$.list[]",
            "unexpected `]` at character 8, expected `$`, `@`, a name or a literal",
        ),
        (
            "",
            "unexpected end at character 1, expected `$`, `@`, a name or a literal",
        ),
        ("$.", "unexpected end at character 3, expected a name, `*` or `.`"),
        (
            "$.\"x\"",
            "unexpected text \"x\" at character 3, expected a name, `*` or `.`",
        ),
        (
            "list.*",
            "unexpected `*` at character 6, expected a name (`*` and `..` need a path that begins with `$`)",
        ),
        (
            "$.text && true",
            "an operator `&` at character 8: only paths, literals, `==` and `!=` are understood",
        ),
        (
            "$.text =~ 1",
            "an operator `=` at character 8: only paths, literals, `==` and `!=` are understood",
        ),
        (
            "!true",
            "an expression `!` at character 1: only paths, literals, `==` and `!=` are understood",
        ),
        (
            "f(1)",
            "a function call `(` at character 2: only paths, literals, `==` and `!=` are understood",
        ),
        (
            "$(1)",
            "a script `(` at character 2: only paths, literals, `==` and `!=` are understood",
        ),
        (
            "$..[0:1]",
            "a slice directly after `..`, before end at character 9: only paths, literals, `==` and `!=` are understood",
        ),
        ("0x1F", "`0x1F` at character 1 is no decimal number"),
        ("1e400", "`1e400` at character 1 is no decimal number"),
        ("\"abc", "text at character 1 does not end, a \" is missing"),
        ("\"\\q\"", "text at character 1 holds an escape that Go does not know"),
        ("-$.text", "cannot negate a string, expected a number"),
        (long.as_str(), "path has 4098 bytes, at most 4096 are accepted"),
    ] {
        assert_eq!(
            get(path, &document).map_err(|error| error.to_string()),
            Err(message.to_owned()),
            "{path}"
        );
    }
}

#[test]
fn nesting_is_bounded() {
    for path in [
        format!("{}1{}", "(".repeat(1000), ")".repeat(1000)),
        format!("${}0{}", "[$".repeat(1000), "]".repeat(1000)),
        format!("{}1", "-".repeat(1000)),
        format!("1{}", "==1".repeat(1000)),
        format!("${}", "[?(@".repeat(500)),
    ] {
        assert!(
            matches!(JsonPath::parse(&path), Err(JsonPathError::TooDeep { limit: 32, .. })),
            "{path:.20}"
        );
    }
    assert!(JsonPath::parse(&format!("{}1{}", "(".repeat(31), ")".repeat(31))).is_ok());
    // Length is not depth.
    let long = format!("$.a{}", "[0].b".repeat(500));
    assert!(JsonPath::parse(&long).is_ok());
}

#[test]
fn work_is_bounded_and_a_spent_budget_is_an_error() {
    let row = Value::Array(vec![json!(1); 300]);
    let document = json!({"rows": vec![row; 300]});
    for path in ["$..*..*..*", "$..[?($.rows == $.rows)]", "$.rows[*][?($..* == 1)]"] {
        assert_eq!(
            get(path, &document),
            Err(JsonPathError::TooMuchWork { limit: MAX_STEPS }),
            "{path}"
        );
    }
    assert!(get("$.rows[*][*]", &document).is_ok());
}

#[test]
fn long_texts_are_as_much_work_as_they_are_long() {
    let document = json!({"big": "x".repeat(1_000_000), "o": {"x": 1}, "list": vec![json!(1); 1000]});
    for path in [
        format!("$[{}]", ["\"big\""; 100].join(",")),
        "$.list[?($.big == $.big)]".to_owned(),
        "$.list[?($.o[$.big] == 1)]".to_owned(),
    ] {
        assert_eq!(
            get(&path, &document),
            Err(JsonPathError::TooMuchWork { limit: MAX_STEPS }),
            "{path:.40}"
        );
    }
    assert!(get("$", &document).is_ok() && get("$.big == $.big", &document).is_ok());
    assert_eq!(get("$.list[$.big]", &document).unwrap_err().to_string().len(), 122);
}

#[test]
fn answers_of_ambiguous_paths_are_sorted_by_key_and_parents_come_first() {
    let document: Value = serde_json::from_str(r#"{"z":{"k":1,"b":{"k":2}},"a":{"k":3},"m":[{"k":4}]}"#).unwrap();
    assert_eq!(get("$.*.k", &document), Ok(json!([3, 1])));
    assert_eq!(get("$..k", &document), Ok(json!([3, 4, 1, 2])));
    assert_eq!(get("$.z.*", &document), Ok(json!([{"k": 2}, 1])));
    assert_eq!(get("$.a.*", &document), Ok(json!([3])));
}

#[test]
fn paths_that_never_give_a_text_are_known_before_any_event() {
    for path in [
        "$.a[*]",
        "$.a.*",
        "$..a",
        "$.a[0:1]",
        "$.a[0,1]",
        "$.a[?(@.b)]",
        "$.a[*].b",
        "$.a == \"x\"",
        "$.a != $.b",
        "5",
        "-5",
        "true",
        "-$.a",
    ] {
        assert!(JsonPath::parse(path).unwrap().never_a_text().is_some(), "{path}");
    }
    for path in ["$", "$.a[0]", "a.b", "\"*\"", "$.a[$.b[*]]", "(\"x\")"] {
        assert_eq!(JsonPath::parse(path).unwrap().never_a_text(), None, "{path}");
    }
    assert_eq!(JsonPath::parse("$.a [ 0 ]").unwrap().as_str(), "$.a [ 0 ]");
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-5_i64..5).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_dialects_agree_on_names_indexes_and_stars(
        document in document(),
        steps in prop::collection::vec(prop::sample::select(vec![".a", ".b", "[\"c\"]", "[0]", "[1]", ".*", "[*]"]), 0..5),
    ) {
        let path = format!("${}", steps.concat());
        let rfc: Vec<Value> = document.query(&path).unwrap().into_iter().cloned().collect();
        match get(&path, &document) {
            Ok(Value::Array(list)) if path.contains('*') => prop_assert_eq!(list, rfc),
            Ok(value) => prop_assert_eq!(vec![value], rfc),
            Err(error) => {
                prop_assert!(rfc.is_empty() || matches!(error, JsonPathError::NotAnIndex { .. }), "{} {:?}", path, rfc);
            }
        }
    }

    #[test]
    fn arbitrary_paths_never_panic(path in "[$@.\\[\\]\\*?:,()=!'\"ab0-9 -]{0,40}", document in document()) {
        if let Ok(parsed) = JsonPath::parse(&path) {
            let _ = parsed.evaluate(&document);
        }
    }

    #[test]
    fn arbitrary_texts_never_panic(path in "\\PC{0,60}") {
        let _ = JsonPath::parse(&path);
    }
}
