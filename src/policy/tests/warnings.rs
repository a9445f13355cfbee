//! What loads with a warning, and what without one: `overlap.rs` by its effect.

use super::{HEAD, lines, load};

/// Every warning of the policy with this body.
fn warned(body: &str) -> Vec<String> {
    let set = load(&format!("{HEAD}{body}")).unwrap_or_else(|problems| panic!("{body}\n{}", lines(&problems)));
    set.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn rules_that_say_nothing_new_are_said() {
    const REMOVE: &str = "; remove one of them";
    const CORRECT: &str = ": no entry of images.allow names such an image; remove it, or correct its name";
    for (name, body, expected) in [
        (
            "an entry within another",
            r#"images: { allow: [{ image: "ghcr.io/acme/app" }, { image: "ghcr.io/acme/**" }] }"#,
            vec![format!(
                r#"p.yaml:4:19: "ghcr.io/acme/app" adds nothing: "ghcr.io/acme/**" at line 4 admits it already{REMOVE}"#
            )],
        ),
        (
            "the same entry twice, by two spellings",
            "images: { allow: [{ image: alpine }, { image: docker.io/library/alpine }] }",
            vec![format!(
                r#"p.yaml:4:38: "docker.io/library/alpine" adds nothing: "alpine" at line 4 admits it already{REMOVE}"#
            )],
        ),
        (
            "tags within tags",
            r#"images: { allow: [{ image: alpine, tags: ["3.*"] }, { image: alpine, tags: ["3.2?", "3.1"] }] }"#,
            vec![format!(
                r#"p.yaml:4:53: "alpine" adds nothing: "alpine" at line 4 admits it already{REMOVE}"#
            )],
        ),
        (
            "a denial within another, and one of nothing",
            r#"images: { allow: [{ image: "ghcr.io/acme/**" }], deny: ["ghcr.io/acme/x/**", "ghcr.io/acme/x/y", "quay.io/**"] }"#,
            vec![
                format!(
                    r#"p.yaml:4:78: "ghcr.io/acme/x/y" is denied already by "ghcr.io/acme/x/**" at line 4{REMOVE}"#
                ),
                format!(r#"p.yaml:4:98: "quay.io/**" denies nothing{CORRECT}"#),
            ],
        ),
        (
            "an excuse for nothing",
            "images: { allow: [{ image: \"ghcr.io/acme/**\" }] }\nunsigned: { allow: [\"ghcr.io/**\", \"ghcr.io/amce/**\"], reason: x }",
            vec![format!(r#"p.yaml:5:11: "ghcr.io/amce/**" excuses nothing{CORRECT}"#)],
        ),
    ] {
        assert_eq!(warned(body), expected, "{name}");
    }
}

#[test]
fn rules_that_each_have_an_effect_are_not() {
    for body in [
        r#"images: { allow: [{ image: "ghcr.io/acme/**", requireDigest: true }, { image: "ghcr.io/acme/app" }] }"#,
        r#"images: { allow: [{ image: "ghcr.io/acme/**", tags: ["1.*"] }, { image: "ghcr.io/acme/app", tags: ["2.*"] }] }"#,
        r#"images: { allow: [{ image: "ghcr.io/acme/*" }, { image: "ghcr.io/acme/*/*" }, { image: "*.ghcr.io/acme/*" }] }"#,
        r#"images: { allow: [{ image: "ghcr.io/acme/**" }], deny: ["ghcr.io/*/sandbox"], forbidTags: [latest] }"#,
        r#"images: { allow: [{ image: "registry-1.docker.io/acme/**" }], deny: ["acme/sandbox"] }"#,
        "images: { allow: [{ image: \"ghcr.io/acme/**\" }] }\nunsigned: { allow: [\"**\"], reason: x }",
        "unsigned: { allow: [\"ghcr.io/**\"], reason: x }",
    ] {
        assert!(warned(body).is_empty(), "{body}\n{:?}", warned(body));
    }
}
