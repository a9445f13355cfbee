//! Where the fields of a task were written, by the paths that findings use.

use super::Origin;
use crate::config::Task;
use crate::yaml::{Located, Span};

/// Positions of all fields that the author wrote.
pub(super) fn origin(task: &Task) -> Origin {
    let mut origin = Origin {
        task: task.span,
        ..Origin::default()
    };
    let mut put = |field: &str, span: Span| {
        origin.fields.insert(field.to_owned(), span);
    };
    put("name", task.name.span);
    let scalars = [
        ("image", &task.image),
        ("imagePullPolicy", &task.image_pull_policy),
        ("workingDir", &task.working_dir),
        ("namespace", &task.namespace),
        ("serviceAccount", &task.service_account),
    ];
    for (field, value) in scalars {
        optional(&mut put, field, value.as_ref());
    }
    optional(&mut put, "maxPollDuration", task.max_poll_duration.as_ref());
    optional(
        &mut put,
        "ttlSecondsAfterFinished",
        task.ttl_seconds_after_finished.as_ref(),
    );
    for (field, list) in [("files", &task.files), ("cmd", &task.cmd), ("args", &task.args)] {
        // A finding about the list as a whole points at where it begins.
        if let Some(first) = list.first() {
            put(field, first.span);
        }
        for (index, entry) in list.iter().enumerate() {
            put(&format!("{field}[{index}]"), entry.span);
        }
    }
    if let Some(first) = task.env.first() {
        put("env", first.span);
    }
    for (index, entry) in task.env.iter().enumerate() {
        put(&format!("env[{index}]"), entry.span);
        put(&format!("env[{index}].name"), entry.name.span);
        optional(&mut put, &format!("env[{index}].value"), entry.value.as_ref());
        put(&format!("env[{index}].valueFrom"), entry.value_from.span);
    }
    if let Some((first, _)) = task.annotations.first() {
        put("annotations", first.span);
    }
    for (key, _) in &task.annotations {
        put(&format!("annotations.{}", key.value), key.span);
    }
    if let Some(resources) = &task.resources {
        put("resources", resources.span);
        let amounts = [("limits", &resources.limits), ("requests", &resources.requests)];
        for (kind, amounts) in amounts {
            optional(&mut put, &format!("resources.{kind}.cpu"), amounts.cpu.as_ref());
            optional(&mut put, &format!("resources.{kind}.memory"), amounts.memory.as_ref());
        }
    }
    if let Some(security) = &task.security_context {
        put("securityContext", security.span);
        optional(&mut put, "securityContext.privileged", security.privileged.as_ref());
        optional(&mut put, "securityContext.runAsUser", security.run_as_user.as_ref());
        optional(&mut put, "securityContext.runAsGroup", security.run_as_group.as_ref());
        optional(
            &mut put,
            "securityContext.runAsNonRoot",
            security.run_as_non_root.as_ref(),
        );
        optional(
            &mut put,
            "securityContext.readOnlyRootFilesystem",
            security.read_only_root_filesystem.as_ref(),
        );
        optional(
            &mut put,
            "securityContext.allowPrivilegeEscalation",
            security.allow_privilege_escalation.as_ref(),
        );
        optional(&mut put, "securityContext.procMount", security.proc_mount.as_ref());
        if let Some(capabilities) = &security.capabilities {
            for (kind, list) in [("add", &capabilities.add), ("drop", &capabilities.drop)] {
                for (index, name) in list.iter().enumerate() {
                    put(&format!("securityContext.capabilities.{kind}[{index}]"), name.span);
                }
                if let Some(first) = list.first() {
                    put(&format!("securityContext.capabilities.{kind}"), first.span);
                }
            }
        }
        if let Some(profile) = &security.seccomp_profile {
            put("securityContext.seccompProfile", profile.profile_type.span);
            put("securityContext.seccompProfile.type", profile.profile_type.span);
        }
    }
    origin
}

fn optional<T>(put: &mut impl FnMut(&str, Span), field: &str, value: Option<&Located<T>>) {
    if let Some(value) = value {
        put(field, value.span);
    }
}
