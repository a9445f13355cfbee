//! Answers to the gate's questions that are the same everywhere, so that verdicts and Jobs can be compared.

use std::collections::BTreeMap;

use async_trait::async_trait;
use job_executor_service::admission::{Fact, FileFact, ForeignPolicy, PullAs, ResolvedImage, TaskFiles};
use job_executor_service::gather::{Answers, Offline, SignatureQuestion};
use job_executor_service::image::Digest;
use job_executor_service::signature::{Signed, Subject};

/// Facts that are the same everywhere: an image's digest is that of its name, nobody else has NetworkPolicies, and the
/// files are those of the case.
pub(crate) struct Fixed<'a>(pub(crate) &'a BTreeMap<String, Vec<u8>>);

#[async_trait]
impl Answers for Fixed<'_> {
    async fn resolve_image(&self, reference: &str, _pull_as: &PullAs) -> Fact<ResolvedImage> {
        Fact::Known(ResolvedImage::plain(
            Digest::of_bytes(reference.as_bytes()),
            "application/vnd.oci.image.index.v1+json",
        ))
    }

    async fn signatures(
        &self,
        subject: &Subject,
        pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
    ) -> Vec<Fact<Signed>> {
        Offline.signatures(subject, pull_as, questions).await
    }

    async fn foreign_policies(&self, _namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        Fact::Known(Vec::new())
    }

    async fn files(&self, entries: &[String]) -> Fact<TaskFiles> {
        let mut found = Vec::new();
        for entry in entries {
            let folder = format!("{}/", entry.trim_end_matches('/'));
            let before = found.len();
            for (path, bytes) in self
                .0
                .iter()
                .filter(|(path, _)| *path == entry || path.starts_with(&folder))
            {
                found.push(FileFact {
                    path: path.clone(),
                    size: bytes.len() as u64,
                    digest: Digest::of_bytes(bytes),
                });
            }
            if found.len() == before {
                return Fact::Refuted(format!("could not find file or directory `{entry}`"));
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found.dedup();
        Fact::Known(found.into())
    }
}
