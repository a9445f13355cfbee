//! What the API server would refuse in a Job, as far as an author decides it: names, user numbers, requests above limits.
//!
//! Without this such a task is admitted and fails when it is posted, after other tasks of its action have run; and a
//! name that is none would stand in the path of a request. Must never be laxer than the API server.

use super::{ContainerSecurity, Resources, SecretEnv};
use crate::admission::Raw;
use crate::policy::{is_dns_label, is_subdomain};
use crate::yaml::quoted;

/// Largest number of a user or group.
const MAX_ID: i64 = 2_147_483_647;

/// The reasons why names cannot be those of objects.
pub(super) fn names(namespace: &str, account: &str, secrets: &[SecretEnv], reasons: &mut Vec<Raw>) {
    let mut refuse = |field: String, what: &str, name: &str, accepted: &str| {
        let message = format!("{} is no name of a {what}; accepted: {accepted}", quoted(name));
        reasons.push(Raw::denied(field, message));
    };
    const LABEL: &str = "lower-case letters, digits and `-`, up to 63";
    const SUBDOMAIN: &str = "lower-case letters, digits, `-` and `.`, up to 253";
    if !is_dns_label(namespace) {
        refuse("namespace".to_owned(), "namespace", namespace, LABEL);
    }
    if !is_subdomain(account) {
        refuse("serviceAccount".to_owned(), "service account", account, SUBDOMAIN);
    }
    for secret in secrets.iter().filter(|secret| !is_subdomain(&secret.name)) {
        refuse(format!("env[{}].name", secret.index), "Secret", &secret.name, SUBDOMAIN);
    }
}

/// The reasons why a container cannot be stored for its numbers.
pub(super) fn numbers(resources: &Resources, security: &ContainerSecurity, reasons: &mut Vec<Raw>) {
    let Resources { limits, requests } = resources;
    for (name, request, limit) in [
        ("cpu", &requests.cpu, &limits.cpu),
        ("memory", &requests.memory, &limits.memory),
    ] {
        if let (Some(request), Some(limit)) = (request, limit)
            && request > limit
        {
            let message = format!("`requests.{name}` is {request}, more than `limits.{name}`, which is {limit}");
            reasons.push(Raw::denied(format!("resources.requests.{name}"), message));
        }
    }
    for (name, id) in [
        ("runAsUser", security.run_as_user),
        ("runAsGroup", security.run_as_group),
    ] {
        if let Some(id) = id.filter(|id| !(0..=MAX_ID).contains(id)) {
            let message = format!("`{name}` is {id}; accepted: 0 to {MAX_ID}");
            reasons.push(Raw::denied(format!("securityContext.{name}"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Amounts, Quantity};

    #[test]
    fn names_are_those_that_objects_can_have() {
        let secret = |name: &str| SecretEnv {
            name: name.to_owned(),
            index: 3,
        };
        for (namespace, account, secrets, expected) in [
            ("keptn-jobs", "default", vec![], &[][..]),
            ("jobs", "a.b", vec![secret("x.y-z")], &[]),
            ("", "", vec![], &["namespace", "serviceAccount"]),
            (
                "..",
                "a b",
                vec![secret("ok"), secret("")],
                &["namespace", "serviceAccount", "env[3].name"],
            ),
            (
                "a%2Fb",
                "A",
                vec![secret("a/b")],
                &["namespace", "serviceAccount", "env[3].name"],
            ),
            (
                "a.b",
                "a..b",
                vec![secret("-a")],
                &["namespace", "serviceAccount", "env[3].name"],
            ),
        ] {
            let mut reasons = Vec::new();
            names(namespace, account, &secrets, &mut reasons);
            let fields: Vec<&str> = reasons.iter().map(|raw| raw.field.as_str()).collect();
            assert_eq!(fields, expected, "{namespace} {account}");
        }
    }

    #[test]
    fn numbers_are_those_that_a_container_can_have() {
        let cpu = |text: &str| Amounts {
            cpu: Quantity::parse(text).ok(),
            memory: None,
        };
        let resources = |limit: &str, request: &str| Resources {
            limits: cpu(limit),
            requests: cpu(request),
        };
        let user = |id: Option<i64>| ContainerSecurity {
            run_as_user: id,
            ..ContainerSecurity::default()
        };
        for (resources, security, expected) in [
            (Resources::default(), ContainerSecurity::default(), &[][..]),
            (resources("1", "1000m"), user(Some(0)), &[]),
            (resources("", "8"), user(Some(MAX_ID)), &[]),
            (
                resources("1", "1001m"),
                user(Some(-1)),
                &["resources.requests.cpu", "securityContext.runAsUser"],
            ),
            (
                resources("0", "1"),
                user(Some(MAX_ID + 1)),
                &["resources.requests.cpu", "securityContext.runAsUser"],
            ),
        ] {
            let mut reasons = Vec::new();
            numbers(&resources, &security, &mut reasons);
            let fields: Vec<&str> = reasons.iter().map(|raw| raw.field.as_str()).collect();
            assert_eq!(fields, expected, "{resources:?}");
        }
    }
}
