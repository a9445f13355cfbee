//! The gate's questions about one event, answered by registries, the cluster and the store.

use async_trait::async_trait;

use super::Service;
use super::files::EventFiles;
use crate::admission::{Fact, FileFact, ForeignPolicy, ResolvedImage};
use crate::cluster::Fences;
use crate::gather::{Answers, Registry};
use crate::store::{CommitId, Scope};

/// Who answers for one event.
pub(super) struct LiveAnswers<'a> {
    registry: &'a Registry,
    fences: &'a Fences,
    /// The files of its tasks.
    pub(super) files: EventFiles<'a>,
}

impl<'a> LiveAnswers<'a> {
    /// Answers from what the service reaches, for an event of this scope, with files at this version.
    pub(super) fn new(service: &'a Service, scope: Scope, pin: Option<CommitId>) -> Self {
        Self {
            registry: &service.registry,
            fences: service.cluster.fences(),
            files: EventFiles::new(service.store.as_ref(), &service.held, scope, pin),
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
        self.files.facts(entries).await
    }
}
