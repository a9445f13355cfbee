//! Whether a selector could select a pod that is not there yet: what is not known about its labels counts as possible.

use super::{Malformed, Node};

/// Labels that Kubernetes puts on the pods of a Job, with the Job's name or with a value that is not known before.
const OF_THE_JOB: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
const OF_THE_CONTROLLER: [&str; 3] = [
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
];

/// What is known of the labels that the pod will have.
pub(in crate::admission::checks) struct Labels<'a> {
    /// Name of its Job.
    pub(in crate::admission::checks) job: &'a str,
    /// Its own labels.
    pub(in crate::admission::checks) own: Node<'a>,
}

/// What a label of the pod may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label<'a> {
    /// It has this value.
    Is(&'a str),
    /// It is absent or has this value.
    May(&'a str),
    /// It is absent or has any value.
    Any,
    /// It is absent.
    Absent,
}

impl Label<'_> {
    fn could_be_one_of(self, values: &[&str]) -> bool {
        match self {
            Self::Is(value) | Self::May(value) => values.contains(&value),
            Self::Any => true,
            Self::Absent => false,
        }
    }

    fn could_be_none_of(self, values: &[&str]) -> bool {
        if let Self::Is(value) = self {
            !values.contains(&value)
        } else {
            true
        }
    }
}

impl Labels<'_> {
    fn get<'k>(&'k self, key: &'k str) -> Result<Label<'k>, Malformed> {
        if let Some(value) = self.own.get(key)?.text()? {
            return Ok(Label::Is(value));
        }
        if OF_THE_JOB.contains(&key) {
            return Ok(Label::May(self.job));
        }
        Ok(if OF_THE_CONTROLLER.contains(&key) {
            Label::Any
        } else {
            Label::Absent
        })
    }

    /// Whether a selector could select the pod; one that is empty or absent selects every pod.
    pub(in crate::admission::checks) fn could_match(&self, selector: &Node<'_>) -> Result<bool, Malformed> {
        for (key, value) in selector.get("matchLabels")?.entries()? {
            let wanted = value.text()?.unwrap_or_default();
            if !self.get(key)?.could_be_one_of(&[wanted]) {
                return Ok(false);
            }
        }
        for expression in selector.get("matchExpressions")?.items()? {
            let key = expression.get("key")?;
            let label = self.get(key.text()?.ok_or_else(|| key.malformed("the key of a label"))?)?;
            let mut values = Vec::new();
            for value in expression.get("values")?.items()? {
                values.push(value.text()?.unwrap_or_default());
            }
            let operator = expression.get("operator")?;
            let could = match operator.text()? {
                Some("In") => label.could_be_one_of(&values),
                Some("NotIn") => label.could_be_none_of(&values),
                Some("Exists") => label != Label::Absent,
                Some("DoesNotExist") => !matches!(label, Label::Is(_)),
                _ => return Err(operator.malformed("`In`, `NotIn`, `Exists` or `DoesNotExist`")),
            };
            if !could {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
