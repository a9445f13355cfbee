//! The page that maps each feature of the features document to its cases. Every heading of the document is here, in its
//! order; one without a case says where its feature is shown.

use std::fmt::Write as _;

use crate::cases::{Case, Outcome};

/// Headings of the features document, and what a reader should know about how they are shown.
const SECTIONS: [(&str, &str); 26] = [
    ("Job Configuration", ""),
    ("Specifying the working directory", ""),
    ("Event Matching", ""),
    ("Kubernetes Job", ""),
    ("Kubernetes Job Environment Variables", ""),
    ("From Events", ""),
    ("From Kubernetes Secrets", ""),
    ("From String Literal", ""),
    ("File Handling", ""),
    ("Silent mode", ""),
    ("Resource quotas", ""),
    ("Poll duration", ""),
    (
        "Job namespace",
        "Every case runs in the namespace that `JOB_NAMESPACE` names.",
    ),
    ("Specify annotations for Job", ""),
    ("Job security context", ""),
    ("Job Image Pull Policy", ""),
    ("Job service account", ""),
    ("Restrict job images", ""),
    (
        "Limit network access",
        "The service's own policies come with the chart; what a task may reach is the next but one.",
    ),
    (
        "Enabling the network-policies when installing/upgrading job-executor-service",
        "Values of the chart.",
    ),
    (
        "Network policy for jobs",
        "Each snapshot holds the NetworkPolicy of its tasks; that it holds from a container's first instant is shown by \
         `tests/on_cluster`.",
    ),
    ("Send start/finished event if the job config.yaml can't be found", ""),
    ("Additional Event Data", ""),
    ("Remote Control Plane", ""),
    ("Job clean-up", ""),
    // Not in the document, but relied on by those who use it.
    (BEYOND, ""),
];

/// Where a case belongs whose feature the document does not mention.
const BEYOND: &str = "Beyond the document";

const INTRODUCTION: &str = "\
# Cases

One folder for each feature of the original's features document, with a number that never changes. This page is made
from the cases: `UPDATE=1 cargo test --test cases`.

| file | what it is |
|---|---|
| `config.yaml` | `job/config.yaml`; without one the event finds no configuration |
| `event.json` | the event, where it is not `tests/cases/event.json` |
| `expect.json` | what holds, and what is seen on the node: the result, pieces of what the container printed, values of the stored Job and its pod |
| `objects.yaml` | the snapshot: the verdict under the policy `compatible` and the chart's defaults, and the exact NetworkPolicy and Job of each task |
| `files/`, `stage/`, `project/` | further files in the repository, at the level of the service, the stage and the project |
| `earlier/`, `later/` | what the config's level held in the commit before, and holds since the event was sent |
| `secrets.json` | Secrets in the namespace of jobs; `carts/NAME` stands in the namespace `carts` |
| `environment.json` | variables of the service that are not the usual ones |

`tests/cases.rs` compares the snapshots without a cluster. `tests/on_cluster/cases.rs` runs every case on the node and
has the API server check every snapshot in a dry run. A case that is refused has its findings in the snapshot.
";

/// The page.
pub(crate) fn page(cases: &[Case]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (section, note) in SECTIONS {
        let of_section: Vec<&Case> = cases.iter().filter(|case| case.expect.section == section).collect();
        assert!(
            !(of_section.is_empty() && note.is_empty()),
            "`{section}` of the features document has no case"
        );
        let _ = write!(text, "\n## {section}\n");
        if !note.is_empty() {
            let _ = write!(text, "\n{note}\n");
        }
        if of_section.is_empty() {
            continue;
        }
        text.push_str("\n| no. | case | what holds | result |\n|---|---|---|---|\n");
        for case in of_section {
            let result = match case.expect.result {
                Outcome::Pass => "pass",
                Outcome::Fail => "fail",
                Outcome::None => "no event",
            };
            let (number, name, says) = (case.number, &case.name, case.expect.says.replace('|', "\\|"));
            let _ = writeln!(text, "| {number} | [{name}]({name}) | {says} | {result} |");
        }
    }
    for case in cases {
        let known = SECTIONS.iter().any(|(section, _)| *section == case.expect.section);
        assert!(
            known,
            "{}: `{}` is no heading of the features document",
            case.name, case.expect.section
        );
    }
    text
}
