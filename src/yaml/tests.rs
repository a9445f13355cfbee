//! Whole files: what is read, and what is refused.

use super::*;

fn read(text: &str) -> Result<Node, Vec<Problem>> {
    parse("f.yaml", text, &Limits::default())
}

fn problems(text: &str) -> Vec<String> {
    read(text)
        .map(|node| format!("{node:?}"))
        .unwrap_err()
        .iter()
        .map(|problem| problem.in_file("f.yaml"))
        .collect()
}

/// A tree on one line: `'` marks text that can be no number, `|` block scalars.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Scalar(Scalar {
            text,
            style: Style::Plain,
        }) => text.clone(),
        Value::Scalar(Scalar {
            text,
            style: Style::Quoted,
        }) => format!("'{}'", text.escape_debug()),
        Value::Scalar(Scalar {
            text,
            style: Style::Block,
        }) => format!("|{}|", text.escape_debug()),
        Value::Sequence(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Mapping(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", key.value, show(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[test]
fn values_keep_the_text_they_were_written_with() {
    for (text, expected) in [
        ("a: 1.10", "{a: 1.10}"),
        (
            "a: true\nb: yes\nc: 010\nd: 1e3\ne: 2001-12-14",
            "{a: true, b: yes, c: 010, d: 1e3, e: 2001-12-14}",
        ),
        (
            "a: \"1\"\nb: 'it''s'\nc: \"\\x41\\n\"",
            "{a: '1', b: 'it\\'s', c: 'A\\n'}",
        ),
        (
            "a: |\n  one\n  two\nb: >-\n  one\n  two\n",
            "{a: |one\\ntwo\\n|, b: |one two|}",
        ),
        (
            "a: ~\nb: null\nc:\nd: ''\ne: Null\nf: nul",
            "{a: null, b: null, c: null, d: '', e: null, f: nul}",
        ),
        (
            "a: !!str 1\nb: !!binary aGVsbG8=\nc: !!int \"5\"\nd: ! 5",
            "{a: '1', b: 'hello', c: 5, d: '5'}",
        ),
        (
            "{\"a\": [1, \"b\", {\"c\": null, \"d\": true}], \"e\": {}}",
            "{a: [1, 'b', {c: null, d: true}], e: {}}",
        ),
        ("a: &x 1\nb: *x\nc: [*x, 2]", "{a: 1, b: 1, c: [1, 2]}"),
        ("true: a\n1: b\n", "{true: a, 1: b}"),
        ("\u{feff}a: 1", "{a: 1}"),
        (
            "a: 1\r\nb:\r\n  - x\r\n  - |\r\n    y\r\n    z\r\n",
            "{a: 1, b: [x, |y\\nz\\n|]}",
        ),
        ("---\na: 1\n...\n", "{a: 1}"),
        ("%YAML 1.1\n---\na: 1\n", "{a: 1}"),
        ("# only\na: 1 # this\n", "{a: 1}"),
        ("a: one\n  two", "{a: one two}"),
        ("a:\tb", "{a: b}"),
        ("plain", "plain"),
        (
            "a: .inf\nb: 1:30\nc: a: b".trim_end_matches(": b"),
            "{a: .inf, b: 1:30, c: a}",
        ),
    ] {
        assert_eq!(show(&read(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn merge_keys_give_way_to_the_mapping_itself_and_to_earlier_merges() {
    for (text, expected) in [
        (
            "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}",
            "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}",
        ),
        ("a: &x {p: 1}\nb: {p: 9, <<: *x}", "{a: {p: 1}, b: {p: 9}}"),
        (
            "a: &x {p: 1}\nb: &y {p: 2, r: 3}\nc: {<<: [*x, *y]}",
            "{a: {p: 1}, b: {p: 2, r: 3}, c: {p: 1, r: 3}}",
        ),
        (
            "a: &x {p: 1}\nb: &y {<<: *x}\nc:\n  <<: *y",
            "{a: {p: 1}, b: {p: 1}, c: {p: 1}}",
        ),
        ("a: {\"<<\": 1}", "{a: {<<: 1}}"),
    ] {
        assert_eq!(show(&read(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn every_value_and_key_knows_its_place() {
    let node = read(
        "\u{feff}é: [a, \"bc\"]\r\nk:\r\n  - x: 1\r\n    y: *z"
            .replace("*z", "zz")
            .as_str(),
    )
    .unwrap();
    let Value::Mapping(entries) = &node.value else {
        panic!("{node:?}")
    };
    let at = |span: Span| (span.line, span.column, span.length);
    assert_eq!(at(node.span).0, 1);
    let Value::Sequence(items) = &entries[0].1.value else {
        panic!("{entries:?}")
    };
    assert_eq!(at(entries[0].0.span), (1, 1, 1));
    assert_eq!([at(items[0].span), at(items[1].span)], [(1, 5, 1), (1, 8, 4)]);
    let Value::Sequence(items) = &entries[1].1.value else {
        panic!("{entries:?}")
    };
    let Value::Mapping(inner) = &items[0].value else {
        panic!("{items:?}")
    };
    assert_eq!(at(entries[1].0.span), (2, 1, 1));
    assert_eq!((at(items[0].span).0, at(items[0].span).1), (3, 5));
    assert_eq!([at(inner[0].0.span), at(inner[0].1.span)], [(3, 5, 1), (3, 8, 1)]);
    assert_eq!([at(inner[1].0.span), at(inner[1].1.span)], [(4, 5, 1), (4, 8, 2)]);
}

#[test]
fn an_alias_stands_where_it_is_written() {
    let node = read("a: &x {p: q}\nb: *x").unwrap();
    let Value::Mapping(entries) = &node.value else {
        panic!("{node:?}")
    };
    assert_eq!((entries[1].1.span.line, entries[1].1.span.column), (2, 4));
    let Value::Mapping(inner) = &entries[1].1.value else {
        panic!("{entries:?}")
    };
    assert_eq!((inner[0].1.span.line, inner[0].1.span.column), (1, 11));
}

#[test]
fn what_is_refused_is_refused_with_its_place() {
    for (text, expected) in [
        (
            "",
            vec![r#"f.yaml:1:1: "f.yaml" is empty; write a mapping that starts with `apiVersion`"#],
        ),
        (
            "# nothing\n",
            vec![r#"f.yaml:1:1: "f.yaml" is empty; write a mapping that starts with `apiVersion`"#],
        ),
        (
            "---\n",
            vec![r#"f.yaml:1:1: "f.yaml" is empty; write a mapping that starts with `apiVersion`"#],
        ),
        (
            "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n",
            vec![
                r#"f.yaml:4:3: the key "c" is given twice in one mapping; keep one of them"#,
                r#"f.yaml:5:1: the key "a" is given twice in one mapping; keep one of them"#,
            ],
        ),
        (
            "{a: 1, \"a\": 2}",
            vec![r#"f.yaml:1:8: the key "a" is given twice in one mapping; keep one of them"#],
        ),
        (
            "a: &x {}\nb:\n  <<: *x\n  <<: *x",
            vec![r#"f.yaml:4:3: the key "<<" is given twice in one mapping; keep one of them"#],
        ),
        (
            "a: 1\n---\nb: 2\n",
            vec![
                r#"f.yaml:3:1: "f.yaml" holds 2 YAML documents, this is the second; only one document is read: remove the others and the `---` between them"#,
            ],
        ),
        (
            "a:\n\tb: 1\n",
            vec!["f.yaml:2:1: a tab must not be used for indentation; indent with spaces"],
        ),
        (
            "a:\n  b: 1\n\tc: 2\n",
            vec!["f.yaml:3:1: a tab must not be used for indentation; indent with spaces"],
        ),
        (
            "a: *x",
            vec!["f.yaml:1:4: the text is not YAML: while parsing node, found unknown anchor"],
        ),
        (
            "a: &x [*x]",
            vec!["f.yaml:1:8: the alias stands inside the value it names"],
        ),
        (
            "? [a]\n: b",
            vec!["f.yaml:1:3: a key must be text, found a list or mapping"],
        ),
        (
            "a: &x [1]\n*x : b",
            vec!["f.yaml:2:1: a key must be text, found a list or mapping"],
        ),
        (
            "~: b",
            vec!["f.yaml:1:1: a key must be text, found nothing; put the word in quotes"],
        ),
        (
            "a:\n  <<: [b]",
            vec![
                r#"f.yaml:2:8: the merge key `<<` needs a mapping, found "b"; name an anchored mapping, such as `<<: *defaults`"#,
            ],
        ),
        (
            "a: !secret b",
            vec![
                r#"f.yaml:1:12: the tag "!secret" is not supported; remove it: every value is read by what its field expects"#,
            ],
        ),
        (
            "a: !!set {b}",
            vec![
                r#"f.yaml:1:10: the tag "!!set" is not supported; remove it: every value is read by what its field expects"#,
            ],
        ),
        (
            "a: !!binary \"?\"",
            vec![
                "f.yaml:1:13: the `!!binary` value is not base64: invalid length at 0; write padded base64 of the standard alphabet",
            ],
        ),
        (
            "a: !!binary /w==",
            vec!["f.yaml:1:13: the `!!binary` value is not UTF-8 text; only text can be given here"],
        ),
        (
            "a: b\nc: \"x\0y\"",
            vec![
                "f.yaml:2:6: the character U+0000 must not stand in a file; write it as an escape in a double-quoted text, or remove it",
            ],
        ),
        (
            "a: b # \u{2028}c: d",
            vec![
                "f.yaml:1:8: the character U+2028 must not stand in a file; write it as an escape in a double-quoted text, or remove it",
            ],
        ),
        (
            "a: b\r\n\u{feff}",
            vec![
                "f.yaml:2:1: the character U+FEFF must not stand in a file; write it as an escape in a double-quoted text, or remove it",
            ],
        ),
    ] {
        assert_eq!(problems(text), expected, "{text:?}");
    }
    for broken in [
        "a: [1",
        "a: \"b",
        "a: b: c",
        "a: 1\n b: 2",
        "{a: 1",
        "- a\nb: 1",
        "a: 'b' c",
        "@a: 1",
        "a: `b`",
        "*",
    ] {
        let found = problems(broken);
        assert_eq!(found.len(), 1, "{broken:?}: {found:?}");
        assert!(found[0].contains(": the text is not YAML: "), "{broken:?}: {found:?}");
    }
}

#[test]
fn a_problem_names_the_path_of_its_value() {
    let found = read("actions:\n  - name: a\n  - tasks:\n    - image: x\n      image: y\n").unwrap_err();
    assert_eq!(
        found.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(),
        ["actions[1].tasks[0].image"]
    );
}

#[test]
fn several_documents_are_read_where_they_are_allowed() {
    let limits = Limits::default();
    let documents = parse_documents("p.yaml", "---\na: 1\n---\n# nothing\n---\nb: 2\n---\n", &limits).unwrap();
    assert_eq!(documents.iter().map(show).collect::<Vec<_>>(), ["{a: 1}", "{b: 2}"]);
    for (text, message) in [
        ("---\n---\n", "\"p.yaml\" is empty"),
        (
            "a: &x 1\n---\nb: *x",
            "the text is not YAML: while parsing node, found unknown anchor",
        ),
        ("a: 1\n---\nb: 1\nb: 2", "the key \"b\" is given twice in one mapping"),
    ] {
        let found = parse_documents("p.yaml", text, &limits).unwrap_err();
        assert_eq!(
            found.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(),
            [message],
            "{text}"
        );
    }
}

#[test]
fn a_duplicate_key_does_not_hide_the_rest_of_the_file() {
    let loaded = load("a: 1\na: 2\nb: 3\n", &Limits::default());
    assert_eq!(loaded.documents.iter().map(show).collect::<Vec<_>>(), ["{a: 1, b: 3}"]);
    assert_eq!(loaded.problems.len(), 1);
}
