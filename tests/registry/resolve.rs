//! What a tag names: the digest of the bytes of one GET, or a reason.

use std::time::{Duration, Instant};

use job_executor_service::admission::{ChildImage, Fact};
use job_executor_service::gather::Registry;
use job_executor_service::gather::registry::Keyring;
use job_executor_service::image::Digest;
use job_executor_service::settings::{Addresses, RegistryHost, Settings};

use crate::hostile_registry::{image, platforms};
use crate::world::{TIMES, World, code, lines};

#[tokio::test]
async fn each_way_to_misbehave_has_its_code_and_none_gives_a_digest() {
    let world = World::new().await;
    for (name, expected) in [
        ("gone", "refuted not-found"),
        ("lying-digest", "refuted digest-header"),
        ("two-digests", "refuted digest-header"),
        ("both", "refuted manifest-and-index"),
        ("redirect-elsewhere", "refuted redirect-refused"),
        ("redirect-metadata", "refuted address-refused"),
        ("redirect-plain", "refuted plain-text"),
        ("token-elsewhere", "refuted realm-refused"),
        ("token-metadata", "refuted realm-refused"),
        ("lying-type", "refuted media-type-mismatch"),
        ("html", "unavailable media-type-unknown"),
        ("not-json", "unavailable malformed"),
        ("old-schema", "unavailable media-type-unknown"),
        ("huge", "unavailable manifest-too-large"),
        ("boast", "unavailable manifest-too-large"),
        ("endless", "unavailable manifest-too-large"),
        ("cut", "unavailable unreachable"),
        ("packed", "unavailable content-encoded"),
        ("crowd", "unavailable too-many-children"),
        ("drip", "unavailable timeout"),
        ("silent", "unavailable timeout"),
        ("redirect-loop", "unavailable too-many-redirects"),
        ("redirect-nowhere", "unavailable redirect-malformed"),
        ("redirect-user", "unavailable redirect-malformed"),
        ("garbled", "unavailable challenge-malformed"),
        ("basic", "unavailable access-denied"),
        ("denied", "unavailable access-denied"),
        ("broken", "unavailable server-error"),
        ("teapot", "unavailable unexpected-status"),
    ] {
        let fact = world.registry.resolve(&format!("{}:1", World::plain(name))).await;
        assert_eq!(code(&fact), expected, "{name}: {fact:?}");
    }
}

#[tokio::test]
async fn the_digest_is_that_of_the_bytes_of_the_one_get() {
    let world = World::new().await;
    for version in 0..2 {
        let fact = world.registry.resolve("hostile.example/changing:1").await;
        let Fact::Known(found) = fact else { panic!("{fact:?}") };
        assert_eq!(found.digest, Digest::of_bytes(&image("changing", version)));
        // A HEAD would have named a third image; one question is one GET.
        assert_eq!(lines(&world.hostile.take_seen()), ["GET /v2/changing/manifests/1"]);
    }
}

#[tokio::test]
async fn a_server_that_drips_ends_at_the_deadline() {
    let world = World::new().await;
    let begun = Instant::now();
    let fact = world.registry.resolve("hostile.example/drip:1").await;
    assert_eq!(code(&fact), "unavailable timeout");
    assert!(begun.elapsed() >= TIMES.question && begun.elapsed() < TIMES.question + Duration::from_secs(1));
}

#[tokio::test]
async fn an_index_is_told_from_an_image_and_its_attestations_from_its_platforms() {
    let world = World::new().await;
    let fact = world.registry.resolve("hostile.example/index:1").await;
    let Fact::Known(found) = fact else { panic!("{fact:?}") };
    assert_eq!(found.digest, Digest::of_bytes(&platforms()));
    let kinds: Vec<String> = found
        .children
        .iter()
        .map(|child| match child {
            ChildImage::Image { platform, .. } => format!("image {}", platform.as_deref().unwrap_or("-")),
            ChildImage::Attestation { .. } => "attestation".to_owned(),
            ChildImage::Index { .. } => "index".to_owned(),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "image linux/amd64",
            "image linux/arm/v7",
            "attestation",
            "attestation",
            "index",
            "image -"
        ]
    );
    // An index is not opened: one request.
    assert_eq!(world.hostile.take_seen().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_inside_unless_the_settings_list_it() {
    let world = World::with(|settings, _| settings.registries.hosts.clear()).await;
    let port = world.hostile.tls.port();
    for (reference, expected) in [
        (format!("127.0.0.1:{port}/good:1"), "refuted address-refused"),
        (format!("localhost:{port}/good:1"), "refuted host-refused"),
        (format!("[::1]:{port}/good:1"), "refuted address-refused"),
        ("169.254.169.254/latest:1".to_owned(), "refuted address-refused"),
        ("10.96.0.1/x:1".to_owned(), "refuted address-refused"),
        ("nats.nats.svc:4222/x:1".to_owned(), "refuted host-refused"),
        ("metadata.google.internal/x:1".to_owned(), "refuted host-refused"),
        ("[fd00:ec2::254]/x:1".to_owned(), "refuted address-refused"),
        ("[64:ff9b::a00:1]/x:1".to_owned(), "refuted address-refused"),
    ] {
        let fact = world.registry.resolve(&reference).await;
        assert_eq!(code(&fact), expected, "{reference}: {fact:?}");
    }
    // The mirror's port is listed, its neighbour is not.
    assert_eq!(lines(&world.hostile.take_seen()), Vec::<String>::new());
}

#[tokio::test]
async fn a_certificate_counts_only_under_its_own_authority() {
    let world = World::new().await;
    let reference = world.tls("good:1");
    assert_eq!(code(&world.registry.resolve(&reference).await), "known");
    let mut settings = world.settings.clone();
    for rules in settings.registries.hosts.values_mut() {
        // Another authority than the one that signed.
        rules.ca = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
            .unwrap()
            .cert
            .pem();
    }
    let fact = Registry::with_times(&settings, TIMES)
        .unwrap()
        .resolve(&reference)
        .await;
    assert_eq!(code(&fact), "unavailable unreachable");
    assert!(
        matches!(&fact, Fact::Unavailable(text) if text.contains("certificate is not trusted")),
        "{fact:?}"
    );
}

#[tokio::test]
async fn plain_text_where_tls_is_due_is_no_answer() {
    let world = World::with(|settings, hostile| {
        settings.registries.hosts.insert(
            hostile.plain.to_string(),
            RegistryHost {
                addresses: Addresses::Private,
                ..RegistryHost::default()
            },
        );
        settings.mirrors.clear();
    })
    .await;
    let fact = world.registry.resolve(&format!("{}/good:1", world.hostile.plain)).await;
    assert_eq!(code(&fact), "unavailable unreachable", "{fact:?}");
    assert_eq!(world.hostile.take_seen().len(), 0);
}

#[tokio::test]
async fn a_wait_that_a_registry_asks_for_is_said_and_kept() {
    let world = World::new().await;
    let fact = world.registry.resolve("hostile.example/busy:1").await;
    assert_eq!(code(&fact), "unavailable rate-limited");
    assert!(
        matches!(&fact, Fact::Unavailable(text) if text.contains("retry after 30 s")),
        "{fact:?}"
    );
    // Until it is over nobody asks that host anything, and that is no "absent" and no "unsigned".
    for _ in 0..100 {
        assert_eq!(
            code(&world.registry.resolve("hostile.example/good:1").await),
            "unavailable rate-limited"
        );
    }
    assert_eq!(world.hostile.take_seen().len(), 1);
}

#[tokio::test]
async fn after_the_wait_it_is_asked_again() {
    let world = World::new().await;
    assert_eq!(
        code(&world.registry.resolve("hostile.example/busy-once:1").await),
        "unavailable rate-limited"
    );
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(
        code(&world.registry.resolve("hostile.example/busy-once:1").await),
        "known"
    );
}

#[tokio::test]
async fn a_mirror_is_asked_below_its_path() {
    let world = World::with(|settings, _| {
        for mirror in settings.mirrors.values_mut() {
            mirror.path = "proxy/hub".to_owned();
        }
    })
    .await;
    assert_eq!(
        code(&world.registry.resolve("hostile.example/library/alpine:3").await),
        "known"
    );
    assert_eq!(
        lines(&world.hostile.take_seen()),
        ["GET /v2/proxy/hub/library/alpine/manifests/3"]
    );
}

#[tokio::test]
async fn behind_a_proxy_the_fact_says_that_addresses_were_not_checked() {
    // Any HTTP server can play the proxy: what counts is that it alone is asked, and with CONNECT.
    let world =
        World::with(|settings, hostile| settings.registries.proxy = Some(format!("http://{}", hostile.plain))).await;
    let fact = world.registry.resolve("registry.example/x:1").await;
    assert!(matches!(fact, Fact::Unavailable(_)), "{fact:?}");
    assert_eq!(lines(&world.hostile.take_seen()), ["CONNECT registry.example:443"]);
    // Names are still judged, and listed hosts are asked directly.
    assert_eq!(
        code(&world.registry.resolve("nats.nats.svc:4222/x:1").await),
        "refuted host-refused"
    );
    assert_eq!(
        code(&world.registry.resolve("169.254.169.254/x:1").await),
        "refuted address-refused"
    );
    assert_eq!(code(&world.registry.resolve("hostile.example/good:1").await), "known");
    assert_eq!(lines(&world.hostile.take_seen()), ["GET /v2/good/manifests/1"]);
}

#[tokio::test]
async fn settings_that_cannot_be_used_make_no_client() {
    let mut settings = Settings::chart_defaults();
    settings.registries.ca = "no certificate".to_owned();
    let error = Registry::new(&settings).err().unwrap();
    assert!(
        error.to_string().contains("registries.ca holds no certificate"),
        "{error}"
    );
    let mut settings = Settings::chart_defaults();
    settings
        .registries
        .hosts
        .insert("https://r.example".to_owned(), RegistryHost::default());
    let error = Registry::new(&settings).err().unwrap();
    assert!(error.to_string().contains("is no registry"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_seen_without_a_secret_is_not_said_to_be_absent() {
    let world = World::new().await;
    let mut keyring = Keyring::default();
    keyring.add_unread("pull secret `s` in namespace `jobs` was not used: the service may not read it".to_owned());
    for name in ["gone", "denied"] {
        let fact = world
            .registry
            .resolve_with(&format!("hostile.example/{name}:1"), &keyring)
            .await;
        assert!(
            matches!(&fact, Fact::Unavailable(text) if text.contains("pull secret `s`")),
            "{fact:?}"
        );
    }
    // Where the registry answers all the same, the bytes are good and the remark stays.
    let fact = world.registry.resolve_with("hostile.example/good:1", &keyring).await;
    assert!(
        matches!(&fact, Fact::Known(found) if found.remarks.len() == 1),
        "{fact:?}"
    );
}
