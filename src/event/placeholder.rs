//! The event of a desk where there is none: every scope matches it, and nothing is read out of it.

use super::Event;

/// Type of the placeholder; no control plane sends it.
pub(super) const TYPE: &str = "job-lint.placeholder";

impl Event {
    /// An event that stands for any.
    #[must_use]
    pub fn placeholder() -> Self {
        let mapped = serde_json::json!({ "id": "00000000-0000-0000-0000-000000000000", "source": "job-lint", "type": TYPE, "specversion": "1.0" });
        let raw = mapped.to_string();
        Self {
            id: "00000000-0000-0000-0000-000000000000".to_owned(),
            source: "job-lint".to_owned(),
            event_type: TYPE.to_owned(),
            spec_version: "1.0".to_owned(),
            time: None,
            content_type: None,
            data_schema: None,
            subject: None,
            context: None,
            keptn_spec_version: None,
            git_commit_id: None,
            triggered_id: None,
            extensions: std::collections::BTreeMap::new(),
            mapped,
            raw,
        }
    }

    /// Whether it is the placeholder: its attributes are unknown, not empty.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        self.event_type == TYPE && self.source == "job-lint"
    }
}
