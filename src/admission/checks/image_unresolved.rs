//! `image-unresolved`: the page of what the gate itself says when an image cannot be pinned. Its run finds nothing:
//! the gate has the reason at hand and reports it under this id.

use crate::admission::check::check;
use crate::admission::{Raw, TaskView};

check! {
    /// Images whose bytes are not known must not run.
    ///
    /// **Field** `image` **Allowed** a tag that the registry resolves, a digest, or both where they name the same bytes
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// What was judged is what runs. A tag is resolved once per event by hashing the manifest that the registry hands
    /// out; the Job carries that digest. A registry that is down, an image that does not exist, and a tag that moved
    /// away from the digest written beside it are told apart in the message; the first is tried again, the others
    /// are refused. A registry is asked only for images that every enforcing policy admits by name.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: alpine:3.20
    /// images:
    ///   "docker.io/library/alpine:3.20": { unavailable: "the registry did not answer within 10 s" }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: alpine@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    /// ```
    "image-unresolved" => Invariant(run), help = "check the name of the image; when the registry was unavailable, send the event again"
}

fn run(_: &TaskView<'_>) -> Vec<Raw> {
    Vec::new()
}
