//! Questions to all policies that match a task, where only those that refuse count: one that warns or audits grants
//! nothing and takes nothing away.

use crate::admission::Request;
use crate::plan::TaskPlan;
use crate::policy::{Mode, Policy, Ruled};

/// The policies that may be the reason why a task is admitted: enforcing, of the platform team, surely meant for it.
pub(in crate::admission::checks) fn granting<'a>(
    request: &Request,
    plan: &TaskPlan,
    matching: &[&'a Policy],
) -> Vec<&'a Policy> {
    matching
        .iter()
        .copied()
        .filter(|policy| policy.may_grant(&request.event, &plan.key))
        .collect()
}

/// Whether every enforcing policy that rules a topic agrees, and one of them may grant it. Nobody asked is a no.
pub(in crate::admission::checks) fn all_agree<'a, T: 'a>(
    request: &Request,
    plan: &TaskPlan,
    matching: &[&'a Policy],
    topic: impl Fn(&'a Policy) -> Option<&'a Ruled<T>>,
    agrees: impl Fn(&'a T) -> bool,
) -> bool {
    let mut granted = false;
    for policy in matching.iter().filter(|policy| policy.mode == Mode::Enforce) {
        let Some(ruled) = topic(policy) else { continue };
        if !agrees(&ruled.rule) {
            return false;
        }
        granted |= policy.may_grant(&request.event, &plan.key);
    }
    granted
}
