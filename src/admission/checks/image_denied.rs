//! `image-denied`: see the page below. Must never be outweighed: a pattern that denies wins over any that allows.

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::image::{Pattern, Reference};
use crate::policy::{Images, Ruled};

check! {
    /// Images that a policy denies by name must not run, whatever allows them.
    ///
    /// **Field** `image` **Allowed** references that match no pattern of `images.deny`
    ///
    /// **Policy** `images.deny`
    ///
    /// ## Why
    ///
    /// A list of what is allowed is often a whole registry. What must not run from it is named here, and no order of
    /// rules can bring it back.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/sandbox/app:1.0
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ], deny: ["ghcr.io/acme/sandbox/**"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ], deny: ["ghcr.io/acme/sandbox/**"] }
    /// ```
    "image-denied" => Rule(run), help = "use another image: a pattern that denies cannot be outweighed"
}

/// The patterns that deny a reference.
pub(super) fn denying<'a>(images: &'a Images, reference: &'a Reference) -> impl Iterator<Item = &'a Ruled<Pattern>> {
    images.deny.iter().filter(|pattern| pattern.rule.forbids(reference))
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(images) = &view.policy.images else {
        return Vec::new();
    };
    let reference = &view.task.plan.image;
    denying(&images.rule, reference)
        .map(|pattern| {
            let message = format!(
                "image {} is denied by {}",
                quoted(&reference.to_string()),
                quoted(&pattern.rule.to_string())
            );
            Raw::denied("image", message).by(&pattern.origin)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn whatever_allows_it() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { images: null }", &[]),
                (
                    "nothing is denied",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ] } }"#,
                    &[],
                ),
                (
                    "denied",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], deny: ["ghcr.io/acme/app"] } }"#,
                    &["image: image `ghcr.io/acme/app:1.0` is denied by `ghcr.io/acme/app`"],
                ),
                (
                    "a short name",
                    r#"task: { image: alpine }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], deny: [alpine] } }"#,
                    &["image: image `docker.io/library/alpine:latest` is denied by `docker.io/library/alpine`"],
                ),
                (
                    "by two patterns",
                    r#"policy: { images: { allow: [ { image: "**", reason: x } ], deny: ["ghcr.io/acme/*", "ghcr.io/**"] } }"#,
                    &[
                        "image: image `ghcr.io/acme/app:1.0` is denied by `ghcr.io/acme/*`",
                        "image: image `ghcr.io/acme/app:1.0` is denied by `ghcr.io/**`",
                    ],
                ),
                (
                    "a neighbour",
                    r#"task: { image: "ghcr.io/acme/apple:1.0" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ], deny: ["ghcr.io/acme/app"] } }"#,
                    &[],
                ),
            ],
        );
    }
}
