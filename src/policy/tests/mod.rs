//! Tests of the loader: what is refused and in which words, what is read, how scopes relate, what is shipped.

mod hostile;
mod profiles;
mod read;
mod refused;
mod scopes;
mod settings;
mod shipped;
mod signatures;
mod warnings;

use std::collections::BTreeMap;

use super::{FileProblem, Policy, PolicySet};

/// The first lines of every policy in these tests; what a test writes begins on line 4.
const HEAD: &str = "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Policy\nmetadata: { name: p }\n";

/// Authorities that signature rules of these tests name.
const AUTHORITIES: &str = include_str!("authorities.yaml");
/// Keys and trusted roots that nobody has the private halves of.
const DATA: [(&str, &str); 6] = [
    ("one.pub", include_str!("data/one.pub")),
    ("two.pub", include_str!("data/two.pub")),
    ("three.pub", include_str!("data/three.pub")),
    ("root.json", include_str!("data/root.json")),
    ("log-only.json", include_str!("data/log-only.json")),
    ("authority-only.json", include_str!("data/authority-only.json")),
];

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn load(text: &str) -> Result<PolicySet, Vec<FileProblem>> {
    PolicySet::load(&files(&[("p.yaml", text)]))
}

/// The one policy with this body.
fn policy(body: &str) -> Policy {
    let mut set = load(&format!("{HEAD}{body}")).unwrap_or_else(|problems| panic!("{body}\n{}", lines(&problems)));
    assert_eq!(set.policies.len(), 1);
    set.policies.remove(0)
}

/// Problems as they are shown, a line each.
fn lines(problems: &[FileProblem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}
