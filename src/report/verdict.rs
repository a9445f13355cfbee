//! The verdict on one event as a document: what the service keeps in its run record is what `job-lint` prints.

use serde::{Deserialize, Serialize};

use crate::admission::{Accepted, ActionVerdict, Finding, Request, Verdict};

/// The three verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// Everything may run.
    Admitted,
    /// Something could not be found out.
    Undecided,
    /// Something refuses. Denied beats undecided.
    Denied,
}

impl VerdictKind {
    /// The word for it, in records, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Undecided => "undecided",
            Self::Denied => "denied",
        }
    }
}

/// The verdict on all matched actions of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictReport {
    /// The worst of the actions' verdicts.
    pub verdict: VerdictKind,
    /// Type of the event.
    pub event_type: String,
    /// Identity of the event, in hex.
    pub identity: String,
    /// Hash of the policies in force.
    pub policies: String,
    /// Hash of the settings.
    pub settings: String,
    /// Time of judgement.
    pub at: String,
    /// The matched actions in file order.
    pub actions: Vec<ActionReport>,
}

/// The verdict on one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionReport {
    /// Index in the config.
    pub index: usize,
    /// Name as written.
    pub name: String,
    /// May it run?
    pub verdict: VerdictKind,
    /// The image of each task as it would run.
    pub images: Vec<String>,
    /// What refuses it.
    pub findings: Vec<Finding>,
    /// What does not: findings of policies that warn or audit, and what every verdict has to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Finding>,
    /// What policies let through for a reason they give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Accepted>,
    /// From this instant on the same facts could give another verdict; absent where time alone changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

impl VerdictReport {
    /// Reports what the gate said of a request.
    #[must_use]
    pub fn of(request: &Request, verdicts: &[ActionVerdict]) -> Self {
        let actions: Vec<ActionReport> = verdicts.iter().map(ActionReport::of).collect();
        Self {
            // No verdict at all for matched actions would be a fault of ours; it must not read as a yes.
            verdict: if actions.len() == request.actions.len() {
                actions
                    .iter()
                    .map(|action| action.verdict)
                    .max()
                    .unwrap_or(VerdictKind::Admitted)
            } else {
                VerdictKind::Undecided
            },
            event_type: request.event.event_type().to_owned(),
            identity: request.event.identity().hex(),
            policies: request.policies.hash.clone(),
            settings: request.settings.hash(),
            at: request.at.to_string(),
            actions,
        }
    }

    /// One line of JSON, without characters that a terminal would obey.
    #[must_use]
    pub fn to_json(&self) -> String {
        super::json_line(self)
    }

    /// All findings that refuse, of all actions.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.actions.iter().flat_map(|action| &action.findings)
    }
}

impl ActionReport {
    fn of(verdict: &ActionVerdict) -> Self {
        let (kind, findings) = match &verdict.verdict {
            Verdict::Admitted(_) => (VerdictKind::Admitted, Vec::new()),
            Verdict::Denied(findings) => (VerdictKind::Denied, findings.as_slice().to_vec()),
            Verdict::Undecided(findings) => (VerdictKind::Undecided, findings.as_slice().to_vec()),
        };
        Self {
            index: verdict.index,
            name: verdict.name.clone(),
            verdict: kind,
            images: verdict.images.clone(),
            findings,
            notes: verdict.notes.clone(),
            accepted: verdict.accepted.clone(),
            valid_until: verdict.valid_until.map(|at| at.to_string()),
        }
    }
}
