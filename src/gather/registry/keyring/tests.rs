//! Credentials go to exactly the host, port and path they are for, and nowhere else; none of them is ever shown.

use super::*;

const CANARY: &str = "canary-password";

fn ring(key: &str) -> Keyring {
    let auth = BASE64.encode(format!("somebody:{CANARY}").as_bytes());
    let json = serde_json::json!({ "auths": { key: { "auth": auth } } });
    Keyring::docker_config_json(json.to_string().as_bytes()).unwrap()
}

#[test]
fn credentials_are_bound_to_host_port_and_path() {
    for (key, registry, repository, expected) in [
        ("r.example", "r.example", "a/b", true),
        ("https://r.example", "r.example", "a/b", true),
        ("https://r.example/v2/", "r.example", "a/b", true),
        ("R.example", "r.example", "a/b", true),
        ("r.example:5000", "r.example:5000", "a", true),
        ("r.example/a", "r.example", "a/b", true),
        ("r.example/a/b", "r.example", "a/b", true),
        ("*.example", "r.example", "a", true),
        ("r*.example", "r1.example", "a", true),
        ("*.r.example:5000", "x.r.example:5000", "a", true),
        // Neighbours.
        ("r.example", "r.example:5000", "a", false),
        ("r.example:5000", "r.example", "a", false),
        ("r.example:5000", "r.example:5001", "a", false),
        ("r.example", "r.example.evil.example", "a", false),
        ("r.example", "evilr.example", "a", false),
        ("r.example", "x.r.example", "a", false),
        ("x.r.example", "r.example", "a", false),
        ("r.example/a/b", "r.example", "a", false),
        ("r.example/b", "r.example", "a/b", false),
        ("*.example", "a.b.example", "a", false),
        ("*.example", "example:443", "a", false),
        ("*.azurecr.io", "x.azurecr.io.evil.example", "a", false),
        ("*.example:5000", "r.example", "a", false),
        ("r?.example", "r1.example", "a", false),
        // Docker Hub has many names in such files.
        ("https://index.docker.io/v1/", "docker.io", "library/a", true),
        ("index.docker.io", "docker.io", "acme/a", true),
        ("docker.io", "docker.io", "acme/a", true),
        ("docker.io/acme", "docker.io", "acme/a", true),
        ("docker.io/acme", "docker.io", "library/a", false),
        ("hub.docker.com", "docker.io", "acme/a", false),
        ("docker.io:5000", "docker.io", "acme/a", false),
    ] {
        let auth = BASE64.encode(b"u:p");
        let json = serde_json::json!({ "auths": { key: { "auth": auth } } });
        let fits = Keyring::docker_config_json(json.to_string().as_bytes()).is_ok_and(|ring| {
            let asked = if registry == "docker.io" {
                "registry-1.docker.io"
            } else {
                registry
            };
            let authority = Authority::of_registry(asked).unwrap();
            !ring.credentials_for(&authority, registry, repository).is_empty()
        });
        assert_eq!(fits, expected, "{key} for {registry}/{repository}");
    }
}

#[test]
fn the_longest_place_comes_first_and_nothing_twice() {
    let json = serde_json::json!({ "auths": {
        "r.example": { "username": "host", "password": "p" },
        "r.example/a": { "username": "path", "password": "p" },
        "*.example": { "username": "any", "password": "p" },
        "https://r.example": { "username": "host", "password": "p" },
    } });
    let ring = Keyring::docker_config_json(json.to_string().as_bytes()).unwrap();
    let authority = Authority::of_registry("r.example").unwrap();
    let users: Vec<&str> = ring
        .credentials_for(&authority, "r.example", "a/b")
        .iter()
        .map(|credentials| credentials.user.reveal())
        .collect();
    assert_eq!(users, ["path", "host", "any"]);
}

#[test]
fn what_cannot_be_used_says_so_and_shows_nothing_of_it() {
    let encoded = BASE64.encode(CANARY.as_bytes());
    for (json, expected) in [
        (
            format!("{{\"auths\": {{\"r\": {{\"auth\": \"{CANARY}\"}}}}}}"),
            "base64 of user:password",
        ),
        (
            format!("{{\"auths\": {{\"r\": {{\"auth\": \"{encoded}\"}}}}}}"),
            "base64 of user:password",
        ),
        (
            format!("{{\"auths\": {{\"r\": {{\"identitytoken\": \"{CANARY}\"}}}}}}"),
            "identity token",
        ),
        (
            format!("{{\"auths\": {{\"r\": {{\"registrytoken\": \"{CANARY}\"}}}}}}"),
            "identity token",
        ),
        (format!("{{\"auths\": {{\"{CANARY} x\": {{}}}}}}"), "no registry"),
        (
            format!("{{\"auths\": {{\"*\": {{\"auth\": \"{encoded}\"}}}}}}"),
            "no registry",
        ),
        (
            format!("{{\"auths\": {{\"*.*\": {{\"auth\": \"{encoded}\"}}}}}}"),
            "no registry",
        ),
        (format!("{{\"auths\": \"{CANARY}\"}}"), "auths"),
        (CANARY.to_owned(), "auths"),
        (format!("{{\"{CANARY}\": 1}}"), "auths"),
        (String::new(), "auths"),
        (format!("\"{}\"", "x".repeat(MAX_BYTES)), "longer"),
    ] {
        let error = Keyring::docker_config_json(json.as_bytes()).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected), "{json}: {text}");
        assert!(!text.contains("canary") && !text.contains(&encoded), "{text}");
    }
}

#[test]
fn a_keyring_shows_no_user_and_no_password() {
    let ring = ring("r.example");
    let credentials = ring.entries[0].credentials.clone();
    let shown = format!("{ring:?} {credentials:?} {:?}", credentials.basic());
    assert!(!shown.contains("somebody") && !shown.contains("canary"), "{shown}");
    assert_eq!(
        credentials.basic().reveal(),
        format!("Basic {}", BASE64.encode(format!("somebody:{CANARY}").as_bytes()))
    );
}

#[test]
fn user_and_password_may_stand_apart_and_the_older_form_is_read() {
    let apart = br#"{"auths": {"r.example": {"username": "u", "password": "p", "email": "e"}}}"#;
    let older = br#"{"r.example": {"auth": "dTpw"}}"#;
    let empty = br#"{"auths": {"r.example": {}}}"#;
    let authority = Authority::of_registry("r.example").unwrap();
    for (ring, count) in [
        (Keyring::docker_config_json(apart).unwrap(), 1),
        (Keyring::docker_cfg(older).unwrap(), 1),
        (Keyring::docker_config_json(empty).unwrap(), 0),
    ] {
        assert_eq!(ring.credentials_for(&authority, "r.example", "a").len(), count);
    }
}
