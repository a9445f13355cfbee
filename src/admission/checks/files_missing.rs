//! `files-missing`: see the page below. Must never let a task start without the files it asked for.

use super::files;
use super::support::all_of;
use crate::admission::check::check;
use crate::admission::{Fact, Raw, TaskView};

check! {
    /// Tasks whose files cannot be had must not run.
    ///
    /// **Field** `files` **Allowed** files and folders that exist at the event's commit
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// The files of a run are looked up once, before its Job exists, and the init container gets exactly those bytes. A
    /// file that does not exist is refused; files that could not be looked up are tried again.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   files: [locust/basci.py]
    /// policy:
    ///   files: { allow: ["locust/**"] }
    /// files:
    ///   - { entries: [locust/basci.py], refuted: "could not find file or directory `locust/basci.py`" }
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
    "files-missing" => Invariant(run), help = "check the names in `files`; they are relative to the folder that holds `job/`"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let entries = &view.plan.files;
    if entries.is_empty() {
        return Vec::new();
    }
    let shown = all_of(entries);
    let raw = match view.facts.files_of(entries) {
        Some(Fact::Known(found)) if found.files.is_empty() => {
            Raw::denied("files", format!("{shown} stand for no file at all"))
        }
        Some(Fact::Known(_)) => return Vec::new(),
        Some(Fact::Refuted(why)) => Raw::denied("files", why.clone()),
        Some(Fact::Unavailable(why)) => Raw::undecided("files", format!("{shown} could not be looked up: {why}")),
        None if files::admitted(view.request, view.plan, view.policies) => {
            Raw::undecided("files", format!("{shown} have not been looked up"))
        }
        // Not looked up because a policy refuses them, or none rules them: that is the finding.
        None => return Vec::new(),
    };
    vec![raw]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn what_cannot_be_had_is_refused_or_tried_again() {
        tasks(
            &CHECK,
            &[
                ("no files", "task: {}", &[]),
                (
                    "found",
                    "task: { files: [a] }\nfiles: [ { entries: [a], found: [ { path: a, size: 1 } ] } ]",
                    &[],
                ),
                (
                    "an empty folder",
                    "task: { files: [a/, b] }\nfiles: [ { entries: [a/, b], found: [] } ]",
                    &["files: `a/` and `b` stand for no file at all"],
                ),
                (
                    "no such file",
                    r#"task: { files: [a] }
files: [ { entries: [a], refuted: "could not find `a`" } ]"#,
                    &["files: could not find `a`"],
                ),
                (
                    "store is down",
                    "task: { files: [a] }\nfiles: [ { entries: [a], unavailable: timeout } ]",
                    &["files: `a` could not be looked up: timeout"],
                ),
                (
                    "refused by name",
                    "task: { files: [a] }\npolicy: { files: { allow: [b] } }",
                    &[],
                ),
            ],
        );
    }
}
