//! The text of `job/config.yaml` (apiVersion v2) in, a typed [`JobConfig`] with positions out.
//!
//! Strict as the original was (protocol reference 6.1): unknown and duplicate keys, another version
//! or a value of the wrong kind are refused, all of them in one pass. What the original accepted is
//! accepted with the same meaning; where that meaning surprises there is a warning. It never judges
//! what the fields ask for (images, privileges, paths): that is the plan's and the gate's work. It
//! never fills in a default: absent stays absent, because absent and empty differ.
//!
//! Differences from the original: `annotations` may be a list of one-entry maps, as the documents
//! write it; a second YAML document and a `seccompProfile` without `type` are errors.

mod decode;
mod digest;
mod files;
mod path;
mod task;
#[cfg(test)]
mod tests;
mod types;

pub use digest::ConfigDigest;
pub use files::{FileEntry, FileKind};
pub use path::{FilePath, PathError};
pub use types::{
    Action, Capabilities, EnvEntry, EnvFormat, EnvSource, EventRule, JobConfig, JsonPathRule, Quantities, Resources,
    SeccompProfile, SecurityContext, Task,
};

use crate::yaml::{Coercion, Decoder, Limits, Problem, Value, load, single_document};

/// The one version of the format.
pub const API_VERSION: &str = "v2";

/// Reads a job configuration. `name` is the file's name in messages.
///
/// # Errors
/// Every problem of the file, by position.
///
/// ```
/// use job_executor_service::config;
///
/// let text = "apiVersion: v2\nactions:\n  - name: greet\n    events: [{name: sh.keptn.event.hi.triggered}]\n    tasks: [{name: hi, image: alpine, cmd: [echo]}]\n";
/// let config = config::parse("job/config.yaml", text).unwrap();
/// assert_eq!(config.actions[0].tasks[0].cmd[0].value, "echo");
///
/// let problems = config::parse("job/config.yaml", "apiVersion: v2\nactons: []\n").unwrap_err();
/// assert_eq!(
///     problems[0].in_file("job/config.yaml"),
///     "job/config.yaml:2:1: unknown key \"actons\"; did you mean \"actions\"?"
/// );
/// ```
pub fn parse(name: &str, text: &str) -> Result<JobConfig, Vec<Problem>> {
    let loaded = load(text, &Limits::default());
    let decoder = Decoder::new(Coercion::Yaml11);
    if let Some(problem) = single_document(name, &loaded) {
        decoder.problem(problem);
    }
    for problem in loaded.problems {
        decoder.problem(problem);
    }
    // A document that holds nothing has been reported as an empty file.
    let document = loaded
        .documents
        .first()
        .filter(|document| document.value != Value::Null);
    let actions = document.and_then(|document| decode::file(&decoder, document));
    let decoded = decoder.finish(actions)?;
    Ok(JobConfig {
        actions: decoded.value,
        digest: ConfigDigest::of(text.as_bytes()),
        warnings: decoded.warnings,
    })
}
