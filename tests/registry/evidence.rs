//! What a registry holds about one digest: fetched, compared and counted, never believed.

use std::collections::BTreeSet;

use job_executor_service::admission::Fact;
use job_executor_service::gather::registry::{Keyring, Wanted};
use job_executor_service::settings::RegistryHost;
use job_executor_service::signature::{About, Evidence, Format};

use crate::hostile_registry::evidence_subject;
use crate::world::{World, code, lines};

fn wanted(formats: &[Format], about: &[About]) -> Wanted {
    Wanted {
        formats: formats.iter().copied().collect(),
        about: about.iter().cloned().collect(),
    }
}

fn provenance() -> About {
    About::Attestation("https://slsa.dev/provenance/v1".to_owned())
}

async fn evidence(world: &World, name: &str, wanted: &Wanted) -> Fact<Evidence> {
    let digest = evidence_subject(name);
    world
        .registry
        .evidence_with(&World::plain(name), &digest, wanted, &Keyring::default())
        .await
}

/// How many signatures, attestations and bundles, and the codes of what was put aside.
fn counts(fact: &Fact<Evidence>) -> String {
    let Fact::Known(found) = fact else { return code(fact) };
    let refused: BTreeSet<&str> = found.refused.iter().map(|refusal| refusal.code.as_str()).collect();
    let refused: Vec<&str> = refused.into_iter().collect();
    let numbers = (found.signatures.len(), found.attestations.len(), found.bundles.len());
    format!("{} {} {} {}", numbers.0, numbers.1, numbers.2, refused.join(","))
        .trim_end()
        .to_owned()
}

#[tokio::test]
async fn only_the_formats_and_kinds_that_are_asked_for_are_looked_at() {
    let world = World::new().await;
    for (formats, about, expected, requests) in [
        (&[Format::Bundle][..], &[About::Image][..], "0 0 2", 5),
        (&[Format::Legacy], &[About::Image], "2 0 0", 2),
        (&[Format::Legacy], &[provenance()], "0 1 0", 2),
        (&[Format::Legacy], &[About::Image, provenance()], "2 1 0", 3),
        (
            &[Format::Bundle, Format::Legacy],
            &[About::Image, provenance()],
            "2 1 2",
            7,
        ),
        (&[], &[About::Image], "0 0 0", 0),
        (&[Format::Bundle, Format::Legacy], &[], "0 0 0", 0),
    ] {
        let fact = evidence(&world, "good", &wanted(formats, about)).await;
        assert_eq!(counts(&fact), expected, "{formats:?} {about:?} {fact:?}");
        assert_eq!(world.hostile.take_seen().len(), requests, "{formats:?} {about:?}");
    }
}

#[tokio::test]
async fn a_cold_verdict_takes_four_requests_and_one_more_without_a_referrers_api() {
    let world = World::new().await;
    for (name, requests) in [
        ("foreign-layer", 4),
        ("endless-blob", 4),
        ("unsigned", 2),
        ("fallback-none", 3),
    ] {
        let reference = format!("hostile.example/{name}:1");
        assert_eq!(code(&world.registry.resolve(&reference).await), "known");
        let _ = evidence(&world, name, &wanted(&[Format::Bundle], &[About::Image])).await;
        let seen = lines(&world.hostile.take_seen());
        assert_eq!(seen.len(), requests, "{name}: {seen:?}");
    }
    // Two bundles under the tag: list, tag, and two requests for each.
    let _ = evidence(&world, "fallback", &wanted(&[Format::Bundle], &[About::Image])).await;
    assert_eq!(world.hostile.take_seen().len(), 6);
    // The old format: the image, the `.sig` manifest, and one blob that all its layers share.
    let _ = world.registry.resolve("hostile.example/good:1").await;
    let _ = evidence(&world, "good", &wanted(&[Format::Legacy], &[About::Image])).await;
    assert_eq!(world.hostile.take_seen().len(), 3);
}

#[tokio::test]
async fn one_entry_that_is_not_what_it_claims_is_put_aside_and_hides_no_other() {
    let world = World::new().await;
    for (name, expected) in [
        ("foreign-subject", "0 0 1 evidence-of-another-image"),
        ("lying-size", "0 0 1 evidence-not-as-listed"),
        ("wrong-bytes", "0 0 0 evidence-not-as-listed"),
        ("wrong-blob", "0 0 0 evidence-not-as-listed"),
        ("huge-bundle", "0 0 1 evidence-too-large"),
        ("endless-blob", "0 0 0 evidence-too-large"),
        ("foreign-layer", "0 0 1"),
        ("unlabelled", "0 0 1"),
        ("two-pages", "0 0 2"),
        ("fallback", "0 0 2"),
        ("fallback-none", "0 0 0"),
        ("unsigned", "0 0 0"),
    ] {
        let fact = evidence(&world, name, &wanted(&[Format::Bundle], &[About::Image])).await;
        assert_eq!(counts(&fact), expected, "{name}: {fact:?}");
        assert!(!format!("{fact:?}").contains("canary"));
    }
}

#[tokio::test]
async fn what_could_not_be_found_out_is_never_unsigned() {
    let world = World::new().await;
    for (name, formats, expected) in [
        ("referrers-down", Format::Bundle, "unavailable server-error"),
        ("referrers-denied", Format::Bundle, "unavailable access-denied"),
        ("referrers-html", Format::Bundle, "unavailable media-type-unknown"),
        ("signature-down", Format::Legacy, "unavailable server-error"),
        ("signature-index", Format::Legacy, "unavailable malformed"),
        ("many-signatures", Format::Legacy, "unavailable too-many-signatures"),
        ("hundred-one", Format::Bundle, "unavailable too-many-referrers"),
        ("pages", Format::Bundle, "unavailable too-many-pages"),
        ("same-page", Format::Bundle, "unavailable too-many-pages"),
        ("link-elsewhere", Format::Bundle, "unavailable malformed"),
        ("too-much", Format::Bundle, "unavailable evidence-too-large"),
        ("denied", Format::Legacy, "unavailable access-denied"),
        ("broken", Format::Legacy, "unavailable server-error"),
        ("silent", Format::Legacy, "unavailable timeout"),
        ("redirect-metadata", Format::Bundle, "refuted address-refused"),
        ("referrers-busy", Format::Bundle, "unavailable rate-limited"),
    ] {
        let fact = evidence(&world, name, &wanted(&[formats], &[About::Image])).await;
        assert_eq!(code(&fact), expected, "{name}: {fact:?}");
    }
    // The tag is asked only after a 404: the registry that was down has seen one request of the old way at most.
    let seen = lines(&world.hostile.take_seen());
    let tags = seen
        .iter()
        .filter(|line| line.contains("/referrers-") && line.contains("sha256-"));
    assert_eq!(tags.count(), 0, "{seen:?}");
}

#[tokio::test]
async fn nothing_at_all_is_open_while_a_secret_could_not_be_read() {
    let world = World::new().await;
    let mut keyring = Keyring::default();
    keyring.add_unread("pull secret `s` in namespace `jobs` was not used".to_owned());
    let (digest, wanted) = (evidence_subject("unsigned"), wanted(&[Format::Legacy], &[About::Image]));
    let fact = world
        .registry
        .evidence_with("hostile.example/unsigned", &digest, &wanted, &keyring)
        .await;
    assert!(
        matches!(&fact, Fact::Unavailable(text) if text.contains("pull secret `s`")),
        "{fact:?}"
    );
}

#[tokio::test]
async fn a_blob_may_lie_elsewhere_and_nobody_there_is_shown_a_token() {
    // Both ports are listed, so that only the rule on redirects is at work; blobs are redirected from TLS to plain text,
    // which the mirror may speak.
    let world = World::new().await;
    let name = world.tls("blob-elsewhere");
    let subject = evidence_subject("blob-elsewhere");
    let only = wanted(&[Format::Bundle], &[About::Image]);
    let fact = world
        .registry
        .evidence_with(&name, &subject, &only, &world.keyring())
        .await;
    assert_eq!(counts(&fact), "0 0 2", "{fact:?}");
    let seen = world.hostile.take_seen();
    let there: Vec<_> = seen
        .iter()
        .filter(|seen| seen.port == world.hostile.plain.port())
        .collect();
    assert!(
        there.len() == 2 && there.iter().all(|seen| seen.request.authorization.is_none()),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_manifest_may_lie_elsewhere_only_where_the_settings_list_it() {
    let world = World::new().await;
    let reference = world.tls("redirect-elsewhere:1");
    assert_eq!(
        code(&world.registry.resolve(&reference).await),
        "refuted redirect-refused"
    );
    let listed = World::with(|settings, hostile| {
        let own = settings
            .registries
            .hosts
            .get_mut(&format!("localhost:{}", hostile.tls.port()))
            .unwrap();
        let rules: &mut RegistryHost = own;
        rules.redirect_hosts = vec![hostile.plain.to_string()];
    })
    .await;
    let fact = listed
        .registry
        .resolve_with(&listed.tls("redirect-elsewhere:1"), &listed.keyring())
        .await;
    assert_eq!(code(&fact), "known", "{fact:?}");
}

#[tokio::test]
async fn the_urls_of_foreign_layers_are_not_followed() {
    let world = World::new().await;
    let fact = evidence(&world, "foreign-layer", &wanted(&[Format::Bundle], &[About::Image])).await;
    assert_eq!(counts(&fact), "0 0 1");
    let seen = lines(&world.hostile.take_seen());
    assert!(
        seen.iter().all(|line| line.starts_with("GET /v2/foreign-layer/")),
        "{seen:?}"
    );
}
