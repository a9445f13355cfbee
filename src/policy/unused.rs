//! What a policy set defines and does not need, or could miscount: seen from all files together.

use std::collections::{BTreeMap, BTreeSet};

use super::authority::Signers;
use super::problem::FileProblem;
use super::types::{PolicySet, PolicySpan};
use crate::yaml::{Problem, quoted};

/// Adds the warnings that only the whole set can give.
pub(super) fn warn(set: &mut PolicySet) {
    let mut warnings = Vec::new();
    let rules = || {
        set.policies
            .iter()
            .filter_map(|policy| policy.signatures.as_ref())
            .flat_map(|ruled| &ruled.rule)
    };
    let quorums = rules().flat_map(|rule| {
        let own = rule
            .attestations
            .iter()
            .filter_map(|attestation| attestation.require.as_ref());
        own.chain([&rule.require])
    });
    let used: BTreeSet<&String> = quorums.flat_map(super::Quorum::names).collect();
    let mut keys: BTreeMap<String, &str> = BTreeMap::new();
    for authority in set.authorities.values() {
        if !used.contains(&authority.name) {
            let message = format!("no policy asks for signatures of {}", quoted(&authority.name));
            warnings.push(at(&authority.origin, message, "name it in `signatures`, or remove it"));
        }
        let Signers::Keys(own) = &authority.signers else {
            continue;
        };
        for key in own {
            let fingerprint = key.key.fingerprint().to_string();
            if let Some(first) = keys.insert(fingerprint, &authority.name) {
                let message = format!(
                    "{} and {} have a key in common: one signature never counts for both",
                    quoted(first),
                    quoted(&authority.name)
                );
                warnings.push(at(&authority.origin, message, "give each authority keys of its own"));
            }
        }
    }
    set.warnings.extend(warnings);
}

fn at(place: &PolicySpan, message: String, help: &str) -> FileProblem {
    FileProblem {
        file: place.file.clone(),
        problem: Problem::new(place.span, "metadata.name", message, help),
    }
}
