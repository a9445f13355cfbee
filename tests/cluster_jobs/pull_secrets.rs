//! Pull secrets under the service's own account: those of the chart's Role are read and used, the others are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use job_executor_service::admission::{Fact, PullAs};
use job_executor_service::gather::{PullSecrets, Registry};
use job_executor_service::settings::{Addresses, RegistryHost, Settings};
use serde_json::{Value, json};

use crate::hostile_registry::{HostileRegistry, USER};
use crate::world::{World, apply};

/// The chart's Role for one name, filled in.
fn allow(world: &World, name: &str) {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("charts/job-executor-service/files/rbac-pull-secrets.yaml"),
    )
    .unwrap();
    let filled = text
        .replace("${PULL_SECRET}", name)
        .replace("${JOB_NAMESPACE}", &world.job_namespace)
        .replace("${SERVICE_NAMESPACE}", &world.service_namespace)
        .replace("${SERVICE_ACCOUNT}", "job-executor-service");
    for document in filled.split("\n---\n") {
        let object: Value = serde_yaml::from_str(document).unwrap();
        apply(&object);
    }
}

fn secret(world: &World, name: &str, host: &str) {
    let config = json!({ "auths": { host: { "username": USER.0, "password": USER.1 } } }).to_string();
    apply(&json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": { "name": name, "namespace": world.job_namespace }, "stringData": { ".dockerconfigjson": config },
    }));
}

#[tokio::test]
async fn only_listed_pull_secrets_are_read_and_the_others_are_named() {
    let world = World::start().await;
    let hostile = HostileRegistry::anywhere().await;
    let host = format!("localhost:{}", hostile.tls.port());
    secret(&world, "listed", &host);
    secret(&world, "unlisted", &host);
    allow(&world, "listed");
    for (account, names) in [
        ("a", &["listed"][..]),
        ("b", &["unlisted"]),
        ("c", &["listed", "unlisted"]),
        ("d", &[]),
    ] {
        let names: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        apply(&json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "imagePullSecrets": names,
            "metadata": { "name": account, "namespace": world.job_namespace },
        }));
    }
    let mut settings = Settings::chart_defaults();
    settings.registries.hosts = BTreeMap::from([(
        host.clone(),
        RegistryHost {
            addresses: Addresses::Private,
            ca: hostile.ca.clone(),
            ..RegistryHost::default()
        },
    )]);
    let secrets = PullSecrets::new(world.client.clone(), &[]);
    let registry = Registry::new(&settings).unwrap().with_credentials(Arc::new(secrets));
    for (account, repository, expected) in [
        ("a", "basic", "known"),
        ("a", "token", "known"),
        ("b", "basic", "list its name in the Helm value `registries.pullSecrets`"),
        ("b", "good", "known, with a remark"),
        ("c", "basic", "known, with a remark"),
        ("d", "basic", "no credentials are known for it"),
        ("missing", "basic", "no credentials are known for it"),
    ] {
        let who = PullAs {
            namespace: world.job_namespace.clone(),
            service_account: account.to_owned(),
        };
        let fact = registry.resolve_as(&format!("{host}/{repository}:1"), &who).await;
        let shown = match &fact {
            Fact::Known(found) if found.remarks.is_empty() => "known",
            Fact::Known(_) => "known, with a remark",
            Fact::Refuted(text) | Fact::Unavailable(text) => text,
        };
        assert!(shown.contains(expected), "{account} {repository}: {fact:?}");
        assert_eq!(
            shown == "known",
            expected == "known",
            "{account} {repository}: {fact:?}"
        );
        assert!(!format!("{fact:?}").contains(USER.1));
    }
}
