//! SLSA provenance. Everything in it is the builder's own word; a policy judges builders by certificates and reads here
//! only what certificates do not carry.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::SlsaVersion;
use crate::signature::SlsaSummary;

/// `https://slsa.dev/provenance/v0.2`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct V02 {
    builder: Builder,
    build_type: String,
    #[serde(default)]
    invocation: Option<Invocation>,
}

#[derive(Deserialize)]
struct Builder {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    #[serde(default)]
    config_source: Option<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

/// `https://slsa.dev/provenance/v1`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct V1 {
    build_definition: Definition,
    run_details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    build_type: String,
    #[serde(default)]
    external_parameters: Option<Parameters>,
    #[serde(default)]
    resolved_dependencies: Vec<Resource>,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    workflow: Option<Workflow>,
}

#[derive(Deserialize)]
struct Workflow {
    #[serde(default, rename = "ref")]
    reference: Option<String>,
    #[serde(default)]
    repository: Option<String>,
}

#[derive(Deserialize)]
struct Details {
    builder: Builder,
}

/// What v0.2 says.
pub(super) fn v0_2(predicate: V02) -> SlsaSummary {
    let source = predicate.invocation.and_then(|invocation| invocation.config_source);
    let (repository, reference, commit) = source.map_or((None, None, None), |source| located(&source));
    SlsaSummary {
        version: SlsaVersion::V0_2,
        builder_id_stated: Some(predicate.builder.id),
        build_type: Some(predicate.build_type),
        source: repository,
        reference,
        commit,
    }
}

/// What v1 says: of the workflow, where there is one, otherwise of the first dependency that is a git repository.
pub(super) fn v1(predicate: V1) -> SlsaSummary {
    let definition = predicate.build_definition;
    let git = |resource: &&Resource| resource.uri.as_deref().is_some_and(|uri| uri.starts_with("git+"));
    let dependency = definition.resolved_dependencies.iter().find(git).map(located);
    let (repository, reference, commit) = dependency.unwrap_or_default();
    let workflow = definition
        .external_parameters
        .and_then(|parameters| parameters.workflow);
    let (stated_repository, stated_reference) =
        workflow.map_or((None, None), |workflow| (workflow.repository, workflow.reference));
    SlsaSummary {
        version: SlsaVersion::V1,
        builder_id_stated: Some(predicate.run_details.builder.id),
        build_type: Some(definition.build_type),
        source: stated_repository.or(repository),
        reference: stated_reference.or(reference),
        commit,
    }
}

/// Repository, reference and commit of `git+https://host/path@reference`.
fn located(resource: &Resource) -> (Option<String>, Option<String>, Option<String>) {
    let commit = ["gitCommit", "sha1"]
        .iter()
        .find_map(|name| resource.digest.get(*name))
        .cloned();
    let Some(uri) = &resource.uri else {
        return (None, None, commit);
    };
    let uri = uri.strip_prefix("git+").unwrap_or(uri);
    match uri.rsplit_once('@') {
        // An `@` before the last slash of the authority is a user's, not a reference's.
        Some((repository, reference)) if repository.matches('/').count() > 2 => {
            (Some(repository.to_owned()), Some(reference.to_owned()), commit)
        }
        _ => (Some(uri.to_owned()), None, commit),
    }
}
