//! References that are read: what each means, in its one normalised form.

use super::super::{Digest, Reference};
use super::{EMPTY, reference};

/// input, registry, repository, tag as read (`-`: none); `@` stands for the digest of nothing
const READ: &[(&str, &str, &str, &str)] = &[
    // Docker Hub: four ways to write one image.
    ("alpine", "docker.io", "library/alpine", "latest"),
    ("library/alpine", "docker.io", "library/alpine", "latest"),
    ("docker.io/alpine", "docker.io", "library/alpine", "latest"),
    (
        "index.docker.io/library/alpine",
        "docker.io",
        "library/alpine",
        "latest",
    ),
    ("index.docker.io/alpine:3", "docker.io", "library/alpine", "3"),
    ("Docker.IO/alpine", "docker.io", "library/alpine", "latest"),
    ("docker.io:443/alpine", "docker.io", "library/alpine", "latest"),
    ("INDEX.docker.io:443/a/b", "docker.io", "a/b", "latest"),
    // The fifth way is another registry.
    (
        "registry-1.docker.io/library/nginx",
        "registry-1.docker.io",
        "library/nginx",
        "latest",
    ),
    ("registry-1.docker.io/nginx", "registry-1.docker.io", "nginx", "latest"),
    ("acme/tools/app:1", "docker.io", "acme/tools/app", "1"),
    ("localhost", "docker.io", "library/localhost", "latest"),
    ("localhost:5000", "docker.io", "library/localhost", "5000"),
    ("test.com:5000", "docker.io", "library/test.com", "5000"),
    // Registries by name.
    ("ghcr.io/acme/app", "ghcr.io", "acme/app", "latest"),
    ("ghcr.io/app", "ghcr.io", "app", "latest"),
    ("REG.Example/org/app", "reg.example", "org/app", "latest"),
    ("Foo:5000/bar", "foo:5000", "bar", "latest"),
    ("reg.example:443/org/app", "reg.example", "org/app", "latest"),
    ("reg.example:8443/org/app", "reg.example:8443", "org/app", "latest"),
    // Without its port this would be a user of Docker Hub.
    ("foo:443/bar", "foo:443", "bar", "latest"),
    ("xn--n3h.com/my:xn--n3h.com", "xn--n3h.com", "my", "xn--n3h.com"),
    ("reg:443/x", "reg:443", "x", "latest"),
    ("a-b.c-d.example/x", "a-b.c-d.example", "x", "latest"),
    // This machine.
    ("localhost:5000/x", "localhost:5000", "x", "latest"),
    ("LOCALHOST:5000/x", "localhost:5000", "x", "latest"),
    ("localhost:443/x", "localhost:443", "x", "latest"),
    ("k3d.localhost:443/x", "k3d.localhost:443", "x", "latest"),
    ("127.0.0.1:15000/x", "127.0.0.1:15000", "x", "latest"),
    ("127.0.0.1:443/x", "127.0.0.1:443", "x", "latest"),
    ("127.0.0.1/x/y", "127.0.0.1", "x/y", "latest"),
    // Addresses.
    ("192.168.0.1:443/x:5050", "192.168.0.1", "x", "5050"),
    ("[::1]:5000/x", "[::1]:5000", "x", "latest"),
    ("[::1]:443/x", "[::1]:443", "x", "latest"),
    ("[2001:DB8:0:0:0:0:0:1]:443/x:t", "[2001:db8::1]", "x", "t"),
    (
        "[fc00:1:2:3:4:5:6:7]:5000/a/b",
        "[fc00:1:2:3:4:5:6:7]:5000",
        "a/b",
        "latest",
    ),
    ("[::102:304]/x", "[::102:304]", "x", "latest"),
    // Names, tags and digests.
    ("a", "docker.io", "library/a", "latest"),
    ("a__b/c---d/e.f", "docker.io", "a__b/c---d/e.f", "latest"),
    ("x:_A.b-9", "docker.io", "library/x", "_A.b-9"),
    ("x@", "docker.io", "library/x", "-"),
    ("x:1@", "docker.io", "library/x", "1"),
    ("[::1]:5000/x:1@", "[::1]:5000", "x", "1"),
];

fn with_digest(text: &str) -> String {
    text.replace('@', &format!("@{EMPTY}"))
}

#[test]
fn every_way_to_write_an_image_has_one_normalised_form() {
    for (input, registry, repository, tag) in READ {
        let image = reference(&with_digest(input));
        let tag = Some(*tag).filter(|tag| *tag != "-");
        let mut normalized = format!("{registry}/{repository}");
        normalized.extend(tag.map(|tag| format!(":{tag}")));
        normalized.extend(image.digest().map(|_| format!("@{EMPTY}")));
        assert_eq!(image.registry(), *registry, "{input}");
        assert_eq!(image.repository(), *repository, "{input}");
        assert_eq!(image.tag().map(|tag| tag.as_str()), tag, "{input}");
        assert_eq!(image.to_string(), normalized, "{input}");
        assert_eq!(image.name(), format!("{registry}/{repository}"), "{input}");
        assert_eq!(image.written(), with_digest(input));
        assert_eq!(image.digest().is_some(), input.contains('@'), "{input}");
        assert_eq!(
            reference(&image.to_string()),
            image,
            "{input} read again from its normalised form"
        );
    }
}

#[test]
fn the_limits_are_in_and_one_more_is_out() {
    let name = |length: usize| "a".repeat(length);
    let rows = [
        (format!("reg.example/{}", name(255)), None),
        (
            format!("reg.example/{}", name(256)),
            Some("repository has 256 characters; at most 255 are allowed"),
        ),
        // `library/` counts, as it does in distribution/reference.
        (name(247), None),
        (
            name(248),
            Some("repository has 256 characters; at most 255 are allowed"),
        ),
        (format!("x:{}", name(128)), None),
        (
            format!("x:{}", name(129)),
            Some("tag has 129 characters; at most 128 are allowed"),
        ),
        (format!("{}.example/x", name(247)), None),
        (
            format!("{}.example/x", name(248)),
            Some("registry has 256 characters; at most 255 are allowed"),
        ),
        (
            "a/".repeat(600),
            Some("image reference has 1200 characters; at most 1024 are allowed"),
        ),
        (String::from("x:65535/y"), None),
    ];
    for (text, expected) in rows {
        let error = Reference::parse(&text).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected, "{} characters", text.len());
    }
}

#[test]
fn the_tag_latest_that_nobody_wrote_is_known_as_such() {
    let rows = [
        ("alpine", true),
        ("alpine:latest", false),
        ("alpine:3", false),
        ("alpine@", false),
        ("alpine:latest@", false),
    ];
    for (input, implicit) in rows {
        assert_eq!(reference(&with_digest(input)).is_tag_implicit(), implicit, "{input}");
    }
    assert_eq!(
        reference("alpine"),
        reference("docker.io/library/alpine:latest"),
        "it is the same image all the same"
    );
    assert_ne!(reference("alpine"), reference("alpine:3"));
    assert_ne!(reference("alpine"), reference(&with_digest("alpine@")));
}

#[test]
fn a_pinned_image_has_no_tag_left_to_move() {
    let digest = Digest::of_bytes(b"");
    for input in ["alpine", "alpine:3.20", "Docker.io/alpine:3@"] {
        assert_eq!(
            reference(&with_digest(input)).pinned(&digest),
            format!("docker.io/library/alpine@{EMPTY}")
        );
    }
}

#[test]
fn what_an_author_may_not_have_meant_is_remarked() {
    let hub =
        "`registry-1.docker.io` is another registry than `docker.io` to every rule; write `docker.io/library/nginx`";
    let both = "the digest decides what runs; the tag must still lead to it";
    let alone = |name| format!("without a `/` this is the Docker Hub image `docker.io/library/{name}`, not a registry");
    let rows = [
        ("alpine", vec![]),
        ("ghcr.io/a/b:1", vec![]),
        ("alpine@", vec![]),
        ("registry-1.docker.io/library/nginx", vec![hub.to_owned()]),
        ("alpine:3@", vec![both.to_owned()]),
        ("test.com:5000", vec![alone("test.com")]),
        ("localhost:5000", vec![alone("localhost")]),
        ("localhost", vec![alone("localhost")]),
        ("ghcr.io:1@", vec![alone("ghcr.io"), both.to_owned()]),
    ];
    for (input, expected) in rows {
        let remarks: Vec<String> = reference(&with_digest(input))
            .remarks()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(remarks, expected, "{input}");
    }
}

#[test]
fn a_stored_reference_is_read_back_exactly_as_it_was_written() {
    for (input, ..) in READ {
        let image = reference(&with_digest(input));
        let stored = serde_json::to_string(&image).unwrap();
        let back: Reference = serde_json::from_str(&stored).unwrap();
        assert_eq!(
            (back.written(), back.is_tag_implicit()),
            (image.written(), image.is_tag_implicit())
        );
        assert_eq!(back, image);
    }
    let fields = serde_json::json!({ "registry": "evil host/..", "repository": "../../x", "written": "alpine" });
    assert!(
        serde_json::from_value::<Reference>(fields).is_err(),
        "fields are no way round the parser"
    );
    assert!(serde_json::from_str::<Reference>("\"../x\"").is_err());
}
