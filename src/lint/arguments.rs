//! The command line of `job-lint`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Judges job/config.yaml by the same gate as the service.
#[derive(Debug, Parser)]
#[command(
    name = "job-lint",
    version,
    about = "Judges job/config.yaml by the same gate as the service",
    override_usage = "job-lint [-allow-privileged-jobs[=true|false]] FILE\n       job-lint <COMMAND>",
    after_help = "Examples:
  job-lint job/config.yaml                      as the original, by the built-in policy `compatible`
  job-lint check job/config.yaml                every task, by the built-in policy `strict`
  job-lint check --policy policies/ --live .    by your policies; registries and cluster are asked
  job-lint plan --event event.json --policy policies/ --live job/config.yaml
  job-lint image --pattern 'ghcr.io/acme/**' alpine:3.20
  job-lint verify image --policy policies/ ghcr.io/acme/app:1.4
  job-lint verify bundle --bundle app.json --key release.pub --trusted-root root.json app.tar
  job-lint explain privileged

Exit codes: 0 clean, 1 denied, 2 undecided or wrong usage; denied beats undecided."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge configs without an event: every task, every policy.
    Check(CheckArguments),
    /// Judge one config for one event, and print the NetworkPolicy and Job that would be created.
    Plan(PlanArguments),
    /// Show how image references are read, and which patterns match them.
    Image(ImageArguments),
    /// Verify signatures, and say what was found.
    Verify(VerifyArguments),
    /// `verify bundle`, under the name that Sigstore's conformance suite calls it by.
    #[command(name = "verify-bundle", hide = true)]
    VerifyBundle(VerifyBundleArguments),
    /// Explain a check: what it refuses, why, and what it admits.
    Explain {
        /// Id of the check, as printed in findings. Without one all are listed.
        check: Option<String>,
    },
}

/// All names that are commands rather than a file of the original's form.
pub(super) const NAMES: [&str; 7] = ["check", "plan", "image", "verify", "verify-bundle", "explain", "help"];
/// Options of the commands, which the original's form does not have, each with a command that has it.
pub(super) const OPTIONS: [(&str, &str); 15] = [
    ("policy", "check"),
    ("settings", "check"),
    ("live", "check"),
    ("facts", "plan"),
    ("files", "check"),
    ("at", "check"),
    ("format", "check"),
    ("event", "plan"),
    ("pattern", "image"),
    ("bundle", "verify-bundle"),
    ("trusted-root", "verify-bundle"),
    ("key", "verify-bundle"),
    ("certificate-identity", "verify-bundle"),
    ("certificate-oidc-issuer", "verify-bundle"),
    ("transparency-log", "verify-bundle"),
];

/// What policies, settings and facts a verdict rests on.
#[derive(Debug, Args)]
pub struct Basis {
    /// Folder (or file) with policies; may be given several times. Default: the built-in policy `strict`.
    #[arg(long = "policy", value_name = "DIR")]
    pub policies: Vec<PathBuf>,
    /// Settings of the installation, as its service prints them with `--print-settings`. Default: the chart's defaults.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Ask registries, and the cluster of the current kubeconfig.
    #[arg(long)]
    pub live: bool,
    /// Facts that are known already, as a run record keeps them in `spec.facts`: a run can be judged again without
    /// asking anybody.
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,
    /// Checkout that `files` entries are read from. Default: the folder that holds `job/config.yaml`'s `job/`.
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Judge as of this time (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Basis of the verdict.
    #[command(flatten)]
    pub basis: Basis,
    /// Configs to judge. A folder stands for every job/config.yaml below it, `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub configs: Vec<PathBuf>,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// Basis of the verdict.
    #[command(flatten)]
    pub basis: Basis,
    /// The event, a CloudEvent in JSON.
    #[arg(long, value_name = "EVENT.json")]
    pub event: PathBuf,
    /// The config; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub config: PathBuf,
}

/// Arguments of `image`.
#[derive(Debug, Args)]
pub struct ImageArguments {
    /// A pattern as in `images.allow`; may be given several times.
    #[arg(long = "pattern", value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// References; `--` ends the options.
    #[arg(required = true, value_name = "REF")]
    pub references: Vec<String>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// What is verified.
    #[command(subcommand)]
    pub command: VerifyCommand,
}

/// What `verify` verifies.
#[derive(Debug, Subcommand)]
pub enum VerifyCommand {
    /// Ask an image's registry for signatures, and say what each is worth to the policies.
    Image(VerifyImageArguments),
    /// Verify a Sigstore bundle for a file. Nobody is asked: trust is what the options name.
    Bundle(VerifyBundleArguments),
}

/// Arguments of `verify image`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 admitted, 1 denied, 2 undecided or wrong usage.")]
pub struct VerifyImageArguments {
    /// Folder (or file) with policies and authorities; may be given several times. Default: the built-in policy `strict`.
    #[arg(long = "policy", value_name = "DIR")]
    pub policies: Vec<PathBuf>,
    /// Settings of the installation, as its service prints them with `--print-settings`. Default: the chart's defaults.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Judge as of this time (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The image, by tag or by digest.
    #[arg(value_name = "REF")]
    pub image: String,
}

/// Arguments of `verify bundle`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 verified, 1 refused, 2 wrong usage or an unreadable file.")]
pub struct VerifyBundleArguments {
    /// The bundle (v0.3).
    #[arg(long, value_name = "FILE")]
    pub bundle: PathBuf,
    /// Certificate authorities, logs and timestamp authorities that are trusted: a `trusted_root.json`.
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// The public key that must have signed, in PEM.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// The subject that the signer's certificate must name.
    #[arg(long, value_name = "SUBJECT")]
    pub certificate_identity: Option<String>,
    /// The identity provider that the signer's certificate must name.
    #[arg(long, value_name = "URL")]
    pub certificate_oidc_issuer: Option<String>,
    /// Whether a log of the trusted root must know the signature.
    #[arg(long, value_enum, default_value_t = AskedLog::Required)]
    pub transparency_log: AskedLog,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// What must have been signed: a file, `-` for standard input, or `sha256:…` where only the digest is known.
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub artifact: String,
}

/// Whether a transparency log is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AskedLog {
    /// A log must know the signature.
    Required,
    /// No log is asked.
    Ignored,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON object a line for each judged document.
    Json,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_lists_of_names_and_options_are_what_the_commands_have() {
        let program = Arguments::command();
        let commands: BTreeSet<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
        let named: BTreeSet<&str> = NAMES.into_iter().filter(|name| *name != "help").collect();
        assert_eq!(named, commands);
        let mut options = BTreeSet::new();
        for command in program.get_subcommands() {
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                options.insert(option);
                if let Some((_, place)) = OPTIONS.iter().find(|(name, _)| *name == option) {
                    let place = program.find_subcommand(place).unwrap();
                    assert!(
                        place
                            .get_arguments()
                            .any(|argument| argument.get_long() == Some(option)),
                        "{option}"
                    );
                }
            }
        }
        assert_eq!(OPTIONS.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), options);
    }
}
