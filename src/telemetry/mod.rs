//! Log lines, metrics and health. Labels are closed sets: never an image, a project or any text from outside.

mod health;
mod metrics;

pub use health::{Component, Health, State, router};
pub use metrics::{Decision, EventLabels, EventResult, FindingLabels, Metrics, OutcomeLabels, VerdictLabels};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Human,
}

/// Sends log lines to standard error, filtered by a `RUST_LOG`-like directive.
///
/// # Errors
/// The directive cannot be read.
pub fn start_log(format: LogFormat, directive: &str) -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(directive)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process (tests) changes nothing.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).try_init(),
        LogFormat::Human => builder.try_init(),
    };
    Ok(())
}
