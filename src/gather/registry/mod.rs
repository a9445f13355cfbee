//! Reads images and what belongs to them from registries, over the distribution API.
//!
//! A registry is named by whoever writes a `job/config.yaml`, so that every request is one that a stranger chose:
//!
//! - It goes to public addresses only, unless `Settings` list the host or the range ([`crate::settings::Registries`]);
//!   judged on the address that is connected to (`guard.rs`, `address.rs`).
//! - Over TLS, except to mirrors that say otherwise; to the proxy of the settings, where only names can be judged.
//! - Credentials go to the host and port they are for, and to its own token service (`session.rs`, `keyring.rs`).
//! - Bytes are hashed here; nothing that a registry says about them is believed (`manifest.rs`).
//! - Everything has a limit and a code (`limits.rs`, `error.rs`), and no text of a registry gets into an error.
//!
//! It decides nothing: "could not be found out" and "is certainly not so" are facts, the gate makes verdicts of them.

mod address;
mod attached;
mod authority;
mod bounded;
mod broken;
mod challenge;
mod clients;
mod endpoint;
mod error;
mod evidence;
mod guard;
mod http;
mod keyring;
mod kinds;
mod limits;
mod manifest;
mod pauses;
mod pieces;
mod referrers;
mod resolve;
mod resolver;
mod session;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use authority::{Authority, Secret};
pub use clients::SetupError;
pub use error::{Certainty, RegistryError};
pub use evidence::Wanted;
pub use keyring::{BasicCredentials, Keyring, KeyringError};
pub use kinds::{Breakage, Content, Countable, Tried};
pub use limits::{
    MAX_ATTESTATION_BYTES, MAX_CHILDREN, MAX_CREDENTIALS, MAX_EVIDENCE_BYTES, MAX_MANIFEST_BYTES, MAX_PAGE_ENTRIES,
    MAX_PAGES, MAX_PAYLOAD_BYTES, MAX_REDIRECTS, MAX_REFERRER_BYTES, MAX_REFERRERS, MAX_SIGNATURES, MAX_TOKEN_BYTES,
    PARALLEL, Times,
};

use super::credentials::{Credentials, NoCredentials};
use crate::admission::{Fact, PullAs, ResolvedImage};
use crate::image::Digest;
use crate::settings::{Mirror, Settings};
use crate::signature::Evidence;
use clients::Clients;
use guard::Guard;
use http::Http;
use pauses::Pauses;
use tokens::Tokens;

/// A client for all registries.
pub struct Registry {
    http: Http,
    tokens: Tokens,
    mirrors: BTreeMap<String, Mirror>,
    credentials: Arc<dyn Credentials>,
}

impl Registry {
    /// A client under the rules of these settings.
    ///
    /// # Errors
    /// [`SetupError`] when an entry of the settings cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        Self::with_times(settings, Times::default())
    }

    /// The same with other times.
    ///
    /// # Errors
    /// As [`Registry::new`].
    pub fn with_times(settings: &Settings, times: Times) -> Result<Self, SetupError> {
        let (registries, mirrors) = (&settings.registries, &settings.mirrors);
        let problems = registries.problems(mirrors);
        if !problems.is_empty() {
            return Err(SetupError(problems.join("; ")));
        }
        let guard = Arc::new(Guard::new(registries, mirrors));
        let clients = Clients::new(&guard, registries, mirrors, &times)?;
        Ok(Self {
            http: Http {
                guard,
                clients,
                pauses: Pauses::default(),
                times,
            },
            tokens: Tokens::default(),
            mirrors: mirrors.clone(),
            credentials: Arc::new(NoCredentials),
        })
    }

    /// The same with credentials from here.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Arc<dyn Credentials>) -> Self {
        self.credentials = credentials;
        self
    }

    /// Reads what a tag names right now, with the credentials of this identity.
    pub async fn resolve_as(&self, reference: &str, pull_as: &PullAs) -> Fact<ResolvedImage> {
        match self.credentials.keyring(pull_as).await {
            Ok(keyring) => self.resolve_with(reference, &keyring).await,
            Err(why) => Fact::Unavailable(why),
        }
    }

    /// Fetches what there is about `digest` in the repository `name` (`host/repository`), with the credentials of this
    /// identity. Nothing of it is verified; nothing at all is an answer too.
    pub async fn evidence(&self, name: &str, digest: &Digest, wanted: &Wanted, pull_as: &PullAs) -> Fact<Evidence> {
        match self.credentials.keyring(pull_as).await {
            Ok(keyring) => self.evidence_with(name, digest, wanted, &keyring).await,
            Err(why) => Fact::Unavailable(why),
        }
    }
}
