//! What a Job's conditions say. Pure, on raw JSON. Only conditions whose status is true count.

use serde_json::Value;

use super::api::text;
use crate::manifest::names;
use crate::outcome::Cause;

/// What a Job is doing, by its own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JobState {
    /// Nothing final yet.
    Open,
    /// It says that it is complete.
    Complete,
    /// It gave up.
    Failed {
        /// Kubernetes' word, such as `DeadlineExceeded`.
        reason: String,
        /// What more is known.
        message: String,
    },
    /// Somebody suspended it.
    Suspended {
        /// Kubernetes' word.
        reason: String,
        /// What more is known.
        message: String,
    },
}

/// Reads the state of a Job.
#[must_use]
pub(super) fn classify(job: &Value) -> JobState {
    let conditions = job
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut state = JobState::Open;
    for condition in conditions.filter(|condition| text(condition, "/status") == "True") {
        let (reason, message) = (
            text(condition, "/reason").to_owned(),
            text(condition, "/message").to_owned(),
        );
        match text(condition, "/type") {
            "Complete" => return JobState::Complete,
            // `FailureTarget` stands some time before `Failed`, with the same reason.
            "Failed" | "FailureTarget" => state = JobState::Failed { reason, message },
            "Suspended" if state == JobState::Open => state = JobState::Suspended { reason, message },
            _ => {}
        }
    }
    state
}

/// Why we ended this Job ourselves, if we did: written on it before it was ended.
#[must_use]
pub(super) fn ended_by_us(job: &Value) -> Option<Cause> {
    let annotations = job.pointer("/metadata/annotations")?;
    let written = annotations.get(names::ENDED)?.as_str()?;
    serde_json::from_str(written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(conditions: &[(&str, &str, &str)]) -> Value {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(kind, status, reason)| json!({ "type": kind, "status": status, "reason": reason, "message": "m" }))
            .collect();
        json!({ "status": { "conditions": conditions } })
    }

    #[test]
    fn only_true_conditions_count() {
        let failed = |reason: &str| JobState::Failed {
            reason: reason.into(),
            message: "m".into(),
        };
        let suspended = JobState::Suspended {
            reason: "s".into(),
            message: "m".into(),
        };
        for (job, state) in [
            (json!(null), JobState::Open),
            (json!({}), JobState::Open),
            (json!({ "status": { "conditions": "odd" } }), JobState::Open),
            (json!({ "status": { "conditions": [null, 1, {}] } }), JobState::Open),
            (job(&[]), JobState::Open),
            (job(&[("Complete", "False", "")]), JobState::Open),
            (job(&[("Failed", "Unknown", "x")]), JobState::Open),
            (job(&[("Suspended", "False", "s")]), JobState::Open),
            (job(&[("Suspended", "True", "s")]), suspended),
            (job(&[("SuccessCriteriaMet", "True", "")]), JobState::Open),
            (job(&[("Complete", "True", "")]), JobState::Complete),
            (
                job(&[("Suspended", "False", "s"), ("Complete", "True", "")]),
                JobState::Complete,
            ),
            (
                job(&[("FailureTarget", "True", "DeadlineExceeded")]),
                failed("DeadlineExceeded"),
            ),
            (job(&[("Suspended", "True", "s"), ("Failed", "True", "x")]), failed("x")),
            (job(&[("Failed", "True", "x"), ("Suspended", "True", "s")]), failed("x")),
        ] {
            assert_eq!(classify(&job), state, "{job}");
        }
    }

    #[test]
    fn the_reason_we_wrote_on_a_job_is_read_back_and_nothing_else() {
        let with = |text: &str| json!({ "metadata": { "annotations": { names::ENDED: text } } });
        let written = serde_json::to_string(&Cause::PollTimeout { after: 3 }).unwrap();
        for (job, cause) in [
            (json!({}), None),
            (with(""), None),
            (with("because"), None),
            (with(&written), Some(Cause::PollTimeout { after: 3 })),
        ] {
            assert_eq!(ended_by_us(&job), cause, "{job}");
        }
    }
}
