//! Tokens and credentials that registries have accepted, kept in memory for as long as they are good.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::authority::{Authority, Secret};
use super::error::RegistryError;
use super::keyring::BasicCredentials;
use super::kinds::Content;

/// Tokens that are kept; one that has to go is fetched again.
const MAX_TOKENS: usize = 1024;
/// Life of a token that states none (token specification of the distribution project).
const DEFAULT_LIFE: Duration = Duration::from_secs(60);
/// Longest life that is believed.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);
/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(10);
/// Longest token.
const MAX_TOKEN_TEXT: usize = 16 * 1024;

/// What a token is for: nobody gets one that was fetched with other credentials.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TokenKey {
    pub(super) authority: Authority,
    pub(super) repository: String,
    pub(super) credentials: Option<[u8; 32]>,
}

/// `Authorization` values by what they are for.
#[derive(Default)]
pub(super) struct Tokens(Mutex<BTreeMap<TokenKey, (Secret, Instant)>>);

impl TokenKey {
    pub(super) fn new(authority: &Authority, repository: &str, credentials: Option<&BasicCredentials>) -> Self {
        Self {
            authority: authority.clone(),
            repository: repository.to_owned(),
            credentials: credentials.map(|credentials| Sha256::digest(credentials.basic().reveal()).into()),
        }
    }
}

impl Tokens {
    pub(super) fn get(&self, key: &TokenKey, now: Instant) -> Option<Secret> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens
            .get(key)
            .filter(|(_, until)| *until > now)
            .map(|(secret, _)| secret.clone())
    }

    pub(super) fn keep(&self, key: TokenKey, secret: Secret, life: Duration, now: Instant) {
        let Some(until) = now.checked_add(life.min(LONGEST_LIFE).saturating_sub(MARGIN)) else {
            return;
        };
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, (_, until)| *until > now);
        if tokens.len() < MAX_TOKENS {
            tokens.insert(key, (secret, until));
        }
    }

    pub(super) fn forget(&self, key: &TokenKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// Reads a token service's answer: the `Authorization` value, and how long it is good.
pub(super) fn read(bytes: &[u8]) -> Result<(Secret, Duration), RegistryError> {
    let answer: TokenAnswer = serde_json::from_slice(bytes).map_err(|_| RegistryError::TokenMalformed)?;
    let token = if answer.token.is_empty() {
        answer.access_token
    } else {
        answer.token
    };
    if token.len() > MAX_TOKEN_TEXT {
        return Err(RegistryError::TooLarge {
            what: Content::Token,
            limit: MAX_TOKEN_TEXT,
        });
    }
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(RegistryError::TokenMalformed);
    }
    let life = answer.expires_in.map_or(DEFAULT_LIFE, Duration::from_secs);
    Ok((Secret::new(format!("Bearer {token}")), life))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_printable_and_short_or_no_token() {
        let long = format!(r#"{{"token":"{}"}}"#, "a".repeat(MAX_TOKEN_TEXT + 1));
        for (answer, expected) in [
            (r#"{"token":"abc","expires_in":300}"#, Some(("Bearer abc", 300))),
            (r#"{"access_token":"abc"}"#, Some(("Bearer abc", 60))),
            (
                r#"{"token":"abc","access_token":"def","scope":"x"}"#,
                Some(("Bearer abc", 60)),
            ),
            (r#"{"token":""}"#, None),
            (r#"{}"#, None),
            (r#"{"token":"a b"}"#, None),
            (r#"{"token":"a\r\nX-Header: 1"}"#, None),
            (r#"{"token":"abc","expires_in":-1}"#, None),
            (r#"{"token":1}"#, None),
            ("<html>", None),
            (long.as_str(), None),
        ] {
            let read = read(answer.as_bytes()).ok();
            let read = read.as_ref().map(|(secret, life)| (secret.reveal(), life.as_secs()));
            assert_eq!(read, expected, "{answer:.60}");
        }
    }

    #[test]
    fn a_token_is_for_one_host_one_repository_and_one_user_until_its_end() {
        let (tokens, now) = (Tokens::default(), Instant::now());
        let host = Authority::of_registry("r.example").unwrap();
        let key = TokenKey::new(&host, "a", None);
        tokens.keep(key.clone(), Secret::new("t".to_owned()), Duration::from_secs(60), now);
        assert!(tokens.get(&key, now + Duration::from_secs(49)).is_some());
        assert!(tokens.get(&key, now + Duration::from_secs(50)).is_none());
        let other = Authority::of_registry("r.example:5000").unwrap();
        for other in [
            TokenKey::new(&other, "a", None),
            TokenKey::new(&host, "b", None),
            TokenKey {
                credentials: Some([0; 32]),
                ..key.clone()
            },
        ] {
            assert!(tokens.get(&other, now).is_none(), "{other:?}");
        }
        tokens.forget(&key);
        assert!(tokens.get(&key, now).is_none());
    }

    #[test]
    fn tokens_do_not_pile_up() {
        let (tokens, now) = (Tokens::default(), Instant::now());
        let host = Authority::of_registry("r.example").unwrap();
        for number in 0..2 * MAX_TOKENS {
            let key = TokenKey::new(&host, &number.to_string(), None);
            tokens.keep(key, Secret::new("t".to_owned()), Duration::from_secs(60), now);
        }
        assert_eq!(tokens.0.lock().unwrap().len(), MAX_TOKENS);
    }
}
