//! The table: how an image was signed or tampered with, who is asked about it, and what each verifier says.

mod certificates;
mod keys;
mod logs;
mod statements;

use serde_json::Value;

use crate::signing::cosign::{Form, Major, Witnesses};
use crate::tamper::LegacyLayer;

/// Whose key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hand {
    /// Ours, ECDSA over P-256.
    Ours,
    /// Somebody else's.
    Theirs,
    /// Ours, RSA.
    Rsa,
    /// Ours, ECDSA over P-384.
    P384,
}

/// Who signs, and before which witnesses.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Key(Hand),
    /// A key, and the log is told.
    LoggedKey(Hand),
    /// The release workflow, by a certificate.
    Workflow(Witnesses),
    /// The same workflow of a fork.
    Fork(Witnesses),
    /// The workflow's name in a certificate of another Sigstore.
    Stranger(Witnesses),
    /// The same, and yet our log is told.
    StrangerInOurLog,
    /// The workflow with our certificate, and only the other Sigstore's log is told.
    WorkflowInStrangersLog,
}

/// What is done to an image.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Sign(Major, Form, By),
    /// Signed outside cosign with Ed25519, and attached.
    AttachEd25519,
    /// A predicate of cosign's short name is attested.
    Attest(Major, Form, By, &'static str),
    /// Another image is signed, and its signatures are copied to this one.
    Copied(Major, Form, By),
    /// The same image is signed in another repository, and its signatures are copied to this one.
    Elsewhere(Major, Form, By),
    /// The first layer of the `.sig` or `.att` manifest is changed.
    Legacy(&'static str, fn(&mut LegacyLayer)),
    /// The one bundle is changed.
    Bundle(fn(&mut Value)),
    /// The first layer is changed by what stands in the one of another image, signed in the same way.
    SpliceLegacy(Major, By, fn(&mut LegacyLayer, &LegacyLayer)),
    /// The same with bundles.
    SpliceBundle(Major, By, fn(&mut Value, &Value)),
}

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// A key; the log is not asked.
    Key(Hand),
    /// The Ed25519 key; the log is not asked.
    Ed25519,
    /// A key whose signature the log has to know.
    LoggedKey(Hand),
    /// The release workflow.
    Workflow,
    /// The same subject, by another identity provider.
    WorkflowByAnotherIssuer,
    /// The same identity, and another Sigstore's trusted root.
    WorkflowOfStranger,
}

/// What a cosign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Yes,
    No,
}

/// What we say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ours {
    /// There is a proof.
    Proven,
    /// There is none, and this is among the codes of what was refused.
    Refused(&'static str),
    /// There is none, and nothing that the authority looks at was there.
    Nothing,
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) steps: &'static [Step],
    pub(crate) asked: Asked,
    /// Short name and URI of the predicate that is asked for; none for the image's own signature.
    pub(crate) predicate: Option<(&'static str, &'static str)>,
    pub(crate) two: Says,
    pub(crate) three: Says,
    pub(crate) ours: Ours,
    /// Why we refuse what a cosign accepts.
    pub(crate) why: &'static str,
}

const fn row(name: &'static str, steps: &'static [Step], asked: Asked, says: (Says, Says, Ours)) -> Row {
    let (two, three, ours) = says;
    Row {
        name,
        steps,
        asked,
        predicate: None,
        two,
        three,
        ours,
        why: "",
    }
}

const fn attested(row: Row, short: &'static str, uri: &'static str) -> Row {
    Row {
        predicate: Some((short, uri)),
        ..row
    }
}

const fn because(row: Row, why: &'static str) -> Row {
    Row { why, ..row }
}

/// The whole table.
pub(crate) fn all() -> Vec<&'static Row> {
    [keys::ROWS, logs::ROWS, certificates::ROWS, statements::ROWS]
        .into_iter()
        .flatten()
        .collect()
}
