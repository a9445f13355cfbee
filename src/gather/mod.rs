//! Answers the gate's queries. Decides nothing: what could not be found out is said to be unavailable.

mod credentials;
mod pull_secrets;
pub mod registry;

use async_trait::async_trait;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::admission::{
    ActionVerdict, Fact, Facts, FileFact, ForeignPolicy, Judgement, Query, Request, ResolvedImage, judge,
};

pub use credentials::{Credentials, NoCredentials};
pub use pull_secrets::PullSecrets;
pub use registry::{Keyring, Registry, RegistryError};

/// Longest time that one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Rounds of question and answer after which something is wrong with the gate itself.
const MAX_ROUNDS: usize = 8;

/// Who can be asked.
#[async_trait]
pub trait Answers: Send + Sync {
    /// Which digest does this normalised reference name right now?
    async fn resolve_image(&self, reference: &str) -> Fact<ResolvedImage>;
    /// Which NetworkPolicies of others stand in this namespace?
    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>>;
    /// What do these `files` entries stand for?
    async fn files(&self, entries: &[String]) -> Fact<Vec<FileFact>>;
}

/// Nobody can be asked: a desk without network.
#[derive(Debug, Clone, Copy)]
pub struct Offline;

#[async_trait]
impl Answers for Offline {
    async fn resolve_image(&self, _reference: &str) -> Fact<ResolvedImage> {
        Fact::Unavailable("not looked up offline; write a digest, or use --live".to_owned())
    }

    async fn foreign_policies(&self, _namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        Fact::Unavailable("not looked up offline; use --live".to_owned())
    }

    async fn files(&self, _entries: &[String]) -> Fact<Vec<FileFact>> {
        Fact::Unavailable("not looked up; name the checkout with --files DIR".to_owned())
    }
}

/// Judges a request, answering the gate until it has decided. Facts that are given are not asked for again.
///
/// Always gives a verdict for every action: what the gate still asks after all rounds is said to be unavailable.
pub async fn decide(request: &Request, mut facts: Facts, answers: &dyn Answers) -> (Vec<ActionVerdict>, Facts) {
    let mut rounds = 0;
    loop {
        match judge(request, &facts) {
            Judgement::Done(verdicts) => return (verdicts, facts),
            Judgement::Needs(queries) if rounds < MAX_ROUNDS => answer(&queries, &mut facts, answers).await,
            Judgement::Needs(queries) => {
                tracing::error!(
                    rounds,
                    "the gate asks too often; what it still asks for is taken as unavailable"
                );
                answer(&queries, &mut facts, &Offline).await;
            }
        }
        rounds += 1;
    }
}

async fn answer(queries: &BTreeSet<Query>, facts: &mut Facts, answers: &dyn Answers) {
    let answered = join_all(queries.iter().map(|query| async move {
        match query {
            Query::ResolveImage { reference } => {
                Answer::Image(reference, in_time(answers.resolve_image(reference)).await)
            }
            Query::ForeignPolicies { namespace } => {
                Answer::Policies(namespace, in_time(answers.foreign_policies(namespace)).await)
            }
            Query::Files { entries } => Answer::Files(entries, in_time(answers.files(entries)).await),
        }
    }))
    .await;
    for answer in answered {
        match answer {
            Answer::Image(reference, fact) => facts.image(reference, fact),
            Answer::Policies(namespace, fact) => facts.foreign(namespace, fact),
            Answer::Files(entries, fact) => facts.file_list(entries, fact),
        }
    }
}

enum Answer<'a> {
    Image(&'a str, Fact<ResolvedImage>),
    Policies(&'a str, Fact<Vec<ForeignPolicy>>),
    Files(&'a [String], Fact<Vec<FileFact>>),
}

async fn in_time<T>(question: impl Future<Output = Fact<T>>) -> Fact<T> {
    tokio::time::timeout(ANSWER_TIMEOUT, question)
        .await
        .unwrap_or_else(|_| Fact::Unavailable(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs())))
}
