//! One reason against a task: which check, where, what was found, what would be accepted.

use serde::{Deserialize, Serialize};

use crate::plan::TaskKey;
use crate::policy::{Mode, PolicySpan};
use crate::yaml::Span;

/// Whether a reason refuses or says that the evidence is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The author, or the policy, has to change something.
    Denied,
    /// It could not be found out; trying again may help.
    Undecided,
    /// It refuses nothing, and whoever reads the verdict has to know it.
    Note,
}

/// What a check returns: a reason before mode, start date and exceptions are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Denied, undecided, or only said.
    pub class: Class,
    /// The field it is about, as the author writes it below the task (`image`, `securityContext.privileged`, `env[2].name`).
    pub field: String,
    /// What was found and what would be accepted: one lower-case phrase that names the value.
    pub message: String,
    /// What to do next, where the check's own help is not enough.
    pub help: Option<String>,
    /// The rule it rests on.
    pub policy: Option<PolicySpan>,
}

impl Raw {
    /// A reason that refuses.
    #[must_use]
    pub fn denied(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class: Class::Denied,
            field: field.into(),
            message: message.into(),
            help: None,
            policy: None,
        }
    }

    /// A reason that says that evidence is missing.
    #[must_use]
    pub fn undecided(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class: Class::Undecided,
            ..Self::denied(field, message)
        }
    }

    /// What has to be known of a verdict, whatever it is.
    #[must_use]
    pub fn note(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class: Class::Note,
            ..Self::denied(field, message)
        }
    }

    /// Names the rule that this rests on.
    #[must_use]
    pub fn by(mut self, policy: &PolicySpan) -> Self {
        self.policy = Some(policy.clone());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A reason with everything a reader needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Id of the check.
    pub check: String,
    /// Denied, undecided, or only said.
    pub class: Class,
    /// What the policy does with it.
    pub mode: Mode,
    /// The task it is about.
    pub task: TaskKey,
    /// The field it is about.
    pub field: String,
    /// Where that field stands in `job/config.yaml`.
    pub at: Span,
    /// What was found.
    pub message: String,
    /// What to do next.
    pub help: String,
    /// Name of the policy, absent for built-in rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Where the rule stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<PolicySpan>,
}

impl Finding {
    /// Whether this finding keeps the task from running.
    #[must_use]
    pub fn refuses(&self) -> Refuses {
        match (self.class, self.mode) {
            (Class::Undecided, _) | (Class::Denied, Mode::Enforce) => Refuses::Yes,
            (Class::Denied, Mode::Warn | Mode::Audit) | (Class::Note, _) => Refuses::No,
        }
    }
}

/// Whether a finding keeps a task from running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuses {
    /// It does.
    Yes,
    /// It is only said.
    No,
}

/// At least one finding: "denied" without a reason cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// `None` when there are none.
    #[must_use]
    pub fn of(findings: Vec<Finding>) -> Option<Self> {
        if findings.is_empty() {
            None
        } else {
            Some(Self(findings))
        }
    }

    /// All of them, at least one, in a fixed order.
    #[must_use]
    pub fn as_slice(&self) -> &[Finding] {
        &self.0
    }
}
