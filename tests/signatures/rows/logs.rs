//! Signatures by keys, and what a transparency log has to say of them.

use super::{Asked, By, Hand, Ours, Row, Says, Step, row};
use crate::signing::cosign::{Form, Major};
use crate::tamper;

use Form::{Bundle, Legacy};
use Hand::Ours as Our;
use Major::{Three, Two};
use Ours::{Proven, Refused};
use Says::{No, Yes};
use Step::Sign;

pub(super) const ROWS: &[Row] = &[
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
];
