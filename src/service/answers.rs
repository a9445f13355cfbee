//! The gate's questions about one event, answered by registries, the cluster and the store.

use std::sync::Arc;

use async_trait::async_trait;

use super::Service;
use super::files::EventFiles;
use crate::admission::{Fact, ForeignPolicy, PullAs, ResolvedImage, TaskFiles};
use crate::cluster::Fences;
use crate::gather::{Answers, Fetch, Registry, SignatureQuestion, Verified};
use crate::signature::{Signed, Subject};
use crate::store::{CommitId, Scope};

/// Who answers for one event.
pub(super) struct LiveAnswers<'a> {
    registry: &'a Arc<Registry>,
    verified: &'a Verified,
    fences: &'a Fences,
    /// The files of its tasks.
    pub(super) files: EventFiles<'a>,
}

impl<'a> LiveAnswers<'a> {
    /// Answers from what the service reaches, for an event of this scope, with files at this version.
    pub(super) fn new(service: &'a Service, scope: Scope, pin: Option<CommitId>) -> Self {
        Self {
            registry: &service.registry,
            verified: &service.verified,
            fences: service.cluster.fences(),
            files: EventFiles::new(service.store.as_ref(), &service.held, scope, pin),
        }
    }
}

#[async_trait]
impl Answers for LiveAnswers<'_> {
    async fn resolve_image(&self, reference: &str, pull_as: &PullAs) -> Fact<ResolvedImage> {
        self.registry.resolve_as(reference, pull_as).await
    }

    async fn signatures(
        &self,
        subject: &Subject,
        pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
    ) -> Vec<Fact<Signed>> {
        let fetch = Arc::clone(self.registry) as Arc<dyn Fetch>;
        self.verified.answer(subject, pull_as, questions, &fetch).await
    }

    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        self.fences.foreign(namespace).await
    }

    async fn files(&self, entries: &[String]) -> Fact<TaskFiles> {
        self.files.facts(entries).await
    }
}
