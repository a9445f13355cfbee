//! Which project, stage, service and commit an event speaks of, in a form that is safe in a path and a URL.
//!
//! Names are checked here, once, because the original puts them unescaped into URLs. A name that the control plane
//! could not have given is refused, never repaired.

use thiserror::Error;

use crate::event::Event;

/// The longest name, in bytes.
const NAME: usize = 253;

/// The longest commit id, in bytes.
const COMMIT: usize = 128;

/// A version of a repository. Opaque: usually a commit hash in hexadecimal, and compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(String);

impl CommitId {
    /// A commit id; `None` for what Keptn takes for "newest": an empty text or two quote characters
    /// (protocol reference 2.1).
    ///
    /// # Errors
    /// A text that could be an option, a range or a path instead of a commit.
    pub fn parse(text: &str) -> Result<Option<Self>, ScopeError> {
        if text.is_empty() || text == "\"\"" {
            return Ok(None);
        }
        let refused = |reason| {
            Err(ScopeError {
                field: "gitcommitid",
                value: shown(text),
                reason,
            })
        };
        if text.len() > COMMIT {
            return refused("it is longer than 128 bytes");
        }
        if !text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-'))
        {
            return refused("a commit id of letters, digits, `.`, `_` and `-` would be accepted");
        }
        if text.starts_with(['-', '.']) || text.contains("..") {
            return refused("a commit id that starts with a letter or digit, without `..`, would be accepted");
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where an event belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    project: String,
    stage: Option<String>,
    service: Option<String>,
    git_commit_id: Option<CommitId>,
}

/// Why an event names no place in a store.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} `{value}` of the event cannot be looked up: {reason}")]
pub struct ScopeError {
    field: &'static str,
    value: String,
    reason: &'static str,
}

impl ScopeError {
    /// Files are kept at service level, so an event that names no service has none.
    pub(super) fn files_need_a_service() -> Self {
        Self {
            field: "service",
            value: String::new(),
            reason: "the files of a task are kept with a service",
        }
    }
}

impl Scope {
    /// The place that an event names.
    ///
    /// # Errors
    /// As [`Scope::new`], or because the event's data is not what Keptn's events hold.
    pub fn of(event: &Event) -> Result<Self, String> {
        let common = event.common().map_err(|error| error.to_string())?;
        let commit = event.git_commit_id().unwrap_or_default();
        Self::new(&common.project, &common.stage, &common.service, commit).map_err(|error| error.to_string())
    }

    /// The place that an event's fields name. An empty stage or service is one that the event lacks: the levels that
    /// need it are not asked.
    ///
    /// # Errors
    /// An empty project, a service without a stage, or a name or commit that no control plane gives.
    pub fn new(project: &str, stage: &str, service: &str, git_commit_id: &str) -> Result<Self, ScopeError> {
        let scope = Self {
            project: name("project", project)?.ok_or(ScopeError {
                field: "project",
                value: String::new(),
                reason: "a name would be accepted",
            })?,
            stage: name("stage", stage)?,
            service: name("service", service)?,
            git_commit_id: CommitId::parse(git_commit_id)?,
        };
        if scope.stage.is_none() && scope.service.is_some() {
            return Err(ScopeError {
                field: "stage",
                value: String::new(),
                reason: "a service is part of a stage",
            });
        }
        Ok(scope)
    }

    /// Why no task of this event can have files, if so.
    #[must_use]
    pub fn without_files(&self) -> Option<ScopeError> {
        match (&self.stage, &self.service) {
            (Some(_), Some(_)) => None,
            _ => Some(ScopeError::files_need_a_service()),
        }
    }

    /// Project of the event.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Stage of the event, if it names one.
    #[must_use]
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// Service of the event, if it names one.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Commit of the event, if it names one.
    #[must_use]
    pub fn git_commit_id(&self) -> Option<&CommitId> {
        self.git_commit_id.as_ref()
    }
}

/// A name of Keptn's; `None` when it is empty.
fn name(field: &'static str, value: &str) -> Result<Option<String>, ScopeError> {
    if value.is_empty() {
        return Ok(None);
    }
    let refused = |reason| {
        Err(ScopeError {
            field,
            value: shown(value),
            reason,
        })
    };
    if value.len() > NAME {
        return refused("it is longer than 253 bytes");
    }
    if !value
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-'))
    {
        return refused("a name of letters, digits, `.`, `_` and `-` would be accepted");
    }
    if value.starts_with('.') || value.contains("..") {
        return refused("a name that does not start with `.`, without `..`, would be accepted");
    }
    Ok(Some(value.to_owned()))
}

/// A refused value as an error shows it: bounded, on one line.
fn shown(value: &str) -> String {
    value
        .chars()
        .map(|char| if char.is_control() { '?' } else { char })
        .take(80)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_leave_their_place_in_a_url_are_refused() {
        for name in [
            "a/b", "a%2Fb", "..", "a..b", ".git", "a b", "a?b", "a#b", "a\\b", "a\u{0}b", "~a", "ä", "a;b",
        ] {
            for (project, stage, service) in [(name, "s", "s"), ("p", name, "s"), ("p", "s", name)] {
                let scope = Scope::new(project, stage, service, "");
                assert!(scope.is_err(), "{name:?}: {scope:?}");
            }
        }
        assert!(Scope::new(&"p".repeat(254), "s", "s", "").is_err());
    }

    #[test]
    fn a_scope_needs_a_project_and_a_service_needs_a_stage() {
        assert!(Scope::new("", "s", "s", "").is_err());
        assert!(Scope::new("p", "", "s", "").is_err());
        assert!(Scope::new("p", "", "", "").is_ok());
        assert!(Scope::new("p", "s", "", "").is_ok());
    }

    #[test]
    fn a_commit_id_is_opaque_but_is_no_option_and_no_path() {
        for commit in [
            "-x",
            "--upload-pack=x",
            "a/b",
            "a..b",
            "a b",
            "HEAD~1",
            "HEAD^",
            "a:b",
            "\u{0}",
            ".a",
        ] {
            assert!(CommitId::parse(commit).is_err(), "{commit:?}");
        }
        assert!(CommitId::parse(&"a".repeat(129)).is_err());
        for newest in ["", "\"\""] {
            assert_eq!(CommitId::parse(newest), Ok(None));
        }
        for commit in ["9f0c5d8f5c5f1c6a1f1d0a2b3c4d5e6f70819203", "rev-1", "1"] {
            let parsed = CommitId::parse(commit).unwrap();
            assert_eq!(parsed.as_ref().map(CommitId::as_str), Some(commit));
        }
    }
}
