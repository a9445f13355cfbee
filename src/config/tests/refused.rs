//! What is refused, each with its place, and all of a file at once.

use super::*;

#[test]
fn the_version_is_exactly_v2() {
    for (text, expected) in [
        (
            "actions: []",
            "f:1:1: apiVersion must be specified; write `apiVersion: v2`",
        ),
        (
            "apiVersion:\nactions: []",
            "f:1:1: apiVersion must be specified; write `apiVersion: v2`",
        ),
        (
            "apiVersion: ~",
            "f:1:1: apiVersion must be specified; write `apiVersion: v2`",
        ),
        (
            "apiVersion: v1\nactions: []",
            "f:1:13: apiVersion v1 is not supported, use v2",
        ),
        ("apiVersion: V2", "f:1:13: apiVersion V2 is not supported, use v2"),
        ("apiVersion: 2", "f:1:13: apiVersion 2 is not supported, use v2"),
        ("apiVersion: ''", "f:1:13: apiVersion  is not supported, use v2"),
        (
            "apiVersion: 'v2 '",
            "f:1:13: apiVersion \"v2 \" is not supported, use v2",
        ),
        ("apiVersion: [v2]", "f:1:13: apiVersion must be text, found a list"),
    ] {
        assert_eq!(refused(text), [expected], "{text}");
    }
    let old = "apiVersion: v1\nactions:\n  - name: a\n    event: e\n    tasks:\n      - cmd: locust -f x\n";
    assert_eq!(refused(old), ["f:1:13: apiVersion v1 is not supported, use v2"]);
}

#[test]
fn unknown_and_duplicate_keys_are_refused_at_every_depth() {
    for (text, expected) in [
        (
            "apiVersion: v2\nActions: []",
            "f:2:1: unknown key \"Actions\"; did you mean \"actions\"?",
        ),
        (
            "apiVersion: v2\nx-anchors: []",
            "f:2:1: unknown key \"x-anchors\"; known here: apiVersion, actions",
        ),
        (
            "apiVersion: v2\ndefaults: {}",
            "f:2:1: unknown key \"defaults\"; known here: apiVersion, actions",
        ),
        (
            "apiVersion: v2\nactions:\n  - event: e",
            "f:3:5: the key \"event\" is not accepted here; since apiVersion v2 it is a list: `events: [{name: …}]`",
        ),
        (
            "apiVersion: v2\nactions:\n  - image: e",
            "f:3:5: the key \"image\" is not accepted here; it belongs to a task: write it below `tasks`",
        ),
        (
            "apiVersion: v2\nactions:\n  - jsonpath: {}",
            "f:3:5: the key \"jsonpath\" is not accepted here; it belongs to an entry of `events`",
        ),
        (
            "apiVersion: v2\nactions:\n  - evnts: []",
            "f:3:5: unknown key \"evnts\"; did you mean \"events\"?",
        ),
        (
            "apiVersion: v2\nactions:\n  - events: [{nam: a}]",
            "f:3:15: unknown key \"nam\"; did you mean \"name\"?",
        ),
        (
            "apiVersion: v2\nactions:\n  - events: [{jsonpath: {matches: a}}]",
            "f:3:26: unknown key \"matches\"; did you mean \"match\"?",
        ),
    ] {
        assert_eq!(refused(text), [expected], "{text}");
    }
    for (fragment, expected) in [
        (
            "imagePullPolcy: x",
            "f:8:9: unknown key \"imagePullPolcy\"; did you mean \"imagePullPolicy\"?",
        ),
        (
            "env: [{names: a, valueFrom: string}]",
            "f:8:16: unknown key \"names\"; did you mean \"name\"?",
        ),
        (
            "resources: {limit: {}}",
            "f:8:21: unknown key \"limit\"; did you mean \"limits\"?",
        ),
        (
            "resources: {limits: {disk: 1}}",
            "f:8:30: unknown key \"disk\"; known here: cpu, memory",
        ),
        (
            "securityContext: {Privileged: true}",
            "f:8:27: unknown key \"Privileged\"; did you mean \"privileged\"?",
        ),
        (
            "securityContext: {seLinuxOptions: {}}",
            "f:8:27: unknown key \"seLinuxOptions\"; known here: capabilities, privileged, runAsUser, runAsGroup, runAsNonRoot, readOnlyRootFilesystem, allowPrivilegeEscalation, procMount, seccompProfile",
        ),
        (
            "securityContext: {capabilities: {adds: []}}",
            "f:8:42: unknown key \"adds\"; did you mean \"add\"?",
        ),
        (
            "securityContext: {seccompProfile: {type: a, typ: b}}",
            "f:8:53: unknown key \"typ\"; did you mean \"type\"?",
        ),
        (
            "image: a\nimage: b",
            "f:9:9: the key \"image\" is given twice in one mapping; keep one of them",
        ),
        (
            "annotations: {a: b, a: b}",
            "f:8:29: the key \"a\" is given twice in one mapping; keep one of them",
        ),
        (
            "annotations: [{a: b}, {a: b}]",
            "f:8:32: the key \"a\" is given twice, first on line 8; keep one of them",
        ),
    ] {
        assert_eq!(refused(&with_task(fragment)), [expected], "{fragment}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_in_words_that_help() {
    for (fragment, expected) in [
        (
            "cmd: locust -f /keptn/basic.py",
            "f:8:14: cmd must be a list, found \"locust -f /keptn/basic.py\"; write a list with an item for each word: [\"locust\", \"-f\", \"/keptn/basic.py\"]",
        ),
        (
            "cmd: sh -c 'a && b'",
            "f:8:14: cmd must be a list, found \"sh -c 'a && b'\"; write a list with an item for each word",
        ),
        (
            "cmd: \"\"",
            "f:8:14: cmd must be a list, found the text \"\"; write a list with an item for each word: []",
        ),
        (
            "args: x",
            "f:8:15: args must be a list, found \"x\"; write a list with an item for each word: [\"x\"]",
        ),
        ("cmd: {a: b}", "f:8:14: cmd must be a list, found a mapping"),
        ("cmd: [[a]]", "f:8:15: cmd[0] must be text, found a list"),
        (
            "files: a.py",
            "f:8:16: files must be a list, found \"a.py\"; write a list: [\"a.py\"]",
        ),
        (
            "files: \"\"",
            "f:8:16: files must be a list, found the text \"\"; write a list: [\"\"]",
        ),
        ("env: {A: b}", "f:8:14: env must be a list, found a mapping"),
        ("image: [a]", "f:8:16: image must be text, found a list"),
        ("image: {}", "f:8:16: image must be text, found a mapping"),
        ("annotations: x", "f:8:22: annotations must be a mapping, found \"x\""),
        (
            "annotations: [x]",
            "f:8:23: annotations[0] must be a mapping, found \"x\"",
        ),
        (
            "annotations: [{a: b, c: d}]",
            "f:8:23: an item of annotations must have one key, found 2; write a map instead of a list: `annotations: {key1: value1}`",
        ),
        (
            "annotations: [{}]",
            "f:8:23: an item of annotations must have one key, found 0; write a map instead of a list: `annotations: {key1: value1}`",
        ),
        ("annotations: {a: [b]}", "f:8:26: a must be text, found a list"),
        (
            "maxPollDuration: \"300\"",
            "f:8:26: maxPollDuration must be a whole number, found the text \"300\"; remove the quotes",
        ),
        (
            "maxPollDuration: 5m",
            "f:8:26: maxPollDuration must be a whole number, found \"5m\"",
        ),
        (
            "maxPollDuration: true",
            "f:8:26: maxPollDuration must be a whole number, found \"true\"",
        ),
        (
            "maxPollDuration: .inf",
            "f:8:26: maxPollDuration must be a whole number, found \".inf\"",
        ),
        (
            "maxPollDuration: 1:30",
            "f:8:26: maxPollDuration must be a whole number, found \"1:30\"",
        ),
        (
            "ttlSecondsAfterFinished: 2147483648",
            "f:8:34: ttlSecondsAfterFinished must be a whole number from -2147483648 to 2147483647, found \"2147483648\"",
        ),
        (
            "ttlSecondsAfterFinished: -2147483649",
            "f:8:34: ttlSecondsAfterFinished must be a whole number from -2147483648 to 2147483647, found \"-2147483649\"",
        ),
        (
            "securityContext: {runAsUser: '0'}",
            "f:8:38: runAsUser must be a whole number, found the text \"0\"; remove the quotes",
        ),
        (
            "securityContext: {privileged: \"true\"}",
            "f:8:39: privileged must be true or false, found the text \"true\"; remove the quotes",
        ),
        (
            "securityContext: {privileged: 1}",
            "f:8:39: privileged must be true or false, found \"1\"",
        ),
        (
            "securityContext: {capabilities: [ALL]}",
            "f:8:41: capabilities must be a mapping, found a list",
        ),
        (
            "securityContext: {capabilities: {drop: ALL}}",
            "f:8:48: drop must be a list, found \"ALL\"; write a list: [\"ALL\"]",
        ),
        ("securityContext: {seccompProfile: {}}", "f:8:43: type is missing"),
        (
            "securityContext: {seccompProfile: {type: ~}}",
            "f:8:43: type is missing",
        ),
        (
            "securityContext: {seccompProfile: {type: ''}}",
            "f:8:50: type must be a text that is not empty, found the text \"\"",
        ),
        (
            "securityContext: {seccompProfile: {localhostProfile: p}}",
            "f:8:43: type is missing",
        ),
        (
            "securityContext: privileged",
            "f:8:26: securityContext must be a mapping, found \"privileged\"",
        ),
        ("resources: []", "f:8:20: resources must be a mapping, found a list"),
        (
            "env: [{name: a, valueFrom: {secretKeyRef: {}}}]",
            "f:8:36: valueFrom must be text, found a mapping",
        ),
    ] {
        let found = refused(&with_task(fragment));
        assert_eq!(found, [expected], "{fragment}");
    }
    for (text, expected) in [
        (
            "apiVersion: v2\nactions: {}",
            "f:2:10: actions must be a list, found a mapping",
        ),
        (
            "apiVersion: v2\nactions: x",
            "f:2:10: actions must be a list, found \"x\"; write a list: [\"x\"]",
        ),
        (
            "apiVersion: v2\nactions:\n  - silent: \"true\"",
            "f:3:13: silent must be true or false, found the text \"true\"; remove the quotes",
        ),
        (
            "apiVersion: v2\nactions:\n  - events: e",
            "f:3:13: events must be a list, found \"e\"; write a list: [\"e\"]",
        ),
        (
            "apiVersion: v2\nactions:\n  - tasks: {name: a}",
            "f:3:12: tasks must be a list, found a mapping",
        ),
        ("- apiVersion: v2", "f:1:1: the file must be a mapping, found a list"),
        ("v2", "f:1:1: the file must be a mapping, found \"v2\""),
    ] {
        assert_eq!(refused(text), [expected], "{text}");
    }
}

#[test]
fn the_simplified_example_of_the_architecture_document_says_what_to_change() {
    let text = "apiVersion: v2\nactions:\n  - name: \"Run tests\"\n    event: \"sh.keptn.event.test.triggered\"\n    files:\n      - locust/basic.py\n    image: \"docker.io/locustio/locust\"\n    cmd: \"locust\"\n    args: ['-f']\n";
    let found = refused(text);
    assert_eq!(
        found
            .iter()
            .map(|line| line.split(": ").next().unwrap())
            .collect::<Vec<_>>(),
        ["f:4:5", "f:5:5", "f:7:5", "f:8:5", "f:9:5"],
        "{found:#?}"
    );
}

#[test]
fn every_mistake_of_a_file_is_reported_at_once_in_order() {
    let text = "\
actions:
  - name: a
    name: b
    silent: \"yes\"
    events: e
    tasks:
      - imagee: x
        cmd: locust
        maxPollDuration: soon
        securityContext:
          runAsUser: \"0\"
          seccompProfile: {}
      - annotations:
          - {a: b, c: d}
          - 1
extra: 1
";
    assert_eq!(
        refused(text),
        [
            "f:1:1: apiVersion must be specified; write `apiVersion: v2`",
            "f:3:5: the key \"name\" is given twice in one mapping; keep one of them",
            "f:4:13: silent must be true or false, found the text \"yes\"; remove the quotes",
            "f:5:13: events must be a list, found \"e\"; write a list: [\"e\"]",
            "f:7:9: unknown key \"imagee\"; did you mean \"image\"?",
            "f:8:14: cmd must be a list, found \"locust\"; write a list with an item for each word: [\"locust\"]",
            "f:9:26: maxPollDuration must be a whole number, found \"soon\"",
            "f:11:22: runAsUser must be a whole number, found the text \"0\"; remove the quotes",
            "f:12:27: type is missing",
            "f:14:13: an item of annotations must have one key, found 2; write a map instead of a list: `annotations: {key1: value1}`",
            "f:15:13: annotations[1] must be a mapping, found \"1\"",
            "f:16:1: unknown key \"extra\"; known here: apiVersion, actions",
        ]
    );
    let fields: Vec<_> = parse(NAME, text)
        .unwrap_err()
        .into_iter()
        .map(|problem| problem.field)
        .collect();
    assert_eq!(fields[7], "actions[0].tasks[0].securityContext.runAsUser");
    assert_eq!(fields[9], "actions[0].tasks[1].annotations[0]");
}

#[test]
fn files_that_are_no_single_document_are_refused() {
    for (text, expected) in [
        (
            "",
            "f:1:1: \"job/config.yaml\" is empty; write a mapping that starts with `apiVersion`",
        ),
        (
            "# todo\n",
            "f:1:1: \"job/config.yaml\" is empty; write a mapping that starts with `apiVersion`",
        ),
        (
            "null\n",
            "f:1:1: \"job/config.yaml\" is empty; write a mapping that starts with `apiVersion`",
        ),
        (
            "apiVersion: v2\n---\napiVersion: v2\n",
            "f:3:1: \"job/config.yaml\" holds 2 YAML documents, this is the second; only one document is read: remove the others and the `---` between them",
        ),
    ] {
        assert_eq!(refused(text), [expected], "{text:?}");
    }
}
