//! Statements about an image, and what is none.

use super::{Asked, By, Hand, Ours, Row, Says, Step, attested, because, row};
use crate::signing::cosign::{Form, Major, Witnesses};
use crate::tamper;

use Form::{Bundle, Legacy};
use Hand::{Ours as Our, Theirs};
use Major::{Three, Two};
use Ours::{Nothing, Proven, Refused};
use Says::{No, Yes};
use Step::{Attest, Sign};
use Witnesses::{Rekor1, Rekor2};

const SLSA1: &str = "https://slsa.dev/provenance/v1";
const SLSA02: &str = "https://slsa.dev/provenance/v0.2";
const VULN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";

pub(super) const ROWS: &[Row] = &[
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
