//! `files-too-large`: see the page below.

use crate::admission::check::check;
use crate::admission::{Fact, Raw, TaskView};

check! {
    /// Files that do not fit into their volume must not be mounted.
    ///
    /// **Field** `files` **Allowed** files that together are not larger than the volume of files
    ///
    /// **Policy** none: the volume's size is a setting of the installation, up to `resources.filesVolume`
    ///
    /// ## Why
    ///
    /// The kubelet evicts a pod whose volume overflows, minutes later and without a word about which file it was.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   files: [data/big.bin]
    /// policy:
    ///   files: { allow: ["data/**"] }
    /// files:
    ///   - { entries: [data/big.bin], found: [ { path: data/big.bin, size: 99000000 } ] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   files: [data/big.bin]
    /// policy:
    ///   files: { allow: ["data/**"] }
    /// files:
    ///   - { entries: [data/big.bin], found: [ { path: data/big.bin, size: 9000000 } ] }
    /// ```
    "files-too-large" => Invariant(run), help = "mount fewer or smaller files, or ask for a larger volume of files"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let Some(Fact::Known(found)) = view.facts.files_of(&view.plan.files) else {
        return Vec::new();
    };
    let total: u128 = found.files.iter().map(|file| u128::from(file.size)).sum();
    let room = view.plan.files_volume.ceil_units();
    if total <= room {
        return Vec::new();
    }
    let volume = &view.plan.files_volume;
    let message = format!(
        "the {} files are {total} bytes, their volume holds {room} (`{volume}`)",
        found.files.len()
    );
    vec![Raw::denied("files", message)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn the_sum_has_to_fit() {
        tasks(
            &CHECK,
            &[
                ("no files", "task: {}", &[]),
                (
                    "fits exactly",
                    "task: { files: [a/] }\nsettings: { filesVolume: 1Ki }\nfiles: [ { entries: [a/], found: [ { path: a/b, size: 1000 }, { path: a/c, size: 24 } ] } ]",
                    &[],
                ),
                (
                    "one byte more",
                    "task: { files: [a/] }\nsettings: { filesVolume: 1Ki }\nfiles: [ { entries: [a/], found: [ { path: a/b, size: 1000 }, { path: a/c, size: 25 } ] } ]",
                    &["files: the 2 files are 1025 bytes, their volume holds 1024 (`1Ki`)"],
                ),
            ],
        );
    }
}
