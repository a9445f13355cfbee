//! Signatures by keys that no log is asked about, and signatures of other bytes.

use super::{Asked, By, Hand, Ours, Row, Says, Step, row};
use crate::signing::cosign::{Form, Major};
use crate::tamper;

use Form::{Bundle, Legacy};
use Hand::{Ours as Our, P384, Rsa, Theirs};
use Major::{Three, Two};
use Ours::{Nothing, Proven, Refused};
use Says::{No, Yes};
use Step::{Copied, Elsewhere, Sign};

pub(super) const ROWS: &[Row] = &[
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
    // Signed under another name: the proof says which, and a rule's `signedIdentity` may ask for one.
    row(
        "signed in another repository, old format",
        &[Elsewhere(Two, Legacy, By::Key(Our))],
        Asked::Key(Our),
        (Yes, Yes, Proven),
    ),
    row(
        "signed in another repository, bundle",
        &[Elsewhere(Three, Bundle, By::Key(Our))],
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
];
