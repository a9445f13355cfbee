//! Secrets with registry credentials: those that a task's service account names, each read by its name and never listed.
//! Nothing else reads a Secret.

use std::fmt;

use data_encoding::BASE64;
use kube::Client;
use serde_json::Value;

use super::api::{ApiError, Kind, text};

/// Names that one account may carry; a pod with more pull secrets than this is none of ours.
const MAX_NAMES: usize = 16;

/// The content of a Secret with registry credentials. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum RegistrySecret {
    /// `.dockerconfigjson` of a `kubernetes.io/dockerconfigjson`.
    DockerConfigJson(Vec<u8>),
    /// `.dockercfg` of a `kubernetes.io/dockercfg`.
    DockerCfg(Vec<u8>),
    /// A Secret of another type, or without the key that its type demands.
    Other,
}

impl fmt::Debug for RegistrySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistrySecret(…)")
    }
}

/// The names of the pull secrets of an account, as the API server would copy them into a pod that names none.
///
/// # Errors
/// [`ApiError`].
pub async fn account_pull_secrets(client: &Client, namespace: &str, account: &str) -> Result<Vec<String>, ApiError> {
    let account = Kind::ServiceAccount.within(client, namespace).get(account).await?;
    let listed = account.get("imagePullSecrets").and_then(Value::as_array);
    Ok(listed
        .into_iter()
        .flatten()
        .map(|entry| text(entry, "/name").to_owned())
        .filter(|name| !name.is_empty())
        .take(MAX_NAMES)
        .collect())
}

/// One Secret with registry credentials.
///
/// # Errors
/// [`ApiError`].
pub async fn registry_secret(client: &Client, namespace: &str, name: &str) -> Result<RegistrySecret, ApiError> {
    let secret = Kind::Secret.within(client, namespace).get(name).await?;
    let value = |key: &str| {
        let encoded = secret.get("data")?.get(key)?.as_str()?;
        BASE64.decode(encoded.as_bytes()).ok()
    };
    let known = match text(&secret, "/type") {
        "kubernetes.io/dockerconfigjson" => value(".dockerconfigjson").map(RegistrySecret::DockerConfigJson),
        "kubernetes.io/dockercfg" => value(".dockercfg").map(RegistrySecret::DockerCfg),
        _ => None,
    };
    Ok(known.unwrap_or(RegistrySecret::Other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::server;

    #[tokio::test(start_paused = true)]
    async fn an_account_names_its_pull_secrets() {
        for (account, expected) in [
            (json!({ "metadata": { "name": "a" } }), vec![]),
            (json!({ "metadata": { "name": "a" }, "imagePullSecrets": [] }), vec![]),
            (
                json!({ "metadata": { "name": "a" }, "imagePullSecrets": [{ "name": "x" }, {}, { "name": "y" }] }),
                vec!["x", "y"],
            ),
        ] {
            let (client, mut server) = server();
            let script = async {
                let call = server.expect("GET /api/v1/namespaces/jobs/serviceaccounts/a").await;
                call.json(&account);
            };
            let (names, ()) = tokio::join!(account_pull_secrets(&client, "jobs", "a"), script);
            assert_eq!(names.unwrap(), expected, "{account}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_is_read_by_its_type_and_never_shown() {
        let json_type = "kubernetes.io/dockerconfigjson";
        for (kind, data, expected) in [
            (
                json_type,
                json!({ ".dockerconfigjson": "Y2FuYXJ5" }),
                RegistrySecret::DockerConfigJson(b"canary".to_vec()),
            ),
            (
                "kubernetes.io/dockercfg",
                json!({ ".dockercfg": "Y2FuYXJ5" }),
                RegistrySecret::DockerCfg(b"canary".to_vec()),
            ),
            (json_type, json!({ "password": "Y2FuYXJ5" }), RegistrySecret::Other),
            (json_type, json!({ ".dockerconfigjson": "%" }), RegistrySecret::Other),
            (json_type, Value::Null, RegistrySecret::Other),
            (
                "Opaque",
                json!({ ".dockerconfigjson": "Y2FuYXJ5" }),
                RegistrySecret::Other,
            ),
        ] {
            let (client, mut server) = server();
            let script = async {
                let call = server.expect("GET /api/v1/namespaces/jobs/secrets/s").await;
                call.json(&json!({ "metadata": { "name": "s" }, "type": kind, "data": data }));
            };
            let (secret, ()) = tokio::join!(registry_secret(&client, "jobs", "s"), script);
            let secret = secret.unwrap();
            assert!(
                secret == expected && !format!("{secret:?}").contains("canary"),
                "{kind} {data}"
            );
        }
    }
}
