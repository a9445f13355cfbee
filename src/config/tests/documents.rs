//! Every form that the features and architecture documents show for apiVersion v2.

use super::*;
use crate::config::{EnvFormat, EnvSource, FileEntry};

#[test]
fn the_first_example_is_one_action_with_one_event() {
    let config = accepted(
        "apiVersion: v2\nactions:\n  - name: \"Print files\"\n    events:\n      - name: \"sh.keptn.event.sample.triggered\"\n    tasks:\n      - name: \"Show files in bin\"\n        image: \"alpine\"\n        workingDir: \"/bin\"\n        cmd:\n          - ls\n",
    );
    let action = &config.actions[0];
    assert_eq!(
        (action.index, action.name.value.as_str(), action.silent.value),
        (0, "Print files", false)
    );
    assert_eq!(
        (action.span.line, action.name.span.line, action.name.span.column),
        (3, 3, 11)
    );
    assert_eq!(action.events[0].name.value, "sh.keptn.event.sample.triggered");
    assert_eq!(action.events[0].jsonpath, None);
    let task = &action.tasks[0];
    assert_eq!((task.index, task.name.value.as_str()), (0, "Show files in bin"));
    assert_eq!(task.image.as_ref().unwrap().value, "alpine");
    assert_eq!(
        (
            task.image.as_ref().unwrap().span.line,
            task.image.as_ref().unwrap().span.column
        ),
        (8, 16)
    );
    assert_eq!(task.working_dir.as_ref().unwrap().value, "/bin");
    assert_eq!(texts(&task.cmd), ["ls"]);
    assert!(config.warnings.is_empty());
}

#[test]
fn an_event_may_ask_for_a_value() {
    let config = accepted(
        "apiVersion: v2\nactions:\n  - name: a\n    silent: true\n    events:\n      - name: \"sh.keptn.event.*.triggered\"\n        jsonpath:\n          property: \"$.data.test.teststrategy\"\n          match: \"locust\"\n      - name: other\n    tasks: []\n",
    );
    let action = &config.actions[0];
    assert!(action.silent.value);
    let rule = action.events[0].jsonpath.as_ref().unwrap();
    assert_eq!(rule.property.value, "$.data.test.teststrategy");
    assert_eq!(
        (rule.match_value.value.as_str(), rule.match_value.span.line),
        ("locust", 9)
    );
    assert_eq!(action.events.len(), 2);
    assert!(action.tasks.is_empty());
}

#[test]
fn the_locust_task_with_files_command_and_arguments() {
    let task = task(
        "files:\n  - locust/basic.py\n  - locust/import.py\n  - locust/locust.conf\n  - /helm\n  - helm/\nimage: \"locustio/locust\"\nimagePullPolicy: \"Always\"\ncmd:\n  - locust\nargs:\n  - '--config'\n  - /keptn/locust/locust.conf\n  - '-f'\n  - /keptn/locust/basic.py\n  - '--host'\n  - $(HOST)\n# the job is cleaned up 10 minutes after completion\nttlSecondsAfterFinished: 600\nmaxPollDuration: 1200\nnamespace: carts\nserviceAccount: \"your-service-account-name\"\n",
    );
    assert_eq!(
        texts(&task.args),
        [
            "--config",
            "/keptn/locust/locust.conf",
            "-f",
            "/keptn/locust/basic.py",
            "--host",
            "$(HOST)"
        ]
    );
    assert_eq!(
        texts(&task.files),
        [
            "locust/basic.py",
            "locust/import.py",
            "locust/locust.conf",
            "/helm",
            "helm/"
        ]
    );
    let entries: Vec<_> = task
        .files
        .iter()
        .map(|file| FileEntry::parse(&file.value).unwrap().to_string())
        .collect();
    assert_eq!(
        entries,
        [
            "locust/basic.py",
            "locust/import.py",
            "locust/locust.conf",
            "helm",
            "helm/"
        ]
    );
    assert_eq!(task.image_pull_policy.unwrap().value, "Always");
    assert_eq!(task.ttl_seconds_after_finished.unwrap().value, 600);
    assert_eq!(task.max_poll_duration.unwrap().value, 1200);
    assert_eq!(task.namespace.unwrap().value, "carts");
    assert_eq!(task.service_account.unwrap().value, "your-service-account-name");
}

#[test]
fn variables_come_from_the_event_a_secret_or_a_text() {
    let task = task(
        "env:\n  - name: HOST\n    value: \"$.data.deployment.deploymentURIsLocal[0]\"\n    valueFrom: event\n  - name: EVENT\n    value: \"$\"\n    valueFrom: event\n    as: JSON\n  - name: locust-secret\n    valueFrom: secret\n  - name: DATA_DIR\n    valueFrom: string\n    value: /tmp/data\n",
    );
    let rows: Vec<_> = task
        .env
        .iter()
        .map(|entry| {
            let value = entry.value.as_ref().map(|value| value.value.as_str());
            (
                entry.name.value.as_str(),
                value,
                entry.value_from.value.clone(),
                entry.span.line,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "HOST",
                Some("$.data.deployment.deploymentURIsLocal[0]"),
                EnvSource::Event,
                9
            ),
            ("EVENT", Some("$"), EnvSource::Event, 12),
            ("locust-secret", None, EnvSource::Secret, 16),
            ("DATA_DIR", Some("/tmp/data"), EnvSource::Literal, 18),
        ]
    );
    let formats: Vec<_> = task
        .env
        .iter()
        .map(|entry| entry.as_format.as_ref().map(|format| &format.value))
        .collect();
    assert_eq!(formats, [None, Some(&EnvFormat::Json), None, None]);
}

#[test]
fn resources_keep_their_text_and_an_empty_block_is_not_an_absent_one() {
    let full =
        task("resources:\n  limits:\n    cpu: 1\n    memory: 512Mi\n  requests:\n    cpu: 50m\n    memory: 128Mi\n");
    let resources = full.resources.unwrap();
    let text =
        |quantity: &Option<crate::yaml::Located<String>>| quantity.as_ref().map(|quantity| quantity.value.clone());
    assert_eq!(text(&resources.limits.cpu).as_deref(), Some("1"));
    assert_eq!(text(&resources.limits.memory).as_deref(), Some("512Mi"));
    assert_eq!(text(&resources.requests.cpu).as_deref(), Some("50m"));
    assert_eq!(text(&resources.requests.memory).as_deref(), Some("128Mi"));
    let partial = task("resources:\n  limits:\n    cpu: 1\n  requests:\n    cpu: 50m\n")
        .resources
        .unwrap();
    assert_eq!((partial.limits.memory, partial.requests.memory), (None, None));
    for (fragment, present) in [
        ("", false),
        ("resources:", false),
        ("resources: ~", false),
        ("resources: {}", true),
    ] {
        assert_eq!(task(fragment).resources.is_some(), present, "{fragment}");
    }
}

#[test]
fn an_empty_service_account_is_not_an_absent_one() {
    for (fragment, expected) in [
        ("", None),
        ("serviceAccount:", None),
        ("serviceAccount: \"\"", Some("")),
        ("serviceAccount: x", Some("x")),
    ] {
        let account = task(fragment).service_account;
        assert_eq!(
            account.as_ref().map(|account| account.value.as_str()),
            expected,
            "{fragment}"
        );
    }
}

#[test]
fn annotations_are_a_map_or_a_list_of_single_entries() {
    for fragment in [
        "annotations:\n  - key1: value1\n  - example.org/key2: 1.10\n",
        "annotations:\n  key1: value1\n  example.org/key2: 1.10\n",
        "annotations: {\"key1\": \"value1\", \"example.org/key2\": \"1.10\"}",
    ] {
        let task = task(fragment);
        let pairs: Vec<_> = task
            .annotations
            .iter()
            .map(|(key, value)| (key.value.as_str(), value.value.as_str()))
            .collect();
        assert_eq!(pairs, [("key1", "value1"), ("example.org/key2", "1.10")], "{fragment}");
    }
    let placed = task("annotations:\n  - key1: value1\n").annotations.remove(0);
    assert_eq!(
        (placed.0.span.line, placed.0.span.column, placed.1.span.column),
        (9, 13, 19)
    );
}

#[test]
fn a_security_context_holds_every_field_of_the_format() {
    let task = task(
        "securityContext:\n  capabilities:\n    add: [NET_ADMIN]\n    drop:\n      - ALL\n  privileged: false\n  runAsUser: 7000\n  runAsGroup: 9000\n  runAsNonRoot: true\n  readOnlyRootFilesystem: false\n  allowPrivilegeEscalation: false\n  procMount: Default\n  seccompProfile:\n    type: Localhost\n    localhostProfile: p.json\n",
    );
    let context = task.security_context.unwrap();
    let capabilities = context.capabilities.unwrap();
    assert_eq!(
        (texts(&capabilities.add), texts(&capabilities.drop)),
        (vec!["NET_ADMIN"], vec!["ALL"])
    );
    assert!(!context.privileged.unwrap().value);
    assert_eq!(
        (context.run_as_user.unwrap().value, context.run_as_group.unwrap().value),
        (7000, 9000)
    );
    assert!(context.run_as_non_root.unwrap().value);
    assert!(!context.read_only_root_filesystem.unwrap().value);
    assert!(!context.allow_privilege_escalation.unwrap().value);
    assert_eq!(context.proc_mount.unwrap().value, "Default");
    let profile = context.seccomp_profile.unwrap();
    assert_eq!(profile.profile_type.value, "Localhost");
    assert_eq!(profile.localhost_profile.unwrap().value, "p.json");
    let other = super::task("securityContext: {}").security_context.unwrap();
    assert_eq!(
        (other.privileged, other.run_as_user, other.capabilities),
        (None, None, None)
    );
}

#[test]
fn the_command_of_the_readonly_example_is_kept_word_for_word() {
    let task = task("image: \"alpine\"\ncmd:\n  - sh\nargs:\n  - -c\n  - \"echo WriteableFilesystem > test.txt\"\n");
    assert_eq!(texts(&task.args), ["-c", "echo WriteableFilesystem > test.txt"]);
}

#[test]
fn the_digest_is_that_of_the_bytes_as_read() {
    let text = "apiVersion: v2\n";
    assert_eq!(accepted(text).digest.as_str().len(), 56);
    assert_ne!(accepted(text).digest, accepted(&format!("\u{feff}{text}")).digest);
}
