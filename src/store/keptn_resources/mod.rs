//! Configurations and files from Keptn's resource service (protocol reference 2).
//!
//! Reads only. Every call names a level; falling through levels happens in one place, [`ResourceService::config`], and
//! only where the service said "not found".

mod place;
mod reader;
mod wire;

use async_trait::async_trait;
use reqwest::Url;

use super::{
    CONFIG_PATH, CommitId, FoundConfig, FoundFiles, Level, Limits, Listing, Scope, ScopeError, Store, StoreError,
};
use crate::config::FileEntry;
use crate::keptn::http::{Api, CallError};
use crate::retry::Retry;
use place::Place;
use reader::Reader;
use wire::{Page, Resource};

/// How many entries of a listing are asked for at once; the server's default is 20.
const PAGE: usize = 200;

/// What is read of one page of a listing.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// What an answer may hold beside a file's content.
const AROUND_CONTENT: usize = 16 * 1024;

/// The resource service as a store.
#[derive(Clone, Debug)]
pub struct ResourceService {
    api: Api,
    limits: Limits,
    retry: Retry,
}

impl ResourceService {
    /// A store that reads through that client; each call is tried as often as `retry` says.
    #[must_use]
    pub fn new(api: Api, limits: Limits, retry: Retry) -> Self {
        Self { api, limits, retry }
    }

    /// One resource at one place, at that commit or the newest.
    async fn read(
        &self,
        place: &Place,
        path: &str,
        commit: Option<&CommitId>,
        limit: usize,
        retry: Retry,
    ) -> Result<Resource, StoreError> {
        let what = place.describe(path, commit);
        let url = self.url(&place.resource_url(path, commit), &what)?;
        // Base64 makes four bytes of three.
        let body_limit = limit.div_ceil(3).saturating_mul(4).saturating_add(AROUND_CONTENT);
        let body = retry
            .run(|| self.api.get(&url, body_limit))
            .await
            .map_err(|error| store_error(error, what.clone(), limit))?;
        let resource = Resource::decode(&body, &what)?;
        if resource.bytes.len() > limit {
            return Err(StoreError::TooLarge { what, limit });
        }
        match (commit, &resource.version) {
            (Some(asked), Some(got)) if !same_version(asked, got) => Err(StoreError::VersionDiffers {
                what,
                asked: asked.clone(),
                got: got.clone(),
            }),
            _ => Ok(resource),
        }
    }

    /// One page of a listing.
    async fn list(&self, place: &Place, next: Option<&str>) -> Result<Page, StoreError> {
        let what = place.describe("*", None);
        let url = self.url(&place.listing_url(PAGE, next), &what)?;
        let body = self
            .retry
            .run(|| self.api.get(&url, PAGE_BYTES))
            .await
            .map_err(|error| store_error(error, what.clone(), PAGE_BYTES))?;
        Page::decode(&body, &what)
    }

    fn url(&self, path: &str, what: &str) -> Result<Url, StoreError> {
        self.api
            .endpoint()
            .resource_service(path)
            .map_err(|error| StoreError::Malformed {
                what: what.to_owned(),
                reason: error.to_string(),
            })
    }
}

#[async_trait]
impl Store for ResourceService {
    async fn config(&self, scope: &Scope) -> Result<FoundConfig, StoreError> {
        let mut asked = Vec::new();
        for place in Place::levels(scope) {
            let commit = match place.level() {
                Level::Service | Level::Stage => scope.git_commit_id(),
                // The event's commit belongs to the stage's branch; the project level has another one.
                Level::Project => None,
            };
            let resource = match self
                .read(&place, CONFIG_PATH, commit, self.limits.config_bytes, self.retry)
                .await
            {
                Ok(resource) => resource,
                Err(error) if error.is_not_found() => {
                    asked.push(place.level().to_string());
                    continue;
                }
                Err(error) => return Err(error),
            };
            let text = String::from_utf8(resource.bytes).map_err(|error| StoreError::Malformed {
                what: place.describe(CONFIG_PATH, commit),
                reason: format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()),
            })?;
            let pin = match (scope.git_commit_id(), place.level()) {
                (Some(commit), _) => Some(commit.clone()),
                (None, Level::Service | Level::Stage) => resource.version.clone(),
                (None, Level::Project) => None,
            };
            return Ok(FoundConfig {
                level: place.level(),
                text,
                version: resource.version,
                pin,
            });
        }
        let what = format!(
            "`{CONFIG_PATH}` at {} level of {}",
            asked.join(", "),
            Place::narrowest(scope)
        );
        Err(StoreError::NotFound { what })
    }

    async fn files(&self, scope: &Scope, pin: Option<&CommitId>, entries: &[String]) -> Result<FoundFiles, StoreError> {
        let entries = entries
            .iter()
            .map(|entry| FileEntry::parse(entry))
            .collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(FoundFiles {
                files: Vec::new(),
                pin: pin.cloned(),
                listing: Listing::NotNeeded,
            });
        }
        let place = Place::service(scope).ok_or_else(ScopeError::files_need_a_service)?;
        let mut reader = Reader::new(self, place, pin.cloned());
        for entry in &entries {
            reader.entry(entry).await?;
        }
        Ok(reader.found())
    }
}

/// Whether two names of a version mean the same one: equal, or one an abbreviation of the other.
fn same_version(one: &CommitId, other: &CommitId) -> bool {
    const SHORTEST: usize = 7;
    let (one, other) = (one.as_str(), other.as_str());
    one == other || (one.len().min(other.len()) >= SHORTEST && (one.starts_with(other) || other.starts_with(one)))
}

/// A failed call as what it means for the one who asked.
fn store_error(error: CallError, what: String, limit: usize) -> StoreError {
    match error {
        CallError::NoAnswer { .. } => StoreError::Unavailable {
            what,
            reason: error.to_string(),
            retry_after: None,
        },
        CallError::TooLarge { .. } => StoreError::TooLarge { what, limit },
        CallError::Status {
            status,
            retry_after,
            ref message,
            ..
        } => {
            let reason = format!("{status}, {message}");
            match status {
                404 => StoreError::NotFound { what },
                401 | 403 => StoreError::Unauthorized { what, reason },
                408 | 429 | 500..=599 => StoreError::Unavailable {
                    what,
                    reason,
                    retry_after,
                },
                _ => StoreError::Refused { what, reason },
            }
        }
    }
}
