//! What a reader of a valid reference should know. A remark changes no verdict.

use super::host::DOCKER_HUB_ENDPOINT;
use super::reference::Reference;

impl Reference {
    /// What a reader should know although nothing is wrong, in a fixed order.
    pub fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.registry() == DOCKER_HUB_ENDPOINT {
            remarks.push(Remark::HubEndpoint {
                repository: self.repository().to_owned(),
            });
        }
        let no_slash = !self.written().contains('/');
        let head = self.written().split([':', '@']).next().unwrap_or_default();
        if no_slash && (head.contains('.') || head == "localhost") {
            remarks.push(Remark::LooksLikeRegistry { name: self.name() });
        }
        if let (Some(_), Some(_)) = (self.tag(), self.digest()) {
            remarks.push(Remark::TagAndDigest);
        }
        remarks
    }
}

/// Something about a valid reference that its author may not have meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// Docker Hub by the name of its machine.
    #[error(
        "`registry-1.docker.io` is another registry than `docker.io` to every rule; write `docker.io/{repository}`"
    )]
    HubEndpoint {
        /// The path below it.
        repository: String,
    },
    /// `ghcr.io` or `localhost:5000` alone.
    #[error("without a `/` this is the Docker Hub image `{name}`, not a registry")]
    LooksLikeRegistry {
        /// What it means.
        name: String,
    },
    /// Both were written.
    #[error("the digest decides what runs; the tag must still lead to it")]
    TagAndDigest,
}
