//! Answers the gate's queries. Decides nothing: what could not be found out is said to be unavailable.

mod credentials;
mod pull_secrets;
pub mod registry;
mod verified;

use async_trait::async_trait;
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::admission::{
    ActionVerdict, Fact, Facts, ForeignPolicy, Judgement, PullAs, Query, Request, ResolvedImage, SignatureQuery,
    TaskFiles, judge,
};
use crate::policy::Authority;
use crate::signature::{About, Signed, Subject};

pub use credentials::{Credentials, NoCredentials};
pub use pull_secrets::PullSecrets;
pub use registry::{Keyring, Registry, RegistryError};
pub use verified::{Fetch, Looked, Verified};

/// Longest time that one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Rounds of question and answer after which something is wrong with the gate itself.
const MAX_ROUNDS: usize = 8;

/// Who can be asked.
#[async_trait]
pub trait Answers: Send + Sync {
    /// Which digest does this normalised reference name right now, for who may pull like this?
    async fn resolve_image(&self, reference: &str, pull_as: &PullAs) -> Fact<ResolvedImage>;
    /// What do these authorities make of what the registry holds about these bytes? One answer for each question, in
    /// their order.
    async fn signatures(
        &self,
        subject: &Subject,
        pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
    ) -> Vec<Fact<Signed>>;
    /// Which NetworkPolicies of others stand in this namespace?
    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>>;
    /// What do these `files` entries stand for?
    async fn files(&self, entries: &[String]) -> Fact<TaskFiles>;
}

/// One question about a subject, with what it takes to verify an answer.
#[derive(Debug, Clone, Copy)]
pub struct SignatureQuestion<'a> {
    /// Whose signatures.
    pub authority: &'a Authority,
    /// Of the image, or which attestation about it.
    pub about: &'a About,
    /// The instant of the judgement.
    pub at: Timestamp,
}

/// Nobody can be asked: a desk without network.
#[derive(Debug, Clone, Copy)]
pub struct Offline;

#[async_trait]
impl Answers for Offline {
    async fn resolve_image(&self, _reference: &str, _pull_as: &PullAs) -> Fact<ResolvedImage> {
        Fact::Unavailable("not looked up offline; write a digest, or use --live".to_owned())
    }

    async fn signatures(
        &self,
        _subject: &Subject,
        _pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
    ) -> Vec<Fact<Signed>> {
        let unasked = || Fact::Unavailable("signatures are not looked up offline; use --live".to_owned());
        questions.iter().map(|_| unasked()).collect()
    }

    async fn foreign_policies(&self, _namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        Fact::Unavailable("not looked up offline; use --live".to_owned())
    }

    async fn files(&self, _entries: &[String]) -> Fact<TaskFiles> {
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
            Judgement::Needs(queries) if rounds < MAX_ROUNDS => answer(request, &queries, &mut facts, answers).await,
            Judgement::Needs(queries) => {
                tracing::error!(
                    rounds,
                    "the gate asks too often; what it still asks for is taken as unavailable"
                );
                answer(request, &queries, &mut facts, &Offline).await;
            }
        }
        rounds += 1;
    }
}

async fn answer(request: &Request, queries: &BTreeSet<Query>, facts: &mut Facts, answers: &dyn Answers) {
    let others = queries.iter().map(|query| async move {
        match query {
            Query::ResolveImage { reference, pull_as } => {
                let fact = in_time(answers.resolve_image(reference, pull_as)).await;
                Answer::Image(reference, pull_as, fact)
            }
            Query::ForeignPolicies { namespace } => {
                Answer::Policies(namespace, in_time(answers.foreign_policies(namespace)).await)
            }
            Query::Files { entries } => Answer::Files(entries, in_time(answers.files(entries)).await),
            // Answered below, those about one image together.
            Query::Signatures(_) => Answer::Signatures(Vec::new()),
        }
    });
    let groups = by_image(queries).into_iter();
    let signed = groups.map(|(subject, pull_as, group)| signatures(request, subject, pull_as, group, answers));
    let (others, signed) = futures::future::join(join_all(others), join_all(signed)).await;
    for answer in others.into_iter().chain(signed) {
        match answer {
            Answer::Image(reference, pull_as, fact) => facts.image_as(reference, pull_as, fact),
            Answer::Policies(namespace, fact) => facts.foreign(namespace, fact),
            Answer::Files(entries, fact) => facts.file_list(entries, fact),
            Answer::Signatures(answers) => answers.into_iter().for_each(|(query, fact)| facts.signed(query, fact)),
        }
    }
}

/// Questions about the same bytes for the same identity: what a registry holds about them is fetched once.
type Group<'a> = (&'a Subject, &'a PullAs, Vec<&'a SignatureQuery>);

fn by_image(queries: &BTreeSet<Query>) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&Subject, &PullAs), Vec<&SignatureQuery>> = BTreeMap::new();
    for query in queries {
        if let Query::Signatures(query) = query {
            groups.entry((&query.subject, &query.pull_as)).or_default().push(query);
        }
    }
    let flat = groups
        .into_iter()
        .map(|((subject, pull_as), group)| (subject, pull_as, group));
    flat.collect()
}

async fn signatures<'a>(
    request: &Request,
    subject: &Subject,
    pull_as: &PullAs,
    group: Vec<&'a SignatureQuery>,
    answers: &dyn Answers,
) -> Answer<'a> {
    let authorities = &request.policies.authorities;
    let (known, unknown): (Vec<_>, Vec<_>) = group
        .into_iter()
        .partition(|query| authorities.contains_key(&query.authority));
    let questions: Vec<SignatureQuestion<'_>> = known
        .iter()
        .filter_map(|query| {
            Some(SignatureQuestion {
                authority: authorities.get(&query.authority)?,
                about: &query.about,
                at: request.at,
            })
        })
        .collect();
    let late = || Fact::Unavailable(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()));
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, answers.signatures(subject, pull_as, &questions)).await;
    let answered = answered.unwrap_or_else(|_| questions.iter().map(|_| late()).collect());
    // An answer that is missing is no answer.
    let missing = std::iter::repeat_with(|| Fact::Unavailable("nobody answered".to_owned()));
    let mut facts: Vec<_> = known.into_iter().zip(answered.into_iter().chain(missing)).collect();
    let none = |query: &SignatureQuery| Fact::Unavailable(format!("no authority is named `{}`", query.authority));
    facts.extend(unknown.into_iter().map(|query| (query, none(query))));
    Answer::Signatures(facts)
}

enum Answer<'a> {
    Image(&'a str, &'a PullAs, Fact<ResolvedImage>),
    Policies(&'a str, Fact<Vec<ForeignPolicy>>),
    Files(&'a [String], Fact<TaskFiles>),
    Signatures(Vec<(&'a SignatureQuery, Fact<Signed>)>),
}

async fn in_time<T>(question: impl Future<Output = Fact<T>>) -> Fact<T> {
    tokio::time::timeout(ANSWER_TIMEOUT, question)
        .await
        .unwrap_or_else(|_| Fact::Unavailable(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs())))
}
