//! `image-unsigned`: see the page below. Judges only images that no signature rule of the policy covers; those that one
//! covers are the business of `image-signature`.

use super::support::{any_of, quoted};
use crate::admission::accepted::Exception;
use crate::admission::check::check;
use crate::admission::signed::covering;
use crate::admission::{Raw, RuleView};
use crate::policy::Unsigned;

check! {
    /// Images that no signature rule covers must not run unless the policy lets them run unsigned.
    ///
    /// **Field** `image` **Allowed** images that an entry of `signatures` covers, and names that match `unsigned.allow`
    ///
    /// **Policy** `unsigned: deny`, or `unsigned: { allow: [...], reason }`
    ///
    /// ## Why
    ///
    /// A signature says who built an image, its name only where it lies. An image that nobody has to sign is an
    /// exception that the platform team writes down, with a reason. Where a signature rule covers an image, `unsigned`
    /// says nothing about it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   unsigned: deny
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   unsigned: { allow: ["ghcr.io/acme/**"], reason: "signing starts next quarter" }
    /// ```
    "image-unsigned" => Rule(run), help = "use an image that a signature rule covers or that `unsigned.allow` names, or ask the platform team to add this one"
}

/// The rule that lets a task's image run unsigned, and why.
pub(in crate::admission) fn exception(view: &RuleView<'_>) -> Option<Exception> {
    let unsigned = view.policy.unsigned.as_ref()?;
    if covering(view.policy, &view.task.plan.image).next().is_some() {
        return None;
    }
    match &unsigned.rule {
        Unsigned::Allow { patterns, reason } => patterns
            .iter()
            .any(|pattern| pattern.matches(&view.task.plan.image))
            .then(|| (unsigned.origin.clone(), reason.clone())),
        Unsigned::Deny => None,
    }
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(unsigned) = &view.policy.unsigned else {
        return Vec::new();
    };
    let reference = &view.task.plan.image;
    if covering(view.policy, reference).next().is_some() {
        return Vec::new();
    }
    let image = quoted(&reference.to_string());
    let message = match &unsigned.rule {
        Unsigned::Deny => format!("no signature rule covers image {image}, and unsigned images are denied"),
        Unsigned::Allow { patterns, .. } if patterns.iter().any(|pattern| pattern.matches(reference)) => {
            return Vec::new();
        }
        Unsigned::Allow { patterns, .. } => format!(
            "no signature rule covers image {image}; accepted unsigned: {}",
            any_of(patterns.iter().map(ToString::to_string))
        ),
    };
    vec![Raw::denied("image", message).by(&unsigned.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn what_nobody_has_to_sign_is_named() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { unsigned: null }", &[]),
                (
                    "deny",
                    "policy: { unsigned: deny }",
                    &["image: no signature rule covers image `ghcr.io/acme/app:1.0`, and unsigned images are denied"],
                ),
                (
                    "named",
                    r#"policy: { unsigned: { allow: ["ghcr.io/acme/*"], reason: x } }"#,
                    &[],
                ),
                (
                    "not named",
                    r#"policy: { unsigned: { allow: ["ghcr.io/acme/other", alpine], reason: x } }"#,
                    &[
                        "image: no signature rule covers image `ghcr.io/acme/app:1.0`; accepted unsigned: `ghcr.io/acme/other` or `docker.io/library/alpine`",
                    ],
                ),
                (
                    "a signature rule covers it",
                    r#"policy: { unsigned: deny, signatures: [ { images: ["ghcr.io/acme/**"], require: { any: [acme-release] } } ] }"#,
                    &[],
                ),
                (
                    "the rule covers another one",
                    r#"policy: { unsigned: deny, signatures: [ { images: [alpine], require: { any: [acme-release] } } ] }"#,
                    &["image: no signature rule covers image `ghcr.io/acme/app:1.0`, and unsigned images are denied"],
                ),
                (
                    "the rule of another policy does not speak for this one",
                    r#"policies: [ { unsigned: null, signatures: [ { images: ["**"], require: { any: [acme-release] } } ] }, { unsigned: deny } ]"#,
                    &["image: no signature rule covers image `ghcr.io/acme/app:1.0`, and unsigned images are denied"],
                ),
            ],
        );
    }
}
