//! Files of an event over a store that says what the test makes it say.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::super::held::Budget;
use super::*;
use crate::config::FilePath;
use crate::store::{FoundConfig, FoundFiles, Listing};

/// A store where an entry `N` is one file of N mebibytes, and any other entry is an error.
#[derive(Default)]
struct Sized {
    readings: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    broken: Option<StoreError>,
}

#[async_trait]
impl Store for Sized {
    async fn config(&self, _scope: &Scope) -> Result<FoundConfig, StoreError> {
        Err(StoreError::NotFound { what: "config".into() })
    }

    async fn files(&self, _: &Scope, _: Option<&CommitId>, entries: &[String]) -> Result<FoundFiles, StoreError> {
        self.readings.fetch_add(1, Ordering::SeqCst);
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let files = entries
            .iter()
            .map(|entry| StoredFile {
                path: FilePath::parse(entry).unwrap(),
                bytes: entry
                    .as_bytes()
                    .iter()
                    .copied()
                    .cycle()
                    .take(mebibytes(entry))
                    .collect(),
            })
            .collect();
        Ok(FoundFiles {
            files,
            pin: None,
            listing: Listing::NotNeeded,
        })
    }
}

fn mebibytes(entry: &str) -> usize {
    entry.split('-').next().unwrap().parse::<usize>().unwrap() * 1024 * 1024
}

fn scope() -> Scope {
    let event = serde_json::json!({
        "specversion": "1.0", "id": "i", "source": "s", "type": "sh.keptn.event.t.triggered",
        "data": { "project": "p", "stage": "s", "service": "v" },
    });
    Scope::of(&crate::event::Event::parse(event.to_string().as_bytes()).unwrap()).unwrap()
}

fn entries(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

#[tokio::test(start_paused = true)]
async fn what_an_event_keeps_is_bounded_and_the_rest_is_read_again() {
    let (store, held) = (Sized::default(), Held::new(Budget::DEFAULT));
    let files = EventFiles::new(&store, &held, scope(), None);
    let mut admitted = Vec::new();
    for name in ["15-a", "4-b", "9-c"] {
        let Fact::Known(facts) = files.facts(&entries(name)).await else {
            panic!("{name}")
        };
        admitted.push((name, facts));
    }
    assert_eq!(files.kept().files.len(), 2, "15 and 4 MiB fit, 9 more do not");
    assert_eq!(store.readings.load(Ordering::SeqCst), 3);
    for (name, facts) in &admitted {
        let contents = files.contents(&entries(name), &facts.files).await.unwrap();
        assert_eq!(contents[0].content.len(), mebibytes(name));
    }
    assert_eq!(store.readings.load(Ordering::SeqCst), 4, "only the third is read again");
    let stale = &admitted[0].1;
    assert!(
        files.contents(&entries("9-c"), &stale.files).await.is_err(),
        "not what was admitted"
    );
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tasks_with_large_files_are_refused_after_a_hundred_mebibytes() {
    let (store, held) = (Sized::default(), Held::new(Budget::DEFAULT));
    let files = EventFiles::new(&store, &held, scope(), None);
    let names: Vec<Vec<String>> = (0..1000).map(|task| entries(&format!("20-{task:03}"))).collect();
    let facts = futures::future::join_all(names.iter().map(|entries| files.facts(entries))).await;
    let refuted: Vec<usize> = facts
        .iter()
        .enumerate()
        .filter(|(_, fact)| matches!(fact, Fact::Refuted(why) if why.contains("104857600 bytes together")))
        .map(|(index, _)| index)
        .collect();
    assert_eq!(
        refuted,
        (5..1000).collect::<Vec<_>>(),
        "in the order in which they are asked for"
    );
    assert_eq!(store.readings.load(Ordering::SeqCst), 6, "what is refused is not read");
}

#[tokio::test(start_paused = true)]
async fn events_take_turns_at_reading() {
    let (store, held) = (Sized::default(), Held::new(Budget::DEFAULT));
    let events: Vec<EventFiles<'_>> = (0..40).map(|_| EventFiles::new(&store, &held, scope(), None)).collect();
    let entries = entries("0-a");
    futures::future::join_all(events.iter().map(|files| files.facts(&entries))).await;
    assert_eq!(store.readings.load(Ordering::SeqCst), 40);
    assert_eq!(store.most_at_once.load(Ordering::SeqCst), Budget::DEFAULT.readers);
}

#[tokio::test(start_paused = true)]
async fn only_an_outage_leaves_it_open_whether_files_can_be_had() {
    let path = || "a".to_owned();
    let refuted = [
        StoreError::NoSuchEntry {
            entry: path(),
            place: path(),
        },
        StoreError::FileTooLarge { path: path(), limit: 1 },
        StoreError::TooLargeTogether { path: path(), limit: 1 },
        StoreError::TooMany { what: path(), limit: 1 },
        StoreError::EventTooLarge { limit: 1 },
        StoreError::EventTooMany { limit: 1 },
        FilePath::parse("../a").unwrap_err().into(),
    ];
    let open = [
        StoreError::Unavailable {
            what: path(),
            reason: path(),
            retry_after: None,
        },
        StoreError::Unauthorized {
            what: path(),
            reason: path(),
        },
        StoreError::Malformed {
            what: path(),
            reason: path(),
        },
    ];
    let fact = async |error: &StoreError| {
        let (store, held) = (
            Sized {
                broken: Some(error.clone()),
                ..Sized::default()
            },
            Held::new(Budget::DEFAULT),
        );
        EventFiles::new(&store, &held, scope(), None)
            .facts(&entries("1-a"))
            .await
    };
    for error in &refuted {
        assert!(matches!(fact(error).await, Fact::Refuted(_)), "{error}");
    }
    for error in &open {
        assert!(matches!(fact(error).await, Fact::Unavailable(_)), "{error}");
    }
}
