//! `files`: see the page below. Also tells the gate whether the files of a task may be looked up.
//!
//! Must never let a folder in by a pattern that does not hold everything below it.

use super::support::{all_agree, any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Fact, Raw, Request, RuleView};
use crate::plan::TaskPlan;
use crate::policy::{NamePattern, Names, Policy};

check! {
    /// Tasks must not mount files of the repository that a policy does not allow.
    ///
    /// **Field** `files` **Allowed** files that match `files.allow`; folders that a pattern ending in `/**` holds whole
    ///
    /// **Policy** `files.allow`
    ///
    /// ## Why
    ///
    /// Files are code as much as images are: a load script runs with everything the task has. An entry may name a file
    /// or a folder, so what it stands for is judged once more when it has been looked up.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   files: [deploy/run.sh]
    /// policy:
    ///   files: { allow: ["locust/**"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   files: [locust/basic.py]
    /// policy:
    ///   files: { allow: ["locust/**"] }
    /// files:
    ///   - { entries: [locust/basic.py], found: [ { path: locust/basic.py, size: 100 } ] }
    /// ```
    "files" => Rule(run), help = "name files that the policy allows, a folder only where all of it is allowed"
}

/// Whether the files of a task may be looked up: every enforcing policy that rules files allows all its entries.
pub(in crate::admission) fn admitted(request: &Request, plan: &TaskPlan, matching: &[&Policy]) -> bool {
    all_agree(
        request,
        plan,
        matching,
        |policy| policy.files.as_ref(),
        |files| plan.files.iter().all(|entry| allows(&files.allow, entry)),
    )
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(allowed) = &view.policy.files else {
        return Vec::new();
    };
    let entries = &view.task.plan.files;
    let accepted = any_of(allowed.rule.allow.texts());
    let mut raws = Vec::new();
    for (index, entry) in entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| !allows(&allowed.rule.allow, entry))
    {
        let kind = if entry.ends_with('/') { "folder" } else { "file" };
        let message = format!("{kind} {} is not allowed; accepted: {accepted}", quoted(entry));
        raws.push(Raw::denied(format!("files[{index}]"), message).by(&allowed.origin));
    }
    // Entries that are refused were never looked up.
    if let (true, Some(Fact::Known(found))) = (raws.is_empty(), view.task.facts.files_of(entries)) {
        for file in found
            .files
            .iter()
            .filter(|file| allowed.rule.allow.matches(&file.path).is_none())
        {
            let index = entries
                .iter()
                .position(|entry| holds(entry, &file.path))
                .unwrap_or_default();
            let message = format!("file {} is not allowed; accepted: {accepted}", quoted(&file.path));
            raws.push(Raw::denied(format!("files[{index}]"), message).by(&allowed.origin));
        }
    }
    raws
}

/// Whether an entry is allowed: as the file of that name, or with everything below it.
fn allows(names: &Names, entry: &str) -> bool {
    let folder = entry.trim_end_matches('/');
    let as_file = !entry.ends_with('/') && names.matches(entry).is_some();
    as_file || names.texts().any(|pattern| covers(pattern, folder))
}

/// Whether a pattern matches every file at any depth below a folder.
fn covers(pattern: &str, folder: &str) -> bool {
    let Some(above) = pattern.strip_suffix("/**") else {
        return pattern == "**";
    };
    let Ok(above) = NamePattern::parse(above) else {
        return false;
    };
    let mut ancestor = Some(folder);
    while let Some(name) = ancestor {
        if above.matches(name) {
            return true;
        }
        ancestor = name.rsplit_once('/').map(|(parent, _)| parent);
    }
    false
}

/// Whether a file is the one that an entry names, or lies below it.
fn holds(entry: &str, path: &str) -> bool {
    let folder = entry.trim_end_matches('/');
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn a_folder_needs_a_pattern_that_holds_all_of_it() {
        for (pattern, entry, expected) in [
            ("locust/**", "", false),
            ("locust/**", "locust", true),
            ("locust/**", "locust/", true),
            ("locust/**", "locust/a/", true),
            ("locust/**", "locust/a/b.py", true),
            ("locust/**", "locust-evil/", false),
            ("locust/**", "evil/locust/", false),
            ("locust/*", "locust/", false),
            ("locust/*", "locust/a.py", true),
            ("locust/*", "locust/a/b.py", false),
            ("locust/*.py", "locust/", false),
            ("locust/**/*.py", "locust/", false),
            ("locust", "locust", true),
            ("locust", "locust/", false),
            ("**", "anything/at/all/", true),
            ("*", "folder/", false),
            ("*/**", "folder/", true),
            ("load-*/**", "load-test/", true),
            ("**/scripts/**", "a/b/scripts/c/", true),
            ("**/scripts/**", "a/b/", false),
        ] {
            let names = Names::of(vec![NamePattern::parse(pattern).unwrap()]).unwrap();
            assert_eq!(allows(&names, entry), expected, "{pattern} {entry}");
        }
    }

    #[test]
    fn entries_and_what_they_stand_for_are_judged() {
        tasks(
            &CHECK,
            &[
                ("no files", "policy: { files: { allow: [a] } }", &[]),
                ("no rule", "task: { files: [b] }\npolicy: { files: null }", &[]),
                (
                    "two that are not",
                    r#"task: { files: [a, b, c/] }
policy: { files: { allow: [a, "c/*"] } }"#,
                    &[
                        "files[1]: file `b` is not allowed; accepted: `a` or `c/*`",
                        "files[2]: folder `c/` is not allowed; accepted: `a` or `c/*`",
                    ],
                ),
                (
                    "a file that turns out to be a folder",
                    "task: { files: [a, b] }\npolicy: { files: { allow: [a, b] } }\nfiles: [ { entries: [a, b], found: [ { path: a, size: 1 }, { path: b/evil.sh, size: 1 } ] } ]",
                    &["files[1]: file `b/evil.sh` is not allowed; accepted: `a` or `b`"],
                ),
                (
                    "a folder by its name",
                    r#"task: { files: [a] }
policy: { files: { allow: ["a/**"] } }
files: [ { entries: [a], found: [ { path: a/b, size: 1 } ] } ]"#,
                    &[],
                ),
                (
                    "that turns out to be a file",
                    r#"task: { files: [a] }
policy: { files: { allow: ["a/**"] } }
files: [ { entries: [a], found: [ { path: a, size: 1 } ] } ]"#,
                    &["files[0]: file `a` is not allowed; accepted: `a/**`"],
                ),
            ],
        );
    }
}
