//! Events with random damage: refused or used, never a panic.

use proptest::prelude::*;

use super::*;

/// What the service does with every event it accepts.
fn use_everything(event: &Event) {
    let _ = (
        event.common(),
        event.kind(),
        event.task_name(),
        event.identity().hex(),
        event.digest(),
    );
    for path in [
        "$",
        "$.data.test.teststrategy",
        "$..*",
        "data.labels",
        "$.data.labels[\"a-b\"]",
    ] {
        if let Ok(value) = JsonPath::parse(path).unwrap().evaluate(event.mapped()) {
            for format in [Format::Plain, Format::Json, Format::Yaml] {
                let _ = render(&value, format);
            }
        }
    }
}

/// Cuts, repeats and overwrites pieces of a text that is an event.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (
        any::<prop::sample::Index>(),
        0_usize..12,
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..6),
            prop::sample::select(
                vec![
                    "\"",
                    "{",
                    "}",
                    "[",
                    "]",
                    ":",
                    ",",
                    "null",
                    "-",
                    "1e999",
                    "\\u0000",
                    "\\ud800",
                    "\u{2028}",
                    "9".repeat(40).as_str(),
                    "{\"a\":",
                    "\"data\":[],",
                    "\"id\":\"\",",
                    "true",
                ]
                .into_iter()
                .map(|text| text.as_bytes().to_vec())
                .collect::<Vec<_>>()
            ),
        ],
    );
    (
        prop::sample::select(vec![MATCHING, HOST]),
        prop::collection::vec(edit, 0..6),
    )
        .prop_map(|(base, edits)| {
            let mut bytes = base.as_bytes().to_vec();
            for (at, length, insert) in edits {
                let start = at.index(bytes.len() + 1);
                let end = (start + length).min(bytes.len());
                bytes.splice(start..end, insert);
            }
            bytes
        })
}

/// Puts something else in place of some values of an event, so that it stays JSON and mostly gets
/// past the reader.
fn rewritten() -> impl Strategy<Value = Value> {
    let pool = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1e300),
        json!(""),
        json!("sh.keptn.event.test.triggered"),
        json!("a\u{0}b"),
        json!("x".repeat(2000)),
        json!([]),
        json!([[{"a": null}]]),
        json!({}),
        json!({"": {"a-b": ["\u{2028}"]}}),
    ];
    let edit = (any::<prop::sample::Index>(), prop::sample::select(pool));
    (
        prop::sample::select(vec![MATCHING, HOST]),
        prop::collection::vec(edit, 0..4),
    )
        .prop_map(|(base, edits)| {
            let mut event: Value = serde_json::from_str(base).unwrap();
            for (at, value) in edits {
                let mut places = Vec::new();
                pointers(&event, String::new(), &mut places);
                let place = &places[at.index(places.len())];
                *event.pointer_mut(place).unwrap() = value;
            }
            event
        })
}

/// The JSON pointers of every value but the outermost.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    let mut inner = |key: &str, value: &Value| {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(place.clone());
        pointers(value, place, found);
    };
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| inner(&index.to_string(), value)),
        Value::Object(object) => object.iter().for_each(|(key, value)| inner(key, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

// PROPTEST_CASES=100000 asks for more of them.
proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_events_never_panic(bytes in mutated()) {
        match Event::parse(&bytes) {
            Ok(event) => use_everything(&event),
            Err(error) => prop_assert!(error.to_string().len() < 500),
        }
    }

    #[test]
    fn rewritten_events_never_panic(event in rewritten()) {
        match Event::parse(event.to_string().as_bytes()) {
            Ok(event) => use_everything(&event),
            Err(error) => prop_assert!(error.seen().is_some(), "{}", error),
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(&bytes);
    }
}
