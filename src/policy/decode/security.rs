//! `security`: a profile, and the knobs that say something else than it implies.

use super::shared::{is_scalar, is_word, parsed, refuse_nothing, refuse_word, unique};
use crate::policy::security::{
    CapabilitySet, MAX_USER, Permission, Profile, Requirement, SeccompRule, Security, UserRange, VolumeTypes,
};
use crate::yaml::{Field, Mapping, nearest, quoted};

/// Every type of volume that Kubernetes knows, but `hostPath`, which has a knob of its own.
const VOLUME_TYPES: [&str; 29] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
];

/// `security`.
pub(super) fn security(field: &Field<'_>) -> Option<Security> {
    field.mapping(|knobs| {
        let profiles = [Profile::Privileged, Profile::Baseline, Profile::Restricted];
        let words = profiles.map(|profile| (profile.as_str(), profile));
        let profile = knobs.required("profile").and_then(|field| field.choice(&words));
        // Without a profile the block is refused; the strictest one only lets the other knobs be read.
        let mut security = Security::of_profile(profile.as_ref().map_or(Profile::Restricted, |profile| profile.value));
        permissions(knobs, &mut security);
        requirements(knobs, &mut security);
        others(knobs, &mut security);
        profile.map(|_| security)
    })?
}

/// Knobs that say whether something may be so.
fn permissions(knobs: &mut Mapping<'_>, security: &mut Security) {
    let may = |yes: &'static str, no: &'static str| [(yes, Permission::Allow), (no, Permission::Deny)];
    for (knob, words, value) in [
        ("privileged", may("allow", "deny"), &mut security.privileged),
        (
            "allowPrivilegeEscalation",
            may("allow", "deny"),
            &mut security.privilege_escalation,
        ),
        (
            "appArmor",
            may("any", "not-unconfined"),
            &mut security.unconfined_app_armor,
        ),
        ("seLinux", may("any", "standard"), &mut security.custom_se_linux),
        ("procMount", may("any", "default"), &mut security.unmasked_proc),
        ("hostNamespaces", may("allow", "deny"), &mut security.host_namespaces),
        ("hostPorts", may("allow", "deny"), &mut security.host_ports),
        ("hostPath", may("allow", "deny"), &mut security.host_path),
        ("windowsHostProcess", may("allow", "deny"), &mut security.host_process),
    ] {
        set(value, knobs.choice(knob, &words).map(|word| word.value));
    }
}

/// Knobs that say whether something must be so.
fn requirements(knobs: &mut Mapping<'_>, security: &mut Security) {
    for (knob, value) in [
        ("runAsNonRoot", &mut security.run_as_non_root),
        ("readOnlyRootFilesystem", &mut security.read_only_root),
    ] {
        set(value, knobs.field(knob).and_then(|field| requirement(&field)));
    }
}

fn requirement(field: &Field<'_>) -> Option<Requirement> {
    let words = [("require", Requirement::Require), ("optional", Requirement::Optional)];
    Some(field.choice(&words)?.value)
}

/// Knobs with a shape of their own.
fn others(knobs: &mut Mapping<'_>, security: &mut Security) {
    let words = [
        ("any", SeccompRule::Any),
        ("not-unconfined", SeccompRule::NotUnconfined),
        ("set", SeccompRule::Set),
    ];
    set(
        &mut security.seccomp,
        knobs.choice("seccomp", &words).map(|word| word.value),
    );
    set(
        &mut security.run_as_user,
        knobs.field("runAsUser").and_then(|field| user_range(&field)),
    );
    if let Some((add, drop)) = knobs.field("capabilities").and_then(|field| capabilities(&field)) {
        set(&mut security.add_capabilities, add);
        set(&mut security.drop_all, drop);
    }
    if let Some(field) = knobs.field("sysctls") {
        set_sysctls(&field, security);
    }
    set(
        &mut security.volumes,
        knobs.field("volumes").and_then(|field| volumes(&field)),
    );
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn user_range(field: &Field<'_>) -> Option<UserRange> {
    refuse_nothing(field, &["min", "max"]);
    field.mapping(|range| {
        let [min, max] = [("min", 0), ("max", MAX_USER)].map(|(key, absent)| match range.field(key) {
            None => Some(absent),
            Some(field) => field.integer(0..=MAX_USER).map(|number| number.value),
        });
        let (min, max) = (min?, max?);
        if min > max {
            range.problem(
                format!("min {min} is greater than max {max}"),
                "no user would be accepted",
            );
            return None;
        }
        // Everybody is accepted: so is the image's own user.
        let all = min == 0 && max == MAX_USER;
        Some(UserRange {
            min,
            max,
            unset: if all { Permission::Allow } else { Permission::Deny },
        })
    })?
}

type Capabilities = (Option<CapabilitySet>, Option<Requirement>);

fn capabilities(field: &Field<'_>) -> Option<Capabilities> {
    refuse_nothing(field, &["add", "dropAll"]);
    field.mapping(|capabilities| {
        let add = capabilities.field("add").and_then(|field| added(&field));
        let drop = capabilities.field("dropAll").and_then(|field| requirement(&field));
        (add, drop)
    })
}

/// An empty list says what no other word says: no capability may be added.
fn added(field: &Field<'_>) -> Option<CapabilitySet> {
    if is_word(field, "any") {
        return Some(CapabilitySet::Any);
    }
    if is_scalar(field) {
        return refuse_word(field, "any", "a list of capabilities");
    }
    Some(CapabilitySet::Only(field.list(unique(capability))))
}

fn capability(item: &Field<'_>, name: &str) -> Option<String> {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if name == "ALL" {
        item.problem("ALL adds every capability", "write `add: any`");
        return None;
    }
    if !plain || name.starts_with("CAP_") {
        item.problem(
            format!("{} is not the name of a capability", quoted(name)),
            "write it in upper case without CAP_, such as NET_BIND_SERVICE",
        );
        return None;
    }
    Some(name.to_owned())
}

/// An empty list says that only the safe ones are accepted.
fn set_sysctls(field: &Field<'_>, security: &mut Security) {
    if is_word(field, "any") {
        security.unsafe_sysctls = Permission::Allow;
        security.sysctls = Vec::new();
        return;
    }
    if is_scalar(field) {
        return refuse_word(field, "any", "a list of sysctls").unwrap_or_default();
    }
    security.unsafe_sysctls = Permission::Deny;
    security.sysctls = field.list(unique(sysctl));
}

/// Names are compared as written: a wildcard would be read as a name and match nothing.
fn sysctl(item: &Field<'_>, name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if name.split('.').all(|part| !part.is_empty() && part.chars().all(plain)) {
        return Some(name.to_owned());
    }
    item.problem(
        format!("{} is not the name of a sysctl", quoted(name)),
        "write it out, such as net.core.somaxconn",
    );
    None
}

fn volumes(field: &Field<'_>) -> Option<VolumeTypes> {
    if is_word(field, "any") {
        return Some(VolumeTypes::Any);
    }
    if is_scalar(field) {
        return refuse_word(field, "any", "a list of volume types");
    }
    Some(VolumeTypes::Only(parsed(field, volume)?))
}

fn volume(item: &Field<'_>, name: &str) -> Option<String> {
    if name == "hostPath" {
        item.problem(
            "hostPath has a knob of its own",
            "write `hostPath: allow` beside volumes",
        );
        return None;
    }
    if !VOLUME_TYPES.contains(&name) {
        let help = match nearest(name, VOLUME_TYPES) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => "write it as the key of a Kubernetes volume, such as emptyDir".to_owned(),
        };
        item.problem(format!("unknown type of volume {}", quoted(name)), help);
        return None;
    }
    Some(name.to_owned())
}
