//! What policies let through by an exception for which they give a reason. Said in every verdict that used it; it never
//! changes one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::checks::{folder_version, image_digest, image_not_allowed, image_unsigned};
use super::{Check, RuleView, TaskView};
use crate::policy::PolicySpan;

/// An exception that was used, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// Id of the check that would refuse without it.
    pub check: String,
    /// Name of the policy that makes it.
    pub policy: String,
    /// Where it stands.
    pub rule: PolicySpan,
    /// Why, in the policy's words; what was accepted, where the rule has no words for it.
    pub reason: String,
    /// Indices of the action's tasks that it was used for, in order.
    pub tasks: Vec<usize>,
}

/// Where an exception stands, and its reason.
pub(super) type Exception = (PolicySpan, String);

/// The checks whose rules make exceptions, and how to find the one that a policy makes for a task.
type Source = (&'static Check, fn(&RuleView<'_>) -> Option<Exception>);

const SOURCES: [Source; 3] = [
    (&folder_version::CHECK, folder_version::exception),
    (&image_not_allowed::CHECK, of_image),
    (&image_unsigned::CHECK, image_unsigned::exception),
];

/// The exceptions of an action's tasks: each once, in a fixed order.
#[derive(Default)]
pub(super) struct Exceptions(BTreeMap<(&'static str, String, PolicySpan, String), BTreeSet<usize>>);

impl Exceptions {
    /// Adds those that the matching policies make for a task.
    pub(super) fn add(&mut self, task: &TaskView<'_>) {
        for policy in task.policies {
            let view = RuleView { task: *task, policy };
            for (check, find) in SOURCES {
                if let Some((rule, reason)) = find(&view) {
                    let key = (check.id, policy.name.clone(), rule, reason);
                    self.0.entry(key).or_default().insert(task.plan.key.task_index);
                }
            }
        }
    }

    /// All of them.
    pub(super) fn into_accepted(self) -> Vec<Accepted> {
        let accepted = |((check, policy, rule, reason), tasks): ((&str, _, _, _), BTreeSet<usize>)| Accepted {
            check: check.to_owned(),
            policy,
            rule,
            reason,
            tasks: tasks.into_iter().collect(),
        };
        self.0.into_iter().map(accepted).collect()
    }
}

/// The entry that lets a task's image in and says why, where no entry does so without a reason.
fn of_image(view: &RuleView<'_>) -> Option<Exception> {
    let (reference, pinned) = (&view.task.plan.image, view.task.image);
    let entries = &view.policy.images.as_ref()?.rule.allow;
    let mut taking = entries
        .iter()
        .filter(|entry| image_not_allowed::takes(entry, reference, pinned) && image_digest::meets(entry, reference));
    let first = taking.next()?;
    let exception = (first.origin.clone(), first.reason.clone()?);
    taking.all(|entry| entry.reason.is_some()).then_some(exception)
}
