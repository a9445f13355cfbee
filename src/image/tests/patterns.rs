//! Patterns: what each names, what stands right beside it and is not named, and what is refused when policies load.

use super::super::Pattern;
use super::reference;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// pattern, normalised form, what it names, what it must not name
const NAMED: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "ghcr.io/acme/*",
        "ghcr.io/acme/*",
        &["ghcr.io/acme/x", "GHCR.io/acme/x:1", "ghcr.io:443/acme/x-y.z"],
        &[
            "ghcr.io/acme/x/y",
            "ghcr.io/acme",
            "ghcr.io/acme2/x",
            "ghcr.io/xacme/x",
            "ghcr.io.evil.tld/acme/x",
            "evil.ghcr.io/acme/x",
            "xghcr.io/acme/x",
            "ghcr.iox/acme/x",
            "ghcr.io:444/acme/x",
            "ghcr.io/evil/acme/x",
            "evil.tld/ghcr.io/acme/x",
            "acme/x",
        ],
    ),
    (
        "ghcr.io/acme/**",
        "ghcr.io/acme/**",
        &["ghcr.io/acme/x", "ghcr.io/acme/x/y/z"],
        &[
            "ghcr.io/acme",
            "ghcr.io/acmex/y",
            "ghcr.io/x/acme/y",
            "ghcr.io.evil.tld/acme/x",
        ],
    ),
    (
        "ghcr.io/**",
        "ghcr.io/**",
        &["ghcr.io/x", "ghcr.io/x/y"],
        &["ghcr.io.evil.tld/x", "xghcr.io/x", "docker.io/ghcr.io/x"],
    ),
    (
        "ghcr.io/acme/**/app",
        "ghcr.io/acme/**/app",
        &["ghcr.io/acme/app", "ghcr.io/acme/x/app", "ghcr.io/acme/x/y/app"],
        &[
            "ghcr.io/acme/xapp",
            "ghcr.io/acme/x/appx",
            "ghcr.io/acme/app/x",
            "ghcr.io/acme",
        ],
    ),
    (
        "ghcr.io/acme/app-*",
        "ghcr.io/acme/app-*",
        &["ghcr.io/acme/app-x"],
        &["ghcr.io/acme/app", "ghcr.io/acme/xapp-x", "ghcr.io/acme/app-x/y"],
    ),
    (
        "docker.io/acme",
        "docker.io/library/acme",
        &["acme", "acme:3", "index.docker.io/library/acme"],
        &[
            "acmenotreally",
            "acmemyuser/bad",
            "acme/x",
            "ghcr.io/acme",
            "registry-1.docker.io/library/acme",
        ],
    ),
    (
        "alpine",
        "docker.io/library/alpine",
        &["alpine", "docker.io/alpine:3"],
        &["alpin", "alpine2", "evil.example/alpine", "evil/alpine"],
    ),
    (
        "alp*",
        "docker.io/library/alp*",
        &["alpine", "alp"],
        &["alp/ine", "evil/alpine", "evil.example/alpine"],
    ),
    (
        "docker.io/library/*",
        "docker.io/library/*",
        &["nginx"],
        &["acme/nginx", "library/x/y"],
    ),
    ("docker.io/*", "docker.io/library/*", &["nginx"], &["acme/nginx"]),
    (
        "docker.io/**",
        "docker.io/**",
        &["nginx", "acme/nginx"],
        &["ghcr.io/nginx", "registry-1.docker.io/library/nginx"],
    ),
    (
        "acme/*",
        "docker.io/acme/*",
        &["acme/x"],
        &["acme", "ghcr.io/acme/x", "acme/x/y"],
    ),
    (
        "Index.Docker.io:443/acme/x",
        "docker.io/acme/x",
        &["acme/x"],
        &["index.docker.io:5000/acme/x"],
    ),
    (
        "*.trusted.example.com/org/*",
        "*.trusted.example.com/org/*",
        &["a.trusted.example.com/org/m", "A.Trusted.Example.com:443/org/m"],
        &[
            "attacker.com/x.trusted.example.com/org/m",
            "trusted.example.com/org/m",
            "a.b.trusted.example.com/org/m",
            "atrusted.example.com/org/m",
            "a.trusted.example.com.evil.tld/org/m",
            "a.trusted.example.com:5000/org/m",
        ],
    ),
    (
        "*.example.com:5000/**",
        "*.example.com:5000/**",
        &["a.example.com:5000/x"],
        &["a.example.com/x", "a.example.com:5001/x"],
    ),
    (
        "localhost:5000/**",
        "localhost:5000/**",
        &["localhost:5000/x/y"],
        &["localhost:5001/x", "localhost:5000"],
    ),
    (
        "127.0.0.1:15000/*",
        "127.0.0.1:15000/*",
        &["127.0.0.1:15000/x"],
        &["127.0.0.1/x", "127.0.0.11:15000/x"],
    ),
    (
        "[2001:DB8:0::1]:443/x",
        "[2001:db8::1]/x",
        &["[2001:db8:0:0::1]/x"],
        &["[2001:db8::2]/x", "[2001:db8::1]:5000/x"],
    ),
    (
        "**",
        "**",
        &[
            "alpine",
            "evil.example:5000/x/y@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ],
        &[],
    ),
];

#[test]
fn a_pattern_names_what_it_says_and_none_of_its_neighbours() {
    for (text, normalized, named, others) in NAMED {
        let pattern = pattern(text);
        assert_eq!(pattern.to_string(), *normalized);
        assert_eq!(pattern.written(), *text);
        assert_eq!(pattern.is_any(), *text == "**");
        for image in *named {
            assert!(pattern.matches(&reference(image)), "{text} should name {image}");
        }
        for image in *others {
            assert!(!pattern.matches(&reference(image)), "{text} must not name {image}");
        }
        assert_eq!(
            super::super::Pattern::parse(normalized).unwrap(),
            pattern,
            "read again from its normalised form"
        );
    }
}

#[test]
fn a_denial_is_not_passed_by_the_name_of_docker_hubs_machine() {
    let denied = pattern("docker.io/evil/**");
    assert!(denied.forbids(&reference("evil/x")));
    assert!(denied.forbids(&reference("registry-1.docker.io/evil/x")));
    assert!(
        !denied.matches(&reference("registry-1.docker.io/evil/x")),
        "to admit it, it must be listed"
    );
    assert!(!denied.forbids(&reference("registry-1.docker.io/good/x")));
    assert!(!denied.forbids(&reference("registry-2.docker.io/evil/x")));
}

#[test]
fn a_pattern_that_could_be_read_in_two_ways_is_refused() {
    let tag = |text: &str| {
        format!(
            "image pattern `{text}` has a tag (or is a registry with a port and no path); write tags as `tags: [...]` \
             beside the image, and a whole registry as `host:port/**`"
        )
    };
    let wildcard = |text: &str| {
        format!(
            "registry `{text}` has a wildcard; the only one allowed is one label below a domain of two or more labels, \
             as in `*.example.com`"
        )
    };
    let head = |text: &str| {
        format!(
            "image pattern `{text}` begins with a wildcard; name the registry, as in `docker.io/{text}`, or write \
             `**` for any image"
        )
    };
    let alone = |text: &str| {
        format!(
            "image pattern `{text}` is a registry without a path; write `{text}/**` for all it holds, \
             `docker.io/library/{text}` for the Docker Hub image of that name"
        )
    };
    let double = |text: &str| {
        format!(
            "`{text}` has `**` inside a name; `**` stands between slashes for whole names, `*` for characters of one \
             name"
        )
    };
    let character = |shown: &str, column: usize| {
        format!(
            "character {shown} at column {column} is not allowed in an image pattern; the only wildcards are `*` inside \
             one name and `**` for whole names, everything else is written out"
        )
    };
    let rows = [
        (
            "",
            String::from("image pattern is empty; write `registry/path`, as in `ghcr.io/acme/**`"),
        ),
        (
            "*",
            String::from(
                "image pattern `*` is too little; write `**` for any image, `docker.io/library/*` for the official images \
                 of Docker Hub",
            ),
        ),
        ("alpine:3", tag("alpine:3")),
        ("ghcr.io/acme/*:*", tag("ghcr.io/acme/*:*")),
        ("localhost:5000", tag("localhost:5000")),
        (
            "alpine@sha256:abc",
            String::from(
                "image pattern `alpine@sha256:abc` has a digest; name the repository, and let `requireDigest` ask \
                 for digests",
            ),
        ),
        ("ghcr.io", alone("ghcr.io")),
        ("ghcr.io*", alone("ghcr.io*")),
        ("localhost", alone("localhost")),
        ("[::1]", alone("[::1]")),
        ("*/app", head("*/app")),
        ("**/app", head("**/app")),
        ("acme*/app", head("acme*/app")),
        ("*.com/x", wildcard("*.com")),
        ("*.io:5000/x", wildcard("*.io:5000")),
        ("ghcr.*/x", wildcard("ghcr.*")),
        ("*ghcr.io/x", wildcard("*ghcr.io")),
        ("**.example.com/x", wildcard("**.example.com")),
        ("a.*.example.com/x", wildcard("a.*.example.com")),
        ("*.*.com/x", wildcard("*.*.com")),
        ("*:5000/x", wildcard("*:5000")),
        ("*.0.0.1/x", wildcard("*.0.0.1")),
        ("*.[::1]/x", wildcard("*.[::1]")),
        ("ghcr.io/acme**", double("acme**")),
        ("ghcr.io/**x/y", double("**x")),
        ("ghcr.io/***", double("***")),
        ("ghcr.io/{a,b}", character("`{`", 9)),
        ("ghcr.io/ac?e", character("`?`", 11)),
        ("ghcr.io/\u{441}", character("U+0441", 9)),
        (" ghcr.io/x", character("U+0020", 1)),
        ("!ghcr.io/x", character("`!`", 1)),
        (
            "ghcr.io/",
            String::from("path component at column 9 is empty; write one `/` between two names and none at either end"),
        ),
        (
            "ghcr.io/Acme/*",
            String::from(
                "character `A` at column 9 is not allowed in the path component; a repository is written in lower case",
            ),
        ),
        (
            "ghcr.io/[ab]",
            String::from(
                "character `[` at column 9 is not allowed in the path component; an IPv6 registry needs a repository \
                 behind it, as in `[::1]:5000/app`",
            ),
        ),
        (
            "ghcr.io/-*",
            String::from(
                "separator `-` at column 9 is not allowed there; a name begins and ends with a letter or digit, and \
                 between two of them stands one `.`, one or two `_`, or any number of `-`",
            ),
        ),
        (
            "localhost/x",
            String::from(
                "`localhost` without a port is read as a registry by one parser and as a Docker Hub name by another; \
                 write its port, as in `localhost:5000/x`, or `docker.io/localhost/x`",
            ),
        ),
        (
            "Acme/*",
            String::from(
                "`Acme` has upper-case letters and neither a dot nor a port: one parser reads a registry, another \
                 refuses it; write a repository in lower case, or a registry with its domain or port",
            ),
        ),
        (
            "ghcr.io./x",
            String::from(
                "registry `ghcr.io.` has an empty label at column 9; write single dots between names and none at \
                 either end",
            ),
        ),
    ];
    for (text, expected) in rows {
        match Pattern::parse(text) {
            Ok(pattern) => panic!("{text} was read as {pattern}"),
            Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
        }
    }
    let long = format!("ghcr.io/{}", "a".repeat(505));
    assert_eq!(
        Pattern::parse(&long).unwrap_err().to_string(),
        "image pattern has 513 characters; at most 512 are allowed"
    );
}

#[test]
fn a_pattern_is_stored_as_it_was_written() {
    let pattern: Pattern = serde_json::from_str("\"Docker.io/alp*\"").unwrap();
    assert_eq!(serde_json::to_string(&pattern).unwrap(), "\"Docker.io/alp*\"");
    assert_eq!(pattern.to_string(), "docker.io/library/alp*");
    assert!(serde_json::from_str::<Pattern>("\"*\"").is_err());
}
