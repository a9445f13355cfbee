//! What each repository does. Everything not named here is honest: an image under every tag, two bundles that refer to
//! it, and a `.sig` and an `.att` manifest.

use std::time::Duration;

use job_executor_service::image::Digest;
use serde_json::json;

use super::content::{BUNDLE, ENVELOPE, IMAGE, INDEX, SIMPLE_SIGNING, bundle, evidence_subject, image, legacy};
use super::content::{list, listed, manifest_of, platforms, referrer};
use super::wire::{Body, Request, Response};
use super::{State, TOKEN, USER};

/// Repositories and what they do, for `--list`.
pub const BEHAVIOURS: &[(&str, &str)] = &[
    ("good", "honest"),
    ("unsigned", "honest, and nothing refers to its image"),
    ("index", "an index of platforms, attestations and an index within"),
    ("changing", "other bytes to HEAD and to each GET"),
    ("lying-digest", "states the digest of other bytes"),
    ("two-digests", "states two digests"),
    ("lying-type", "calls a manifest an index"),
    ("both", "one document that is manifest and index"),
    ("html", "a page for people, with status 200"),
    ("not-json", "the same under a manifest's type"),
    ("old-schema", "a manifest of 2015"),
    ("huge", "a manifest of 5 MiB, announced"),
    ("endless", "a manifest without end, in chunks"),
    ("boast", "announces a terabyte"),
    ("cut", "ends before the announced length"),
    ("packed", "content that is said to be gzip"),
    ("crowd", "an index of 20 000 entries within the size that is read"),
    ("drip", "one byte each 20 ms"),
    ("silent", "no answer"),
    ("redirect-elsewhere", "manifests are at another host"),
    ("redirect-metadata", "everything is at a link-local address"),
    ("redirect-plain", "everything is at a host in plain text"),
    ("redirect-loop", "redirects to itself"),
    ("redirect-nowhere", "redirects without an address"),
    ("redirect-user", "redirects to an address with a user in it"),
    ("blob-elsewhere", "blobs are at another port"),
    ("token", "wants a token of its own token service"),
    ("token-elsewhere", "wants a token of another host"),
    ("token-metadata", "wants a token of a link-local address"),
    ("token-plain", "wants a token of a host in plain text"),
    ("token-endless", "has a token without end"),
    ("token-html", "has a token service that shows a page"),
    ("token-stale", "takes no token"),
    ("garbled", "has a challenge that can be read in two ways"),
    ("basic", "wants a password"),
    ("denied", "403"),
    ("busy", "429, with 30 s to wait"),
    ("busy-once", "429 with 1 s to wait, then honest"),
    ("down", "503, with 7 s to wait"),
    ("broken", "500 and a page"),
    ("teapot", "418"),
    ("gone", "404"),
    ("foreign-subject", "lists a bundle of another image beside a good one"),
    ("lying-size", "lists a bundle with another size beside a good one"),
    ("wrong-bytes", "sends another manifest for a listed bundle"),
    ("wrong-blob", "sends other bytes for a bundle"),
    ("endless-blob", "sends a bundle without end"),
    ("huge-bundle", "lists a bundle of 11 MiB"),
    ("too-much", "lists three bundles of 5 MiB each"),
    ("foreign-layer", "lists a bundle that is to be fetched from an address"),
    ("hundred-one", "lists 101 bundles"),
    ("pages", "pages of referrers without end"),
    ("same-page", "a page that follows itself"),
    ("two-pages", "two honest pages"),
    ("link-elsewhere", "the next page is at another host"),
    ("referrers-html", "a page for people as list of referrers"),
    ("referrers-down", "503 for the list of referrers"),
    ("referrers-denied", "403 for the list of referrers"),
    ("referrers-busy", "429 for the list of referrers, with 30 s to wait"),
    ("fallback", "no referrers API, a list under the tag"),
    ("fallback-none", "no referrers API, no such tag"),
    ("unlabelled", "a list that does not say what its entries are"),
    ("many-signatures", "101 layers in the `.sig` manifest"),
    ("signature-index", "an index as `.sig` manifest"),
    ("signature-down", "503 for the `.sig` manifest"),
];

/// Answers a request.
pub(super) fn answer(state: &State, port: u16, request: &Request) -> Response {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    if path == "/token" {
        return token(request, query);
    }
    for kind in ["manifests", "blobs", "referrers"] {
        let parts = path
            .strip_prefix("/v2/")
            .and_then(|rest| rest.split_once(&format!("/{kind}/")));
        if let Some((name, reference)) = parts {
            let asked = Asked {
                state,
                port,
                request,
                name,
                reference,
                query,
            };
            return asked.always().unwrap_or_else(|| match kind {
                "manifests" => asked.manifest(),
                "blobs" => asked.blob(),
                _ => asked.referrers(),
            });
        }
    }
    Response::status(404)
}

struct Asked<'a> {
    state: &'a State,
    port: u16,
    request: &'a Request,
    name: &'a str,
    reference: &'a str,
    query: &'a str,
}

fn page() -> Response {
    Response::content(
        "text/html",
        "<html><body>canary: log in at https://evil.example/</body></html>",
    )
}

fn to(target: &str) -> Response {
    Response::status(307).header("Location", target)
}

fn bearer(realm: &str, service: &str) -> Response {
    let challenge = format!("Bearer realm=\"{realm}\",service=\"{service}\",scope=\"repository:other:pull,push\"");
    Response::status(401).header("WWW-Authenticate", &challenge)
}

fn token(request: &Request, query: &str) -> Response {
    let credentials = data_encoding::BASE64.encode(format!("{}:{}", USER.0, USER.1).as_bytes());
    if query.contains("service=endless") {
        return Response::content("application/json", "").body(Body::Endless);
    }
    if query.contains("service=html") {
        return page();
    }
    match &request.authorization {
        Some(value) if *value != format!("Basic {credentials}") => Response::status(401),
        _ => Response::content(
            "application/json",
            json!({ "token": TOKEN, "expires_in": 300 }).to_string(),
        ),
    }
}

impl Asked<'_> {
    /// What a repository does whatever it is asked for.
    fn always(&self) -> Option<Response> {
        let own = format!("https://localhost:{}", self.state.tls.port());
        let plain = format!("http://{}", self.state.plain);
        let is = |scheme: &str| {
            let value = self.request.authorization.as_deref();
            value.is_some_and(|value| value.starts_with(scheme))
        };
        let good_token = self.request.authorization.as_deref() == Some(&format!("Bearer {TOKEN}"));
        Some(match self.name {
            "redirect-metadata" => to("https://169.254.169.254/latest/meta-data/iam/"),
            "redirect-plain" => to("http://registry.example/v2/"),
            "redirect-loop" => to(&self.request.target),
            "redirect-nowhere" => Response::status(302),
            "redirect-user" => to("https://canary:canary@registry.example/"),
            "token" if !good_token => bearer(&format!("{own}/token"), "own"),
            "token-elsewhere" => bearer("https://evil.example/token", "own"),
            "token-metadata" => bearer("https://169.254.169.254/token", "own"),
            "token-plain" => bearer(&format!("{plain}/token"), "own"),
            "token-endless" => bearer(&format!("{own}/token"), "endless"),
            "token-html" => bearer(&format!("{own}/token"), "html"),
            "token-stale" => bearer(&format!("{own}/token"), "own"),
            "garbled" => Response::status(401).header("WWW-Authenticate", "Bearer realm=\"a\", Bearer realm=\"b\""),
            "basic" if !is("Basic ") => Response::status(401).header("WWW-Authenticate", "Basic realm=\"canary\""),
            "denied" => Response::status(403).body(Body::Honest(b"canary".to_vec())),
            "busy" => Response::status(429).header("Retry-After", "30"),
            "busy-once" if self.state.count("busy-once") == 0 => Response::status(429).header("Retry-After", "1"),
            "down" => Response::status(503).header("Retry-After", "7"),
            "broken" => Response::status(500).body(Body::Honest(b"<html>canary</html>".to_vec())),
            "teapot" => Response::status(418),
            "gone" => Response::status(404).body(Body::Honest(b"<html>canary</html>".to_vec())),
            "silent" => Response::status(200).body(Body::Silence),
            _ => return None,
        })
    }

    fn manifest(&self) -> Response {
        let subject = evidence_subject(self.name);
        let tag = format!("sha256-{}", subject.hex());
        if let Some(suffix) = self.reference.strip_prefix(&tag) {
            return self.beside(suffix);
        }
        if self.reference.starts_with("sha256:") {
            return self.by_digest(&subject);
        }
        let honest = image(self.name, 0);
        let other = Digest::of_bytes(b"other").to_string();
        let typed = |body: Body| Response::content(IMAGE, "").body(body);
        match self.name {
            "index" => Response::content(INDEX, platforms()),
            "changing" if self.request.method == "HEAD" => Response::content(IMAGE, image(self.name, 99)),
            "changing" => Response::content(IMAGE, image(self.name, self.state.count("changing"))),
            "lying-digest" => Response::content(IMAGE, honest).header("Docker-Content-Digest", &other),
            "two-digests" => Response::content(IMAGE, honest.clone())
                .header("Docker-Content-Digest", &Digest::of_bytes(&honest).to_string())
                .header("Docker-Content-Digest", &other),
            "lying-type" => Response::content(INDEX, honest),
            "both" => Response::content(IMAGE, json!({ "layers": [], "manifests": [] }).to_string()),
            "html" => page(),
            "not-json" => Response::content(IMAGE, "<html>canary</html>"),
            "old-schema" => Response::content("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}"),
            "huge" => Response::content(IMAGE, vec![b' '; 5 * 1024 * 1024]),
            "endless" => typed(Body::Endless),
            "boast" => typed(Body::Announced(1 << 40, honest)),
            "cut" => typed(Body::Announced(1000, b"{".to_vec())),
            "packed" => Response::content(IMAGE, vec![0x1f, 0x8b, 8, 0]).header("Content-Encoding", "gzip"),
            "crowd" => {
                let child = json!({ "mediaType": IMAGE, "digest": other, "size": 1 });
                Response::content(INDEX, list(&vec![child; 20_000]))
            }
            "drip" => typed(Body::Drip(honest, Duration::from_millis(20))),
            "redirect-elsewhere" => to(&format!("{}/v2/good/manifests/1", self.elsewhere())),
            _ => Response::content(IMAGE, honest.clone())
                .header("Docker-Content-Digest", &Digest::of_bytes(&honest).to_string()),
        }
    }

    /// What stands under tags made of the image's digest.
    fn beside(&self, suffix: &str) -> Response {
        let bundles: Vec<_> = (0..2)
            .map(|number| listed(&referrer(&evidence_subject(self.name), number)))
            .collect();
        match (self.name, suffix) {
            ("fallback", "") => Response::content(INDEX, list(&bundles)),
            ("many-signatures", ".sig") => Response::content(IMAGE, legacy(SIMPLE_SIGNING, 101)),
            ("signature-index", ".sig") => Response::content(INDEX, list(&bundles)),
            ("signature-down", ".sig") => Response::status(503),
            ("unsigned" | "fallback-none" | "unlabelled", _) | (_, "") => Response::status(404),
            (_, ".sig") => Response::content(IMAGE, legacy(SIMPLE_SIGNING, 2)),
            (_, ".att") => Response::content(IMAGE, legacy(ENVELOPE, 1)),
            _ => Response::status(404),
        }
    }

    fn by_digest(&self, subject: &Digest) -> Response {
        let known = self.listing().into_iter().map(|(manifest, _)| manifest);
        let mut known = known.chain((0..101).map(|number| referrer(subject, number)));
        let found = known.find(|manifest| Digest::of_bytes(manifest).to_string() == self.reference);
        match found {
            Some(_) if self.name == "wrong-bytes" => Response::content(IMAGE, image(self.name, 7)),
            Some(manifest) => Response::content(IMAGE, manifest),
            None => Response::status(404),
        }
    }

    /// The manifests that refer to the image, each with its entry in the list.
    fn listing(&self) -> Vec<(Vec<u8>, serde_json::Value)> {
        let subject = evidence_subject(self.name);
        let honest = |manifest: Vec<u8>| {
            let entry = listed(&manifest);
            (manifest, entry)
        };
        let first = honest(referrer(&subject, 0));
        let with = |layer: serde_json::Value| honest(manifest_of(&subject, layer));
        let layer = |size: u64, number: usize| json!({ "mediaType": BUNDLE, "size": size, "digest": Digest::of_bytes(bundle(number).as_bytes()) });
        match self.name {
            "unsigned" => vec![],
            "foreign-subject" => vec![first, honest(referrer(&Digest::of_bytes(b"another image"), 1))],
            "lying-size" => {
                let mut second = honest(referrer(&subject, 1));
                second.1["size"] = json!(second.0.len() + 1);
                vec![first, second]
            }
            "huge-bundle" => vec![first, with(layer(11 << 20, 1))],
            "too-much" => (0..3).map(|number| with(layer(5 << 20, number))).collect(),
            "endless-blob" => vec![with(layer(10 << 20, 1))],
            "foreign-layer" => {
                let mut layer = layer(bundle(0).len() as u64, 0);
                layer["urls"] = json!(["https://169.254.169.254/latest/", "http://127.0.0.1:1/"]);
                vec![with(layer)]
            }
            "hundred-one" => (0..101).map(|number| honest(referrer(&subject, number))).collect(),
            "unlabelled" => {
                let sbom = json!({ "schemaVersion": 2, "mediaType": IMAGE, "artifactType": "application/spdx+json", "layers": [],
                    "subject": { "digest": subject } });
                let mut entries = vec![first, honest(sbom.to_string().into_bytes())];
                entries
                    .iter_mut()
                    .for_each(|(_, entry)| entry["artifactType"] = json!(""));
                entries
            }
            _ => vec![first, honest(referrer(&subject, 1))],
        }
    }

    fn referrers(&self) -> Response {
        let entries: Vec<_> = self.listing().into_iter().map(|(_, entry)| entry).collect();
        let next = |target: &str| {
            Response::content(INDEX, list(&entries)).header("Link", &format!("<{target}>; rel=\"next\""))
        };
        let path = self.request.target.split('?').next().unwrap();
        match self.name {
            "pages" => next(&format!("{path}?n={}", self.state.count("pages"))),
            "same-page" => next(&self.request.target),
            "two-pages" if self.query.contains("last=1") => Response::content(INDEX, list(&entries[1..])),
            "two-pages" => {
                Response::content(INDEX, list(&entries[..1])).header("Link", &format!("<{path}?last=1>; rel=\"next\""))
            }
            "link-elsewhere" => next(&format!("{}{path}", self.elsewhere())),
            "referrers-html" => page(),
            "referrers-down" => Response::status(503),
            "referrers-denied" => Response::status(403),
            "referrers-busy" => Response::status(429).header("Retry-After", "30"),
            "fallback" | "fallback-none" => Response::status(404),
            _ => Response::content(INDEX, list(&entries)),
        }
    }

    fn blob(&self) -> Response {
        let known = (0..101)
            .map(bundle)
            .find(|text| Digest::of_bytes(text.as_bytes()).to_string() == self.reference);
        match (self.name, known) {
            (_, None) => Response::status(404),
            ("wrong-blob", Some(text)) => Response::content("application/octet-stream", "x".repeat(text.len())),
            ("endless-blob", _) => Response::content("application/octet-stream", "").body(Body::Endless),
            ("blob-elsewhere", _) => to(&format!("{}/v2/good/blobs/{}", self.elsewhere(), self.reference)),
            (_, Some(text)) => Response::content("application/octet-stream", text),
        }
    }

    /// The other port.
    fn elsewhere(&self) -> String {
        if self.port == self.state.plain.port() {
            format!("https://localhost:{}", self.state.tls.port())
        } else {
            format!("http://{}", self.state.plain)
        }
    }
}
