//! What the original accepted (protocol reference 6.1): accepted with the same meaning, with a
//! warning where that meaning surprises.

use super::*;
use crate::config::EnvSource;

/// Warnings of a task fragment that is accepted. Its first line is line 8, column 9.
fn warnings(fragment: &str) -> Vec<String> {
    lines(&accepted(&with_task(fragment)).warnings)
}

#[test]
fn empty_things_are_accepted() {
    for text in [
        "apiVersion: v2",
        "apiVersion: v2\nactions:",
        "apiVersion: v2\nactions: []",
        "apiVersion: 'v2'\nactions:\n  - {}",
        "apiVersion: v2\nactions:\n  - events: [{}]\n    tasks: [{}]",
        "apiVersion: v2\nactions:\n  - events:\n      - name: ''\n        jsonpath: {}\n",
        "{\"apiVersion\": \"v2\", \"actions\": [{\"name\": \"a\", \"tasks\": [{\"image\": \"alpine\"}]}]}",
        "\u{feff}apiVersion: v2\r\nactions:\r\n  - name: a\r\n",
        "---\n# comment\napiVersion: v2\n...\n",
    ] {
        assert_eq!(lines(&accepted(text).warnings), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_null_item_is_an_empty_item_with_a_warning() {
    let config = accepted("apiVersion: v2\nactions:\n  -\n  - tasks: [~]\n    events: [null]\n");
    assert_eq!((config.actions.len(), config.actions[1].tasks.len()), (2, 1));
    assert_eq!(config.actions[1].events[0].name.value, "");
    assert_eq!(
        lines(&config.warnings),
        [
            "f:3:4: actions[0] is empty and taken as an empty value; write the value, or remove the line",
            "f:4:13: tasks[0] is empty and taken as an empty value; write the value, or remove the line",
            "f:5:14: events[0] is empty and taken as an empty value; write the value, or remove the line",
        ]
    );
    let fragment = "cmd: [~, a]\nannotations: {k: ~}";
    assert_eq!(
        texts(&accepted(&with_task(fragment)).actions[0].tasks[0].cmd),
        ["", "a"]
    );
    assert_eq!(
        warnings(fragment),
        [
            "f:8:15: cmd[0] is empty and taken as an empty value; write the value, or remove the line",
            "f:9:26: k is empty and taken as an empty value; write the value, or remove the line",
        ]
    );
}

#[test]
fn booleans_of_yaml_1_1_are_read_with_a_warning() {
    for (word, value) in [
        ("yes", true),
        ("on", true),
        ("y", true),
        ("True", true),
        ("no", false),
        ("Off", false),
        ("N", false),
    ] {
        let fragment = format!("securityContext: {{privileged: {word}}}");
        let config = accepted(&with_task(&fragment));
        let context = config.actions[0].tasks[0].security_context.clone().unwrap();
        assert_eq!(context.privileged.unwrap().value, value, "{word}");
        let expected = format!("f:8:39: {word:?} is read as {value}: it is a YAML 1.1 boolean; write {value}");
        assert_eq!(lines(&config.warnings), [expected]);
    }
    let silent = accepted("apiVersion: v2\nactions:\n  - silent: yes\n");
    assert_eq!((silent.actions[0].silent.value, silent.warnings.len()), (true, 1));
}

#[test]
fn integers_of_yaml_1_1_are_read_with_a_warning() {
    for (text, value, what) in [
        ("010", 8, "an octal integer"),
        ("0x10", 16, "a hexadecimal integer"),
        ("1e3", 1000, "a float"),
        ("1.9", 1, "a float"),
        ("1_000", 1000, "an integer in YAML 1.1 notation"),
        ("-010", -8, "an octal integer"),
    ] {
        let config = accepted(&with_task(&format!("maxPollDuration: {text}")));
        assert_eq!(
            config.actions[0].tasks[0].max_poll_duration.as_ref().unwrap().value,
            value,
            "{text}"
        );
        assert_eq!(
            lines(&config.warnings),
            [format!(
                "f:8:26: {text:?} is read as {value}: it is {what}; write {value}"
            )]
        );
    }
    for (text, value) in [("0", 0), ("-5", -5), ("300", 300)] {
        assert_eq!(
            task(&format!("maxPollDuration: {text}"))
                .max_poll_duration
                .unwrap()
                .value,
            value
        );
        assert_eq!(
            i64::from(
                task(&format!("ttlSecondsAfterFinished: {text}"))
                    .ttl_seconds_after_finished
                    .unwrap()
                    .value
            ),
            value
        );
    }
}

#[test]
fn any_scalar_is_text_as_it_was_written_where_text_is_expected() {
    for text in [
        "1.10",
        "true",
        "2001-12-14",
        "010",
        "1e3",
        "yes",
        "0x1F",
        "1:30",
        ".5",
        "a: b".trim_end_matches(": b"),
    ] {
        let task = task(&format!(
            "image: {text}\ncmd: [{text}]\nannotations: {{k: {text}}}\nresources: {{limits: {{cpu: {text}}}}}"
        ));
        assert_eq!(task.image.unwrap().value, text);
        assert_eq!(texts(&task.cmd), [text]);
        assert_eq!(task.annotations[0].1.value, text);
        assert_eq!(task.resources.unwrap().limits.cpu.unwrap().value, text);
    }
    assert_eq!(task("image: !!binary YWxwaW5l").image.unwrap().value, "alpine");
}

#[test]
fn anchors_and_merge_keys_work_below_known_keys() {
    let config = accepted(
        "apiVersion: v2\nactions:\n  - name: a\n    tasks:\n      - &base\n        name: one\n        image: alpine\n        cmd: [echo]\n      - <<: *base\n        name: two\n        args: &args [x]\n      - <<: *base\n        name: three\n        args: *args\n",
    );
    let rows: Vec<_> = config.actions[0]
        .tasks
        .iter()
        .map(|task| {
            (
                task.name.value.as_str(),
                task.image.as_ref().unwrap().value.as_str(),
                texts(&task.args),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("one", "alpine", vec![]),
            ("two", "alpine", vec!["x"]),
            ("three", "alpine", vec!["x"])
        ]
    );
}

#[test]
fn what_can_never_run_or_be_told_apart_is_a_warning() {
    assert_eq!(
        warnings(
            "env:\n  - name: A\n    value: x\n  - name: B\n    valueFrom: Event\n  - name: C\n    valueFrom: string\n    as: xml\n"
        ),
        [
            "f:9:13: could not add env with name \"A\", unknown valueFrom \"\"; write `valueFrom: event`, `secret` or `string`; the task cannot run as it is",
            "f:11:13: could not add env with name \"B\", unknown valueFrom \"Event\"; write `valueFrom: event`, `secret` or `string`; the task cannot run as it is",
            "f:13:13: as \"xml\" is ignored; write `json` or `yaml`, or remove it",
        ]
    );
    let unknown = accepted(&with_task("env: [{name: B, valueFrom: Event}]"));
    assert_eq!(
        unknown.actions[0].tasks[0].env[0].value_from.value,
        EnvSource::Unknown("Event".to_owned())
    );
    let twins = accepted(
        "apiVersion: v2\nactions:\n  - name: a\n    tasks: [{name: t}, {name: u}, {name: t}, {}, {}]\n  - {}\n  - {}\n  - name: a\n",
    );
    assert_eq!(
        lines(&twins.warnings),
        [
            "f:4:42: the name \"t\" is already that of actions[0].tasks[0]; give it another one: labels and messages tell them apart by name",
            "f:7:11: the name \"a\" is already that of actions[0]; give it another one: labels and messages tell them apart by name",
        ]
    );
    assert_eq!(twins.warnings[0].field, "actions[0].tasks[2].name");
}
