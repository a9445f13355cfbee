//! The certificate extensions of Fulcio, by the names its documentation gives them (OIDs 1.3.6.1.4.1.57264.1.2 to .24).
//!
//! The issuer (.1 and .8) is not among them: it is part of every identity, see [`super::Identity`].

use serde::{Deserialize, Serialize};

/// A claim of a Fulcio certificate that a policy can constrain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extension {
    /// .2: the event of the workflow (deprecated by `buildTrigger`).
    GithubWorkflowTrigger,
    /// .3: its commit (deprecated by `sourceRepositoryDigest`).
    GithubWorkflowSha,
    /// .4: its display name.
    GithubWorkflowName,
    /// .5: `owner/repository` (deprecated by `sourceRepositoryUri`).
    GithubWorkflowRepository,
    /// .6: its ref (deprecated by `sourceRepositoryRef`).
    GithubWorkflowRef,
    /// .9: the build instructions that asked for the certificate.
    BuildSignerUri,
    /// .10: the commit of those.
    BuildSignerDigest,
    /// .11: `github-hosted`, `self-hosted`, …
    RunnerEnvironment,
    /// .12: the repository that was built.
    SourceRepositoryUri,
    /// .13: its commit.
    SourceRepositoryDigest,
    /// .14: its ref.
    SourceRepositoryRef,
    /// .15: its immutable identifier.
    SourceRepositoryIdentifier,
    /// .16: its owner.
    SourceRepositoryOwnerUri,
    /// .17: the owner's immutable identifier.
    SourceRepositoryOwnerIdentifier,
    /// .18: the build configuration that ran.
    BuildConfigUri,
    /// .19: the commit of that.
    BuildConfigDigest,
    /// .20: what started the build.
    BuildTrigger,
    /// .21: the run.
    RunInvocationUri,
    /// .22: `public`, `private`, … when it was signed.
    SourceRepositoryVisibilityAtSigning,
    /// .23: the deployment environment.
    DeploymentEnvironment,
    /// .24: the `sub` claim of the identity token.
    TokenSubject,
}

impl Extension {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 21] = [
        Self::GithubWorkflowTrigger,
        Self::GithubWorkflowSha,
        Self::GithubWorkflowName,
        Self::GithubWorkflowRepository,
        Self::GithubWorkflowRef,
        Self::BuildSignerUri,
        Self::BuildSignerDigest,
        Self::RunnerEnvironment,
        Self::SourceRepositoryUri,
        Self::SourceRepositoryDigest,
        Self::SourceRepositoryRef,
        Self::SourceRepositoryIdentifier,
        Self::SourceRepositoryOwnerUri,
        Self::SourceRepositoryOwnerIdentifier,
        Self::BuildConfigUri,
        Self::BuildConfigDigest,
        Self::BuildTrigger,
        Self::RunInvocationUri,
        Self::SourceRepositoryVisibilityAtSigning,
        Self::DeploymentEnvironment,
        Self::TokenSubject,
    ];

    /// The name in policies and verdicts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GithubWorkflowTrigger => "githubWorkflowTrigger",
            Self::GithubWorkflowSha => "githubWorkflowSha",
            Self::GithubWorkflowName => "githubWorkflowName",
            Self::GithubWorkflowRepository => "githubWorkflowRepository",
            Self::GithubWorkflowRef => "githubWorkflowRef",
            Self::BuildSignerUri => "buildSignerUri",
            Self::BuildSignerDigest => "buildSignerDigest",
            Self::RunnerEnvironment => "runnerEnvironment",
            Self::SourceRepositoryUri => "sourceRepositoryUri",
            Self::SourceRepositoryDigest => "sourceRepositoryDigest",
            Self::SourceRepositoryRef => "sourceRepositoryRef",
            Self::SourceRepositoryIdentifier => "sourceRepositoryIdentifier",
            Self::SourceRepositoryOwnerUri => "sourceRepositoryOwnerUri",
            Self::SourceRepositoryOwnerIdentifier => "sourceRepositoryOwnerIdentifier",
            Self::BuildConfigUri => "buildConfigUri",
            Self::BuildConfigDigest => "buildConfigDigest",
            Self::BuildTrigger => "buildTrigger",
            Self::RunInvocationUri => "runInvocationUri",
            Self::SourceRepositoryVisibilityAtSigning => "sourceRepositoryVisibilityAtSigning",
            Self::DeploymentEnvironment => "deploymentEnvironment",
            Self::TokenSubject => "tokenSubject",
        }
    }

    /// The last number of its OID, after 1.3.6.1.4.1.57264.1.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::GithubWorkflowTrigger => 2,
            Self::GithubWorkflowSha => 3,
            Self::GithubWorkflowName => 4,
            Self::GithubWorkflowRepository => 5,
            Self::GithubWorkflowRef => 6,
            Self::BuildSignerUri => 9,
            Self::BuildSignerDigest => 10,
            Self::RunnerEnvironment => 11,
            Self::SourceRepositoryUri => 12,
            Self::SourceRepositoryDigest => 13,
            Self::SourceRepositoryRef => 14,
            Self::SourceRepositoryIdentifier => 15,
            Self::SourceRepositoryOwnerUri => 16,
            Self::SourceRepositoryOwnerIdentifier => 17,
            Self::BuildConfigUri => 18,
            Self::BuildConfigDigest => 19,
            Self::BuildTrigger => 20,
            Self::RunInvocationUri => 21,
            Self::SourceRepositoryVisibilityAtSigning => 22,
            Self::DeploymentEnvironment => 23,
            Self::TokenSubject => 24,
        }
    }
}
