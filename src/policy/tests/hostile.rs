//! Any text is either a policy set or a list of problems: never a panic, never an empty refusal, never an open rule.

use proptest::prelude::*;

use super::{HEAD, files, load};
use crate::policy::{FileProblem, NamePattern, PolicySet, builtin};

fn check(found: &Result<PolicySet, Vec<FileProblem>>) {
    match found {
        Ok(set) => {
            assert!(!set.policies.is_empty());
            for policy in &set.policies {
                for names in [&policy.namespaces, &policy.secrets, &policy.annotations]
                    .into_iter()
                    .flatten()
                {
                    assert!(names.rule.texts().next().is_some());
                }
                let files = policy.files.as_ref();
                assert!(files.is_none_or(|files| files.rule.allow.texts().next().is_some()));
                assert!(
                    policy
                        .images
                        .as_ref()
                        .is_none_or(|images| !images.rule.allow.is_empty())
                );
            }
            assert!(set.classes.values().all(|class| !class.rules.is_empty()));
            assert!(
                set.classes
                    .values()
                    .flat_map(|class| &class.rules)
                    .all(|rule| !rule.to.is_empty())
            );
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            assert!(
                problems
                    .iter()
                    .all(|problem| !problem.problem.message.is_empty() && !problem.to_string().contains('\n'))
            );
        }
    }
}

/// A shipped file with one line left out, doubled, cut, indented or taken from elsewhere.
fn mutated() -> impl Strategy<Value = String> {
    let lines: Vec<String> = format!("{}---\n{}", builtin::STRICT, builtin::COMPATIBLE)
        .lines()
        .map(str::to_owned)
        .collect();
    let count = lines.len();
    (proptest::collection::vec((0..count, 0..count, 0..7usize, 0..60usize), 1..4)).prop_map(move |steps| {
        let mut lines = lines.clone();
        for (at, from, what, column) in steps {
            let other = lines[from % lines.len()].clone();
            let at = at % lines.len();
            match what {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, other),
                2 => lines[at] = lines[at].chars().take(column).collect(),
                3 => lines[at] = format!("  {}", lines[at]),
                4 => lines[at] = lines[at].replace(['[', ']'], "\""),
                5 => lines[at] = lines[at].replace(": ", ": &a "),
                _ => lines[at] = lines[at].split(": ").next().unwrap_or_default().to_owned() + ": []",
            }
        }
        lines.join("\n")
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", body in "(images|egress|scope|security|[a-z]{1,9}): [\\[\\]{}a-z*:,\" \n-]{0,40}") {
        check(&load(&text));
        check(&load(&format!("{HEAD}{body}")));
    }

    #[test]
    fn any_mutation_of_a_shipped_file_is_read_or_refused(text in mutated()) {
        check(&load(&text));
    }

    #[test]
    fn any_bytes_in_any_files_are_read_or_refused(a in any::<String>(), b in any::<String>(), name in any::<String>()) {
        check(&PolicySet::load(&files(&[(&name, &a), ("b", &b)])));
    }

    #[test]
    fn a_pattern_without_wildcards_names_only_itself(text in "[a-zA-Z0-9./_ -]{0,12}", name in "[a-zA-Z0-9./_ -]{0,12}") {
        if let Ok(pattern) = NamePattern::parse(&text) {
            prop_assert!(pattern.matches(&text));
            prop_assert_eq!(pattern.matches(&name), name == text);
        }
    }

    #[test]
    fn any_pattern_is_read_or_refused(text in any::<String>(), name in any::<String>()) {
        if let Ok(pattern) = NamePattern::parse(&text) {
            let _matched: bool = pattern.matches(&name);
        }
    }
}

#[test]
fn mutations_reach_both_ends() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut read, mut refused) = (0, 0);
    for _ in 0..200 {
        let text = mutated().new_tree(&mut runner).expect("a text").current();
        if load(&text).is_ok() { read += 1 } else { refused += 1 }
    }
    assert!(read > 20 && refused > 20, "{read} read, {refused} refused");
}
