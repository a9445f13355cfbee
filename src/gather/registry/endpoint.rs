//! Where a repository is asked for: at its registry, or at the mirror that answers for it.

use std::collections::BTreeMap;

use reqwest::Url;

use super::authority::{Authority, HTTPS};
use super::guard::mirror_base;
use crate::image::Digest;
use crate::settings::Mirror;

/// Docker Hub by the name that images carry, and where it really answers.
const DOCKER_HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");
/// Public registries and who issues their tokens.
const KNOWN_ISSUERS: [(&str, &str); 2] = [(DOCKER_HUB.1, "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")];

/// A repository at the host that is asked for it.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    base: Url,
    /// The host that is asked.
    pub(super) authority: Authority,
    /// The repository there.
    pub(super) repository: String,
}

impl Endpoint {
    /// The endpoint for a repository of a registry, both as a parsed reference names them.
    pub(super) fn of(registry: &str, repository: &str, mirrors: &BTreeMap<String, Mirror>) -> Option<Self> {
        let (base, repository) = match mirrors.get(registry) {
            Some(mirror) if mirror.path.is_empty() => (mirror_base(mirror)?, repository.to_owned()),
            Some(mirror) => (mirror_base(mirror)?, format!("{}/{repository}", mirror.path)),
            None => {
                let host = if registry == DOCKER_HUB.0 {
                    DOCKER_HUB.1
                } else {
                    registry
                };
                (Url::parse(&format!("https://{host}/")).ok()?, repository.to_owned())
            }
        };
        Some(Self {
            authority: Authority::of(&base)?,
            base,
            repository,
        })
    }

    /// A manifest by tag or digest.
    pub(super) fn manifest(&self, reference: &str) -> Url {
        self.at(&format!("manifests/{reference}"))
    }

    /// A blob.
    pub(super) fn blob(&self, digest: &Digest) -> Url {
        self.at(&format!("blobs/{digest}"))
    }

    /// What refers to a digest, of one kind of artefact (distribution specification 1.1, "Listing Referrers").
    pub(super) fn referrers(&self, digest: &Digest, artifact_type: &str) -> Url {
        let mut url = self.at(&format!("referrers/{digest}"));
        url.query_pairs_mut().append_pair("artifactType", artifact_type);
        url
    }

    /// The next page of a list, as its `Link` names it: on this host and below this repository, or `None`.
    pub(super) fn next_page(&self, from: &Url, link: &str) -> Option<Url> {
        let next = from.join(link).ok()?;
        let below = format!("/v2/{}/referrers/", self.repository);
        (Authority::of(&next)? == self.authority && next.scheme() == from.scheme() && next.path().starts_with(&below))
            .then_some(next)
    }

    /// Whether requests go in plain text.
    pub(super) fn is_plain(&self) -> bool {
        self.base.scheme() != "https"
    }

    /// Whether this host is known to issue tokens for the endpoint's registry.
    pub(super) fn is_known_issuer(&self, realm: &Authority) -> bool {
        let known = KNOWN_ISSUERS.contains(&(self.authority.host(), realm.host()));
        let standard = self.authority.port() == HTTPS && realm.port() == HTTPS;
        *realm == self.authority || self.authority.holds(realm) || (known && standard)
    }

    fn at(&self, rest: &str) -> Url {
        let mut url = self.base.clone();
        // Repositories, tags and digests are parsed values: none has a character that means something in a path.
        url.set_path(&format!("v2/{}/{rest}", self.repository));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Transport;

    #[test]
    fn a_repository_is_asked_for_at_its_registry_or_its_mirror() {
        let mirror = |host: &str, transport, path: &str| Mirror {
            host: host.to_owned(),
            transport,
            path: path.to_owned(),
            ca: String::new(),
        };
        let mirrors = BTreeMap::from([
            ("m.example".to_owned(), mirror("127.0.0.1:5000", Transport::Http, "")),
            (
                "p.example".to_owned(),
                mirror("proxy.example", Transport::Https, "cache/p"),
            ),
        ]);
        for (registry, repository, expected) in [
            ("ghcr.io", "a/b", "https://ghcr.io/v2/a/b/manifests/1"),
            ("r.example:5000", "a", "https://r.example:5000/v2/a/manifests/1"),
            (
                "docker.io",
                "library/a",
                "https://registry-1.docker.io/v2/library/a/manifests/1",
            ),
            ("m.example", "a", "http://127.0.0.1:5000/v2/a/manifests/1"),
            ("p.example", "a/b", "https://proxy.example/v2/cache/p/a/b/manifests/1"),
        ] {
            let endpoint = Endpoint::of(registry, repository, &mirrors).unwrap();
            assert_eq!(endpoint.manifest("1").as_str(), expected);
        }
    }

    #[test]
    fn tokens_come_from_the_registry_itself_or_from_a_name_below_it() {
        for (registry, realm, expected) in [
            ("ghcr.io", "ghcr.io", true),
            ("docker.io", "auth.docker.io", true),
            ("registry.gitlab.com", "gitlab.com", true),
            ("registry.gitlab.com:5000", "gitlab.com", false),
            ("docker.io", "auth.docker.io:8443", false),
            ("docker.io", "auth.docker.io.evil.example", false),
            ("r.example", "auth.docker.io", false),
            ("acme.example", "auth.acme.example", true),
            ("registry.acme.example", "auth.acme.example", false),
            ("registry.acme.example:5000", "registry.acme.example", false),
        ] {
            let endpoint = Endpoint::of(registry, "a", &BTreeMap::new()).unwrap();
            let realm = Authority::of_registry(realm).unwrap();
            assert_eq!(endpoint.is_known_issuer(&realm), expected, "{registry} {realm}");
        }
    }
}
