//! The cache by its effect: how often is fetched and verified, and what is never shared.

use std::sync::atomic::{AtomicUsize, Ordering};

use std::collections::BTreeSet;

use super::*;
use crate::image::Digest;
use crate::policy::PolicySet;
use crate::signature::Format;

/// Counts, and answers as it is told.
#[derive(Default)]
struct Counting {
    fetched: AtomicUsize,
    verified: AtomicUsize,
    wanted: Mutex<Vec<Wanted>>,
    down: bool,
    panics: bool,
    size: usize,
    until: Option<Timestamp>,
}

#[async_trait]
impl Fetch for Counting {
    async fn fetch(&self, _: &Subject, _: &PullAs, wanted: &Wanted) -> Looked {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        self.wanted.lock().unwrap().push(wanted.clone());
        tokio::task::yield_now().await;
        if self.down {
            return Fact::Unavailable("429".to_owned());
        }
        Fact::Known(Evidence::default())
    }

    fn verify(&self, _: &Evidence, subject: &Subject, _: &Authority, about: &About, at: Timestamp) -> Signed {
        self.verified.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "verification fails as it should not");
        let proof = serde_json::json!({
            "format": "legacy",
            "signer": { "key": { "fingerprint": subject.digest } },
            "verifiedAt": [ { "at": at, "source": "log" } ],
            "log": "ignored",
            "reference": format!("{about:?}{}", "x".repeat(self.size)),
            "evidence": subject.digest,
        });
        Signed {
            proofs: vec![serde_json::from_value(proof).unwrap()],
            refused: Vec::new(),
            valid_until: self.until,
        }
    }
}

fn authorities() -> PolicySet {
    let files = [
        (
            "p.yaml",
            "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Policy\nmetadata: { name: p }\ncommands: any\n---\napiVersion: job-executor.keptn.sh/v1alpha1\nkind: Authority\nmetadata: { name: a }\nkeys: [{ file: one.pub }]\nformats: [legacy]\ntransparencyLog: ignored\n---\napiVersion: job-executor.keptn.sh/v1alpha1\nkind: Authority\nmetadata: { name: b }\nkeys: [{ file: two.pub }]\nformats: [bundle]\ntransparencyLog: ignored\n",
        ),
        ("one.pub", include_str!("../../policy/tests/data/one.pub")),
        ("two.pub", include_str!("../../policy/tests/data/two.pub")),
    ];
    let files = files
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into_iter()
        .collect();
    PolicySet::load(&files).unwrap()
}

fn subject(name: &str, bytes: &str) -> Subject {
    Subject {
        name: name.to_owned(),
        digest: Digest::of_bytes(bytes.as_bytes()),
    }
}

fn who(namespace: &str, account: &str) -> PullAs {
    PullAs {
        namespace: namespace.to_owned(),
        service_account: account.to_owned(),
    }
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Asks about images only; answers and counts.
async fn ask_once(
    cache: &Verified,
    fetch: &Arc<Counting>,
    subject: &Subject,
    who: &PullAs,
    names: &[&str],
    at: i64,
) -> Vec<Fact<Signed>> {
    let set = authorities();
    let questions: Vec<SignatureQuestion<'_>> = names
        .iter()
        .map(|name| SignatureQuestion {
            authority: &set.authorities[*name],
            about: &About::Image,
            at: second(at),
        })
        .collect();
    let fetch: Arc<dyn Fetch> = Arc::clone(fetch) as Arc<dyn Fetch>;
    cache.answer(subject, who, &questions, &fetch).await
}

fn counts(fetch: &Counting) -> (usize, usize) {
    (
        fetch.fetched.load(Ordering::SeqCst),
        fetch.verified.load(Ordering::SeqCst),
    )
}

#[tokio::test]
async fn a_hundred_tasks_on_one_image_are_one_retrieval_and_one_verification() {
    let (cache, fetch) = (Verified::default(), Arc::new(Counting::default()));
    let (image, pull_as) = (subject("ghcr.io/acme/app", "1"), who("jobs", "default"));
    let asked = (0..100).map(|_| ask_once(&cache, &fetch, &image, &pull_as, &["a"], 5));
    let answers = futures::future::join_all(asked).await;
    assert_eq!(counts(&fetch), (1, 1));
    assert!(
        answers
            .iter()
            .all(|answer| *answer == answers[0] && matches!(answer[0], Fact::Known(_)))
    );
    assert!(cache.flights.lock().unwrap().is_empty());
}

#[tokio::test]
async fn several_authorities_are_one_retrieval_of_all_their_formats() {
    let (cache, fetch) = (Verified::default(), Arc::new(Counting::default()));
    let (image, pull_as) = (subject("ghcr.io/acme/app", "1"), who("jobs", "default"));
    ask_once(&cache, &fetch, &image, &pull_as, &["a", "b"], 5).await;
    assert_eq!(counts(&fetch), (1, 2));
    assert_eq!(
        fetch.wanted.lock().unwrap()[0].formats,
        BTreeSet::from([Format::Legacy, Format::Bundle])
    );
    ask_once(&cache, &fetch, &image, &pull_as, &["b"], 5).await;
    assert_eq!(counts(&fetch), (1, 2));
}

#[tokio::test]
async fn nothing_is_shared_that_an_answer_depends_on() {
    let (cache, fetch) = (Verified::default(), Arc::new(Counting::default()));
    let base = (subject("ghcr.io/acme/app", "1"), who("jobs", "default"), "a");
    let mut expected = 0;
    for (image, pull_as, authority) in [
        base.clone(),
        (subject("ghcr.io/acme/app", "2"), who("jobs", "default"), "a"),
        (subject("ghcr.io/acme/apps", "1"), who("jobs", "default"), "a"),
        (subject("ghcr.io/acme/app", "1"), who("job", "default"), "a"),
        (subject("ghcr.io/acme/app", "1"), who("jobs", "other"), "a"),
        // The same letters, parted elsewhere.
        (subject("ghcr.io/acme/app", "1"), who("jobsd", "efault"), "a"),
        (subject("ghcr.io/acme/app", "1"), who("jobs", "default"), "b"),
    ] {
        expected += 1;
        ask_once(&cache, &fetch, &image, &pull_as, &[authority], 5).await;
        assert_eq!(counts(&fetch).0, expected, "{image:?} {pull_as:?} {authority}");
        ask_once(&cache, &fetch, &image, &pull_as, &[authority], 5).await;
        assert_eq!(counts(&fetch).0, expected, "{image:?} {pull_as:?} {authority}");
    }
    cache.clear();
    ask_once(&cache, &fetch, &base.0, &base.1, &["a"], 5).await;
    assert_eq!(counts(&fetch).0, expected + 1);
}

#[tokio::test]
async fn an_answer_ends_with_what_it_rests_on_and_holds_for_nobody_before_it() {
    let fetch = Arc::new(Counting {
        until: Some(second(10)),
        ..Counting::default()
    });
    let (cache, image, pull_as) = (
        Verified::default(),
        subject("ghcr.io/acme/app", "1"),
        who("jobs", "default"),
    );
    for (at, expected) in [(5, 1), (9, 1), (10, 2), (9, 3)] {
        ask_once(&cache, &fetch, &image, &pull_as, &["a"], at).await;
        assert_eq!(counts(&fetch).0, expected, "{at}");
    }
}

#[tokio::test]
async fn trouble_is_kept_for_seconds_and_is_never_an_answer() {
    let fetch = Arc::new(Counting {
        down: true,
        ..Counting::default()
    });
    let (cache, image, pull_as) = (
        Verified::default(),
        subject("ghcr.io/acme/app", "1"),
        who("jobs", "default"),
    );
    for _ in 0..3 {
        let answers = ask_once(&cache, &fetch, &image, &pull_as, &["a", "b"], 5).await;
        assert_eq!(
            answers,
            [Fact::Unavailable("429".to_owned()), Fact::Unavailable("429".to_owned())]
        );
    }
    assert_eq!(counts(&fetch), (1, 0));
    for entry in cache.kept.lock().unwrap().entries.values_mut() {
        assert!(entry.until <= Instant::now() + TROUBLE);
        entry.until = Instant::now();
    }
    ask_once(&cache, &fetch, &image, &pull_as, &["a"], 5).await;
    assert_eq!(counts(&fetch).0, 2);
}

#[tokio::test]
async fn a_verification_that_panics_is_no_answer() {
    let fetch = Arc::new(Counting {
        panics: true,
        ..Counting::default()
    });
    let (cache, image, pull_as) = (
        Verified::default(),
        subject("ghcr.io/acme/app", "1"),
        who("jobs", "default"),
    );
    let answers = ask_once(&cache, &fetch, &image, &pull_as, &["a"], 5).await;
    assert!(matches!(answers.as_slice(), [Fact::Unavailable(_)]), "{answers:?}");
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_the_latest_stays() {
    let fetch = Arc::new(Counting {
        size: 1_000_000,
        ..Counting::default()
    });
    let (cache, pull_as) = (Verified::default(), who("jobs", "default"));
    for index in 0..40 {
        ask_once(
            &cache,
            &fetch,
            &subject("ghcr.io/acme/app", &index.to_string()),
            &pull_as,
            &["a"],
            5,
        )
        .await;
        assert!(cache.size().1 <= MOST_BYTES, "{:?}", cache.size());
    }
    assert!(cache.size().0 >= 5, "{:?}", cache.size());
    let before = counts(&fetch).0;
    ask_once(&cache, &fetch, &subject("ghcr.io/acme/app", "39"), &pull_as, &["a"], 5).await;
    assert_eq!(counts(&fetch).0, before);
}
