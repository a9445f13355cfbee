//! `image-unsigned`: see the page below. Must never call an image unsigned that nobody has looked at: without
//! verification the answer is "not decided".

use super::support::{any_of, quoted};
use crate::admission::accepted::Exception;
use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::policy::Unsigned;

check! {
    /// Images without a verified signature are not decided unless the policy lets them run unsigned.
    ///
    /// **Field** `image` **Allowed** names that match `unsigned.allow`
    ///
    /// **Policy** `unsigned: deny`, or `unsigned: { allow: [...], reason }`
    ///
    /// ## Why
    ///
    /// A signature says who built an image, its name only where it lies. This version does not verify signatures yet:
    /// so it cannot say that an image has none, and an image that needs one is not admitted.
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
    "image-unsigned" => Rule(run), help = "use an image that `unsigned.allow` names, or ask the platform team to add this one"
}

/// The rule that lets a task's image run unsigned, and why.
pub(in crate::admission) fn exception(view: &RuleView<'_>) -> Option<Exception> {
    let unsigned = view.policy.unsigned.as_ref()?;
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
    let image = quoted(&reference.to_string());
    let why = "signatures are not verified by this version";
    let message = match &unsigned.rule {
        Unsigned::Deny => format!("image {image} has to be signed, but {why}"),
        Unsigned::Allow { patterns, .. } if patterns.iter().any(|pattern| pattern.matches(reference)) => {
            return Vec::new();
        }
        Unsigned::Allow { patterns, .. } => {
            let names = any_of(patterns.iter().map(ToString::to_string));
            format!("image {image} has to be signed, but {why}; accepted unsigned: {names}")
        }
    };
    vec![Raw::undecided("image", message).by(&unsigned.origin)]
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{Example, tasks};
    use super::*;

    #[test]
    fn nobody_has_looked_at_signatures() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { unsigned: null }", &[]),
                (
                    "deny",
                    "policy: { unsigned: deny }",
                    &[
                        "image: image `ghcr.io/acme/app:1.0` has to be signed, but signatures are not verified by this version",
                    ],
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
                        "image: image `ghcr.io/acme/app:1.0` has to be signed, but signatures are not verified by this version; accepted unsigned: `ghcr.io/acme/other` or `docker.io/library/alpine`",
                    ],
                ),
            ],
        );
    }

    #[test]
    fn the_answer_is_not_a_denial() {
        for yaml in [
            "policy: { unsigned: deny }",
            "policy: { unsigned: { allow: [alpine], reason: x } }",
        ] {
            let raws = Example::read(yaml).run(&CHECK);
            assert!(
                raws.iter().all(|raw| raw.class == crate::admission::Class::Undecided),
                "{raws:?}"
            );
        }
    }
}
