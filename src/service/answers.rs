//! The gate's questions about one event, answered by registries, the cluster and the store.
//!
//! Contents of files are kept, so that what was admitted need not be read a second time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::Service;
use super::file_endpoint::OfferedFile;
use crate::admission::{Fact, FileFact, ForeignPolicy, ResolvedImage};
use crate::cluster::Fences;
use crate::gather::{Answers, Registry};
use crate::image::Digest;
use crate::store::{CommitId, FoundFiles, Scope, Store};

/// Who answers for one event.
pub(super) struct LiveAnswers<'a> {
    registry: &'a Registry,
    fences: &'a Fences,
    store: &'a dyn Store,
    scope: Scope,
    pin: Option<CommitId>,
    contents: Mutex<HashMap<String, Vec<OfferedFile>>>,
}

impl<'a> LiveAnswers<'a> {
    /// Answers from what the service reaches, for an event of this scope, with files at this version.
    pub(super) fn new(service: &'a Service, scope: Scope, pin: Option<CommitId>) -> Self {
        Self {
            registry: &service.registry,
            fences: service.cluster.fences(),
            store: service.store.as_ref(),
            scope,
            pin,
            contents: Mutex::default(),
        }
    }

    /// The contents of a task's files as admitted: those that were read for the gate, or the same bytes read again.
    pub(super) async fn contents(&self, entries: &[String], admitted: &[FileFact]) -> Result<Vec<OfferedFile>, String> {
        let kept = self
            .contents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key(entries))
            .cloned();
        let files = match kept {
            Some(files) => files,
            None => offered(
                self.store
                    .files(&self.scope, self.pin.as_ref(), entries)
                    .await
                    .map_err(|error| error.to_string())?,
            ),
        };
        let facts: Vec<&FileFact> = files.iter().map(|file| &file.fact).collect();
        if facts.iter().copied().eq(admitted) {
            Ok(files)
        } else {
            Err("the files are not those that were admitted any more".to_owned())
        }
    }
}

#[async_trait]
impl Answers for LiveAnswers<'_> {
    async fn resolve_image(&self, reference: &str) -> Fact<ResolvedImage> {
        self.registry.resolve(reference).await
    }

    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        self.fences.foreign(namespace).await
    }

    async fn files(&self, entries: &[String]) -> Fact<Vec<FileFact>> {
        match self.store.files(&self.scope, self.pin.as_ref(), entries).await {
            Ok(found) => {
                if found.listing_version_differs() {
                    tracing::warn!(
                        project = self.scope.project(),
                        "a folder was listed at another version than its files were read at"
                    );
                }
                let files = offered(found);
                let facts = files.iter().map(|file| file.fact.clone()).collect();
                self.contents
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(key(entries), files);
                Fact::Known(facts)
            }
            Err(error) => match error.refusal() {
                Some(refusal) => {
                    tracing::info!(%error, "files of a task cannot be had");
                    Fact::Refuted(refusal)
                }
                None => Fact::Unavailable(error.to_string()),
            },
        }
    }
}

fn key(entries: &[String]) -> String {
    entries.join("\n")
}

fn offered(found: FoundFiles) -> Vec<OfferedFile> {
    let mut files: Vec<OfferedFile> = found
        .files
        .into_iter()
        .map(|file| {
            let content = Bytes::from(file.bytes);
            let fact = FileFact {
                path: file.path.as_str().to_owned(),
                size: content.len() as u64,
                digest: Digest::of_bytes(&content),
            };
            OfferedFile { fact, content }
        })
        .collect();
    files.sort_by(|a, b| a.fact.path.cmp(&b.fact.path));
    files
}
