//! What holds of all pod checks together: they are total, and no value of a wrong type passes for an unset one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::ALL;
use super::super::support::testing::place;
use crate::admission::{Kind, PodView};
use crate::policy::{Profile, Requirement, Ruled, Security};

/// The ids of the checks that find something in a pod, under the strictest rule.
fn findings(spec: &Value, metadata: &Value) -> Vec<&'static str> {
    let mut rule = Security::of_profile(Profile::Restricted);
    rule.read_only_root = Requirement::Require;
    let rule = Ruled { rule, origin: place() };
    let pod = PodView { metadata, spec };
    let found = ALL
        .iter()
        .filter(|check| matches!(check.kind, Kind::Pod(run) if !run(&pod, &rule).is_empty()));
    found.map(|check| check.id).collect()
}

/// A pod with every field that a pod check looks at, all of them good.
fn good() -> Value {
    let context = json!({
        "allowPrivilegeEscalation": false,
        "appArmorProfile": { "type": "Localhost", "localhostProfile": "jobs" },
        "capabilities": { "add": ["NET_BIND_SERVICE"], "drop": ["ALL"] },
        "privileged": false,
        "procMount": "Default",
        "readOnlyRootFilesystem": true,
        "runAsNonRoot": true,
        "runAsUser": 1000,
        "seLinuxOptions": { "type": "container_t", "user": "", "role": "" },
        "seccompProfile": { "type": "Localhost", "localhostProfile": "jobs.json" },
        "windowsOptions": { "hostProcess": false },
    });
    let container = json!({ "securityContext": context, "ports": [ { "containerPort": 80, "hostPort": 0 } ] });
    json!({
        "os": { "name": "linux" },
        "hostNetwork": false,
        "hostPID": false,
        "hostIPC": false,
        "securityContext": {
            "appArmorProfile": { "type": "RuntimeDefault" },
            "runAsNonRoot": true,
            "runAsUser": 1000,
            "seLinuxOptions": { "type": "container_init_t", "user": "", "role": "" },
            "seccompProfile": { "type": "RuntimeDefault" },
            "sysctls": [ { "name": "net.ipv4.tcp_syncookies" } ],
            "windowsOptions": { "hostProcess": false },
        },
        "volumes": [ { "emptyDir": {} } ],
        "containers": [container],
        "initContainers": [container],
        "ephemeralContainers": [container],
    })
}

/// Pointers to every value of a document but the root.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("{at}/{index}"), value))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (pointer, value) in below {
        pointers(value, &pointer, into);
        into.push(pointer);
    }
}

#[test]
fn a_value_of_another_type_is_never_taken_for_an_unset_one() {
    let good = good();
    assert_eq!(findings(&good, &Value::Null), Vec::<&str>::new());
    let mut all = Vec::new();
    pointers(&good, "", &mut all);
    for pointer in all {
        // The kind of a volume is judged by its key.
        if pointer == "/volumes/0/emptyDir" {
            continue;
        }
        for wrong in [
            json!("x"),
            json!(7.5),
            json!(true),
            json!([]),
            json!({}),
            json!([[]]),
            json!([{}]),
        ] {
            let mut pod = good.clone();
            let place = pod.pointer_mut(&pointer).unwrap();
            let same = std::mem::discriminant(place) == std::mem::discriminant(&wrong);
            if same {
                continue;
            }
            *place = wrong.clone();
            assert!(!findings(&pod, &Value::Null).is_empty(), "{pointer} = {wrong} passes");
        }
    }
}

#[test]
fn a_good_pod_is_not_good_without_what_is_required() {
    for (pointer, expected) in [
        ("/containers", "privileged"),
        ("/containers/0/securityContext", "privilege-escalation"),
        ("/initContainers/0/securityContext", "capabilities"),
        ("/ephemeralContainers/0/securityContext", "read-only-root"),
        ("/containers/0/securityContext/capabilities/drop", "capabilities"),
        (
            "/containers/0/securityContext/allowPrivilegeEscalation",
            "privilege-escalation",
        ),
        ("/containers/0/securityContext/readOnlyRootFilesystem", "read-only-root"),
        ("/securityContext/sysctls/0/name", "sysctls"),
    ] {
        let mut pod = good();
        *pod.pointer_mut(pointer).unwrap() = Value::Null;
        assert!(findings(&pod, &Value::Null).contains(&expected), "{pointer}");
    }
}

/// Any JSON, with keys that checks look for.
fn json_values() -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(vec![
        "containers",
        "initContainers",
        "ephemeralContainers",
        "securityContext",
        "capabilities",
        "add",
        "drop",
        "ports",
        "hostPort",
        "volumes",
        "hostPath",
        "sysctls",
        "name",
        "seccompProfile",
        "type",
        "annotations",
        "os",
        "runAsUser",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..6).prop_map(|pairs| pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn pod_checks_answer_whatever_they_are_given(spec in json_values(), metadata in json_values()) {
        findings(&spec, &metadata);
    }

    #[test]
    fn a_pod_without_containers_is_never_good(mut spec in json_values()) {
        if let Some(object) = spec.as_object_mut() {
            object.remove("containers");
        }
        prop_assert!(findings(&spec, &Value::Null).contains(&"privileged"));
    }
}
