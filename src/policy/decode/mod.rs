//! One document of a policy file, from tree to type. Each topic has a file of its own.
//!
//! Every decoder asks for all its keys before it looks at any value, so that no mistake hides another.

mod authority;
mod identity;
mod images;
mod limits;
mod matchers;
mod network;
mod overlap;
mod policy;
mod security;
mod shared;
mod signatures;

use std::collections::{BTreeMap, BTreeSet};

use super::authority::Authority;
use super::types::{NetworkClass, Policy, PolicySpan};
use crate::yaml::{Decoder, Field, Mapping, Node, Problem, Span, Value, nearest, quoted};

/// The only version of the language so far.
const API_VERSION: &str = "job-executor.keptn.sh/v1alpha1";
const POLICY: &str = "Policy";
/// The kind of a network class.
pub(super) const NETWORK_CLASS: &str = "NetworkClass";
/// The kind of an authority.
pub(super) const AUTHORITY: &str = "Authority";
/// Kinds that the language will have.
const LATER: [&str; 2] = ["PolicyException", "Plugin"];

/// What a document can be.
pub(super) enum Document {
    /// `kind: Policy`
    Policy(Box<Policy>),
    /// `kind: NetworkClass`
    NetworkClass(NetworkClass),
}

/// Names that documents may refer to.
pub(super) struct Known {
    /// Network classes that some file defines.
    pub(super) classes: BTreeSet<String>,
    /// Authorities that some file defines; nothing where a mistake keeps one from being used.
    pub(super) authorities: BTreeMap<String, Option<Authority>>,
    /// Files that authorities may name.
    pub(super) attached: BTreeMap<String, String>,
}

impl Known {
    fn authority(&self, name: &str) -> Option<&Authority> {
        self.authorities.get(name)?.as_ref()
    }
}

/// What a decoder knows beside its field.
#[derive(Clone, Copy)]
struct Context<'a> {
    decoder: &'a Decoder,
    file: &'a str,
    known: &'a Known,
}

impl Context<'_> {
    fn at(&self, span: Span) -> PolicySpan {
        PolicySpan {
            file: self.file.to_owned(),
            span,
        }
    }
}

/// Decodes a document of any kind but `Authority`. Nothing comes out where a problem made it impossible; the problems
/// are in the decoder.
pub(super) fn document(node: &Node, decoder: &Decoder, file: &str, known: &Known) -> Option<Document> {
    let context = Context { decoder, file, known };
    let field = decoder.root(node);
    match kind(&field, context)? {
        Kind::Policy => {
            policy::refuse_vacuous(&field);
            field
                .mapping(|document| policy::policy(document, context))?
                .map(Box::new)
                .map(Document::Policy)
        }
        Kind::NetworkClass => field
            .mapping(|document| network::class(document, context))?
            .map(Document::NetworkClass),
        Kind::Authority => None,
    }
}

/// Decodes a document that says to be an authority. These come first: what policies may ask depends on them.
pub(super) fn authority(node: &Node, decoder: &Decoder, file: &str, known: &Known) -> Option<Authority> {
    let context = Context { decoder, file, known };
    decoder
        .root(node)
        .mapping(|document| authority::authority(document, context))?
}

enum Kind {
    Policy,
    NetworkClass,
    Authority,
}

/// The kind decides which keys are known, so it is looked at before any of them.
fn kind(field: &Field<'_>, context: Context<'_>) -> Option<Kind> {
    let Value::Mapping(entries) = &field.node().value else {
        field.problem(
            format!("a document must be a mapping, found {}", field.node().value),
            "begin with `apiVersion`",
        );
        return None;
    };
    let help = format!("write `kind: {POLICY}`, `kind: {AUTHORITY}` or `kind: {NETWORK_CLASS}`");
    let Some((_, kind)) = entries.iter().find(|(key, _)| key.value == "kind") else {
        field.problem("kind is missing", help);
        return None;
    };
    let Value::Scalar(scalar) = &kind.value else {
        let message = format!("kind must be a word, found {}", kind.value);
        context.decoder.problem(Problem::new(kind.span, "kind", message, help));
        return None;
    };
    let (message, help) = match scalar.text.as_str() {
        POLICY => return Some(Kind::Policy),
        NETWORK_CLASS => return Some(Kind::NetworkClass),
        AUTHORITY => return Some(Kind::Authority),
        later if LATER.contains(&later) => (
            format!("the kind {later} is not supported by this version yet"),
            "remove the document".to_owned(),
        ),
        other => {
            let meant =
                nearest(other, [POLICY, NETWORK_CLASS, AUTHORITY]).map(|meant| format!("did you mean {meant:?}?"));
            (format!("unknown kind {}", quoted(other)), meant.unwrap_or(help))
        }
    };
    context.decoder.problem(Problem::new(kind.span, "kind", message, help));
    None
}

/// `apiVersion`, `kind` and `metadata.name`, which every document has.
fn head(document: &mut Mapping<'_>, reserved: &[&str]) -> Option<(String, Span)> {
    document
        .required("apiVersion")
        .and_then(|version| version.choice(&[(API_VERSION, ())]));
    document.field("kind");
    let name = document
        .required("metadata")?
        .mapping(|metadata| metadata.required("name"))??;
    let text = name.filled_text()?;
    if !super::labels::is_dns_label(&text.value) {
        let message = format!("the name {} is not a DNS label", quoted(&text.value));
        name.problem(message, "use lower-case letters, digits and `-`, at most 63 characters");
        return None;
    }
    if reserved.contains(&text.value.as_str()) {
        name.problem(
            format!("the name {} is built in", quoted(&text.value)),
            "choose another name",
        );
        return None;
    }
    Some((text.value, text.span))
}
