//! Names, tags and digests that an allow list takes, and those beside them.

use super::super::support::testing::{Example, tasks};
use super::*;
use crate::admission::PlannedTask;

#[test]
fn the_normalised_name_has_to_match() {
    tasks(
        &CHECK,
        &[
            ("no rule", "policy: { images: null }", &[]),
            (
                "allowed",
                r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ] } }"#,
                &[],
            ),
            (
                "short names are one image",
                "task: { image: alpine }\npolicy: { images: { allow: [ { image: docker.io/library/alpine } ] } }",
                &[],
            ),
            (
                "another registry",
                "task: { image: evil.example/alpine }\npolicy: { images: { allow: [ { image: alpine } ] } }",
                &["image: image `evil.example/alpine:latest` does not match the one allowed pattern"],
            ),
            (
                "a registry that only begins alike",
                r#"task: { image: ghcr.io.evil.example/acme/app }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ] } }"#,
                &["image: image `ghcr.io.evil.example/acme/app:latest` does not match the one allowed pattern"],
            ),
            (
                "another tag",
                r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", tags: ["2.*", "3.*"] } ] } }"#,
                &[
                    "image: image `ghcr.io/acme/app:1.0` has tag `1.0`, which is not allowed; accepted tags: `2.*` or `3.*`",
                ],
            ),
            (
                "no tag beside the digest",
                r#"task: { image: "ghcr.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**", tags: ["1.*"] } ] } }"#,
                &[
                    "image: image `ghcr.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has no tag beside its digest; accepted tags: `1.*`",
                ],
            ),
            (
                "the digest that would run is one of the entry's",
                r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", digests: ["sha256:7a765e9cc4463a5eef922ad9c09091c2177b0a9cb054ff795a2281ea5304bcce"] } ] } }"#,
                &[],
            ),
            (
                "the tag names another digest now",
                r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", digests: ["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] }, { image: alpine } ] } }"#,
                &[
                    "image: image `ghcr.io/acme/app:1.0` is `sha256:7a765e9cc4463a5eef922ad9c09091c2177b0a9cb054ff795a2281ea5304bcce`, which is not allowed; accepted digests: `sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`",
                ],
            ),
            (
                "another digest is written",
                r#"task: { image: "ghcr.io/acme/app@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**", digests: ["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] } ] } }"#,
                &[
                    "image: image `ghcr.io/acme/app@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb` is `sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb`, which is not allowed; accepted digests: `sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`",
                ],
            ),
            (
                "tag and digest have to be of one entry",
                r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", tags: ["2.*"] }, { image: ghcr.io/acme/app, tags: ["1.*"], digests: ["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] } ] } }"#,
                &[
                    "image: image `ghcr.io/acme/app:1.0` is `sha256:7a765e9cc4463a5eef922ad9c09091c2177b0a9cb054ff795a2281ea5304bcce`, which is not allowed; accepted digests: `sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`",
                ],
            ),
            (
                "each policy is asked",
                r#"policies: [ {}, { images: { allow: [ { image: "ghcr.io/acme/**" } ] } }, { images: { allow: [ { image: "ghcr.io/acme/other" } ] } } ]"#,
                &["image: image `ghcr.io/acme/app:1.0` does not match the one allowed pattern"],
            ),
            (
                "the list of the Helm values narrows",
                r#"settings: { allowedImageList: "alpine:*,ghcr.io/other/*" }"#,
                &["image: image `ghcr.io/acme/app:1.0` matches none of the 2 patterns of `allowedImageList`"],
            ),
            (
                "the list of the Helm values admits",
                r#"settings: { allowedImageList: "ghcr.io/acme/*" }"#,
                &[],
            ),
        ],
    );
}

#[test]
fn the_next_step_names_the_nearest_patterns() {
    for (image, allow, expected) in [
        (
            "ghcr.io/acme/app",
            r#"[ { image: "ghcr.io/other/**" } ]"#,
            "`ghcr.io/other/**`",
        ),
        (
            "evil.example/alpine",
            r#"[ { image: "quay.io/a/**" }, { image: "quay.io/b/**" }, { image: "quay.io/c/**" }, { image: alpine } ]"#,
            "`docker.io/library/alpine`, `quay.io/a/**` or `quay.io/b/**`",
        ),
        (
            "quay.io/x/y",
            r#"[ { image: "ghcr.io/a/**" }, { image: "quay.io/b/**" } ]"#,
            "`quay.io/b/**` or `ghcr.io/a/**`",
        ),
    ] {
        let yaml = format!("task: {{ image: {image} }}\npolicy: {{ images: {{ allow: {allow} }} }}");
        let helps: Vec<Option<String>> = Example::read(&yaml)
            .run(&CHECK)
            .into_iter()
            .map(|raw| raw.help)
            .collect();
        let expected = format!("use an image under {expected}, or ask for a change of policy `example-0`");
        assert_eq!(helps, [Some(expected)], "{image}");
    }
}

#[test]
fn a_registry_is_asked_only_where_every_enforcing_policy_agrees() {
    for (yaml, expected) in [
        ("policy: { images: null }", false),
        ("policy: {}", true),
        ("policy: { mode: audit }", false),
        ("policy: { scope: { actions: [other] } }", false),
        ("policies: [ {}, { images: { allow: [ { image: alpine } ] } } ]", false),
        (
            "policies: [ {}, { mode: audit, images: { allow: [ { image: alpine } ] } } ]",
            true,
        ),
        (
            "policies: [ {}, { mode: warn, images: { allow: [ { image: alpine } ] } } ]",
            true,
        ),
        ("policies: [ { images: null }, { mode: audit } ]", false),
        (
            "policy: { images: { allow: [ { image: ghcr.io/acme/app } ], forbidTags: [\"1.*\"] } }",
            false,
        ),
        (
            "policy: { images: { allow: [ { image: \"ghcr.io/acme/*\" } ], deny: [ghcr.io/acme/app] } }",
            false,
        ),
        (
            "policy: { images: { allow: [ { image: ghcr.io/acme/app, requireDigest: true } ] } }",
            false,
        ),
        (
            "policy: { images: { allow: [ { image: ghcr.io/acme/app, tags: [\"2.*\"] } ] } }",
            false,
        ),
        (
            "policy: { images: { allow: [ { image: ghcr.io/acme/app, digests: [\"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"] } ] } }",
            true,
        ),
        (
            "task: { image: \"ghcr.io/acme/app:1.0@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\" }\npolicy: { images: { allow: [ { image: ghcr.io/acme/app, digests: [\"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"] } ] } }",
            false,
        ),
        ("settings: { allowedImageList: \"alpine\" }", false),
        ("settings: { allowedImageList: \"ghcr.io/acme/app:*\" }", true),
        (
            "settings: { allowedImageList: \"ghcr.io/acme/app:*\" }\npolicy: { images: null }",
            false,
        ),
        ("policy: { scope: { stages: [dev] } }", true),
        ("policy: { scope: { stages: [dev] } }\nevent: { data: {} }", false),
    ] {
        let request = Example::read(yaml).request();
        let plans = request.actions.iter().flat_map(|action| &action.tasks);
        for task in plans {
            let PlannedTask::Planned(plan) = task else {
                panic!("{task:?}")
            };
            let matching: Vec<&Policy> = request.policies.matching(&request.event, &plan.key).collect();
            assert_eq!(admitted(&request, plan, &matching, None), expected, "{yaml}");
        }
    }
}
