//! What a check has found so far, each finding resting on the same rule.

use super::Malformed;
use crate::admission::Raw;
use crate::policy::PolicySpan;

/// Collects the findings of one run of a check.
#[derive(Debug)]
pub(in crate::admission::checks) struct Found<'r> {
    rule: &'r PolicySpan,
    raws: Vec<Raw>,
}

impl<'r> Found<'r> {
    /// Nothing yet; whatever comes rests on this rule.
    pub(in crate::admission::checks) fn by(rule: &'r PolicySpan) -> Self {
        Self { rule, raws: Vec::new() }
    }

    /// A reason that refuses.
    pub(in crate::admission::checks) fn denied(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.raws.push(Raw::denied(field, message).by(self.rule));
    }

    /// What could not be read is a finding, too.
    pub(in crate::admission::checks) fn read<T>(&mut self, outcome: Result<T, Malformed>) -> Option<T> {
        outcome
            .map_err(|malformed| self.raws.push(Raw::from(malformed).by(self.rule)))
            .ok()
    }

    /// All of it, in the order in which it was found.
    pub(in crate::admission::checks) fn raws(self) -> Vec<Raw> {
        self.raws
    }
}
