//! `env-name`: see the page below. The rule is the stricter one of Kubernetes, which every version accepts.

use std::collections::BTreeSet;

use super::support::{Malformed, Node, quoted};
use crate::admission::check::check;
use crate::admission::{ContainerKind, Raw, TaskView};

check! {
    /// Variables must have names that the API server accepts.
    ///
    /// **Field** `env[].name` **Allowed** letters, digits, `_`, `-` and `.`, not beginning with a digit or with `..`, and
    /// not `.` alone
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// A Job with such a variable is refused as a whole, after other tasks of the action have run.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   env: [ { name: "my host", value: "carts", valueFrom: string } ]
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   env: [ { name: MY_HOST, value: "carts", valueFrom: string } ]
    /// ```
    "env-name" => Invariant(run), help = "rename the variable, such as `MY_HOST`"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let names = match names(view) {
        Ok(names) => names,
        Err(malformed) => return vec![malformed.into()],
    };
    let refused = names.into_iter().filter(|name| !is_name(name));
    refused
        .map(|name| {
            let name = quoted(name);
            Raw::denied(
                "env",
                format!("{name} is no name of a variable; accepted: letters, digits, `_`, `-` and `.`, no digit first"),
            )
        })
        .collect()
}

/// The names of all variables of the pod.
fn names<'a>(view: &TaskView<'a>) -> Result<BTreeSet<&'a str>, Malformed> {
    let spec = Node::new("spec", view.pod.spec);
    let mut names = BTreeSet::new();
    for kind in ContainerKind::ALL {
        for container in spec.get(kind.list())?.items()? {
            for variable in container.get("env")?.items()? {
                names.insert(variable.get("name")?.text()?.unwrap_or_default());
            }
        }
    }
    Ok(names)
}

fn is_name(name: &str) -> bool {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    !name.is_empty()
        && plain
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name != "."
        && !name.starts_with("..")
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn names_are_those_that_every_version_of_kubernetes_accepts() {
        for name in ["A", "_", "a.b", "E2E-Secret", ".a", "-a", "a1"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "..a", "1a", "a b", "a=b", "ä", "a\n", "$(A)"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn every_variable_is_judged_once() {
        tasks(
            &CHECK,
            &[
                ("no variables", "task: {}", &[]),
                (
                    "good",
                    "task: { env: [ { name: A, value: b, valueFrom: string } ] }",
                    &[],
                ),
                (
                    "bad, twice",
                    "task: { env: [ { name: a b, value: b, valueFrom: string }, { name: a b, value: c, valueFrom: string } ] }",
                    &[
                        "env: `a b` is no name of a variable; accepted: letters, digits, `_`, `-` and `.`, no digit first",
                    ],
                ),
            ],
        );
    }
}
