//! `image-digest`: see the page below. Must never take a digest that the gate found for one that the author wrote.

use super::image_not_allowed::takes;
use super::support::quoted;
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::image::Reference;
use crate::policy::{DigestRule, ImageEntry};

check! {
    /// Images must be written with a digest where the policy asks for it.
    ///
    /// **Field** `image` **Allowed** `name@sha256:…` or `name:tag@sha256:…`
    ///
    /// **Policy** `images.allow[].requireDigest: true`
    ///
    /// ## Why
    ///
    /// The gate pins every tag to a digest, but which one depends on the day. With a digest in `job/config.yaml` the
    /// change of an image is a change in git, and reviewed. An image that several entries name needs no digest where
    /// one of them does not ask for it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**", requireDigest: true } ] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**", requireDigest: true } ] }
    /// ```
    "image-digest" => Rule(run), help = "write the digest behind the image: `name:tag@sha256:…`"
}

/// Whether a reference has the digest that an entry asks for.
pub(in crate::admission) fn meets(entry: &ImageEntry, reference: &Reference) -> bool {
    entry.digest == DigestRule::Optional || reference.digest().is_some()
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(images) = &view.policy.images else {
        return Vec::new();
    };
    let reference = &view.task.plan.image;
    let naming: Vec<&ImageEntry> = images
        .rule
        .allow
        .iter()
        .filter(|entry| takes(entry, reference, view.task.image))
        .collect();
    // An image that no entry names is the finding of another check.
    let Some(first) = naming.first() else { return Vec::new() };
    if naming.iter().any(|entry| meets(entry, reference)) {
        return Vec::new();
    }
    let message = format!(
        "image {} has no digest, which {} requires",
        quoted(&reference.to_string()),
        quoted(&first.pattern.to_string())
    );
    vec![Raw::denied("image", message).by(&first.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn a_tag_is_no_digest() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { images: null }", &[]),
                (
                    "not asked for",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**" } ] } }"#,
                    &[],
                ),
                (
                    "asked for",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", requireDigest: true } ] } }"#,
                    &["image: image `ghcr.io/acme/app:1.0` has no digest, which `ghcr.io/acme/**` requires"],
                ),
                (
                    "written",
                    r#"task: { image: "ghcr.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
policy: { images: { allow: [ { image: "ghcr.io/acme/**", requireDigest: true } ] } }"#,
                    &[],
                ),
                (
                    "another entry does not ask",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", requireDigest: true }, { image: "ghcr.io/acme/app" } ] } }"#,
                    &[],
                ),
                (
                    "the other entry is for another tag",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/acme/**", requireDigest: true }, { image: "ghcr.io/acme/app", tags: ["2.*"] } ] } }"#,
                    &["image: image `ghcr.io/acme/app:1.0` has no digest, which `ghcr.io/acme/**` requires"],
                ),
                (
                    "another image",
                    r#"policy: { images: { allow: [ { image: "ghcr.io/other/**", requireDigest: true } ] } }"#,
                    &[],
                ),
            ],
        );
    }
}
