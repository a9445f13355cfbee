//! Registry credentials as Kubernetes keeps them (`kubernetes.io/dockerconfigjson`, `kubernetes.io/dockercfg`), and which
//! of them are for which repository: the kubelet's own rule, so that what it can pull we can read, and nothing else.
//!
//! Pure. No text of a Secret gets into an error.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Deserialize;

use super::authority::{Authority, Secret};

/// Largest document that is read, in bytes: a Secret cannot hold more.
const MAX_BYTES: usize = 1024 * 1024;
/// Docker Hub by the names that credentials carry.
const DOCKER_HUB: [&str; 2] = ["docker.io", "index.docker.io"];

/// Credentials with the places they are for.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    entries: Vec<Entry>,
    unread: Vec<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    place: Place,
    credentials: BasicCredentials,
}

/// A user and a password. Neither is ever shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicCredentials {
    user: Secret,
    password: Secret,
}

/// `host[:port][/path]`; a `*` in the host stands for any part of one label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    labels: Vec<String>,
    port: Option<u16>,
    path: String,
}

/// Why a Secret holds no credentials that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Too long, or not JSON of that shape.
    #[error("it is no `.dockerconfigjson`: {0}")]
    Malformed(&'static str),
    /// A token of a login that only Docker itself can renew.
    #[error(
        "it holds an identity token (`identitytoken` or `registrytoken`); write a user and a password or access token into `auth`"
    )]
    IdentityToken,
}

#[derive(Deserialize)]
struct Document {
    auths: BTreeMap<String, Auth>,
}

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    auth: String,
    #[serde(default)]
    identitytoken: String,
    #[serde(default)]
    registrytoken: String,
}

impl Keyring {
    /// Reads the value of `.dockerconfigjson`.
    ///
    /// # Errors
    /// [`KeyringError`]; nothing of the Secret is in it.
    pub fn docker_config_json(bytes: &[u8]) -> Result<Self, KeyringError> {
        let document: Document = parse(bytes)?;
        Self::of(document.auths)
    }

    /// Reads the value of `.dockercfg`, the older form.
    ///
    /// # Errors
    /// [`KeyringError`]; nothing of the Secret is in it.
    pub fn docker_cfg(bytes: &[u8]) -> Result<Self, KeyringError> {
        Self::of(parse(bytes)?)
    }

    fn of(auths: BTreeMap<String, Auth>) -> Result<Self, KeyringError> {
        let mut entries = Vec::new();
        for (key, auth) in auths {
            if !auth.identitytoken.is_empty() || !auth.registrytoken.is_empty() {
                return Err(KeyringError::IdentityToken);
            }
            let place = Place::parse(&key).ok_or(KeyringError::Malformed("a key of `auths` is no registry"))?;
            let (user, password) = if auth.auth.is_empty() {
                (auth.username, auth.password)
            } else {
                decode(&auth.auth).ok_or(KeyringError::Malformed("an `auth` is not the base64 of user:password"))?
            };
            // An empty entry means "log in without anything", as it does to the kubelet.
            if !user.is_empty() || !password.is_empty() {
                entries.push(Entry {
                    place,
                    credentials: BasicCredentials {
                        user: Secret::new(user),
                        password: Secret::new(password),
                    },
                });
            }
        }
        Ok(Self {
            entries,
            unread: Vec::new(),
        })
    }

    /// Takes over all credentials of another keyring.
    pub fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.unread.extend(other.unread);
    }

    /// Remembers a Secret that could not be read: in our words why, and what helps.
    pub fn add_unread(&mut self, why: String) {
        self.unread.push(why);
    }

    /// Secrets that could not be read; without them an image may look as if it did not exist.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The credentials for a repository at a host, those for the longest place first.
    pub(super) fn credentials_for(
        &self,
        authority: &Authority,
        written_host: &str,
        repository: &str,
    ) -> Vec<&BasicCredentials> {
        let mut fitting: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.place.fits(authority, written_host, repository))
            .collect();
        // As the kubelet: places sorted backwards, so that longer paths and exact hosts come before shorter and `*`.
        fitting.sort_by(|a, b| b.place.cmp(&a.place));
        let mut credentials: Vec<&BasicCredentials> = Vec::new();
        for entry in fitting {
            if !credentials.contains(&&entry.credentials) {
                credentials.push(&entry.credentials);
            }
        }
        credentials
    }
}

impl BasicCredentials {
    /// The value of an `Authorization` header.
    pub(super) fn basic(&self) -> Secret {
        let pair = format!("{}:{}", self.user.reveal(), self.password.reveal());
        Secret::new(format!("Basic {}", BASE64.encode(pair.as_bytes())))
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, KeyringError> {
    if bytes.len() > MAX_BYTES {
        return Err(KeyringError::Malformed("it is longer than a Secret can be"));
    }
    // The parser's own message may quote what it read.
    serde_json::from_slice(bytes).map_err(|_| KeyringError::Malformed("write `{\"auths\": {\"host\": {\"auth\": …}}}`"))
}

fn decode(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(auth.trim().as_bytes()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}

impl Place {
    /// `https://host/v1/`, `host:port`, `host/path`, `*.host`.
    fn parse(key: &str) -> Option<Self> {
        let rest = key
            .strip_prefix("https://")
            .or_else(|| key.strip_prefix("http://"))
            .unwrap_or(key);
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        // Docker's own keys end in the version of an API that is gone.
        let path = ["v1/", "v2/"]
            .iter()
            .find_map(|version| path.strip_prefix(version))
            .unwrap_or(path);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (host, None),
        };
        let host = host.to_ascii_lowercase();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.*:[]".contains(c);
        if host.is_empty() || !host.chars().all(plain) || host.chars().all(|c| matches!(c, '*' | '.')) {
            return None;
        }
        Some(Self {
            labels: host.split('.').map(str::to_owned).collect(),
            port,
            path: path.to_owned(),
        })
    }

    /// Host and port must be the very same; the path is a beginning of the repository, as the kubelet compares it.
    fn fits(&self, authority: &Authority, written_host: &str, repository: &str) -> bool {
        if !repository.starts_with(&self.path) {
            return false;
        }
        let hub = DOCKER_HUB.contains(&written_host);
        if hub {
            return self.port.is_none() && DOCKER_HUB.contains(&self.labels.join(".").as_str());
        }
        if self.port.unwrap_or(super::authority::HTTPS) != authority.port() {
            return false;
        }
        let labels: Vec<&str> = authority.host().split('.').collect();
        labels.len() == self.labels.len()
            && self
                .labels
                .iter()
                .zip(labels)
                .all(|(pattern, label)| fits_label(pattern, label))
    }
}

/// `*` stands for any characters of one label.
fn fits_label(pattern: &str, label: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == label;
    };
    let Some(rest) = label.strip_prefix(head) else {
        return false;
    };
    // Each `*` takes as little as it can; trying each end is enough for labels of 63 characters.
    rest.char_indices()
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| rest.get(at..).is_some_and(|rest| fits_label(tail, rest)))
}

#[cfg(test)]
mod tests;
