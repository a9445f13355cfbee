//! `folder-version`: see the page below. Must never take a list of another version for the list of this one.

use crate::admission::accepted::Exception;
use crate::admission::check::check;
use crate::admission::{Fact, FolderListing, Raw, RuleView};
use crate::policy::Folders;

check! {
    /// Folders must have been listed at the version that their files are read at.
    ///
    /// **Field** `files` **Allowed** files by name; folders whose list is of the event's commit
    ///
    /// **Policy** `files.folders: pinned`, which holds where the key is absent, or `newest`
    ///
    /// ## Why
    ///
    /// Every file is read at the commit that the event belongs to, but the control plane lists folders at their newest
    /// version only. A file that was deleted since would be missing, and nobody would know. With `newest` such a task
    /// runs with the files that both versions have, as it did in the original, and its verdict says so.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   files: [locust/]
    /// policy:
    ///   files: { allow: ["locust/**"] }
    /// files:
    ///   - { entries: [locust/], found: [ { path: locust/basic.py, size: 100 } ], read: 1111111, listed: 2222222 }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   files: [locust/]
    /// policy:
    ///   files: { allow: ["locust/**"], folders: newest }
    /// files:
    ///   - { entries: [locust/], found: [ { path: locust/basic.py, size: 100 } ], read: 1111111, listed: 2222222 }
    /// ```
    "folder-version" => Rule(run), help = "name each file, or send an event of the newest commit"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    match (&view.policy.files, other_version(view)) {
        (Some(files), Some(message)) if files.rule.folders == Folders::Pinned => {
            vec![Raw::denied("files", message).by(&files.origin)]
        }
        _ => Vec::new(),
    }
}

/// The rule that takes a list of another version, and what it took.
pub(in crate::admission) fn exception(view: &RuleView<'_>) -> Option<Exception> {
    let files = view.policy.files.as_ref()?;
    let message = other_version(view)?;
    (files.rule.folders == Folders::Newest).then(|| (files.origin.clone(), message))
}

fn other_version(view: &RuleView<'_>) -> Option<String> {
    let Some(Fact::Known(found)) = view.task.facts.files_of(&view.task.plan.files) else {
        return None;
    };
    match &found.listing {
        FolderListing::OfTheirVersion => None,
        FolderListing::OfAnother { read, listed } => {
            let named = |version: &str| {
                if version.is_empty() {
                    "a version that was not named".to_owned()
                } else {
                    format!("version `{version}`")
                }
            };
            Some(format!(
                "files are read at {}, their folders were listed at {}: some may be missing",
                named(read),
                named(listed)
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn a_list_of_another_version_is_refused_unless_the_rule_takes_it() {
        let found = "entries: [a/], found: [ { path: a/b, size: 1 } ]";
        let other = format!("task: {{ files: [a/] }}\nfiles: [ {{ {found}, read: v1, listed: v2 }} ]\n");
        let unnamed = format!("task: {{ files: [a/] }}\nfiles: [ {{ {found}, read: v1, listed: '' }} ]\n");
        let same = format!("task: {{ files: [a/] }}\nfiles: [ {{ {found} }} ]\n");
        let refused =
            "files: files are read at version `v1`, their folders were listed at version `v2`: some may be missing";
        let pinned = format!("{other}policy: {{ files: {{ allow: ['**'], folders: pinned }} }}");
        let newest = format!("{other}policy: {{ files: {{ allow: ['**'], folders: newest }} }}");
        tasks(
            &CHECK,
            &[
                ("no files", "task: {}", &[]),
                ("no rule", "task: { files: [a] }\npolicy: { files: null }", &[]),
                ("the same version", &same, &[]),
                ("another version", &other, &[refused]),
                ("another version, in so many words", &pinned, &[refused]),
                (
                    "a version without a name",
                    &unnamed,
                    &[
                        "files: files are read at version `v1`, their folders were listed at a version that was not named: some may be missing",
                    ],
                ),
                ("accepted", &newest, &[]),
            ],
        );
    }
}
