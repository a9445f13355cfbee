//! Tables: what each pod status means, pods without any status first.

use serde_json::{Value, json};

use super::*;

fn waiting(reason: &str, message: &str) -> Value {
    json!({ "name": "c", "state": { "waiting": { "reason": reason, "message": message } } })
}

fn ended(name: &str, code: i64, reason: &str, message: &str) -> Value {
    json!({ "name": name, "state": { "terminated": { "exitCode": code, "reason": reason, "message": message } } })
}

fn pending(statuses: Value) -> Value {
    json!({ "metadata": { "name": "p" }, "status": { "phase": "Pending", "containerStatuses": statuses } })
}

fn failed_pod(init: Value, main: Value) -> Value {
    json!({ "metadata": { "name": "p" }, "status": { "phase": "Failed", "initContainerStatuses": init, "containerStatuses": main } })
}

fn failed(reason: &str, message: &str) -> PodState {
    PodState::Failed {
        reason: reason.into(),
        message: message.into(),
    }
}

fn stuck(trouble: Trouble, reason: &str, message: &str) -> PodState {
    PodState::Waiting {
        trouble,
        reason: reason.into(),
        message: message.into(),
    }
}

#[test]
fn a_pod_without_statuses_is_on_its_way() {
    for pod in [
        Value::Null,
        json!(1),
        json!([]),
        json!({}),
        json!({ "status": null }),
        json!({ "status": {} }),
        json!({ "status": { "phase": "Pending" } }),
        json!({ "status": { "phase": "Running" } }),
        json!({ "status": { "phase": "Unknown" } }),
        json!({ "status": { "phase": 7, "containerStatuses": "odd" } }),
        json!({ "status": { "phase": "Pending", "containerStatuses": [null, 1, {}, { "state": null }] } }),
        json!({ "status": { "phase": "Pending", "conditions": [null, { "type": "PodScheduled", "status": "True" }] } }),
        pending(json!([
            waiting("ContainerCreating", ""),
            waiting("PodInitializing", "")
        ])),
        pending(json!([waiting("SomethingNew", "of a later kubelet")])),
        json!({ "metadata": { "deletionTimestamp": null }, "status": { "phase": "Running" } }),
    ] {
        assert_eq!(classify(&pod), PodState::Running, "{pod}");
    }
}

#[test]
fn a_terminal_phase_is_the_end_whatever_else_is_said() {
    let pod = json!({
        "metadata": { "deletionTimestamp": "2026-11-21T10:00:00Z" },
        "status": { "phase": "Succeeded", "containerStatuses": [waiting("ErrImagePull", "")] },
    });
    assert_eq!(classify(&pod), PodState::Succeeded);
    assert!(is_terminal(&pod) && is_leaving(&pod));
    assert!(!is_terminal(&json!({})) && !is_leaving(&json!({})));
}

#[test]
fn a_failed_pod_says_why() {
    let none = json!([]);
    let cases = [
        (
            json!({ "status": { "phase": "Failed" } }),
            failed("Error", "the pod failed and no container says why"),
        ),
        (
            json!({ "status": { "phase": "Failed", "message": "odd" } }),
            failed("Error", "odd"),
        ),
        (
            failed_pod(none.clone(), json!([ended("main", 3, "Error", "")])),
            failed("Error", "container `main` ended with exit code 3"),
        ),
        (
            failed_pod(none.clone(), json!([ended("main", 3, "", " bye\n")])),
            failed("Error", "container `main` ended with exit code 3: bye"),
        ),
        (
            failed_pod(none.clone(), json!([ended("main", 137, "OOMKilled", "")])),
            failed(
                "OOMKilled",
                "container `main` used more memory than its limit and was killed, exit code 137",
            ),
        ),
        (
            failed_pod(
                none.clone(),
                json!([ended("main", 128, "StartError", "exec: \"nope\": not found")]),
            ),
            failed(
                "StartError",
                "container `main` ended with exit code 128: exec: \"nope\": not found",
            ),
        ),
        (
            failed_pod(
                json!([ended("init", 2, "Error", "")]),
                json!([waiting("PodInitializing", "")]),
            ),
            failed("Error", "container `init` ended with exit code 2"),
        ),
        (
            failed_pod(
                json!([ended("init", 0, "Completed", "")]),
                json!([ended("main", 1, "Error", "")]),
            ),
            failed("Error", "container `main` ended with exit code 1"),
        ),
        (
            json!({ "status": { "phase": "Failed", "reason": "Evicted", "message": "usage of emptyDir exceeds 20Mi",
                "containerStatuses": [ended("main", 137, "Error", "")] } }),
            failed("Evicted", "usage of emptyDir exceeds 20Mi"),
        ),
        (
            json!({ "status": { "phase": "Failed", "reason": "OutOfcpu" } }),
            failed("OutOfcpu", "the pod was ended"),
        ),
        (
            json!({ "status": { "phase": "Failed", "containerStatuses": [ended("main", 143, "Error", "")], "conditions": [
                { "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "node lost" } ] } }),
            failed("DeletionByTaintManager", "node lost"),
        ),
        (
            json!({ "status": { "phase": "Failed", "containerStatuses": [ended("main", 9, "Error", "")], "conditions": [
                { "type": "DisruptionTarget", "status": "False", "reason": "x", "message": "y" } ] } }),
            failed("Error", "container `main` ended with exit code 9"),
        ),
    ];
    for (pod, state) in cases {
        assert_eq!(classify(&pod), state, "{pod}");
    }
}

#[test]
fn what_can_never_start_is_told_from_what_may_heal() {
    use Trouble::{Container, Pull};
    let never = |reason: &str| PodState::CannotStart {
        reason: reason.into(),
        message: format!("container `c` has {reason}: why"),
    };
    for reason in ["InvalidImageName", "ErrImageNeverPull"] {
        assert_eq!(classify(&pending(json!([waiting(reason, "why")]))), never(reason));
    }
    for (trouble, reason) in [
        (Pull, "ErrImagePull"),
        (Pull, "ImagePullBackOff"),
        (Pull, "ImageInspectError"),
        (Pull, "RegistryUnavailable"),
        (Pull, "SignatureValidationFailed"),
        (Container, "CreateContainerConfigError"),
        (Container, "CreateContainerError"),
        (Container, "RunContainerError"),
        (Container, "PostStartHookError"),
        (Container, "CrashLoopBackOff"),
    ] {
        let expected = stuck(trouble, reason, &format!("container `c` has {reason}"));
        assert_eq!(
            classify(&pending(json!([waiting("ContainerCreating", ""), waiting(reason, "")]))),
            expected
        );
        let init = json!({ "status": { "phase": "Pending", "initContainerStatuses": [waiting(reason, "")],
            "containerStatuses": [waiting("PodInitializing", "")] } });
        assert_eq!(classify(&init), expected);
    }
}

#[test]
fn a_pod_that_no_node_takes_waits_with_the_schedulers_words() {
    let pod = |reason: &str, message: &str| {
        json!({ "status": { "phase": "Pending", "conditions": [
            { "type": "PodScheduled", "status": "False", "reason": reason, "message": message } ] } })
    };
    for (reason, message, told, words) in [
        (
            "Unschedulable",
            "0/1 nodes: insufficient cpu",
            "Unschedulable",
            "0/1 nodes: insufficient cpu",
        ),
        ("SchedulingGated", "", "SchedulingGated", "no node takes the pod"),
        ("", "", "Unschedulable", "no node takes the pod"),
    ] {
        assert_eq!(classify(&pod(reason, message)), stuck(Trouble::Schedule, told, words));
    }
}

#[test]
fn a_pod_that_is_deleted_before_its_end_is_leaving() {
    let plain = json!({ "metadata": { "name": "p", "deletionTimestamp": "t" }, "status": { "phase": "Running" } });
    assert_eq!(
        classify(&plain),
        PodState::Leaving {
            message: "somebody deleted pod p".into()
        }
    );
    let mut lost = plain;
    lost["status"]["conditions"] = json!([{ "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "gone" }]);
    assert_eq!(
        classify(&lost),
        PodState::Leaving {
            message: "DeletionByTaintManager: gone".into()
        }
    );
}
