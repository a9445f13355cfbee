//! Registry credentials of a task, from the Secrets that its pod would be given.
//!
//! The names are the API server's own choice: those of the settings where there are any, as every pod of ours carries
//! them; otherwise those of the service account. Each is read by name, and only where the chart's Role lists it
//! (`charts/job-executor-service/files/rbac-pull-secrets.yaml`).
//!
//! A Secret that may not be read is not passed over in silence: the registry is asked with what there is, and a "no" or
//! "none" is then undecided and names the Secret. When the registry answers all the same (the image is public, or
//! another Secret was enough) its bytes are as good as any, and the fact carries the remark.

use async_trait::async_trait;
use kube::Client;

use super::credentials::Credentials;
use super::registry::Keyring;
use crate::admission::PullAs;
use crate::cluster::{ApiError, RegistrySecret, account_pull_secrets, registry_secret};

/// HTTP status of what RBAC refuses.
const FORBIDDEN: u16 = 403;

/// Reads pull secrets of the cluster.
pub struct PullSecrets {
    client: Client,
    named: Vec<String>,
}

impl PullSecrets {
    /// `named` are the Secrets that every pod of ours carries.
    #[must_use]
    pub fn new(client: Client, named: &[String]) -> Self {
        Self {
            client,
            named: named.to_vec(),
        }
    }

    async fn names(&self, who: &PullAs, keyring: &mut Keyring) -> Result<Vec<String>, String> {
        if !self.named.is_empty() {
            return Ok(self.named.clone());
        }
        let (namespace, account) = (&who.namespace, &who.service_account);
        match account_pull_secrets(&self.client, namespace, account).await {
            Ok(names) => Ok(names),
            // Its pods would not start either, which another check says better.
            Err(ApiError::NotFound(_)) => Ok(Vec::new()),
            Err(ApiError::Refused { code: FORBIDDEN, .. }) => {
                keyring.add_unread(format!(
                    "which pull secrets service account `{account}` in namespace `{namespace}` names could not be read; \
                     the Role `job-executor-service-jobs` there has to let the service get service accounts"
                ));
                Ok(Vec::new())
            }
            Err(error) => Err(format!(
                "the pull secrets of service account `{account}` in namespace `{namespace}` could not be looked up: {error}"
            )),
        }
    }

    async fn read(&self, namespace: &str, name: &str, keyring: &mut Keyring) -> Result<(), String> {
        let unread = |why: &str| format!("pull secret `{name}` in namespace `{namespace}` was not used: {why}");
        let secret = match registry_secret(&self.client, namespace, name).await {
            Ok(secret) => secret,
            Err(ApiError::NotFound(_)) => {
                keyring.add_unread(unread("it does not exist"));
                return Ok(());
            }
            Err(ApiError::Refused { code: FORBIDDEN, .. }) => {
                keyring.add_unread(unread(
                    "the service may not read it; list its name in the Helm value `registries.pullSecrets`",
                ));
                return Ok(());
            }
            Err(error) => return Err(unread(&format!("it could not be looked up: {error}"))),
        };
        let parsed = match &secret {
            RegistrySecret::DockerConfigJson(bytes) => {
                Keyring::docker_config_json(bytes).map_err(|error| error.to_string())
            }
            RegistrySecret::DockerCfg(bytes) => Keyring::docker_cfg(bytes).map_err(|error| error.to_string()),
            RegistrySecret::Other => Err("it is not of type `kubernetes.io/dockerconfigjson`".to_owned()),
        };
        match parsed {
            Ok(parsed) => keyring.add(parsed),
            Err(why) => keyring.add_unread(unread(&why)),
        }
        Ok(())
    }
}

#[async_trait]
impl Credentials for PullSecrets {
    async fn keyring(&self, who: &PullAs) -> Result<Keyring, String> {
        let mut keyring = Keyring::default();
        for name in self.names(who, &mut keyring).await? {
            self.read(&who.namespace, &name, &mut keyring).await?;
        }
        Ok(keyring)
    }
}

#[cfg(test)]
mod tests;
