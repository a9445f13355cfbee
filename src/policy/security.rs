//! The `security` rule: which pods are accepted, and what the Pod Security Standards profiles imply.
//!
//! Names no pod field by itself; the checks read these knobs. A profile is a starting point: a knob that the policy
//! sets wins in both directions, because what is written is said and seen, and a finding names the profile and the knob.

/// `security`: which pods are accepted. Every knob has a value; the loader fills those that the profile implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// The profile it began with, for messages.
    pub profile: Profile,
    /// `security.privileged`.
    pub privileged: Permission,
    /// `security.allowPrivilegeEscalation`.
    pub privilege_escalation: Permission,
    /// `security.capabilities.add`: capabilities that may be added.
    pub add_capabilities: CapabilitySet,
    /// `security.capabilities.dropAll`: whether every container has to drop `ALL`.
    pub drop_all: Requirement,
    /// `security.runAsNonRoot`.
    pub run_as_non_root: Requirement,
    /// `security.runAsUser.min`/`max`.
    pub run_as_user: UserRange,
    /// `security.seccomp`.
    pub seccomp: SeccompRule,
    /// `security.appArmor`: whether an unconfined profile is accepted.
    pub unconfined_app_armor: Permission,
    /// `security.seLinux`: whether custom users, roles and types are accepted.
    pub custom_se_linux: Permission,
    /// `security.procMount`: whether an unmasked /proc is accepted.
    pub unmasked_proc: Permission,
    /// `security.hostNamespaces`.
    pub host_namespaces: Permission,
    /// `security.hostPorts`.
    pub host_ports: Permission,
    /// `security.hostPath`.
    pub host_path: Permission,
    /// `security.sysctls`: names beyond the safe set that are accepted.
    pub sysctls: Vec<String>,
    /// `security.sysctls: any`: whether any sysctl is accepted.
    pub unsafe_sysctls: Permission,
    /// `security.volumes`: volume types accepted, beside `hostPath`, which `host_path` alone decides.
    pub volumes: VolumeTypes,
    /// `security.readOnlyRootFilesystem`.
    pub read_only_root: Requirement,
    /// `security.windowsHostProcess`.
    pub host_process: Permission,
}

/// The Pod Security Standards profile a `security` block starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Everything goes.
    Privileged,
    /// Known escalations are refused.
    Baseline,
    /// Hardened.
    Restricted,
}

/// May something be so?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// `allow`.
    Allow,
    /// `deny`.
    Deny,
}

/// Must something be so?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// `require`.
    Require,
    /// `optional`: left to the author.
    Optional,
}

/// Which capabilities may be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CapabilitySet {
    /// Any.
    Any,
    /// Only these; may be empty. Names without `CAP_`, upper case.
    Only(Vec<String>),
}

/// Accepted numeric user ids, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserRange {
    /// Smallest.
    pub min: i64,
    /// Largest.
    pub max: i64,
    /// Whether a container that states no user is accepted, so that its image decides. The profiles accept it, as
    /// the standards do; a range that the policy states does not, for nobody knows the image's user.
    pub unset: Permission,
}

/// Accepted seccomp profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeccompRule {
    /// `any`: anything.
    Any,
    /// `not-unconfined`: anything but `Unconfined`; unset is accepted.
    NotUnconfined,
    /// `set`: `RuntimeDefault` or `Localhost` has to be set.
    Set,
}

/// Accepted volume types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeTypes {
    /// Any.
    Any,
    /// Only these, as keys of a Kubernetes volume (`emptyDir`, `secret`, …).
    Only(Vec<String>),
}

/// Largest user id that Kubernetes accepts.
pub const MAX_USER: i64 = 2_147_483_647;

/// Capabilities that the baseline profile lets a container add: what common runtimes grant anyway.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Volume types of the restricted profile.
const RESTRICTED_VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

impl Security {
    /// What a profile of the Pod Security Standards implies for every knob.
    #[must_use]
    pub fn of_profile(profile: Profile) -> Self {
        match profile {
            Profile::Privileged => Self::privileged(),
            Profile::Baseline => Self::baseline(),
            Profile::Restricted => Self::restricted(),
        }
    }

    fn privileged() -> Self {
        Self {
            profile: Profile::Privileged,
            privileged: Permission::Allow,
            privilege_escalation: Permission::Allow,
            add_capabilities: CapabilitySet::Any,
            drop_all: Requirement::Optional,
            run_as_non_root: Requirement::Optional,
            run_as_user: UserRange {
                min: 0,
                max: MAX_USER,
                unset: Permission::Allow,
            },
            seccomp: SeccompRule::Any,
            unconfined_app_armor: Permission::Allow,
            custom_se_linux: Permission::Allow,
            unmasked_proc: Permission::Allow,
            host_namespaces: Permission::Allow,
            host_ports: Permission::Allow,
            host_path: Permission::Allow,
            sysctls: Vec::new(),
            unsafe_sysctls: Permission::Allow,
            volumes: VolumeTypes::Any,
            read_only_root: Requirement::Optional,
            host_process: Permission::Allow,
        }
    }

    fn baseline() -> Self {
        Self {
            profile: Profile::Baseline,
            privileged: Permission::Deny,
            add_capabilities: CapabilitySet::Only(owned(&BASELINE_CAPABILITIES)),
            seccomp: SeccompRule::NotUnconfined,
            unconfined_app_armor: Permission::Deny,
            custom_se_linux: Permission::Deny,
            unmasked_proc: Permission::Deny,
            host_namespaces: Permission::Deny,
            host_ports: Permission::Deny,
            host_path: Permission::Deny,
            unsafe_sysctls: Permission::Deny,
            host_process: Permission::Deny,
            ..Self::privileged()
        }
    }

    fn restricted() -> Self {
        Self {
            profile: Profile::Restricted,
            privilege_escalation: Permission::Deny,
            add_capabilities: CapabilitySet::Only(owned(&["NET_BIND_SERVICE"])),
            drop_all: Requirement::Require,
            run_as_non_root: Requirement::Require,
            run_as_user: UserRange {
                min: 1,
                max: MAX_USER,
                unset: Permission::Allow,
            },
            seccomp: SeccompRule::Set,
            volumes: VolumeTypes::Only(owned(&RESTRICTED_VOLUMES)),
            ..Self::baseline()
        }
    }
}

impl Profile {
    /// The word in a policy file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
