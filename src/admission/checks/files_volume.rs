//! `files-volume`: see the page below.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};

check! {
    /// The volume of files must not be larger than a policy allows.
    ///
    /// **Field** the setting `filesVolume` of the installation **Allowed** up to `resources.filesVolume`
    ///
    /// **Policy** `resources.filesVolume`
    ///
    /// ## Why
    ///
    /// The volume lies on the node's disk, and a full disk evicts every pod of the node.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task: {}
    /// settings: { filesVolume: 200Mi }
    /// policy:
    ///   resources: { filesVolume: 50Mi }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task: {}
    /// settings: { filesVolume: 20Mi }
    /// policy:
    ///   resources: { filesVolume: 50Mi }
    /// ```
    "files-volume" => Rule(run), help = "ask the operator of the service for a smaller `filesVolume`, or the platform team for a larger ceiling"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(resources) = &view.policy.resources else {
        return Vec::new();
    };
    let Some(max) = &resources.rule.max_files_volume else {
        return Vec::new();
    };
    let volume = &view.task.plan.files_volume;
    // A volume without a size is as large as the node's disk.
    let no_limit = if volume.is_zero() { ", which is no limit" } else { "" };
    if volume <= max && !volume.is_zero() {
        return Vec::new();
    }
    let message = format!(
        "the volume of files has {}{no_limit}; accepted: up to {}",
        quoted(volume.as_str()),
        quoted(max.as_str())
    );
    vec![Raw::denied("files", message).by(&resources.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn the_volume_has_a_ceiling() {
        tasks(
            &CHECK,
            &[
                (
                    "no rule",
                    "settings: { filesVolume: 1Gi }\npolicy: { resources: null }",
                    &[],
                ),
                (
                    "no ceiling",
                    "settings: { filesVolume: 1Gi }\npolicy: { resources: any }",
                    &[],
                ),
                (
                    "the ceiling in other words",
                    "settings: { filesVolume: 1024Ki }\npolicy: { resources: { filesVolume: 1Mi } }",
                    &[],
                ),
                (
                    "zero is no limit",
                    "settings: { filesVolume: \"0\" }\npolicy: { resources: { filesVolume: 1Mi } }",
                    &["files: the volume of files has `0`, which is no limit; accepted: up to `1Mi`"],
                ),
                (
                    "above",
                    "settings: { filesVolume: 1025Ki }\npolicy: { resources: { filesVolume: 1Mi } }",
                    &["files: the volume of files has `1025Ki`; accepted: up to `1Mi`"],
                ),
            ],
        );
    }
}
