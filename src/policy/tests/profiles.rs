//! What a profile implies, and that a knob which is written wins.

use super::policy;
use crate::policy::*;

#[test]
fn profiles_are_those_of_the_pod_security_standards() {
    let [privileged, baseline, restricted] = ["privileged", "baseline", "restricted"].map(|profile| {
        policy(&format!("security: {{ profile: {profile} }}\n"))
            .security
            .expect(profile)
            .rule
    });
    let denied_from_baseline = |security: &Security| {
        [
            security.privileged,
            security.unconfined_app_armor,
            security.custom_se_linux,
            security.unmasked_proc,
            security.host_namespaces,
            security.host_ports,
            security.host_path,
            security.unsafe_sysctls,
            security.host_process,
        ]
    };
    for (security, expected) in [
        (&privileged, Permission::Allow),
        (&baseline, Permission::Deny),
        (&restricted, Permission::Deny),
    ] {
        assert!(
            denied_from_baseline(security)
                .iter()
                .all(|permission| *permission == expected),
            "{security:?}"
        );
    }
    let seccomp = [privileged.seccomp, baseline.seccomp, restricted.seccomp];
    assert_eq!(
        seccomp,
        [SeccompRule::Any, SeccompRule::NotUnconfined, SeccompRule::Set]
    );
    assert_eq!(privileged.add_capabilities, CapabilitySet::Any);
    assert!(matches!(&baseline.add_capabilities, CapabilitySet::Only(names) if names.len() == 13));
    assert_eq!(
        restricted.add_capabilities,
        CapabilitySet::Only(vec!["NET_BIND_SERVICE".to_owned()])
    );
    for (security, escalation, demand, least) in [
        (&privileged, Permission::Allow, Requirement::Optional, 0),
        (&baseline, Permission::Allow, Requirement::Optional, 0),
        (&restricted, Permission::Deny, Requirement::Require, 1),
    ] {
        assert_eq!(security.privilege_escalation, escalation);
        assert_eq!((security.drop_all, security.run_as_non_root), (demand, demand));
        assert_eq!(
            security.run_as_user,
            UserRange {
                min: least,
                max: MAX_USER,
                unset: Permission::Allow
            }
        );
        assert_eq!(security.read_only_root, Requirement::Optional);
        assert!(security.sysctls.is_empty());
    }
    assert_eq!(
        (&privileged.volumes, &baseline.volumes),
        (&VolumeTypes::Any, &VolumeTypes::Any)
    );
    assert!(matches!(&restricted.volumes, VolumeTypes::Only(types) if types.len() == 8));
}

#[test]
fn a_knob_that_is_written_wins_in_both_directions() {
    let looser = "
security:
  profile: restricted
  privileged: allow
  allowPrivilegeEscalation: allow
  capabilities: { add: [NET_RAW], dropAll: optional }
  runAsNonRoot: optional
  runAsUser: { min: 0 }
  seccomp: any
  appArmor: any
  seLinux: any
  procMount: any
  hostNamespaces: allow
  hostPorts: allow
  hostPath: allow
  sysctls: any
  volumes: any
  windowsHostProcess: allow
";
    let expected = Security {
        profile: Profile::Restricted,
        add_capabilities: CapabilitySet::Only(vec!["NET_RAW".to_owned()]),
        ..Security::of_profile(Profile::Privileged)
    };
    assert_eq!(policy(looser).security.expect("security").rule, expected);
    let stricter = "
security:
  profile: privileged
  privileged: deny
  allowPrivilegeEscalation: deny
  capabilities: { add: [], dropAll: require }
  runAsNonRoot: require
  runAsUser: { min: 1000, max: 2000 }
  seccomp: set
  appArmor: not-unconfined
  seLinux: standard
  procMount: default
  hostNamespaces: deny
  hostPorts: deny
  hostPath: deny
  sysctls: [net.core.somaxconn]
  volumes: [emptyDir]
  readOnlyRootFilesystem: require
  windowsHostProcess: deny
";
    let expected = Security {
        profile: Profile::Privileged,
        add_capabilities: CapabilitySet::Only(Vec::new()),
        run_as_user: UserRange {
            min: 1000,
            max: 2000,
            unset: Permission::Deny,
        },
        sysctls: vec!["net.core.somaxconn".to_owned()],
        volumes: VolumeTypes::Only(vec!["emptyDir".to_owned()]),
        read_only_root: Requirement::Require,
        ..Security::of_profile(Profile::Restricted)
    };
    assert_eq!(policy(stricter).security.expect("security").rule, expected);
}
