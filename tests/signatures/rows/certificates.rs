//! Signatures by certificates: whose they are, and who witnessed them.

use super::{Asked, By, Hand, Ours, Row, Says, Step, row};
use crate::signing::cosign::{Form, Major, Witnesses};
use crate::tamper;

use Form::{Bundle, Legacy};
use Hand::Ours as Our;
use Major::{Three, Two};
use Ours::{Proven, Refused};
use Says::{No, Yes};
use Step::{Copied, Sign};
use Witnesses::{Rekor1, Rekor1Stamped, Rekor2, Stamped};

pub(super) const ROWS: &[Row] = &[
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
];
