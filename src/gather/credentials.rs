//! Whose registry credentials are used: those of the identity that a task's pod will have, so that nobody learns about
//! images which their own pods could not pull.

use async_trait::async_trait;

use super::registry::Keyring;
use crate::admission::PullAs;

/// Where registry credentials come from.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// What this identity may pull with. Secrets that may not be read are named in the keyring.
    ///
    /// # Errors
    /// Nobody could be asked; the text says so and holds nothing of a Secret.
    async fn keyring(&self, who: &PullAs) -> Result<Keyring, String>;
}

/// No credentials for anybody.
#[derive(Debug, Clone, Copy)]
pub struct NoCredentials;

#[async_trait]
impl Credentials for NoCredentials {
    async fn keyring(&self, _who: &PullAs) -> Result<Keyring, String> {
        Ok(Keyring::default())
    }
}
