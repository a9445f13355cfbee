//! Names and labels of a Job, safe for any event id.

use crate::event::Identity;

/// Longest name that a Job can have so that `init-` still fits before it as a container name.
const SHOWN_ID: usize = 8;
/// Longest value of a label.
const LABEL_VALUE: usize = 63;

/// `job-executor-service-job-<8 characters of the event id>-<16 of the identity>-<action>-<task>`: 58 characters.
///
/// The readable part may collide, the identity does not. Actions count from 0 and tasks from 1, as they always did.
#[must_use]
pub fn job_name(event_id: &str, identity: &Identity, action_index: usize, task_index: usize) -> String {
    let mut shown: String = event_id
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        .take(SHOWN_ID)
        .collect();
    if shown.is_empty() {
        shown.push('x');
    }
    format!(
        "job-executor-service-job-{shown}-{}-{action_index:03}-{:03}",
        identity.base32(16),
        task_index.saturating_add(1)
    )
}

/// A name as a label value: runs of other characters become `_`, at most 63 bytes, no `-_.` at either end.
#[must_use]
pub fn label_value(name: &str) -> String {
    let mut value = String::new();
    let mut replaced = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            value.push(c);
            replaced = false;
        } else if !replaced {
            value.push('_');
            replaced = true;
        }
    }
    value.truncate(LABEL_VALUE);
    value.trim_matches(['-', '_', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    fn identity(id: &str) -> Identity {
        let event = serde_json::json!({ "specversion": "1.0", "id": id, "source": "test", "type": "a.b" });
        Event::parse(event.to_string().as_bytes()).unwrap().identity()
    }

    #[test]
    fn any_event_id_gives_a_name_that_kubernetes_accepts() {
        for id in [
            "f2b878d3-03c0-4e8f-bc3f-454bc1b3d79b",
            "1",
            "ÄÖÜ",
            "../../x",
            "A B",
            &"x".repeat(900),
        ] {
            let name = job_name(id, &identity(id), 0, 0);
            assert!(name.len() <= 58, "{name}");
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
            assert!(name.ends_with("-000-001"), "{name}");
        }
    }

    #[test]
    fn ids_that_share_a_beginning_get_different_names() {
        let (a, b) = ("f2b878d3-03c0-4e8f-bc3f-1", "f2b878d3-03c0-4e8f-bc3f-2");
        assert_ne!(job_name(a, &identity(a), 0, 0), job_name(b, &identity(b), 0, 0));
    }

    #[test]
    fn label_values_keep_what_is_allowed() {
        for (name, value) in [
            ("Run locust tests", "Run_locust_tests"),
            ("  spaced  ", "spaced"),
            ("-a-", "a"),
            ("日本", ""),
            ("a//b", "a_b"),
            ("", ""),
        ] {
            assert_eq!(label_value(name), value, "{name}");
        }
        assert_eq!(label_value(&"é".repeat(100)), "");
        assert_eq!(label_value(&"a".repeat(100)).len(), 63);
    }
}
