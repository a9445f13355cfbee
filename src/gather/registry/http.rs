//! One GET: where it may go, how often it may be redirected, how much may come back, and what a status means. Knows
//! nothing of tokens and of what the bytes are.

use std::time::Instant;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, LINK, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use reqwest::{Response, Url};

use super::authority::{Authority, Secret};
use super::broken::broken;
use super::clients::{Clients, Route};
use super::error::RegistryError;
use super::guard::Guard;
use super::kinds::{Content, Tried};
use super::limits::{MAX_REDIRECTS, Times};
use super::pauses::{Identity, Pauses, retry_after};

/// Bytes of an answer nobody needs that are read, so that its connection can be used again.
const DRAINED_BYTES: usize = 16 * 1024;

/// Asks registries.
pub(super) struct Http {
    pub(super) guard: std::sync::Arc<Guard>,
    pub(super) clients: Clients,
    pub(super) pauses: Pauses,
    pub(super) times: Times,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    /// Where to.
    pub(super) url: Url,
    /// What is wanted.
    pub(super) what: Content,
    /// Media types that are accepted.
    pub(super) accept: &'a str,
    /// Most bytes that are read.
    pub(super) limit: usize,
    /// Sent to the first host only.
    pub(super) authorization: Option<&'a Secret>,
    /// Whose credentials are used, whether they are sent or not.
    pub(super) identity: Identity,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// 200.
    Found(Answer),
    /// 401, with its challenges.
    Challenged(Vec<String>),
}

/// The bytes and what was said about them.
#[derive(Debug)]
pub(super) struct Answer {
    /// The body.
    pub(super) bytes: Vec<u8>,
    /// `Content-Type`, where it is text.
    pub(super) content_type: Option<String>,
    /// `Docker-Content-Digest`.
    pub(super) stated_digest: Option<Stated>,
    /// `Link`.
    pub(super) link: Option<String>,
    /// Which way it came.
    pub(super) route: Route,
}

/// A header of which there must be one at most.
#[derive(Debug)]
pub(super) enum Stated {
    /// Its text.
    Once(String),
    /// No text, or several of them.
    Unreadable,
}

impl Http {
    /// Asks, following redirects as far as they may be followed.
    pub(super) async fn get(&self, ask: &Ask<'_>) -> Result<Reply, RegistryError> {
        let mut url = ask.url.clone();
        let home = self.guard.admit(&url)?;
        let mut host = home.clone();
        for _ in 0..=MAX_REDIRECTS {
            let (response, route) = self.send(ask, &url, &host, &home).await?;
            let status = response.status().as_u16();
            if !response.status().is_redirection() {
                return self.reply(ask, response, &host, route).await;
            }
            let next = location(&response, &url).ok_or(RegistryError::RedirectMalformed { status })?;
            drain(response).await;
            host = self.guard.admit(&next)?;
            self.may_follow(ask.what, &home, &host)?;
            url = next;
        }
        Err(RegistryError::TooManyRedirects { limit: MAX_REDIRECTS })
    }

    /// Blobs may lie anywhere, as their digest says what they are; what says which digest it is may not.
    fn may_follow(&self, what: Content, home: &Authority, to: &Authority) -> Result<(), RegistryError> {
        let refused = || Err(RegistryError::RedirectRefused { to: to.clone() });
        match what {
            Content::Blob => Ok(()),
            Content::Manifest | Content::Referrers if home == to || self.guard.redirects(home, to) => Ok(()),
            Content::Manifest | Content::Referrers | Content::Evidence => refused(),
            Content::Token if home == to => Ok(()),
            Content::Token => refused(),
        }
    }

    async fn send(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        host: &Authority,
        home: &Authority,
    ) -> Result<(Response, Route), RegistryError> {
        if let Some(left) = self.pauses.left(host, ask.identity, Instant::now()) {
            return Err(RegistryError::RateLimited {
                retry_after: Some(left),
            });
        }
        let line = self.clients.of(host, url.scheme())?;
        let mut request = line.client.get(url.clone()).header(ACCEPT, ask.accept);
        // Credentials and tokens are the first host's; another port is another host.
        let at_home = host == home && url.scheme() == ask.url.scheme();
        if let Some(secret) = ask.authorization.filter(|_| at_home) {
            request = request.header(AUTHORIZATION, secret.header().ok_or(RegistryError::TokenMalformed)?);
        }
        let response = request
            .send()
            .await
            .map_err(|error| broken(&error, host, &self.times))?;
        Ok((response, line.route))
    }

    async fn reply(
        &self,
        ask: &Ask<'_>,
        response: Response,
        host: &Authority,
        route: Route,
    ) -> Result<Reply, RegistryError> {
        let status = response.status().as_u16();
        match status {
            200 => {
                let headers = response.headers().clone();
                let bytes = self.read(ask, response, host).await?;
                Ok(Reply::Found(Answer {
                    bytes,
                    content_type: text(&headers, &CONTENT_TYPE),
                    stated_digest: once(&headers, &HeaderName::from_static("docker-content-digest")),
                    link: text(&headers, &LINK),
                    route,
                }))
            }
            401 => {
                let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
                let challenges = challenges
                    .map(|value| value.to_str().unwrap_or_default().to_owned())
                    .collect();
                drain(response).await;
                Ok(Reply::Challenged(challenges))
            }
            404 => {
                drain(response).await;
                Err(RegistryError::NotFound)
            }
            403 => Err(RegistryError::AccessDenied {
                status,
                tried: if ask.authorization.is_some() {
                    Tried::Credentials
                } else {
                    Tried::Anonymous
                },
            }),
            429 => Err(RegistryError::RateLimited {
                retry_after: self.pause(ask, &response, host),
            }),
            500.. => Err(RegistryError::ServerError {
                status,
                retry_after: self.pause(ask, &response, host),
            }),
            _ => Err(RegistryError::UnexpectedStatus { status }),
        }
    }

    fn pause(&self, ask: &Ask<'_>, response: &Response, host: &Authority) -> Option<std::time::Duration> {
        let text = text(response.headers(), &RETRY_AFTER)?;
        let wait = retry_after(&text, jiff::Timestamp::now(), self.times.longest_pause)?;
        self.pauses.begin(host, ask.identity, wait, Instant::now());
        Some(wait)
    }

    /// Reads at most `limit` bytes. What is kept grows with what came, never with what was announced.
    async fn read(&self, ask: &Ask<'_>, mut response: Response, host: &Authority) -> Result<Vec<u8>, RegistryError> {
        let too_large = RegistryError::TooLarge {
            what: ask.what,
            limit: ask.limit,
        };
        if let Some(encoding) = response.headers().get(CONTENT_ENCODING)
            && encoding != "identity"
        {
            return Err(RegistryError::ContentEncoded);
        }
        let announced = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > ask.limit) {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| broken(&error, host, &self.times))?
        {
            if bytes.len().saturating_add(chunk.len()) > ask.limit {
                return Err(too_large);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Where a redirect leads; relative to where it came from.
fn location(response: &Response, from: &Url) -> Option<Url> {
    let mut url = from.join(&text(response.headers(), &LOCATION)?).ok()?;
    url.set_fragment(None);
    Some(url)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn once(headers: &HeaderMap, name: &HeaderName) -> Option<Stated> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(match (first.to_str(), values.next()) {
        (Ok(text), None) => Stated::Once(text.to_owned()),
        _ => Stated::Unreadable,
    })
}

/// Reads the little that is left, so that the connection is not thrown away; gives up quietly.
async fn drain(mut response: Response) {
    let mut read = 0_usize;
    let all = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            read = read.saturating_add(chunk.len());
            if read > DRAINED_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(std::time::Duration::from_millis(500), all).await;
}
