//! Requests for one repository under one identity: answers a registry's challenge, with a token for exactly that
//! repository and nothing more than pulling, whatever scope the challenge asks for.

use std::time::{Duration, Instant};

use reqwest::Url;

use super::authority::{Authority, Secret};
use super::challenge::{self, Challenge};
use super::endpoint::Endpoint;
use super::error::RegistryError;
use super::http::{Answer, Ask, Http, Reply};
use super::keyring::BasicCredentials;
use super::kinds::{Content, Tried};
use super::limits::MAX_TOKEN_BYTES;
use super::tokens::{self, TokenKey, Tokens};

/// Longest address of a token service.
const MAX_REALM: usize = 2048;
/// How long Basic credentials that were accepted are sent without being asked for.
const BASIC_LIFE: Duration = Duration::from_secs(600);

/// One repository, one identity.
pub(super) struct Session<'a> {
    pub(super) http: &'a Http,
    pub(super) tokens: &'a Tokens,
    pub(super) endpoint: &'a Endpoint,
    /// Tried one after the other; without any, nobody in particular asks.
    pub(super) credentials: Vec<&'a BasicCredentials>,
}

impl Session<'_> {
    /// Asks, logging in when the registry wants that.
    pub(super) async fn get(
        &self,
        url: Url,
        what: Content,
        accept: &str,
        limit: usize,
    ) -> Result<Answer, RegistryError> {
        let ask = Ask {
            url,
            what,
            accept,
            limit,
            authorization: None,
            identity: None,
        };
        let mut denied = None;
        let anonymous = self.credentials.is_empty().then_some(None);
        for credentials in self.credentials.iter().copied().map(Some).chain(anonymous) {
            match self.get_as(&ask, credentials).await {
                Err(error @ RegistryError::AccessDenied { .. }) => denied = Some(error),
                // Some registries say "there is none" of what these credentials may not see.
                Err(RegistryError::NotFound) if denied.is_some() => {}
                other => return other,
            }
        }
        Err(denied.unwrap_or(RegistryError::NotFound))
    }

    async fn get_as(&self, ask: &Ask<'_>, credentials: Option<&BasicCredentials>) -> Result<Answer, RegistryError> {
        let key = TokenKey::new(&self.endpoint.authority, &self.endpoint.repository, credentials);
        let ask = &Ask {
            identity: key.credentials,
            ..ask.clone()
        };
        let known = self.tokens.get(&key, Instant::now());
        let challenges = match self.send(ask, known.as_ref()).await? {
            Reply::Found(answer) => return Ok(answer),
            Reply::Challenged(challenges) => challenges,
        };
        if known.is_some() {
            self.tokens.forget(&key);
        }
        let tried = if credentials.is_some() {
            Tried::Credentials
        } else {
            Tried::Anonymous
        };
        let denied = RegistryError::AccessDenied { status: 401, tried };
        let (secret, life) = match challenge::read(challenges.iter().map(String::as_str))
            .map_err(|why| RegistryError::ChallengeMalformed { why })?
        {
            Challenge::Basic => match credentials {
                Some(_) if self.endpoint.is_plain() => return Err(RegistryError::CredentialsOverPlainText),
                Some(credentials) => (credentials.basic(), BASIC_LIFE),
                None => return Err(denied),
            },
            Challenge::Bearer { realm, service } => self.token(&realm, service.as_deref(), credentials).await?,
        };
        match self.send(ask, Some(&secret)).await? {
            Reply::Found(answer) => {
                self.tokens.keep(key, secret, life, Instant::now());
                Ok(answer)
            }
            Reply::Challenged(_) => Err(denied),
        }
    }

    async fn send(&self, ask: &Ask<'_>, authorization: Option<&Secret>) -> Result<Reply, RegistryError> {
        let ask = Ask {
            authorization,
            ..ask.clone()
        };
        self.http.get(&ask).await
    }

    async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        credentials: Option<&BasicCredentials>,
    ) -> Result<(Secret, Duration), RegistryError> {
        let malformed = RegistryError::ChallengeMalformed {
            why: "its realm is no address",
        };
        if realm.len() > MAX_REALM {
            return Err(malformed);
        }
        let mut url = Url::parse(realm).map_err(|_| malformed.clone())?;
        let issuer = Authority::of(&url).ok_or(malformed.clone())?;
        if !self.endpoint.is_known_issuer(&issuer) && !self.http.guard.issues_tokens(&self.endpoint.authority, &issuer)
        {
            return Err(RegistryError::RealmRefused { realm: issuer });
        }
        if credentials.is_some() && (self.endpoint.is_plain() || url.scheme() != "https") {
            return Err(RegistryError::CredentialsOverPlainText);
        }
        url.set_fragment(None);
        url.query_pairs_mut()
            .extend_pairs(service.map(|service| ("service", service)))
            .append_pair("scope", &format!("repository:{}:pull", self.endpoint.repository));
        let basic = credentials.map(BasicCredentials::basic);
        let ask = Ask {
            url,
            what: Content::Token,
            accept: "application/json",
            limit: MAX_TOKEN_BYTES,
            authorization: basic.as_ref(),
            identity: TokenKey::new(&self.endpoint.authority, "", credentials).credentials,
        };
        let tried = if credentials.is_some() {
            Tried::Credentials
        } else {
            Tried::Anonymous
        };
        match self.http.get(&ask).await {
            Ok(Reply::Found(answer)) => tokens::read(&answer.bytes),
            Ok(Reply::Challenged(_)) => Err(RegistryError::AccessDenied { status: 401, tried }),
            // That a token service has no such page says nothing about the image.
            Err(RegistryError::NotFound) => Err(RegistryError::TokenMalformed),
            Err(error) => Err(error),
        }
    }
}
