//! A signature rule against the facts: which questions it needs, and whether it is met.
//!
//! Facts say who signed what; here it is decided whether that is enough: how many distinct signers, how old, under
//! which name and version, and what their attestations say. Must never take an answer that is missing for a yes, and
//! never count one signer for two authorities.

mod attestation;
mod count;
mod image;
mod words;

use jiff::Timestamp;

use super::{Fact, Facts, PinnedImage, PullAs, Request, SignatureQuery, TaskView};
use crate::image::Reference;
use crate::plan::TaskPlan;
use crate::policy::{Authority, Policy, Quorum, SignatureRule};
use crate::signature::{About, Proof, Signed, Subject};

pub(super) use words::quorum as quorum_words;

/// What became of one demand of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is met, until then.
    Met(Option<Timestamp>),
    /// It is not.
    NotMet(Vec<String>),
    /// It is not met by what is known, and could be by what is not.
    Open(Vec<String>),
}

/// What an authority's answer comes to, once the rule's own demands are applied to it.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    pub(super) authority: &'a str,
    pub(super) answer: Answer<'a>,
}

/// One authority's part.
#[derive(Debug)]
pub(super) enum Answer<'a> {
    /// These count, each until then; and why others do not, in words.
    Known {
        counting: Vec<(&'a Proof, Option<Timestamp>)>,
        refused: Vec<String>,
    },
    /// Nobody could say.
    Unavailable(&'a str),
}

/// Whose pull secrets stand behind the questions about a task's image.
pub(super) fn pull_as(plan: &TaskPlan) -> PullAs {
    PullAs {
        namespace: plan.namespace.clone(),
        service_account: plan.service_account.clone(),
    }
}

/// The rules of a policy that cover an image.
pub(super) fn covering<'a>(policy: &'a Policy, reference: &Reference) -> impl Iterator<Item = &'a SignatureRule> {
    let rules = policy.signatures.as_ref().map_or(&[][..], |ruled| &ruled.rule);
    let covered: Vec<&SignatureRule> = rules
        .iter()
        .filter(|rule| rule.images.iter().any(|pattern| pattern.forbids(reference)))
        .collect();
    covered.into_iter()
}

/// Every question that a rule has about a pinned image.
pub(super) fn queries(
    rule: &SignatureRule,
    reference: &Reference,
    image: &PinnedImage,
    plan: &TaskPlan,
) -> Vec<SignatureQuery> {
    let of_image = rule.require.names().map(|name| (name, About::Image));
    let of_attestations = rule.attestations.iter().flat_map(|attestation| {
        let about = About::Attestation(attestation.predicate_type.clone());
        let quorum = attestation.require.as_ref().unwrap_or(&rule.require);
        quorum.names().map(move |name| (name, about.clone()))
    });
    of_image
        .chain(of_attestations)
        .map(|(authority, about)| query(reference, image, plan, authority, about))
        .collect()
}

fn query(reference: &Reference, image: &PinnedImage, plan: &TaskPlan, authority: &str, about: About) -> SignatureQuery {
    SignatureQuery {
        subject: Subject {
            name: reference.name(),
            digest: image.digest().clone(),
        },
        authority: authority.to_owned(),
        about,
        pull_as: pull_as(plan),
    }
}

/// A rule, and everything that it is judged by.
#[derive(Clone, Copy)]
pub(super) struct Judging<'a> {
    pub(super) rule: &'a SignatureRule,
    pub(super) request: &'a Request,
    pub(super) facts: &'a Facts,
    pub(super) plan: &'a TaskPlan,
    pub(super) image: &'a PinnedImage,
}

impl<'a> Judging<'a> {
    /// A rule for the image of a task; nothing while the image is not pinned.
    pub(super) fn of(rule: &'a SignatureRule, view: &TaskView<'a>) -> Option<Self> {
        Some(Self {
            rule,
            request: view.request,
            facts: view.facts,
            plan: view.plan,
            image: view.image?,
        })
    }

    /// Whether the image is signed as `require` asks.
    pub(super) fn image(&self) -> Outcome {
        let fits = |proof: &Proof| image::fits(proof, self);
        self.judge(&self.rule.require, &About::Image, |signed| {
            let (mut counting, mut refused) = (Vec::new(), words::refusals(signed));
            for proof in signed.proofs.iter().filter(|proof| proof.attestation.is_none()) {
                match fits(proof) {
                    Ok(until) => counting.push((proof, until)),
                    Err(why) => refused.push(why),
                }
            }
            (counting, refused)
        })
    }

    /// Whether each attestation is there, in the order of the rule.
    pub(super) fn attestations(&self) -> Vec<Outcome> {
        let judge = |asked: &'a crate::policy::AttestationRule| {
            let quorum = asked.require.as_ref().unwrap_or(&self.rule.require);
            let about = About::Attestation(asked.predicate_type.clone());
            self.judge(quorum, &about, |signed| {
                attestation::counting(signed, asked, self.request.at)
            })
        };
        self.rule.attestations.iter().map(judge).collect()
    }

    fn judge(
        &self,
        quorum: &'a Quorum,
        about: &About,
        count: impl Fn(&'a Signed) -> (Vec<(&'a Proof, Option<Timestamp>)>, Vec<String>),
    ) -> Outcome {
        let answers = quorum.names().map(|name| Counted {
            authority: name,
            answer: self.answer(name, about, &count),
        });
        let answers: Vec<Counted<'a>> = answers.collect();
        let until = self.until(quorum, about);
        match count::judge(quorum, &answers) {
            count::Verdict::Enough(until_proofs) => Outcome::Met([until, until_proofs].into_iter().flatten().min()),
            count::Verdict::Short => Outcome::NotMet(words::answers(&answers, self)),
            count::Verdict::Open => Outcome::Open(words::answers(&answers, self)),
        }
    }

    fn answer(
        &self,
        name: &'a str,
        about: &About,
        count: impl Fn(&'a Signed) -> (Vec<(&'a Proof, Option<Timestamp>)>, Vec<String>),
    ) -> Answer<'a> {
        let query = query(&self.plan.image, self.image, self.plan, name, about.clone());
        match self.facts.signed_of(&query) {
            None => Answer::Unavailable("nobody has looked yet"),
            Some(Fact::Unavailable(why)) => Answer::Unavailable(why),
            Some(Fact::Refuted(why)) => Answer::Known {
                counting: Vec::new(),
                refused: vec![why.clone()],
            },
            Some(Fact::Known(signed)) => {
                let (counting, refused) = count(signed);
                Answer::Known { counting, refused }
            }
        }
    }

    /// From when on the same evidence can give other answers.
    fn until(&self, quorum: &Quorum, about: &About) -> Option<Timestamp> {
        let known = quorum.names().filter_map(|name| {
            let query = query(&self.plan.image, self.image, self.plan, name, about.clone());
            match self.facts.signed_of(&query) {
                Some(Fact::Known(signed)) => signed.valid_until,
                Some(Fact::Refuted(_) | Fact::Unavailable(_)) | None => None,
            }
        });
        known.min()
    }

    fn authority(&self, name: &str) -> Option<&'a Authority> {
        self.request.policies.authorities.get(name)
    }
}

/// Until when the verdict on a task rests on signatures that count: the least of all rules that it meets.
pub(super) fn valid_until(view: &TaskView<'_>) -> Option<Timestamp> {
    let rules = view
        .policies
        .iter()
        .flat_map(|policy| covering(policy, &view.plan.image));
    rules
        .filter_map(|rule| Judging::of(rule, view))
        .flat_map(|judging| judging.attestations().into_iter().chain([judging.image()]))
        .filter_map(|outcome| match outcome {
            Outcome::Met(until) => until,
            Outcome::NotMet(_) | Outcome::Open(_) => None,
        })
        .min()
}

/// The age that a maximum leaves a proof, measured from the first witness on: who signs again what was signed long ago
/// gives it a new proof, who stamps it again does not.
pub(super) fn within_age(proof: &Proof, most: jiff::SignedDuration, at: Timestamp) -> Result<Timestamp, String> {
    let Some(first) = proof.verified_at.iter().map(|time| time.at).min() else {
        return Err("nobody vouches for when it was signed".to_owned());
    };
    let until = first.checked_add(most).unwrap_or(Timestamp::MAX);
    if at < until {
        Ok(until)
    } else {
        Err(format!(
            "signed at {first}, which is longer ago than {}",
            words::age(most)
        ))
    }
}
