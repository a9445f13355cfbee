//! Every row of the table on both registries: what cosign 2 and cosign 3 say, and what we say.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt as _, stream};

use crate::command;
use crate::ours;
use crate::rows::{self, Asked, Hand, Ours, Row, Says};
use crate::signing::cosign::Cosign;
use crate::signing::registry::{Image, Registry};
use crate::stage::Stage;

/// cosign hashes with SHA-256 whatever the key, unless it is told; cosign 3 cannot be told.
fn more(asked: Asked) -> &'static [&'static str] {
    if matches!(asked, Asked::Key(Hand::P384)) {
        &["--signature-digest-algorithm", "sha384"]
    } else {
        &[]
    }
}

fn ask(cosign: &Cosign, row: &Row, image: &Image, stage: &Stage, more: &[&str]) -> (Says, String) {
    let trusts = stage.trusts(row.asked);
    let answer = match row.predicate {
        None => cosign.verify(image, &trusts, more),
        Some((short, _)) => cosign.verify_attestation(image, &trusts, short),
    };
    match answer {
        Ok(()) => (Says::Yes, String::new()),
        Err(text) => (Says::No, text),
    }
}

/// Makes the row's image in a registry and says what is not as the table has it.
async fn check(stage: &Stage, number: usize, row: &Row, registry: &Registry) -> Vec<String> {
    let repository = format!("signatures/{}-{number}", std::process::id());
    let image = registry.push(&repository, row.name).await;
    for step in row.steps {
        stage.take(*step, &image).await;
    }
    let mut wrong = Vec::new();
    let place = if registry.has_referrers_api() {
        "with referrers"
    } else {
        "plain"
    };
    let (two, text) = ask(&stage.two, row, &image, stage, more(row.asked));
    if two != row.two {
        wrong.push(format!("{} ({place}): cosign 2 says {two:?}: {text}", row.name));
    }
    let (three, text) = ask(&stage.three, row, &image, stage, &[]);
    if three != row.three {
        wrong.push(format!("{} ({place}): cosign 3 says {three:?}: {text}", row.name));
    }
    let signed = ours::judge(stage, row, &image).await;
    let codes: BTreeSet<&str> = signed.refused.iter().map(|refusal| refusal.code.as_str()).collect();
    let right = match row.ours {
        Ours::Proven => signed.proofs.len() == 1,
        Ours::Refused(code) => signed.proofs.is_empty() && codes.contains(code),
        Ours::Nothing => signed.proofs.is_empty() && codes.is_empty(),
    };
    if !right {
        wrong.push(format!("{} ({place}): we say {signed:#?}", row.name));
    }
    if let Some(difference) = command::differs(stage, row, &image) {
        wrong.push(format!("{} ({place}): {difference}", row.name));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_table_is_what_cosign_says() {
    let stage = Arc::new(Stage::set());
    let cases = rows::all().into_iter().enumerate().flat_map(|row| [(row, 0), (row, 1)]);
    let wrong: Vec<Vec<String>> = stream::iter(cases)
        .map(|((number, row), place)| {
            let stage = Arc::clone(&stage);
            // Tasks of their own, as cosign blocks the thread it is waited for on.
            tokio::spawn(async move { check(&stage, number, row, &stage.registries[place]).await })
        })
        .buffer_unordered(4)
        .map(Result::unwrap)
        .collect()
        .await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(
        wrong.is_empty(),
        "{} answers are others:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_row_proves_what_both_cosigns_refuse_and_each_row_that_refuses_more_says_why() {
    for row in rows::all() {
        let accepted = row.two == Says::Yes || row.three == Says::Yes;
        let proven = row.ours == Ours::Proven;
        assert!(accepted || !proven, "{}: both cosigns refuse it", row.name);
        assert_eq!(
            accepted && !proven,
            !row.why.is_empty(),
            "{}: `why` says why we refuse more",
            row.name
        );
    }
}
