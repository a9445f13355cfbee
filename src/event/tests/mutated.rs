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

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_events_never_panic(bytes in mutated()) {
        match Event::parse(&bytes) {
            Ok(event) => use_everything(&event),
            Err(error) => prop_assert!(error.to_string().len() < 500),
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(&bytes);
    }
}
