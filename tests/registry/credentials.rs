//! Credentials go to the host and port they are for and to its token service, and are in no answer.

use job_executor_service::admission::Fact;
use job_executor_service::gather::Registry;
use job_executor_service::settings::{Addresses, RegistryHost};

use crate::hostile_registry::{TOKEN, USER};
use crate::world::{TIMES, World, code, lines};

fn basic() -> String {
    let pair = format!("{}:{}", USER.0, USER.1);
    format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()))
}

#[tokio::test]
async fn a_token_is_fetched_once_for_pulling_this_repository_alone() {
    let world = World::new().await;
    let reference = world.tls("token:1");
    assert_eq!(
        code(&world.registry.resolve_with(&reference, &world.keyring()).await),
        "known"
    );
    let seen = world.hostile.take_seen();
    // The challenge asked for another repository and for pushing.
    assert_eq!(
        lines(&seen),
        [
            "GET /v2/token/manifests/1",
            "GET /token?service=own&scope=repository%3Atoken%3Apull",
            "GET /v2/token/manifests/1"
        ]
    );
    let sent: Vec<Option<String>> = seen.into_iter().map(|seen| seen.request.authorization).collect();
    assert_eq!(sent, [None, Some(basic()), Some(format!("Bearer {TOKEN}"))]);
    assert_eq!(
        code(&world.registry.resolve_with(&reference, &world.keyring()).await),
        "known"
    );
    assert_eq!(lines(&world.hostile.take_seen()), ["GET /v2/token/manifests/1"]);
    // Nobody else gets the token that was fetched with these credentials.
    assert_eq!(code(&world.registry.resolve(&reference).await), "known");
    assert_eq!(world.hostile.take_seen()[1].request.authorization, None);
}

#[tokio::test]
async fn each_broken_token_service_has_its_code() {
    let world = World::new().await;
    for (name, expected) in [
        ("token-elsewhere", "refuted realm-refused"),
        ("token-metadata", "refuted realm-refused"),
        ("token-plain", "refuted realm-refused"),
        ("token-endless", "unavailable token-too-large"),
        ("token-html", "unavailable token-malformed"),
        ("token-stale", "unavailable access-denied"),
        ("garbled", "unavailable challenge-malformed"),
        ("basic", "known"),
    ] {
        let fact = world
            .registry
            .resolve_with(&world.tls(&format!("{name}:1")), &world.keyring())
            .await;
        assert_eq!(code(&fact), expected, "{name}: {fact:?}");
    }
    // To whom a challenge pointed elsewhere nothing was sent.
    let elsewhere = world.hostile.take_seen();
    assert!(
        elsewhere.iter().all(|seen| seen.port == world.hostile.tls.port()),
        "{elsewhere:?}"
    );
}

#[tokio::test]
async fn a_listed_token_host_issues_tokens() {
    let world = World::with(|settings, hostile| {
        // The token service is another host to the client: the same machine by its address.
        settings.registries.hosts.insert(
            format!("127.0.0.1:{}", hostile.tls.port()),
            RegistryHost {
                addresses: Addresses::Private,
                token_hosts: vec![format!("localhost:{}", hostile.tls.port())],
                ca: hostile.ca.clone(),
                ..RegistryHost::default()
            },
        );
    })
    .await;
    let host = format!("127.0.0.1:{}", world.hostile.tls.port());
    let keyring = world.keyring_for(&host);
    let fact = world.registry.resolve_with(&format!("{host}/token:1"), &keyring).await;
    assert_eq!(code(&fact), "known", "{fact:?}");
    let mut settings = world.settings.clone();
    settings.registries.hosts.get_mut(&host).unwrap().token_hosts.clear();
    let strict = Registry::with_times(&settings, TIMES).unwrap();
    world.hostile.take_seen();
    let fact = strict.resolve_with(&format!("{host}/token:1"), &keyring).await;
    assert_eq!(code(&fact), "refuted realm-refused", "{fact:?}");
    assert_eq!(world.hostile.take_seen().len(), 1);
}

#[tokio::test]
async fn credentials_of_a_neighbour_are_not_sent() {
    let world = World::new().await;
    let port = world.hostile.tls.port();
    for place in [
        "localhost".to_owned(),
        format!("localhost:{}", port ^ 1),
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}/other"),
        format!("*.localhost:{port}"),
    ] {
        let fact = world
            .registry
            .resolve_with(&world.tls("basic:1"), &world.keyring_for(&place))
            .await;
        assert_eq!(code(&fact), "unavailable access-denied", "{place}");
        assert!(
            matches!(&fact, Fact::Unavailable(text) if text.contains("no credentials are known")),
            "{fact:?}"
        );
        let seen = world.hostile.take_seen();
        assert!(
            seen.iter().all(|seen| seen.request.authorization.is_none()),
            "{place}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn credentials_never_go_over_plain_text() {
    let world = World::new().await;
    let keyring = world.keyring_for(&world.hostile.plain.to_string());
    let fact = world.registry.resolve_with("hostile.example/basic:1", &keyring).await;
    assert_eq!(code(&fact), "refuted credentials-over-plain-text", "{fact:?}");
    let seen = world.hostile.take_seen();
    assert!(seen.iter().all(|seen| seen.request.authorization.is_none()), "{seen:?}");
}
