//! Which level's configuration an event gets, and what never leads on to a broader one.

use job_executor_service::store::keptn_resources::ResourceService;
use job_executor_service::store::{CommitId, Level, Limits, Scope, Store, StoreError};

use crate::standin::{Fault, Standin};
use crate::{CONFIG, PROJECT, RETRY, SERVICE, STAGE, api, carts, gateway_api, store};

fn commit(id: &str) -> Option<CommitId> {
    CommitId::parse(id).unwrap()
}

/// What an error must be.
type Expected = fn(&StoreError) -> bool;

/// A stand-in with a configuration at those places, and the service's folder in any case.
async fn with_configs(places: &[&str]) -> Standin {
    let standin = Standin::start().await.unwrap();
    standin.put(SERVICE, &[("readme.md", b"a service")]);
    standin.put(PROJECT, &[("shipyard.yaml", b"a project")]);
    for place in places {
        standin.put(place, &[(CONFIG, format!("# {place}").as_bytes())]);
    }
    standin
}

#[tokio::test]
async fn the_narrowest_level_that_has_a_configuration_wins() {
    let rows: [(&[&str], Level); 5] = [
        (&[SERVICE, STAGE, PROJECT], Level::Service),
        (&[SERVICE, PROJECT], Level::Service),
        (&[STAGE, PROJECT], Level::Stage),
        (&[STAGE], Level::Stage),
        (&[PROJECT], Level::Project),
    ];
    for (places, level) in rows {
        let standin = with_configs(places).await;
        let found = store(&standin).config(&carts("")).await.unwrap();
        let place = match level {
            Level::Service => SERVICE,
            Level::Stage => STAGE,
            Level::Project => PROJECT,
        };
        assert_eq!((found.level, found.text), (level, format!("# {place}")), "{places:?}");
    }
}

#[tokio::test]
async fn no_configuration_at_any_level_is_not_found_and_names_the_levels() {
    let standin = with_configs(&[]).await;
    let error = store(&standin).config(&carts("")).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        "could not find `job/config.yaml` at service, stage, project level of sockshop/dev/carts"
    );
    let elsewhere = Scope::new("unknown", "dev", "carts", "").unwrap();
    assert!(store(&standin).config(&elsewhere).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_event_without_service_or_stage_asks_only_the_levels_it_names() {
    let standin = with_configs(&[PROJECT]).await;
    for (stage, service, levels) in [("dev", "", 2), ("", "", 1)] {
        let before = standin.requests().len();
        let scope = Scope::new("sockshop", stage, service, "").unwrap();
        let found = store(&standin).config(&scope).await.unwrap();
        assert_eq!(found.level, Level::Project);
        assert_eq!(standin.requests().len() - before, levels, "{stage:?}");
    }
}

#[tokio::test]
async fn a_service_that_does_not_exist_yet_gets_the_configuration_of_its_stage() {
    let standin = with_configs(&[STAGE]).await;
    let scope = Scope::new("sockshop", "dev", "not-there", "").unwrap();
    assert_eq!(store(&standin).config(&scope).await.unwrap().level, Level::Stage);
}

#[tokio::test]
async fn service_and_stage_are_read_at_the_events_commit_and_the_project_at_its_newest() {
    for place in [SERVICE, STAGE] {
        let standin = with_configs(&[]).await;
        let old = standin.put(place, &[(CONFIG, b"old")]);
        let new = standin.put(place, &[(CONFIG, b"new")]);
        let found = store(&standin).config(&carts(&old)).await.unwrap();
        assert_eq!(
            (found.text.as_str(), found.version, found.pin),
            ("old", commit(&old), commit(&old)),
            "{place}"
        );
        let found = store(&standin).config(&carts("")).await.unwrap();
        assert_eq!(
            (found.text.as_str(), found.version, found.pin),
            ("new", commit(&new), commit(&new)),
            "{place}"
        );
    }
    let standin = with_configs(&[]).await;
    let of_the_stage = standin.put(SERVICE, &[("other", b"x")]);
    standin.put(PROJECT, &[(CONFIG, b"old")]);
    let newest = standin.put(PROJECT, &[(CONFIG, b"new")]);
    let found = store(&standin).config(&carts(&of_the_stage)).await.unwrap();
    assert_eq!(
        (found.text.as_str(), found.version, found.pin),
        ("new", commit(&newest), commit(&of_the_stage))
    );
    let found = store(&standin).config(&carts("")).await.unwrap();
    assert_eq!(
        (found.level, found.pin),
        (Level::Project, None),
        "the project's version is of another branch"
    );
}

#[tokio::test]
async fn a_configuration_that_the_commit_does_not_have_is_looked_for_at_the_next_level() {
    let standin = with_configs(&[PROJECT]).await;
    let before = standin.put(SERVICE, &[("other", b"x")]);
    standin.put(SERVICE, &[(CONFIG, b"later")]);
    let found = store(&standin).config(&carts(&before)).await.unwrap();
    assert_eq!(found.level, Level::Project);
}

#[tokio::test]
async fn an_outage_a_refusal_or_a_broken_answer_never_selects_a_broader_level() {
    let at_service = "/service/carts/resource/";
    let rows: [(Fault, Expected); 11] = [
        (Fault::always(at_service, 400), |error| {
            matches!(error, StoreError::Refused { .. })
        }),
        (Fault::always(at_service, 401), |error| {
            matches!(error, StoreError::Unauthorized { .. })
        }),
        (Fault::always(at_service, 403), |error| {
            matches!(error, StoreError::Unauthorized { .. })
        }),
        (Fault::always(at_service, 424), |error| {
            matches!(error, StoreError::Refused { .. })
        }),
        (Fault::always(at_service, 302), |error| {
            matches!(error, StoreError::Refused { .. })
        }),
        (Fault::always(at_service, 429), |error| {
            matches!(error, StoreError::Unavailable { .. })
        }),
        (Fault::always(at_service, 500), |error| {
            matches!(error, StoreError::Unavailable { .. })
        }),
        (Fault::always(at_service, 503), |error| {
            matches!(error, StoreError::Unavailable { .. })
        }),
        (Fault::always(at_service, 200).with_body(b"<html>"), |error| {
            matches!(error, StoreError::Malformed { .. })
        }),
        (Fault::always(at_service, 200).with_body(b"{}"), |error| {
            matches!(error, StoreError::Malformed { .. })
        }),
        (
            Fault::always(at_service, 200).with_body(br#"{"resourceContent":"!"}"#),
            |error| matches!(error, StoreError::Malformed { .. }),
        ),
    ];
    for (fault, expected) in rows {
        let standin = with_configs(&[SERVICE, STAGE, PROJECT]).await;
        standin.fail(fault.clone());
        let error = store(&standin).config(&carts("")).await.unwrap_err();
        assert!(expected(&error), "{fault:?}: {error}");
        let asked: Vec<String> = standin.requests().into_iter().map(|seen| seen.target).collect();
        assert!(
            asked.iter().all(|target| target.contains(at_service)),
            "{fault:?}: {asked:?}"
        );
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_and_one_that_stays_only_so_often() {
    let standin = with_configs(&[SERVICE]).await;
    standin.fail(Fault::once("/service/carts/", 503));
    assert_eq!(store(&standin).config(&carts("")).await.unwrap().level, Level::Service);

    let standin = with_configs(&[SERVICE]).await;
    standin.fail(Fault::always("/service/carts/", 503).with_header("retry-after", "7"));
    let error = store(&standin).config(&carts("")).await.unwrap_err();
    assert_eq!(standin.requests().len(), 3);
    let StoreError::Unavailable { retry_after, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(retry_after, Some(std::time::Duration::from_secs(7)));
}

#[tokio::test]
async fn a_commit_that_nobody_knows_is_no_reason_to_look_elsewhere() {
    let standin = with_configs(&[SERVICE, STAGE, PROJECT]).await;
    let error = store(&standin)
        .config(&carts("0123456789012345678901234567890123456789"))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn an_answer_of_another_version_than_the_one_asked_for_is_refused() {
    let standin = with_configs(&[SERVICE]).await;
    let old = standin.put(SERVICE, &[(CONFIG, b"old")]);
    let body = br#"{"resourceURI":"x","resourceContent":"b2xk","metadata":{"version":"another"}}"#;
    standin.fail(Fault::always("/service/carts/", 200).with_body(body));
    let error = store(&standin).config(&carts(&old)).await.unwrap_err();
    assert!(matches!(error, StoreError::VersionDiffers { .. }), "{error}");
}

#[tokio::test]
async fn an_abbreviated_commit_is_the_same_version() {
    let standin = with_configs(&[]).await;
    let old = standin.put(SERVICE, &[(CONFIG, b"old")]);
    standin.put(SERVICE, &[(CONFIG, b"new")]);
    let short: String = old.chars().take(8).collect();
    assert_eq!(store(&standin).config(&carts(&short)).await.unwrap().text, "old");
}

#[tokio::test]
async fn a_configuration_that_is_too_large_or_no_text_is_an_error_of_its_own() {
    let standin = with_configs(&[STAGE]).await;
    let limits = Limits {
        config_bytes: 1000,
        ..Limits::DEFAULT
    };
    let store = ResourceService::new(api(&standin), limits, RETRY);
    standin.put(SERVICE, &[(CONFIG, &[b'#'; 1000])]);
    assert_eq!(store.config(&carts("")).await.unwrap().text.len(), 1000);
    // Just above the limit the content is measured, far above it the answer is not even read to its end.
    for size in [1001, 1_000_000] {
        standin.put(SERVICE, &[(CONFIG, &vec![b'#'; size])]);
        let error = store.config(&carts("")).await.unwrap_err();
        assert!(
            matches!(error, StoreError::TooLarge { limit: 1000, .. }),
            "{size}: {error}"
        );
    }
    standin.put(SERVICE, &[(CONFIG, b"a\xff")]);
    let error = store.config(&carts("")).await.unwrap_err();
    assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn the_same_configuration_is_found_through_the_gateway_with_the_token() {
    let standin = with_configs(&[STAGE]).await;
    standin.require_token("secret");
    let through = |token: &str| ResourceService::new(gateway_api(&standin, token), Limits::DEFAULT, RETRY);
    assert_eq!(through("secret").config(&carts("")).await.unwrap().level, Level::Stage);
    let error = through("wrong").config(&carts("")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unauthorized { .. }), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");
    let error = through("").config(&carts("")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unauthorized { .. }), "{error}");
}
