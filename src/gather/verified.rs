//! Verified answers about digests, kept: what was verified once need not be fetched and verified again while it holds.
//!
//! The key is everything an answer depends on, each part behind its length: the bytes (digest), where they lie, the
//! authority's own hash (keys, roots, formats, witnesses), what is asked, the verifier's version, and who asks - nobody
//! learns from another's answer that an image exists. Answers of the registry that are none are kept for seconds, so that
//! a hundred tasks do not ask it a hundred times while it is down. Tags are never kept: a key begins with a digest.
//!
//! Callers of one key at once wait for the first: one retrieval, one verification. What is kept is bounded in bytes; what
//! was used least lately goes first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex as AsyncMutex;

use super::SignatureQuestion;
use super::registry::{Registry, Wanted};
use crate::admission::{Fact, PullAs};
use crate::policy::Authority;
use crate::signature::{About, Evidence, Signed, Subject, VERIFIER_VERSION};

/// Bytes that all kept answers may take, as far as they can be counted.
const MOST_BYTES: usize = 24 * 1024 * 1024;
/// How long an answer that is none is kept.
const TROUBLE: Duration = Duration::from_secs(5);
/// How long an answer is kept at most: signatures may be added, and nothing tells us.
const LONGEST: Duration = Duration::from_secs(600);
/// How long "nothing was found" is kept: who just signed wants to go on.
const NOTHING: Duration = Duration::from_secs(15);
/// How many refusals an answer names; all are counted where they are verified.
const MOST_REFUSALS: usize = 25;

/// What was found, or why nothing could be.
pub type Looked = Fact<Evidence>;

/// Who fetches and verifies for the cache.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// What the registry holds about these bytes.
    async fn fetch(&self, subject: &Subject, pull_as: &PullAs, wanted: &Wanted) -> Looked;
    /// What an authority makes of it. May take milliseconds: it is called where blocking is allowed.
    fn verify(
        &self,
        evidence: &Evidence,
        subject: &Subject,
        authority: &Authority,
        about: &About,
        at: Timestamp,
    ) -> Signed;
}

#[async_trait]
impl Fetch for Registry {
    async fn fetch(&self, subject: &Subject, pull_as: &PullAs, wanted: &Wanted) -> Looked {
        self.evidence(&subject.name, &subject.digest, wanted, pull_as).await
    }

    fn verify(
        &self,
        evidence: &Evidence,
        subject: &Subject,
        authority: &Authority,
        about: &About,
        at: Timestamp,
    ) -> Signed {
        crate::signature::verify(evidence, subject, authority, about, at)
    }
}

/// SHA-256 over all parts, each behind its length.
type Key = [u8; 32];

/// The cache. One for a process.
#[derive(Default)]
pub struct Verified {
    kept: Mutex<Kept>,
    /// One lock for each image and identity that is being asked about.
    flights: Mutex<BTreeMap<Key, Arc<AsyncMutex<()>>>>,
}

#[derive(Default)]
struct Kept {
    entries: BTreeMap<Key, Entry>,
    bytes: usize,
    /// Raised with every use.
    clock: u64,
}

struct Entry {
    fact: Fact<Signed>,
    bytes: usize,
    used: u64,
    until: Instant,
    valid_until: Option<Timestamp>,
    verified_at: Timestamp,
}

impl Verified {
    /// Answers the questions about one image, one answer each, in their order.
    pub async fn answer(
        &self,
        subject: &Subject,
        pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
        fetch: &Arc<dyn Fetch>,
    ) -> Vec<Fact<Signed>> {
        let keys: Vec<Key> = questions
            .iter()
            .map(|question| key(subject, pull_as, question))
            .collect();
        if let Some(all) = self.all(&keys, questions) {
            return all;
        }
        // All questions about one image wait for each other: what one of them fetched, the next one may find here.
        let flight = Flight::begin(self, flight_key(subject, pull_as));
        let _turn = flight.lock.lock().await;
        let open: Vec<(&Key, &SignatureQuestion<'_>)> = keys
            .iter()
            .zip(questions)
            .filter(|(key, question)| self.get(key, question.at).is_none())
            .collect();
        let mut answers = BTreeMap::new();
        if !open.is_empty() {
            let asked: Vec<&SignatureQuestion<'_>> = open.iter().map(|(_, question)| *question).collect();
            let facts = ask(subject, pull_as, &asked, fetch).await;
            for ((key, question), fact) in open.into_iter().zip(facts) {
                self.put(*key, &fact, question.at);
                answers.insert(*key, fact);
            }
        }
        keys.iter()
            .zip(questions)
            .map(|(key, question)| {
                let fresh = answers.get(key).cloned();
                let none = || Fact::Unavailable("the answer was not kept; ask again".to_owned());
                fresh.or_else(|| self.get(key, question.at)).unwrap_or_else(none)
            })
            .collect()
    }

    /// Forgets everything: policies were read anew.
    pub fn clear(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    /// How many answers are kept, and how many bytes they take.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.entries.len(), kept.bytes)
    }

    fn all(&self, keys: &[Key], questions: &[SignatureQuestion<'_>]) -> Option<Vec<Fact<Signed>>> {
        keys.iter()
            .zip(questions)
            .map(|(key, question)| self.get(key, question.at))
            .collect()
    }

    fn get(&self, key: &Key, at: Timestamp) -> Option<Fact<Signed>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock = kept.clock.saturating_add(1);
        let clock = kept.clock;
        let entry = kept.entries.get_mut(key)?;
        // An answer holds from the instant it was verified for until its own end. A request of before that instant is
        // verified anew: what lies in its future must not count for it.
        let holds =
            Instant::now() < entry.until && entry.verified_at <= at && entry.valid_until.is_none_or(|until| at < until);
        if !holds {
            return None;
        }
        entry.used = clock;
        Some(entry.fact.clone())
    }

    fn put(&self, key: Key, fact: &Fact<Signed>, at: Timestamp) {
        let (keep, valid_until) = match fact {
            Fact::Known(signed) if signed.proofs.is_empty() => (NOTHING, signed.valid_until),
            Fact::Known(signed) => (LONGEST, signed.valid_until),
            Fact::Refuted(_) | Fact::Unavailable(_) => (TROUBLE, None),
        };
        let bytes = serde_json::to_string(fact)
            .map_or(MOST_BYTES, |text| text.len().saturating_mul(2))
            .saturating_add(256);
        let Some(until) = Instant::now().checked_add(keep) else {
            return;
        };
        if bytes > MOST_BYTES {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock = kept.clock.saturating_add(1);
        let entry = Entry {
            fact: fact.clone(),
            bytes,
            used: kept.clock,
            until,
            valid_until,
            verified_at: at,
        };
        let before = kept.entries.insert(key, entry).map_or(0, |entry| entry.bytes);
        kept.bytes = kept.bytes.saturating_sub(before).saturating_add(bytes);
        kept.make_room();
    }
}

impl Kept {
    /// Drops what is over first, then what was used least lately, in one go of a quarter.
    fn make_room(&mut self) {
        if self.bytes <= MOST_BYTES {
            return;
        }
        let now = Instant::now();
        self.entries.retain(|_, entry| now < entry.until);
        self.bytes = self.entries.values().map(|entry| entry.bytes).sum();
        if self.bytes <= MOST_BYTES {
            return;
        }
        let mut by_use: Vec<(u64, Key)> = self.entries.iter().map(|(key, entry)| (entry.used, *key)).collect();
        by_use.sort_unstable();
        for (_, key) in by_use {
            if self.bytes <= MOST_BYTES / 4 * 3 {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes = self.bytes.saturating_sub(entry.bytes);
            }
        }
    }
}

/// A turn at asking about one image; its lock goes when nobody waits for it any more.
struct Flight<'a> {
    cache: &'a Verified,
    key: Key,
    lock: Arc<AsyncMutex<()>>,
}

impl<'a> Flight<'a> {
    fn begin(cache: &'a Verified, key: Key) -> Self {
        let mut flights = cache.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = Arc::clone(flights.entry(key).or_default());
        Self { cache, key, lock }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self.cache.flights.lock().unwrap_or_else(PoisonError::into_inner);
        // This one and the map's own: nobody else waits.
        if Arc::strong_count(&self.lock) <= 2 {
            flights.remove(&self.key);
        }
    }
}

/// Fetches once for all questions, and verifies each.
async fn ask(
    subject: &Subject,
    pull_as: &PullAs,
    questions: &[&SignatureQuestion<'_>],
    fetch: &Arc<dyn Fetch>,
) -> Vec<Fact<Signed>> {
    let wanted = Wanted {
        formats: questions
            .iter()
            .flat_map(|question| question.authority.formats.iter().copied())
            .collect(),
        about: questions.iter().map(|question| question.about.clone()).collect(),
    };
    let evidence = match fetch.fetch(subject, pull_as, &wanted).await {
        Fact::Known(evidence) => evidence,
        Fact::Refuted(why) => return questions.iter().map(|_| Fact::Refuted(why.clone())).collect(),
        Fact::Unavailable(why) => return questions.iter().map(|_| Fact::Unavailable(why.clone())).collect(),
    };
    let owned: Vec<(Authority, About, Timestamp)> = questions
        .iter()
        .map(|question| (question.authority.clone(), question.about.clone(), question.at))
        .collect();
    let (subject, verifier) = (subject.clone(), Arc::clone(fetch));
    // Hashing and curves take milliseconds: not on a thread that others wait for.
    let verified = tokio::task::spawn_blocking(move || {
        let verify = |(authority, about, at): &(Authority, About, Timestamp)| {
            Fact::Known(bounded(verifier.verify(&evidence, &subject, authority, about, *at)))
        };
        owned.iter().map(verify).collect::<Vec<_>>()
    });
    match verified.await {
        Ok(facts) => facts,
        Err(_) => {
            tracing::error!("the verification of signatures ended without an answer; none is taken as verified");
            let none = || Fact::Unavailable("the verification ended without an answer".to_owned());
            questions.iter().map(|_| none()).collect()
        }
    }
}

/// A registry can show many things that do not count: a run record keeps some of their reasons.
fn bounded(mut signed: Signed) -> Signed {
    signed.refused.truncate(MOST_REFUSALS);
    signed
}

fn key(subject: &Subject, pull_as: &PullAs, question: &SignatureQuestion<'_>) -> Key {
    let (kind, predicate) = match question.about {
        About::Image => ("image", ""),
        About::Attestation(predicate) => ("attestation", predicate.as_str()),
    };
    hashed(&[
        &subject.digest.to_string(),
        &subject.name,
        &question.authority.hash.to_string(),
        kind,
        predicate,
        &VERIFIER_VERSION.to_string(),
        &pull_as.namespace,
        &pull_as.service_account,
    ])
}

fn flight_key(subject: &Subject, pull_as: &PullAs) -> Key {
    hashed(&[
        &subject.digest.to_string(),
        &subject.name,
        &pull_as.namespace,
        &pull_as.service_account,
    ])
}

fn hashed(parts: &[&str]) -> Key {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests;
