//! Where a fault test stops the process: after a named step, as `kill -9` would. Builds with debug assertions only.

use std::sync::OnceLock;

use crate::cluster::{Hook, Step, no_hook};

static AFTER: OnceLock<Step> = OnceLock::new();

/// The hook for a step that was named, or the one that does nothing.
///
/// # Errors
/// There is no such step, or this build has no hooks.
pub(super) fn hook(step: Option<&str>) -> anyhow::Result<Hook> {
    let Some(name) = step else { return Ok(no_hook) };
    if !cfg!(debug_assertions) {
        anyhow::bail!("this build cannot be crashed on purpose");
    }
    let step = Step::named(name).ok_or_else(|| anyhow::anyhow!("there is no step `{name}`"))?;
    let _ = AFTER.set(step);
    Ok(crash)
}

fn crash(step: Step) {
    if AFTER.get() == Some(&step) {
        tracing::warn!(step = step.name(), "ending the process on purpose");
        std::process::abort();
    }
}
