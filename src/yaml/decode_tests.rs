//! The decoder: all mistakes of a file at once, each at its place and in its own words.

use super::*;

#[derive(Debug, Clone, PartialEq)]
enum Mode {
    Enforce,
    Warn,
}

#[derive(Debug, PartialEq)]
struct Sample {
    name: String,
    count: Option<i64>,
    on: Option<bool>,
    mode: Option<Mode>,
    words: Option<Vec<String>>,
    inner: Option<i64>,
    labels: Vec<(String, String)>,
}

fn decode(coercion: Coercion, text: &str) -> Result<Decoded<Sample>, Vec<String>> {
    let node = parse("f", text, &Limits::default()).unwrap();
    let decoder = Decoder::new(coercion);
    let sample = decoder.root(&node).mapping(|file| {
        file.refuse("event", "write `events` instead");
        let labels = file.field("labels");
        Sample {
            name: file.required_text("name").value,
            count: file.integer("count", 0..=100).map(|count| count.value),
            on: file.boolean("on").map(|on| on.value),
            mode: file
                .choice("mode", &[("enforce", Mode::Enforce), ("warn", Mode::Warn)])
                .map(|mode| mode.value),
            words: file
                .field("words")
                .map(|words| words.texts().into_iter().map(|word| word.value).collect()),
            inner: file
                .mapping("inner", |inner| inner.integer("deep", 0..=9).map(|deep| deep.value))
                .flatten(),
            labels: labels
                .map(|labels| labels.entries(|key, value| Some((key.value.clone(), value.text()?.value))))
                .unwrap_or_default(),
        }
    });
    decoder
        .finish(sample)
        .map_err(|problems| problems.iter().map(|problem| problem.in_file("f")).collect())
}

#[test]
fn every_mistake_is_reported_at_its_place_in_one_pass() {
    let text = "\
count: \"5\"
nmae: x
on: maybe
mode: enfoce
words: one two
inner:
  deep: 10
  other: 1
labels:
  a.b/c: [x]
event: y
";
    assert_eq!(
        decode(Coercion::Strict, text).unwrap_err(),
        [
            "f:1:1: name is missing",
            "f:1:8: count must be a whole number, found the text \"5\"; remove the quotes",
            "f:2:1: unknown key \"nmae\"; did you mean \"name\"?",
            "f:3:5: on must be true or false, found \"maybe\"",
            "f:4:7: mode must be \"enforce\" or \"warn\", found \"enfoce\"; did you mean \"enforce\"?",
            "f:5:8: words must be a list, found \"one two\"; write a list: [\"one two\"]",
            "f:7:9: deep must be a whole number from 0 to 9, found \"10\"",
            "f:8:3: unknown key \"other\"; known here: deep",
            "f:10:10: labels[\"a.b/c\"] must be text, found a list",
            "f:11:1: the key \"event\" is not accepted here; write `events` instead",
        ]
    );
}

#[test]
fn absent_and_empty_stay_apart() {
    let bare = decode(Coercion::Strict, "name: x").unwrap().value;
    let empty = decode(Coercion::Strict, "name: x\nwords: []\ninner: {}\nlabels: {}")
        .unwrap()
        .value;
    assert_eq!((bare.words, empty.words), (None, Some(vec![])));
}

#[test]
fn nothing_where_a_value_belongs_is_absent_in_the_old_reading_and_refused_in_the_strict_one() {
    let text = "name: x\ncount:\nwords: [a, ~]\nlabels: {k: }\n";
    let old = decode(Coercion::Yaml11, text).unwrap();
    assert_eq!(
        (old.value.count, old.value.words),
        (None, Some(vec!["a".to_owned(), String::new()]))
    );
    assert_eq!(old.value.labels, [("k".to_owned(), String::new())]);
    assert_eq!(
        old.warnings
            .iter()
            .map(|warning| warning.in_file("f"))
            .collect::<Vec<_>>(),
        [
            "f:3:12: words[1] is empty and taken as an empty value; write the value, or remove the line",
            "f:4:10: k is empty and taken as an empty value; write the value, or remove the line",
        ]
    );
    assert_eq!(
        decode(Coercion::Strict, text).unwrap_err(),
        [
            "f:2:1: count must not be empty; write the value, or remove the key",
            "f:3:12: words[1] must not be empty; write the value, or remove the line",
            "f:4:10: k must not be empty; write the value, or remove the line",
        ]
    );
}

#[test]
fn the_old_reading_warns_where_it_surprises_and_the_strict_one_refuses() {
    let text = "name: 1.10\ncount: 010\non: yes\n";
    let old = decode(Coercion::Yaml11, text).unwrap();
    assert_eq!(
        (old.value.name.as_str(), old.value.count, old.value.on),
        ("1.10", Some(8), Some(true))
    );
    assert_eq!(
        old.warnings
            .iter()
            .map(|warning| warning.in_file("f"))
            .collect::<Vec<_>>(),
        [
            "f:2:8: \"010\" is read as 8: it is an octal integer; write 8",
            "f:3:5: \"yes\" is read as true: it is a YAML 1.1 boolean; write true",
        ]
    );
    assert_eq!(
        decode(Coercion::Strict, text).unwrap_err(),
        [
            "f:2:8: count must be a whole number, found \"010\"",
            "f:3:5: on must be true or false, found \"yes\"",
        ]
    );
}

#[test]
fn a_required_text_is_not_missing_not_empty_and_not_a_list() {
    for (text, expected) in [
        ("on: true", "f:1:1: name is missing"),
        (
            "name: ''",
            "f:1:7: name must be a text that is not empty, found the text \"\"",
        ),
        ("name: []", "f:1:7: name must be text, found a list"),
        (
            "name:",
            "f:1:1: name must not be empty; write the value, or remove the key",
        ),
    ] {
        assert_eq!(decode(Coercion::Strict, text).unwrap_err(), [expected], "{text}");
    }
    assert_eq!(
        decode(Coercion::Yaml11, "name:").unwrap_err(),
        ["f:1:1: name is missing"]
    );
    assert_eq!(
        decode(Coercion::Strict, "[]").unwrap_err(),
        ["f:1:1: the file must be a mapping, found a list"]
    );
}

#[test]
fn thousands_of_unknown_keys_are_counted_not_listed() {
    let text: String = (0..9_000).map(|key| format!("nme{key}: 1\n")).collect();
    let started = std::time::Instant::now();
    let found = decode(Coercion::Strict, &text).unwrap_err();
    assert_eq!(found.len(), 201);
    assert_eq!(
        found[200],
        "f: and 8801 more problems of this kind or others; correct the first ones"
    );
    assert!(started.elapsed().as_secs() < 2, "took {:?}", started.elapsed());
}
