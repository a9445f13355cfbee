//! Texts against what the original's libraries write.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What fmt, encoding/json and yaml.v2 2.4.0 of the original write.
const ORIGINAL: &str = include_str!("../../../tests/data/render.json");

#[test]
fn every_text_is_the_originals() {
    let cases: Vec<Value> = serde_json::from_str(ORIGINAL).unwrap();
    assert!(cases.len() > 350, "the table is not the one we know");
    let mut wrong = Vec::new();
    for case in &cases {
        for (format, name) in [(Format::Plain, "plain"), (Format::Json, "json"), (Format::Yaml, "yaml")] {
            let found = render(&case["value"], format);
            if found != case[name].as_str().unwrap() {
                wrong.push(format!(
                    "{} as {name}: {found:?}, the original: {}",
                    case["value"], case[name]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn whole_numbers_are_written_in_full_where_the_original_used_exponents() {
    for (value, text) in [
        (json!(1_000_000), "1000000"),
        (json!(1_000_000.0), "1000000"),
        (json!(-123_456_789), "-123456789"),
        (json!(12_345_678_901_234_567_u64), "12345678901234567"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(i64::MIN), "-9223372036854775808"),
        (json!(1e20), "100000000000000000000"),
        (json!(123_456_789_012_345_680_000.0), "123456789012345680000"),
        (json!(1.0), "1"),
        (json!(-0.0), "-0"),
        (json!(1e21), "1e+21"),
    ] {
        assert_eq!(render(&value, Format::Plain), text);
        assert_eq!(render(&value, Format::Json), text);
        assert_eq!(render(&value, Format::Yaml), format!("{text}\n"));
        assert_eq!(render(&json!([value]), Format::Plain), format!("[{text}]"));
    }
}

#[test]
fn plain_texts_are_verbatim_and_only_objects_become_json() {
    for (value, text) in [
        (json!("as it is: \"<&>\"\n"), "as it is: \"<&>\"\n"),
        (json!(true), "true"),
        (json!(null), "<nil>"),
        (json!(["x", "y"]), "[x y]"),
        (json!([]), "[]"),
        (
            json!([{"k": 1, "b": [null, {}]}, [true]]),
            "[map[b:[<nil> map[]] k:1] [true]]",
        ),
        (json!({"b": "<", "a": [1.5, 2.0]}), r#"{"a":[1.5,2],"b":"\u003c"}"#),
    ] {
        assert_eq!(render(&value, Format::Plain), text);
    }
}

#[test]
fn as_is_read_in_any_case_and_unknown_words_are_plain() {
    for (word, format, known) in [
        ("json", Format::Json, true),
        ("JSON", Format::Json, true),
        ("Yaml", Format::Yaml, true),
        ("", Format::Plain, true),
        ("string", Format::Plain, true),
        ("yml", Format::Plain, false),
        (" json", Format::Plain, false),
        ("toml", Format::Plain, false),
    ] {
        assert_eq!((Format::parse(word), Format::is_known(word)), (format, known), "{word}");
    }
}

#[test]
fn labels_become_names_of_variables() {
    for (key, name) in [
        ("build-id", "LABELS_BUILD_ID"),
        ("testId", "LABELS_TESTID"),
        ("a b-c_d", "LABELS_A_B_C_D"),
        ("a/b.c", "LABELS_A/B.C"),
        ("é", "LABELS_É"),
        ("ß", "LABELS_ß"),
        ("\u{1c6}", "LABELS_\u{1c4}"),
        ("", "LABELS_"),
    ] {
        assert_eq!(label_variable(key), name);
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |f| serde_json::Number::from_f64(f).map(Value::Number)),
        "\\PC{0,12}".prop_map(Value::from),
        "[ -~\n\t\u{2028}é]{0,100}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let object = prop::collection::btree_map("[a-c0-9:# \n-]{0,3}", inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            object.prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_reads_back_as_the_same_value(value in value()) {
        let back: Value = serde_json::from_str(&render(&value, Format::Json)).unwrap();
        prop_assert_eq!(render(&back, Format::Json), render(&value, Format::Json));
        prop_assert_eq!(render(&back, Format::Yaml), render(&value, Format::Yaml));
    }

    #[test]
    fn yaml_of_a_text_reads_back_as_that_text(text in "[ -~\nyn0-9:.-]{0,40}") {
        let yaml = render(&json!({"k": text}), Format::Yaml);
        let back: std::collections::BTreeMap<String, String> = serde_yaml::from_str(&yaml).unwrap();
        prop_assert_eq!(&back["k"], &text);
    }
}
