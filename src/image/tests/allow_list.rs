//! `jobConfig.allowedImageList`: every row of protocol reference 6.6 with its outcome here, and the signs of the
//! original's globs.

use super::super::LegacyAllowList;
use super::{EMPTY, reference};

fn list(text: &str) -> LegacyAllowList {
    LegacyAllowList::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// list, admitted, refused. References that are written `@` get a digest.
const ROWS: &[(&str, &[&str], &[&str])] = &[
    // The documents' own example.
    (
        "docker.io/my-user/*,custom.registry.io/*",
        &[
            "my-user/x",
            "docker.io/my-user/x:1",
            "docker.io/my-user/x/y@",
            "custom.registry.io/a/b:2",
            "Custom.Registry.io:443/a",
        ],
        &[
            "other/x",
            "alpine",
            "custom.registry.io.evil.tld/a",
            "evil.example/custom.registry.io/a",
            "custom.registry.io:5000/a",
        ],
    ),
    (
        "docker.io/*",
        &["alpine", "acme/x:1", "acme/x/y"],
        &["ghcr.io/x", "evil.example/docker.io/x", "registry-1.docker.io/x/y"],
    ),
    // Said of the original: `alpine:*` rejects `alpine`. Changed: the implicit tag is there.
    (
        "alpine:*",
        &["alpine", "alpine:3.20", "alpine:3@", "docker.io/library/alpine"],
        &["alpine@", "acme/alpine", "alpine2"],
    ),
    // Kept: another registry is not meant.
    (
        "reg.example/*",
        &["reg.example/x", "REG.example/x/y:1"],
        &["alpine", "reg.example.evil.tld/x", "reg.example:5000/x"],
    ),
    // Said of the original: `*alpine*` accepts `evil.example/alpine`. Changed: without a registry it is Docker Hub's.
    (
        "*alpine*",
        &["alpine", "alpine:3", "myalpine2"],
        &["evil.example/alpine", "evil.example/x:alpine", "evil/alpine"],
    ),
    // Kept: nothing is trimmed, so an item with a space matches nothing.
    (" alpine", &[], &["alpine"]),
    ("x, alpine", &["x"], &["alpine"]),
    // Kept: empty items are dropped.
    (",,alpine,", &["alpine"], &["alpine:3", "nginx"]),
    // Kept: tag and digest are plain text, and a pattern without them means `:latest`.
    (
        "alpine",
        &["alpine", "alpine:latest"],
        &["alpine:3", "alpine@", "alpine:latest@"],
    ),
    ("alpine:3", &["alpine:3"], &["alpine:3@", "alpine:30", "alpine"]),
    ("alpine@*", &["alpine@"], &["alpine", "alpine:3@"]),
    (
        "alpine*",
        &["alpine", "alpine:3@", "alpine@", "alpine-x:1"],
        &["acme/alpine", "xalpine"],
    ),
    // Kept: `*` and `**` cross `/` and reach into the tag.
    (
        "acme/**",
        &["acme/x", "acme/x/y:1"],
        &["acme", "acmex/y", "ghcr.io/acme/x"],
    ),
    ("acme/*-rc*", &["acme/x:1-rc2", "acme/x/y-rc:1"], &["acme/x:1"]),
    // `app` is `library/app`.
    (
        "*/app:1",
        &["acme/app:1", "acme/x/app:1", "app:1"],
        &["evil.example/app:1", "localhost:5000/app:1"],
    ),
    // Kept: one character, and classes.
    (
        "alpine:3.?",
        &["alpine:3.1", "alpine:3.x"],
        &["alpine:3.10", "alpine:3."],
    ),
    ("alpine:[34].1", &["alpine:3.1", "alpine:4.1"], &["alpine:5.1"]),
    ("alpine:[a-c]", &["alpine:b"], &["alpine:d", "alpine:B"]),
    ("alpine:[!a]", &["alpine:b"], &["alpine:a", "alpine"]),
    ("alpine:[!a-c]", &["alpine:d"], &["alpine:b"]),
    ("alpine:[x-\u{10ffff}]", &["alpine:x", "alpine:z"], &["alpine:w"]),
    ("alpine:[\u{e9}-\u{fc}]", &[], &["alpine:e", "alpine"]),
    ("alpine:[!\u{e9}-\u{fc}]", &["alpine:e"], &["alpine:ee"]),
    ("alpine:[^a]", &["alpine:a"], &["alpine:b"]),
    ("alpine:[-_]x", &["alpine:_x"], &["alpine:ax"]),
    ("alpine:[!-_]x", &["alpine:ax"], &["alpine:_x"]),
    // Kept: an unbalanced `{` compiles. A brace that the comma split leaves pieces that match little or nothing.
    ("{alpine", &["alpine"], &["x"]),
    ("{alpine}:3", &["alpine:3"], &["alpine"]),
    ("acme/{a,b}", &["acme/a"], &["acme/b", "b", "acme/a,b"]),
    ("acme/*{,x}", &[], &["acme/a", "acme/x", "x"]),
    ("alpine}", &[], &["alpine"]),
    // Kept: an escaped wildcard is itself, which no reference holds; a backslash at the end is nothing.
    ("alpine\\*", &[], &["alpine", "alpine:3"]),
    ("alp\\ine\\", &["alpine"], &["alp"]),
    // Kept: case counts, save in the registry.
    ("ghcr.io/acme/x:A", &["GHCR.io/acme/x:A"], &["ghcr.io/acme/x:a"]),
    ("GHCR.io/acme/x", &["ghcr.io/acme/x"], &["ghcr.io/acme/y"]),
    // A wildcard in the registry stays in the registry.
    (
        "*.example.com/org/*",
        &["a.example.com/org/m", "a.b.example.com/org/m/n"],
        &["attacker.com/x.example.com/org/m"],
    ),
    (
        "localhost:*/x",
        &["localhost:5000/x"],
        &["localhost:5000/y", "docker.io/localhost/x"],
    ),
    ("docker.io/alpine", &["alpine"], &["alpine:3"]),
    ("docker.io/alp*", &["alpine:3", "alps/x"], &["acme/alpine"]),
    (
        "ghcr.io/alpine",
        &["ghcr.io/alpine"],
        &["ghcr.io/library/alpine", "alpine"],
    ),
    ("index.docker.io/acme/*", &["acme/x"], &["ghcr.io/acme/x"]),
    ("reg.example:443/x", &["reg.example/x"], &["reg.example:5000/x"]),
    ("\\[::1\\]:5000/*", &["[::1]:5000/x"], &["[::1]/x"]),
    // No registry at all is meant by a name with a dot and no path.
    ("ghcr.io*", &["ghcr.io:1"], &["ghcr.io/x", "ghcr.io.evil.tld/x"]),
];

#[test]
fn each_row_of_the_protocol_reference_has_its_outcome() {
    for (text, admitted, refused) in ROWS {
        let list = list(text);
        assert!(!list.allows_all(), "{text}");
        for image in *admitted {
            assert!(
                list.matches(&reference(&image.replace('@', &format!("@{EMPTY}")))),
                "{text} should admit {image}"
            );
        }
        for image in *refused {
            // What is no reference at all is refused before it comes here.
            if let Ok(parsed) = super::super::Reference::parse(&image.replace('@', &format!("@{EMPTY}"))) {
                assert!(!list.matches(&parsed), "{text} must not admit {image}");
            } else {
                assert_eq!(*image, "acme/a,b");
            }
        }
    }
}

#[test]
fn no_items_match_nothing_and_say_that_they_are_none() {
    for text in ["", ",", ",,,"] {
        let list = list(text);
        assert!(
            list.is_empty() && !list.allows_all() && list.patterns().is_empty(),
            "{text}"
        );
        assert!(!list.matches(&reference("alpine")), "{text}");
    }
}

#[test]
fn only_an_item_that_is_a_star_admits_everything() {
    let evil = reference("evil.example:5000/a/b:c");
    for text in ["*", "alpine,*", "*,alpine", "*,["] {
        let list = list(text);
        assert!(list.allows_all() && !list.is_empty(), "{text}");
        assert!(list.matches(&evil), "{text}");
    }
    for text in ["**", " *", "* ", "***", "\\*", "?*", "[!x]*"] {
        let list = list(text);
        assert!(!list.allows_all() && !list.is_empty(), "{text}");
        assert!(!list.matches(&evil), "{text}");
    }
}

#[test]
fn an_item_that_the_original_refuses_is_refused_before_a_star_behind_it_counts() {
    let unclosed = "a `[` is not closed; write `\\[` for the character itself";
    let class = "a `[...]` is empty or mixes a list with a range; write `[ab]`, `[a-c]` or `[!a]`";
    let backwards = "a range runs backwards; write it as in `[a-c]`";
    let rows = [
        ("[", "[", unclosed),
        ("alpine,[,*", "[", unclosed),
        ("[a", "[a", unclosed),
        ("[a\\]", "[a\\]", unclosed),
        ("[a-", "[a-", unclosed),
        ("[]", "[]", class),
        ("[!]", "[!]", class),
        ("[a-cx]", "[a-cx]", class),
        ("[c-a]", "[c-a]", backwards),
    ];
    for (text, item, reason) in rows {
        let error = LegacyAllowList::parse(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("allowedImageList item `{item}` is no glob: {reason}"),
            "{text}"
        );
    }
}

#[test]
fn a_finding_can_say_what_a_pattern_came_to_mean() {
    let rows = [
        ("alpine", "docker.io/library/alpine:latest"),
        ("*alpine*", "docker.io/library/*alpine*"),
        ("alpine:*", "docker.io/library/alpine:*"),
        ("docker.io/*", "docker.io/*"),
        ("acme/[!a]?", "docker.io/acme/[!a]?:latest"),
        ("acme/x[\\]\\!-]{}", "docker.io/acme/x[\\]\\!\\-]{}:latest"),
        ("Reg.example:443/{x", "reg.example/x:latest"),
        ("\\[::1\\]:5000/*", "\\[::1\\]:5000/*"),
    ];
    for (written, normalized) in rows {
        let list = list(written);
        let pattern = &list.patterns()[0];
        assert_eq!((pattern.written(), pattern.to_string().as_str()), (written, normalized));
    }
}

#[test]
fn a_huge_item_is_an_error_or_works_but_never_hangs() {
    let huge = format!("acme/{}", "*a".repeat(20_000));
    let text = "a".repeat(200);
    if let Ok(list) = LegacyAllowList::parse(&huge) {
        assert!(!list.matches(&reference(&format!("acme/{text}"))));
    }
    let stars = list(&format!("acme/{}b", "*".repeat(10_000)));
    assert!(!stars.matches(&reference(&format!("acme/{text}"))));
}
