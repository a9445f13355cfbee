//! A level of one project as the resource service addresses it.
//!
//! Names are safe in a path because [`Scope`] has checked them; paths of resources are encoded here and nowhere else.

use super::super::{CommitId, Level, Scope};
use crate::keptn::uri::{encode_query, encode_resource};

/// One level of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `/v1/project/P/stage/S/service/V`
    Service {
        project: String,
        stage: String,
        service: String,
    },
    /// `/v1/project/P/stage/S`
    Stage { project: String, stage: String },
    /// `/v1/project/P`
    Project { project: String },
}

impl Place {
    /// Every level that the scope has names for, narrowest first.
    pub(super) fn levels(scope: &Scope) -> impl Iterator<Item = Self> {
        let project = scope.project().to_owned();
        let stage = scope.stage().map(|stage| Self::Stage {
            project: project.clone(),
            stage: stage.to_owned(),
        });
        Self::service(scope)
            .into_iter()
            .chain(stage)
            .chain([Self::Project { project }])
    }

    /// The service level, if the scope has one.
    pub(super) fn service(scope: &Scope) -> Option<Self> {
        Some(Self::Service {
            project: scope.project().to_owned(),
            stage: scope.stage()?.to_owned(),
            service: scope.service()?.to_owned(),
        })
    }

    /// The narrowest level of the scope, as a person writes it: `project/stage/service`.
    pub(super) fn narrowest(scope: &Scope) -> String {
        [Some(scope.project()), scope.stage(), scope.service()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Which level it is.
    pub(super) fn level(&self) -> Level {
        match self {
            Self::Service { .. } => Level::Service,
            Self::Stage { .. } => Level::Stage,
            Self::Project { .. } => Level::Project,
        }
    }

    /// What errors call a resource of this place.
    pub(super) fn describe(&self, path: &str, commit: Option<&CommitId>) -> String {
        format!("`{path}` at {}", self.named(commit))
    }

    /// What errors call this place.
    pub(super) fn named(&self, commit: Option<&CommitId>) -> String {
        let at = match self {
            Self::Service {
                project,
                stage,
                service,
            } => format!("{project}/{stage}/{service}"),
            Self::Stage { project, stage } => format!("{project}/{stage}"),
            Self::Project { project } => project.clone(),
        };
        let version = commit.map(|commit| format!(" in version {commit}")).unwrap_or_default();
        format!("{} level of {at}{version}", self.level())
    }

    /// Path and query of one resource.
    pub(super) fn resource_url(&self, path: &str, commit: Option<&CommitId>) -> String {
        let query = commit
            .map(|commit| format!("?gitCommitID={}", encode_query(commit.as_str())))
            .unwrap_or_default();
        format!("{}/resource/{}{query}", self.base(), encode_resource(path))
    }

    /// Path and query of one page of the listing. No commit: the server would accept and ignore it.
    pub(super) fn listing_url(&self, page_size: usize, next: Option<&str>) -> String {
        let next = next
            .map(|key| format!("&nextPageKey={}", encode_query(key)))
            .unwrap_or_default();
        format!("{}/resource?pageSize={page_size}{next}", self.base())
    }

    fn base(&self) -> String {
        match self {
            Self::Service {
                project,
                stage,
                service,
            } => {
                format!("/v1/project/{project}/stage/{stage}/service/{service}")
            }
            Self::Stage { project, stage } => format!("/v1/project/{project}/stage/{stage}"),
            Self::Project { project } => format!("/v1/project/{project}"),
        }
    }
}
