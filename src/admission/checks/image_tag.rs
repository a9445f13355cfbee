//! `image-tag`: see the page below. Judged on the parsed tag, `latest` where none was written; never on the text.

use super::support::{any_of, quoted};
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::image::{Reference, TagPattern};
use crate::policy::Images;

check! {
    /// Tags that a policy forbids must not be used.
    ///
    /// **Field** `image` **Allowed** references by digest, and tags that match no pattern of `images.forbidTags`
    ///
    /// **Policy** `images.forbidTags`
    ///
    /// ## Why
    ///
    /// A tag such as `latest` names other bytes every week. Without a tag and a digest the tag is `latest`, and a port
    /// of a registry is no tag: `registry.example:5000/app` is `latest` as well. The tag is judged even where a digest
    /// stands beside it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: [latest] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: [latest] }
    /// ```
    "image-tag" => Rule(run), help = "name a release by its tag, or write a digest"
}

/// The patterns that forbid a reference's tag.
pub(super) fn forbidding<'a>(images: &'a Images, reference: &'a Reference) -> impl Iterator<Item = &'a TagPattern> {
    images.forbid_tags.iter().filter(|pattern| pattern.matches(reference))
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(images) = &view.policy.images else {
        return Vec::new();
    };
    let reference = &view.task.plan.image;
    let Some(tag) = reference.tag() else { return Vec::new() };
    let forbidding: Vec<String> = forbidding(&images.rule, reference).map(ToString::to_string).collect();
    if forbidding.is_empty() {
        return Vec::new();
    }
    let implied = if reference.is_tag_implicit() {
        ", which is what no tag means"
    } else {
        ""
    };
    let message = format!(
        "image {} has the forbidden tag {}{implied}; forbidden: {}",
        quoted(&reference.to_string()),
        quoted(tag.as_str()),
        any_of(forbidding)
    );
    vec![Raw::denied("image", message).by(&images.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn the_parsed_tag_is_judged() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { images: null }", &[]),
                (
                    "none forbidden",
                    r#"task: { image: ghcr.io/acme/app }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ] } }"#,
                    &[],
                ),
                (
                    "written",
                    r#"task: { image: "ghcr.io/acme/app:latest" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: [latest] } }"#,
                    &["image: image `ghcr.io/acme/app:latest` has the forbidden tag `latest`; forbidden: `latest`"],
                ),
                (
                    "implied",
                    r#"task: { image: ghcr.io/acme/app }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: [latest] } }"#,
                    &[
                        "image: image `ghcr.io/acme/app:latest` has the forbidden tag `latest`, which is what no tag means; forbidden: `latest`",
                    ],
                ),
                (
                    "a port is no tag",
                    r#"task: { image: "registry.example:5000/app" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: ["l*", latest] } }"#,
                    &[
                        "image: image `registry.example:5000/app:latest` has the forbidden tag `latest`, which is what no tag means; forbidden: `l*` or `latest`",
                    ],
                ),
                (
                    "beside a digest",
                    r#"task: { image: "ghcr.io/acme/app:latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: [latest] } }"#,
                    &[
                        "image: image `ghcr.io/acme/app:latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has the forbidden tag `latest`; forbidden: `latest`",
                    ],
                ),
                (
                    "by digest alone",
                    r#"task: { image: "ghcr.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], forbidTags: ["*"] } }"#,
                    &[],
                ),
            ],
        );
    }
}
