//! Laying a task's security context over the installation's default, field by field.

use super::{Capabilities, ContainerSecurity, SeccompProfile};
use crate::config::SecurityContext;
use crate::yaml::Located;

/// Each field that the task sets replaces the default; `capabilities` and `seccompProfile` are replaced whole.
pub(super) fn merge(default: &ContainerSecurity, task: Option<&SecurityContext>) -> ContainerSecurity {
    let mut merged = normalised(default);
    let Some(task) = task else { return merged };
    if let Some(capabilities) = &task.capabilities {
        merged.capabilities = Capabilities {
            add: capabilities
                .add
                .iter()
                .map(|name| capability_name(&name.value))
                .collect(),
            drop: capabilities
                .drop
                .iter()
                .map(|name| capability_name(&name.value))
                .collect(),
        };
    }
    replace(&mut merged.privileged, task.privileged.as_ref());
    replace(&mut merged.run_as_user, task.run_as_user.as_ref());
    replace(&mut merged.run_as_group, task.run_as_group.as_ref());
    replace(&mut merged.run_as_non_root, task.run_as_non_root.as_ref());
    replace(
        &mut merged.read_only_root_filesystem,
        task.read_only_root_filesystem.as_ref(),
    );
    replace(
        &mut merged.allow_privilege_escalation,
        task.allow_privilege_escalation.as_ref(),
    );
    replace(&mut merged.proc_mount, task.proc_mount.as_ref());
    if let Some(profile) = &task.seccomp_profile {
        merged.seccomp_profile = Some(SeccompProfile {
            kind: profile.profile_type.value.clone(),
            localhost_profile: profile.localhost_profile.as_ref().map(|name| name.value.clone()),
        });
    }
    merged
}

fn replace<T: Clone>(field: &mut Option<T>, task: Option<&Located<T>>) {
    if let Some(value) = task {
        *field = Some(value.value.clone());
    }
}

fn normalised(default: &ContainerSecurity) -> ContainerSecurity {
    let mut merged = default.clone();
    merged
        .capabilities
        .add
        .iter_mut()
        .chain(&mut merged.capabilities.drop)
        .for_each(|name| *name = capability_name(name));
    merged
}

/// A capability as Pod Security reads it. The original chart says `all`; Pod Security wants exactly `ALL`. Names are upper case without `CAP_`.
#[must_use]
pub fn capability_name(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}
