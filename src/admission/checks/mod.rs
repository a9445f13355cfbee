//! Every check of the gate, one file each, and the one list of them.
//!
//! A file is named after its check, holds the check's page as a doc comment, its function, and its table of tests.
//! To add a check: copy a file, name it after what is refused, list it in [`ALL`], run the tests: they name whatever
//! is missing. `UPDATE=1 cargo test` writes `policies/CHECKS.md` anew.
//!
//! A check must never apply a mode, a date or an exception: it says what it finds, the gate decides what that means.

pub(super) mod annotations;
pub(super) mod app_armor;
pub(super) mod authority_weakened;
pub(super) mod capabilities;
pub(super) mod commands;
pub(super) mod deadlines;
pub(super) mod env_name;
pub(super) mod fence_widened;
pub(super) mod files;
pub(super) mod files_missing;
pub(super) mod files_too_large;
pub(super) mod files_volume;
pub(super) mod folder_version;
pub(super) mod host_namespaces;
pub(super) mod host_path;
pub(super) mod host_ports;
pub(super) mod image_attestation;
pub(super) mod image_denied;
pub(super) mod image_digest;
pub(super) mod image_not_allowed;
pub(super) mod image_signature;
pub(super) mod image_tag;
pub(super) mod image_unresolved;
pub(super) mod image_unsigned;
pub(super) mod invalid_task;
pub(super) mod namespace;
pub(super) mod own_account;
pub(super) mod own_annotation;
pub(super) mod own_secret;
pub(super) mod policy_missing;
pub(super) mod policy_not_enforced;
pub(super) mod policy_silent;
pub(super) mod privilege_escalation;
pub(super) mod privileged;
pub(super) mod privileged_jobs;
pub(super) mod proc_mount;
pub(super) mod pull_policy;
pub(super) mod read_only_root;
pub(super) mod resources_ceiling;
pub(super) mod resources_required;
pub(super) mod run_as_non_root;
pub(super) mod run_as_user;
pub(super) mod se_linux;
pub(super) mod seccomp;
pub(super) mod secret_env;
pub(super) mod service_account;
mod support;
pub(super) mod sysctls;
#[cfg(test)]
mod tests;
pub(super) mod token_mount;
pub(super) mod unknown_field;
pub(super) mod volume_types;
pub(super) mod windows_host_process;

use super::{Check, Kind};

/// All checks, sorted by id.
pub static ALL: &[&Check] = &[
    &annotations::CHECK,
    &app_armor::CHECK,
    &authority_weakened::CHECK,
    &capabilities::CHECK,
    &commands::CHECK,
    &deadlines::CHECK,
    &env_name::CHECK,
    &fence_widened::CHECK,
    &files::CHECK,
    &files_missing::CHECK,
    &files_too_large::CHECK,
    &files_volume::CHECK,
    &folder_version::CHECK,
    &host_namespaces::CHECK,
    &host_path::CHECK,
    &host_ports::CHECK,
    &image_attestation::CHECK,
    &image_denied::CHECK,
    &image_digest::CHECK,
    &image_not_allowed::CHECK,
    &image_signature::CHECK,
    &image_tag::CHECK,
    &image_unresolved::CHECK,
    &image_unsigned::CHECK,
    &invalid_task::CHECK,
    &namespace::CHECK,
    &own_account::CHECK,
    &own_annotation::CHECK,
    &own_secret::CHECK,
    &policy_missing::CHECK,
    &policy_not_enforced::CHECK,
    &policy_silent::CHECK,
    &privilege_escalation::CHECK,
    &privileged::CHECK,
    &privileged_jobs::CHECK,
    &proc_mount::CHECK,
    &pull_policy::CHECK,
    &read_only_root::CHECK,
    &resources_ceiling::CHECK,
    &resources_required::CHECK,
    &run_as_non_root::CHECK,
    &run_as_user::CHECK,
    &se_linux::CHECK,
    &seccomp::CHECK,
    &secret_env::CHECK,
    &service_account::CHECK,
    &sysctls::CHECK,
    &token_mount::CHECK,
    &unknown_field::CHECK,
    &volume_types::CHECK,
    &windows_host_process::CHECK,
];

const _: () = assert!(!ALL.is_empty());

/// The pages of all checks as one Markdown document: `policies/CHECKS.md`.
#[must_use]
pub fn pages() -> String {
    let mut text = String::from(INTRODUCTION);
    for check in ALL {
        let sentence = check.page().lines().next().unwrap_or_default().to_owned();
        text.push_str(&format!(
            "| [`{id}`](#{id}) | {sentence} | {} |\n",
            kind(check.kind),
            id = check.id
        ));
    }
    for check in ALL {
        // The page's own headings stand one level below the name of the check.
        let page = check.page().replace("\n## ", "\n### ");
        text.push_str(&format!(
            "\n## {}\n\n{page}\n\n**Next step** {}.\n",
            check.id, check.help
        ));
    }
    text
}

const INTRODUCTION: &str = "\
<!-- Made from src/admission/checks by `UPDATE=1 cargo test --lib checks`; change it there. -->

# Checks

What the gate asks of every task, and why. `job-lint explain ID` shows one page.

A check of the kind *policy* is asked of each policy that matches a task, one of the kind *pod* as well, and that one
judges any pod by its Pod Security rules. What is *built in* holds whatever a policy says; no mode softens it. The
examples are parts of a task in `job/config.yaml`, of a policy, of the settings (the chart's values) and of what was
found out, laid over ones that admit everything; the tests of this project run them. Their authorities are
`acme-release` and `acme-key`, and two weaker ones, `acme-unlogged` and `acme-private`.

| check | refuses | kind |
|---|---|---|
";

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Pod(_) => "pod",
        Kind::Rule(_) => "policy",
        Kind::Invariant(_) => "built in",
    }
}
