//! What the tables of the checks need: pods as JSON, rules as changes of one that accepts everything.

use serde_json::Value;

use crate::admission::{PodView, Raw};
use crate::policy::{
    CapabilitySet, Permission, PolicySpan, Profile, Requirement, Ruled, SeccompRule, Security, UserRange, VolumeTypes,
};
use crate::yaml::Span;

/// A row of a table: what it shows, the `spec` of a pod as JSON, the findings as `field: message`.
pub(in crate::admission::checks) type PodRow<'a> = (&'a str, &'a str, &'a [&'a str]);

/// Where the rules of these tests stand.
pub(in crate::admission::checks) fn place() -> PolicySpan {
    PolicySpan { file: "policy.yaml".to_owned(), span: Span { line: 1, column: 1, length: 0 } }
}

/// A `security` rule that accepts everything, changed.
pub(in crate::admission::checks) fn security(change: impl FnOnce(&mut Security)) -> Ruled<Security> {
    let mut rule = Security {
        profile: Profile::Privileged,
        privileged: Permission::Allow,
        privilege_escalation: Permission::Allow,
        add_capabilities: CapabilitySet::Any,
        drop_all: Requirement::Optional,
        run_as_non_root: Requirement::Optional,
        run_as_user: UserRange { min: 0, max: i64::MAX },
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
    };
    change(&mut rule);
    Ruled { rule, origin: place() }
}

/// Findings as `field: message`.
pub(in crate::admission::checks) fn texts(raws: &[Raw]) -> Vec<String> {
    raws.iter().map(|raw| format!("{}: {}", raw.field, raw.message)).collect()
}

/// Runs a pod check over the rows; every row without a `spec` key is the spec itself.
pub(in crate::admission::checks) fn pods(
    run: fn(&PodView<'_>, &Ruled<Security>) -> Vec<Raw>,
    rule: &Ruled<Security>,
    rows: &[PodRow<'_>],
) {
    for (name, json, expected) in rows {
        let json: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (metadata, spec) = match json.get("spec") {
            Some(spec) => (json.get("metadata").unwrap_or(&Value::Null), spec),
            None => (&Value::Null, &json),
        };
        let raws = run(&PodView { metadata, spec }, rule);
        assert_eq!(texts(&raws), *expected, "{name}");
        assert!(raws.iter().all(|raw| raw.policy.as_ref() == Some(&place())), "{name}: a finding names no rule");
    }
}
