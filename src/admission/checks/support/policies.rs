//! Questions to several policies at once, where only those that refuse count: a policy that warns or audits
//! grants nothing and takes nothing away.

use crate::policy::{Mode, Policy, Ruled};

/// The policies among these whose findings refuse.
pub(in crate::admission::checks) fn enforcing<'a>(matching: &'a [&'a Policy]) -> impl Iterator<Item = &'a Policy> {
    matching.iter().copied().filter(|policy| policy.mode == Mode::Enforce)
}

/// Whether at least one enforcing policy rules a topic, and every one that does agrees. Nobody asked is a no.
pub(in crate::admission::checks) fn all_enforcing<'a, T: 'a>(
    matching: &'a [&'a Policy],
    topic: impl Fn(&'a Policy) -> Option<&'a Ruled<T>>,
    agrees: impl Fn(&'a T) -> bool,
) -> bool {
    let mut asked = false;
    for ruled in enforcing(matching).filter_map(topic) {
        asked = true;
        if !agrees(&ruled.rule) {
            return false;
        }
    }
    asked
}
