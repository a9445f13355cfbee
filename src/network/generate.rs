//! From the policies that match a task to its fence: the intersection of the classes they name, and our file endpoint.

use std::collections::BTreeSet;

use super::{EgressRule, Fence};
use crate::event::Event;
use crate::plan::TaskPlan;
use crate::policy::{Egress, Mode, Policy, PolicySet};
use crate::settings::Settings;

/// Name of the built-in class whose rules come from the settings.
pub const DNS: &str = "dns";

/// The fence of a task. Policies that say nothing about egress take nothing away and grant nothing; policies that only
/// warn or audit neither; and at least one that grants has to surely apply to this event.
#[must_use]
pub fn fence(plan: &TaskPlan, event: &Event, matching: &[&Policy], set: &PolicySet, settings: &Settings) -> Fence {
    let mut rules = Vec::new();
    let enforcing: Vec<&Policy> = matching
        .iter()
        .copied()
        .filter(|policy| policy.mode == Mode::Enforce)
        .collect();
    let granted = enforcing
        .iter()
        .any(|policy| policy.egress.is_some() && policy.may_grant(event, &plan.key));
    for class in if granted { classes(&enforcing) } else { BTreeSet::new() } {
        if class == DNS {
            rules.extend(settings.network.dns.iter().cloned());
        } else if let Some(class) = set.classes.get(class) {
            rules.extend(class.rules.iter().cloned());
        }
    }
    if !plan.files.is_empty() {
        let endpoint = &settings.network.file_endpoint;
        rules.push(EgressRule {
            to: endpoint.to.clone(),
            ports: endpoint.ports.clone(),
        });
    }
    Fence::of_rules(rules)
}

/// The classes that every policy with an `egress` rule names.
fn classes<'a>(matching: &[&'a Policy]) -> BTreeSet<&'a str> {
    let mut named = matching
        .iter()
        .filter_map(|policy| policy.egress.as_ref())
        .map(|ruled| match &ruled.rule {
            Egress::Nothing => BTreeSet::new(),
            Egress::Classes(classes) => classes.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        });
    let Some(first) = named.next() else {
        return BTreeSet::new();
    };
    named.fold(first, |common, next| common.intersection(&next).copied().collect())
}
