//! `job-lint verify bundle`: one bundle about one file. Asks nobody: trust is what the command line names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::super::arguments::{AskedLog, Format, VerifyBundleArguments};
use super::super::configs::{read, read_bytes, shown};
use super::super::desk::Unusable;
use super::super::{Exit, Streams};
use super::told::told;
use crate::image::{Algorithm, Digest};
use crate::policy::{
    Authority, AuthorityKey, CertificateLog, Keyless, PolicySpan, Signers, TextMatcher, Timestamps, TransparencyLog,
};
use crate::report::{escape_line, json_line};
use crate::signature::{self, Artifact, Proof, PublicKey, Refusal, TrustRoot};
use crate::yaml::Span;

/// Largest file that is read; the digest of a larger one can be given instead.
const MAX_FILE_BYTES: usize = 1 << 30;

/// One line of `--format json`.
#[derive(Serialize)]
struct Answer<'a> {
    artifact: &'a str,
    digest: &'a Digest,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a Proof>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
}

/// What the command line asks.
struct Question {
    bundle: Vec<u8>,
    artifact: Artifact,
    authority: Authority,
}

pub(in super::super) fn run(arguments: &VerifyBundleArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let question = match Question::read(arguments) {
        Ok(question) => question,
        Err(Unusable(text)) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
    };
    let now = jiff::Timestamp::now();
    let verified = signature::verify_artifact(&question.bundle, &question.artifact, &question.authority, now);
    let digest = question.artifact.digest();
    match arguments.format {
        Format::Json => {
            let answer = Answer {
                artifact: &arguments.artifact,
                digest: &digest,
                verified: verified.is_ok(),
                proof: verified.as_ref().ok(),
                refusal: verified.as_ref().err(),
            };
            writeln!(streams.out, "{}", json_line(&answer))?;
        }
        Format::Human => {
            let artifact = escape_line(&arguments.artifact);
            match &verified {
                Ok(proof) => write!(streams.out, "verified: {artifact}\n  is {digest}\n{}", told(proof))?,
                Err(refusal) => {
                    let (code, message) = (refusal.code.as_str(), escape_line(&refusal.message));
                    writeln!(streams.out, "refused: {artifact}\n  is {digest}\n  {code}: {message}")?;
                }
            }
        }
    }
    Ok(if verified.is_ok() { Exit::Clean } else { Exit::Denied })
}

impl Question {
    fn read(arguments: &VerifyBundleArguments) -> Result<Self, Unusable> {
        Ok(Self {
            authority: authority(arguments)?,
            bundle: read_bytes(&arguments.bundle, signature::MAX_BUNDLE_BYTES.saturating_add(1))?,
            artifact: artifact(&arguments.artifact)?,
        })
    }
}

/// A digest is one by its form; a file of such a name can be given as `./sha256:…`.
fn artifact(text: &str) -> Result<Artifact, Unusable> {
    if !text.starts_with("sha256:") {
        return Ok(Artifact::Bytes(read_bytes(Path::new(text), MAX_FILE_BYTES)?));
    }
    match Digest::parse(text) {
        Ok(digest) if digest.algorithm() == Algorithm::Sha256 => Ok(Artifact::Digest(digest)),
        Ok(_) => Err(Unusable::line(format!("`{text}` is no SHA-256"))),
        Err(error) => Err(Unusable::line(error)),
    }
}

/// Whom the command line trusts.
fn authority(arguments: &VerifyBundleArguments) -> Result<Authority, Unusable> {
    let trust = arguments.trusted_root.as_deref().map(trust_root).transpose()?;
    let transparency_log = match arguments.transparency_log {
        AskedLog::Required => TransparencyLog::Required,
        AskedLog::Ignored => TransparencyLog::Ignored,
    };
    let signers = match (
        &arguments.key,
        &arguments.certificate_identity,
        &arguments.certificate_oidc_issuer,
    ) {
        (Some(path), None, None) => {
            let key = PublicKey::from_pem(&read(path)?)
                .map_err(|error| Unusable::line(format!("key {}: {error}", shown(path))))?;
            Signers::Keys(vec![AuthorityKey {
                key,
                not_before: None,
                not_after: None,
            }])
        }
        (None, Some(subject), Some(issuer)) => {
            let matcher = |option: &str, text: &str| {
                TextMatcher::exact(text).map_err(|error| Unusable::line(format!("{option}: {error}")))
            };
            Signers::Keyless(Box::new(Keyless {
                issuer: matcher("--certificate-oidc-issuer", issuer)?,
                subject: matcher("--certificate-identity", subject)?,
                extensions: BTreeMap::new(),
            }))
        }
        _ => {
            return Err(Unusable::line(
                "write `--key FILE`, or `--certificate-identity X --certificate-oidc-issuer Y`: a bundle that anybody may have signed proves nothing",
            ));
        }
    };
    // Nothing is downloaded: what cannot be verified without a root is said before anything is read.
    if trust.is_none() && matches!(signers, Signers::Keyless(_)) {
        return Err(Unusable::line(
            "certificates are verified with `--trusted-root FILE`, a `trusted_root.json`; none is built in or downloaded",
        ));
    }
    if trust.is_none() && transparency_log == TransparencyLog::Required {
        return Err(Unusable::line(
            "the transparency log's entry is verified with `--trusted-root FILE`, a `trusted_root.json`; where no log was told of the signature, write `--transparency-log ignored`",
        ));
    }
    Ok(Authority {
        name: "the command line".to_owned(),
        origin: PolicySpan {
            file: String::new(),
            span: Span::default(),
        },
        signers,
        formats: vec![signature::Format::Bundle],
        trust,
        transparency_log,
        timestamps: Timestamps::Accepted,
        certificate_log: CertificateLog::Required,
        // Nothing is cached under it.
        hash: Digest::of_bytes(b""),
    })
}

fn trust_root(path: &Path) -> Result<Arc<TrustRoot>, Unusable> {
    let root = TrustRoot::parse(&read(path)?);
    let unusable = |error| Unusable::line(format!("trusted root {}: {error}", shown(path)));
    root.map(Arc::new).map_err(unusable)
}
