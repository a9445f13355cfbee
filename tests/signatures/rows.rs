//! The table: how an image was signed or tampered with, who is asked about it, and what each verifier says.

use serde_json::Value;

use crate::signing::cosign::{Form, Major, Witnesses};
use crate::tamper::{self, LegacyLayer};

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

use Form::{Bundle, Legacy};
use Hand::{Ours as Our, P384, Rsa, Theirs};
use Major::{Three, Two};
use Ours::{Nothing, Proven, Refused};
use Says::{No, Yes};
use Step::{Attest, Copied, Sign};
use Witnesses::{Rekor1, Rekor1Stamped, Rekor2, Stamped};

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

const SLSA1: &str = "https://slsa.dev/provenance/v1";
const SLSA02: &str = "https://slsa.dev/provenance/v0.2";
const VULN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";

pub(crate) const ROWS: &[Row] = &[
    // Keys.
    row("unsigned", &[], Asked::Key(Our), (No, No, Nothing)),
    row(
        "key, old format, by cosign 2",
        &[Sign(Two, Legacy, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "key, old format, by cosign 3",
        &[Sign(Three, Legacy, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "key, bundle, by cosign 2",
        &[Sign(Two, Bundle, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "key, bundle, by cosign 3",
        &[Sign(Three, Bundle, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "RSA key, old format",
        &[Sign(Two, Legacy, By::Key(Rsa))],
        Asked::Key(Rsa),
        (Yes, Yes, Proven),
    ),
    row(
        "RSA key, bundle",
        &[Sign(Three, Bundle, By::Key(Rsa))],
        Asked::Key(Rsa),
        (Yes, Yes, Proven),
    ),
    row(
        "Ed25519 key, old format",
        &[Step::AttachEd25519],
        Asked::Ed25519,
        (Yes, Yes, Proven),
    ),
    row(
        "P-384 key, old format",
        &[Sign(Two, Legacy, By::Key(P384))],
        Asked::Key(P384),
        (Yes, No, Proven),
    ),
    row(
        "key of another, old format",
        &[Sign(Two, Legacy, By::Key(Theirs))],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "key of another, bundle",
        &[Sign(Three, Bundle, By::Key(Theirs))],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "signed twice, by another first",
        &[Sign(Two, Legacy, By::Key(Theirs)), Sign(Two, Legacy, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "both formats, only the bundle by us",
        &[Sign(Two, Legacy, By::Key(Theirs)), Sign(Three, Bundle, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    // A signature of other bytes.
    row(
        "signature of another image, old format",
        &[Copied(Two, Legacy, By::Key(Our))],
        Asked::Key(Our),
        (No, No, Refused("digest-not-in-payload")),
    ),
    row(
        "signature of another image, bundle",
        &[Copied(Three, Bundle, By::Key(Our))],
        Asked::Key(Our),
        (No, No, Refused("digest-not-in-payload")),
    ),
    row(
        "payload changed",
        &[
            Sign(Two, Legacy, By::Key(Our)),
            Step::Legacy("sig", tamper::blank_at_the_end),
        ],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "payload made to fit this image",
        &[
            Copied(Two, Legacy, By::Key(Our)),
            Step::Legacy("sig", tamper::this_digest),
        ],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "signature changed",
        &[
            Sign(Two, Legacy, By::Key(Our)),
            Step::Legacy("sig", tamper::other_signature),
        ],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "no signature on the layer",
        &[
            Sign(Two, Legacy, By::Key(Our)),
            Step::Legacy("sig", tamper::no_signature),
        ],
        Asked::Key(Our),
        (No, No, Refused("signature-missing")),
    ),
    row(
        "bundle's statement changed",
        &[Sign(Three, Bundle, By::Key(Our)), Step::Bundle(tamper::other_statement)],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "bundle's signature changed",
        &[
            Sign(Three, Bundle, By::Key(Our)),
            Step::Bundle(tamper::other_envelope_signature),
        ],
        Asked::Key(Our),
        (No, No, Refused("signature-does-not-match")),
    ),
    row(
        "bundle says it is of version 0.1",
        &[Sign(Three, Bundle, By::Key(Our)), Step::Bundle(tamper::older)],
        Asked::Key(Our),
        (No, No, Refused("bundle-version")),
    ),
    // The log, for keys.
    row(
        "key, log asked and not told, old format",
        &[Sign(Two, Legacy, By::Key(Our))],
        Asked::LoggedKey(Our),
        (No, No, Refused("log-entry-missing")),
    ),
    row(
        "key, log asked and not told, bundle",
        &[Sign(Three, Bundle, By::Key(Our))],
        Asked::LoggedKey(Our),
        (No, No, Refused("log-entry-missing")),
    ),
    row(
        "key, log told, old format",
        &[Sign(Two, Legacy, By::LoggedKey(Our))],
        Asked::LoggedKey(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "key, log told, bundle",
        &[Sign(Three, Bundle, By::LoggedKey(Our))],
        Asked::LoggedKey(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "key, log told and not asked",
        &[Sign(Three, Bundle, By::LoggedKey(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "log entry of another signature, old format",
        &[
            Sign(Two, Legacy, By::LoggedKey(Our)),
            Step::SpliceLegacy(Two, By::LoggedKey(Our), tamper::their_log_entry),
        ],
        Asked::LoggedKey(Our),
        (No, No, Refused("log-entry-of-another-signature")),
    ),
    row(
        "log entry of another signature, bundle",
        &[
            Sign(Three, Bundle, By::LoggedKey(Our)),
            Step::SpliceBundle(Three, By::LoggedKey(Our), tamper::their_log_entries),
        ],
        Asked::LoggedKey(Our),
        (No, No, Refused("log-entry-of-another-signature")),
    ),
    row(
        "log entry without proof",
        &[Sign(Three, Bundle, By::LoggedKey(Our)), Step::Bundle(tamper::no_proof)],
        Asked::LoggedKey(Our),
        (No, No, Refused("log-entry-not-proven")),
    ),
    // Certificates.
    row(
        "workflow, old format",
        &[Sign(Two, Legacy, By::Workflow(Rekor1))],
        Asked::Workflow,
        (Yes, Yes, Proven),
    ),
    row(
        "workflow, bundle, Rekor 1",
        &[Sign(Three, Bundle, By::Workflow(Rekor1))],
        Asked::Workflow,
        (Yes, Yes, Proven),
    ),
    row(
        "workflow, bundle, Rekor 1 and timestamp",
        &[Sign(Three, Bundle, By::Workflow(Rekor1Stamped))],
        Asked::Workflow,
        (Yes, Yes, Proven),
    ),
    row(
        "workflow, bundle, Rekor 2 and timestamp",
        &[Sign(Three, Bundle, By::Workflow(Rekor2))],
        Asked::Workflow,
        (No, Yes, Proven),
    ),
    row(
        "workflow, bundle, no log",
        &[Sign(Three, Bundle, By::Workflow(Stamped))],
        Asked::Workflow,
        (No, No, Refused("log-entry-missing")),
    ),
    row(
        "workflow of a fork, old format",
        &[Sign(Two, Legacy, By::Fork(Rekor1))],
        Asked::Workflow,
        (No, No, Refused("certificate-of-another-identity")),
    ),
    row(
        "workflow of a fork, bundle",
        &[Sign(Three, Bundle, By::Fork(Rekor1))],
        Asked::Workflow,
        (No, No, Refused("certificate-of-another-identity")),
    ),
    row(
        "workflow by another issuer, old format",
        &[Sign(Two, Legacy, By::Workflow(Rekor1))],
        Asked::WorkflowByAnotherIssuer,
        (No, No, Refused("certificate-of-another-identity")),
    ),
    row(
        "workflow by another issuer, bundle",
        &[Sign(Three, Bundle, By::Workflow(Rekor1))],
        Asked::WorkflowByAnotherIssuer,
        (No, No, Refused("certificate-of-another-identity")),
    ),
    row(
        "workflow of another Sigstore, old format",
        &[Sign(Two, Legacy, By::Stranger(Rekor1))],
        Asked::Workflow,
        (No, No, Refused("log-entry-not-proven")),
    ),
    row(
        "workflow of another Sigstore, bundle",
        &[Sign(Three, Bundle, By::Stranger(Rekor1))],
        Asked::Workflow,
        (No, No, Refused("log-entry-not-proven")),
    ),
    row(
        "workflow by another Sigstore's authority in our log, old format",
        &[Sign(Two, Legacy, By::StrangerInOurLog)],
        Asked::Workflow,
        (No, No, Refused("certificate-untrusted")),
    ),
    row(
        "workflow by another Sigstore's authority in our log, bundle",
        &[Sign(Three, Bundle, By::StrangerInOurLog)],
        Asked::Workflow,
        (No, No, Refused("certificate-untrusted")),
    ),
    row(
        "workflow by our authority in another Sigstore's log",
        &[Sign(Three, Bundle, By::WorkflowInStrangersLog)],
        Asked::Workflow,
        (No, No, Refused("log-entry-not-proven")),
    ),
    row(
        "workflow, another Sigstore asked",
        &[Sign(Three, Bundle, By::Workflow(Rekor1))],
        Asked::WorkflowOfStranger,
        (No, No, Refused("log-entry-not-proven")),
    ),
    row(
        "key where a workflow is asked",
        &[Sign(Three, Bundle, By::LoggedKey(Our))],
        Asked::Workflow,
        (No, No, Refused("signer-kind")),
    ),
    row(
        "workflow where a key is asked",
        &[Sign(Three, Bundle, By::Workflow(Rekor1))],
        Asked::LoggedKey(Our),
        (No, No, Refused("signer-kind")),
    ),
    row(
        "workflow's signature of another image, bundle",
        &[Copied(Three, Bundle, By::Workflow(Rekor1))],
        Asked::Workflow,
        (No, No, Refused("digest-not-in-payload")),
    ),
    row(
        "workflow, log entry of another signature, old format",
        &[
            Sign(Two, Legacy, By::Workflow(Rekor1)),
            Step::SpliceLegacy(Two, By::Workflow(Rekor1), tamper::their_log_entry),
        ],
        Asked::Workflow,
        (No, No, Refused("log-entry-of-another-signature")),
    ),
    row(
        "workflow, log entry of another signature, bundle",
        &[
            Sign(Three, Bundle, By::Workflow(Rekor1)),
            Step::SpliceBundle(Three, By::Workflow(Rekor1), tamper::their_log_entries),
        ],
        Asked::Workflow,
        (No, No, Refused("log-entry-of-another-signature")),
    ),
    row(
        "workflow, timestamp of another signature",
        &[
            Sign(Three, Bundle, By::Workflow(Rekor2)),
            Step::SpliceBundle(Three, By::Workflow(Rekor2), tamper::their_timestamps),
        ],
        Asked::Workflow,
        (No, No, Refused("timestamp-invalid")),
    ),
    row(
        "workflow, certificate of another signature",
        &[
            Sign(Three, Bundle, By::Workflow(Rekor1)),
            Step::SpliceBundle(Three, By::Workflow(Rekor1), tamper::their_certificate),
        ],
        Asked::Workflow,
        (No, No, Refused("signature-does-not-match")),
    ),
    // Statements.
    attested(
        row(
            "provenance 1, old format",
            &[Attest(Two, Legacy, By::Key(Our), "slsaprovenance1")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "slsaprovenance1",
        SLSA1,
    ),
    attested(
        row(
            "provenance 1, bundle",
            &[Attest(Three, Bundle, By::Key(Our), "slsaprovenance1")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "slsaprovenance1",
        SLSA1,
    ),
    attested(
        row(
            "provenance 1 by a workflow, bundle",
            &[Attest(Three, Bundle, By::Workflow(Rekor1), "slsaprovenance1")],
            Asked::Workflow,
            (Yes, Yes, Proven),
        ),
        "slsaprovenance1",
        SLSA1,
    ),
    attested(
        row(
            "provenance 1 by a workflow, Rekor 2",
            &[Attest(Three, Bundle, By::Workflow(Rekor2), "slsaprovenance1")],
            Asked::Workflow,
            (No, Yes, Proven),
        ),
        "slsaprovenance1",
        SLSA1,
    ),
    attested(
        row(
            "provenance 1 by a workflow, old format",
            &[Attest(Two, Legacy, By::Workflow(Rekor1), "slsaprovenance1")],
            Asked::Workflow,
            (Yes, Yes, Proven),
        ),
        "slsaprovenance1",
        SLSA1,
    ),
    attested(
        row(
            "provenance 0.2, old format",
            &[Attest(Two, Legacy, By::Key(Our), "slsaprovenance02")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "slsaprovenance02",
        SLSA02,
    ),
    attested(
        row(
            "scan, old format",
            &[Attest(Two, Legacy, By::Key(Our), "vuln")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "vuln",
        VULN,
    ),
    attested(
        row(
            "scan, bundle",
            &[Attest(Three, Bundle, By::Key(Our), "vuln")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "vuln",
        VULN,
    ),
    attested(
        row(
            "SPDX, bundle",
            &[Attest(Three, Bundle, By::Key(Our), "spdxjson")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "spdxjson",
        SPDX,
    ),
    attested(
        row(
            "CycloneDX, old format",
            &[Attest(Two, Legacy, By::Key(Our), "cyclonedx")],
            Asked::Key(Our),
            (Yes, Yes, Proven),
        ),
        "cyclonedx",
        CYCLONEDX,
    ),
    attested(
        row(
            "statement by another key, old format",
            &[Attest(Two, Legacy, By::Key(Theirs), "vuln")],
            Asked::Key(Our),
            (No, No, Refused("signature-does-not-match")),
        ),
        "vuln",
        VULN,
    ),
    attested(
        row(
            "statement of another type, old format",
            &[Attest(Two, Legacy, By::Key(Our), "spdxjson")],
            Asked::Key(Our),
            (No, No, Refused("predicate-type")),
        ),
        "vuln",
        VULN,
    ),
    attested(
        row(
            "statement of another type, bundle",
            &[Attest(Three, Bundle, By::Key(Our), "spdxjson")],
            Asked::Key(Our),
            (No, No, Refused("predicate-type")),
        ),
        "vuln",
        VULN,
    ),
    attested(
        row(
            "no statement, but a signature, bundle",
            &[Sign(Three, Bundle, By::Key(Our))],
            Asked::Key(Our),
            (No, No, Refused("predicate-type")),
        ),
        "vuln",
        VULN,
    ),
    attested(
        row(
            "statement changed, old format",
            &[
                Attest(Two, Legacy, By::Key(Our), "vuln"),
                Step::Legacy("att", tamper::other_legacy_statement),
            ],
            Asked::Key(Our),
            (No, No, Refused("signature-does-not-match")),
        ),
        "vuln",
        VULN,
    ),
    because(
        row(
            "a statement, and no signature, bundle",
            &[Attest(Three, Bundle, By::Key(Our), "vuln")],
            Asked::Key(Our),
            (Yes, Yes, Refused("predicate-type")),
        ),
        "for cosign a bundle with any statement is a signature: whoever scans an image and signs the report, however many \
         findings it has, would have signed the image",
    ),
    row(
        "a statement, and no signature, old format",
        &[Attest(Two, Legacy, By::Key(Our), "vuln")],
        Asked::Key(Our),
        (No, No, Nothing),
    ),
];
