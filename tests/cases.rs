//! Every example of `tests/cases` without a cluster: the exact objects that it becomes, and a page that lists them all.
//!
//! `UPDATE=1 cargo test --test cases` writes the snapshots and the page anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/cases.rs"]
mod cases;
#[path = "support/evidence.rs"]
mod evidence;
#[path = "support/case_page.rs"]
mod page;
#[path = "support/case_snapshot.rs"]
mod snapshot;

use std::fs;
use std::path::Path;

use cases::{Outcome, all, cases_folder};

#[tokio::test]
async fn every_case_becomes_exactly_the_objects_of_its_snapshot() {
    let mut faults = Vec::new();
    for case in all() {
        let found = snapshot::of(&case).await;
        let (allowed, tells) = match case.expect.result {
            Outcome::Pass => (found.admitted, "is expected to pass"),
            Outcome::Fail => (found.matched, "is expected to be answered"),
            Outcome::None => (true, ""),
        };
        if !allowed {
            faults.push(format!("{} {tells}, but:\n{}", case.name, found.text));
        }
        faults.extend(differs(&case.folder.join("objects.yaml"), &found.text));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_page_lists_every_feature_with_its_cases() {
    let faults = differs(&cases_folder().join("README.md"), &page::page(&all()));
    assert!(faults.is_none(), "{}", faults.unwrap_or_default());
}

/// What differs between a checked-in file and what it should be; with `UPDATE=1` the file is written instead.
fn differs(path: &Path, wanted: &str) -> Option<String> {
    let stored = fs::read_to_string(path).unwrap_or_default();
    if stored == wanted {
        return None;
    }
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(path, wanted).unwrap();
        return None;
    }
    let line = stored.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
    let shown = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
    Some(format!(
        "{}:{}: is not what it should be; `UPDATE=1 cargo test --test cases` writes it\n  stored: {}\n  wanted: {}",
        path.display(),
        line + 1,
        shown(&stored),
        shown(wanted)
    ))
}
