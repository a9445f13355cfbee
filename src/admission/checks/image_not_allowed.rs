//! `image-not-allowed`: see the page below. Also tells the gate for which images a registry may be asked.
//!
//! Must never compare what the author wrote: only the normalised reference has one meaning.

use super::support::{all_agree, any_of, quoted};
use super::{image_denied, image_digest, image_tag};
use crate::admission::check::check;
use crate::admission::{PinnedImage, Raw, Request, RuleView};
use crate::image::Reference;
use crate::plan::TaskPlan;
use crate::policy::{ImageEntry, Images, Policy, PolicySpan};

check! {
    /// Images must be on the policy's list.
    ///
    /// **Field** `image` **Allowed** references whose normalised name matches an entry of `images.allow`, whose tag as
    /// written matches the entry's `tags` where it has some, and whose digest is one of its `digests` where it has some
    ///
    /// **Policy** `images.allow`; the Helm value `jobConfig.allowedImageList` as well, where it is set
    ///
    /// ## Why
    ///
    /// An image is code. Names are compared in full: `alpine` is `docker.io/library/alpine:latest`, and neither
    /// `evil.example/alpine` nor `ghcr.io.evil.example/acme/app` is what it looks like. `*` stays inside one part of a
    /// name, `**` crosses parts. A reference by digest alone has no tag: write the tag beside it where tags are ruled.
    /// Of `digests` the one that would run has to be named: where the author wrote a tag, the one that it names now.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: alpine:3.20
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**" } ] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/team/app:1.2
    /// policy:
    ///   images: { allow: [ { image: "ghcr.io/acme/**", tags: ["1.*"] } ] }
    /// ```
    "image-not-allowed" => Rule(run), help = "use an image that the policy allows, or ask the platform team to add this one"
}

/// How many accepted patterns a message names.
const NEAREST: usize = 3;

/// Whether a registry may be asked about a task's image: every enforcing policy that rules images accepts it.
pub(in crate::admission) fn admitted(
    request: &Request,
    plan: &TaskPlan,
    matching: &[&Policy],
    pinned: Option<&PinnedImage>,
) -> bool {
    all_agree(
        request,
        plan,
        matching,
        |policy| policy.images.as_ref(),
        |images| accepts(images, &plan.image, pinned),
    )
}

fn accepts(images: &Images, reference: &Reference, pinned: Option<&PinnedImage>) -> bool {
    let listed = images
        .allow
        .iter()
        .any(|entry| takes(entry, reference, pinned) && image_digest::meets(entry, reference));
    let denied = image_denied::denying(images, reference).next().is_some();
    let forbidden = image_tag::forbidding(images, reference).next().is_some();
    match &images.legacy {
        None => listed && !denied && !forbidden,
        Some(list) => list.matches(reference) && (listed || images.allow.is_empty()) && !denied && !forbidden,
    }
}

/// Whether an entry names this image with this tag and digest. Before an image is pinned its tag may still lead to a
/// digest that the entry names; nothing runs that is not pinned.
pub(in crate::admission) fn takes(entry: &ImageEntry, reference: &Reference, pinned: Option<&PinnedImage>) -> bool {
    entry.pattern.matches(reference) && fits_tags(entry, reference) && fits_digests(entry, reference, pinned)
}

fn fits_digests(entry: &ImageEntry, reference: &Reference, pinned: Option<&PinnedImage>) -> bool {
    let digest = pinned.map(PinnedImage::digest).or(reference.digest());
    entry.digests.is_empty() || digest.is_none_or(|digest| entry.digests.contains(digest))
}

fn fits_tags(entry: &ImageEntry, reference: &Reference) -> bool {
    entry.tags.is_empty() || entry.tags.iter().any(|tag| tag.matches(reference))
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(images) = &view.policy.images else {
        return Vec::new();
    };
    let reference = &view.task.plan.image;
    let mut raws = Vec::new();
    // The policy of the Helm values has its own kind of list in the place of `allow`.
    let has_list = images.rule.legacy.is_none() || !images.rule.allow.is_empty();
    let pinned = view.task.image;
    if has_list && !images.rule.allow.iter().any(|entry| takes(entry, reference, pinned)) {
        raws.push(not_listed(
            &images.rule,
            reference,
            pinned,
            &images.origin,
            &view.policy.name,
        ));
    }
    if let Some(list) = images.rule.legacy.as_ref().filter(|list| !list.matches(reference)) {
        let patterns = list.patterns();
        let message = format!(
            "image {} matches none of the {} patterns of `allowedImageList`",
            full(reference),
            patterns.len()
        );
        let help = format!(
            "accepted: {}",
            any_of(patterns.iter().take(NEAREST).map(ToString::to_string))
        );
        raws.push(Raw::denied("image", message).help(help).by(&images.origin));
    }
    raws
}

fn not_listed(
    images: &Images,
    reference: &Reference,
    pinned: Option<&PinnedImage>,
    rule: &PolicySpan,
    policy: &str,
) -> Raw {
    // Where the name is right and only the tag or the digest is not, that is what the author has to know.
    let by_tag: Vec<&ImageEntry> = images
        .allow
        .iter()
        .filter(|entry| entry.pattern.matches(reference) && fits_tags(entry, reference))
        .collect();
    if let (Some(entry), Some(digest)) = (by_tag.first(), pinned.map(PinnedImage::digest).or(reference.digest())) {
        let accepted = any_of(by_tag.iter().flat_map(|entry| &entry.digests).map(ToString::to_string));
        let message = format!(
            "image {} is {}, which is not allowed; accepted digests: {accepted}",
            full(reference),
            quoted(&digest.to_string())
        );
        return Raw::denied("image", message).by(&entry.origin);
    }
    let by_name: Vec<&ImageEntry> = images
        .allow
        .iter()
        .filter(|entry| entry.pattern.matches(reference))
        .collect();
    if let Some(entry) = by_name.first() {
        let accepted = any_of(by_name.iter().flat_map(|entry| &entry.tags).map(ToString::to_string));
        let message = match reference.tag() {
            Some(tag) => format!(
                "image {} has tag {}, which is not allowed; accepted tags: {accepted}",
                full(reference),
                quoted(tag.as_str())
            ),
            None => format!(
                "image {} has no tag beside its digest; accepted tags: {accepted}",
                full(reference)
            ),
        };
        return Raw::denied("image", message).by(&entry.origin);
    }
    let patterns = match images.allow.len() {
        1 => "does not match the one allowed pattern".to_owned(),
        count => format!("matches none of {count} allowed patterns"),
    };
    let message = format!("image {} {patterns}", full(reference));
    let nearest = any_of(nearest(images, reference));
    let help = format!(
        "use an image under {nearest}, or ask for a change of policy {}",
        quoted(policy)
    );
    Raw::denied("image", message).help(help).by(rule)
}

fn full(reference: &Reference) -> String {
    quoted(&reference.to_string())
}

/// The patterns that have most in common with a reference: same end of the path first, then same beginning.
fn nearest(images: &Images, reference: &Reference) -> Vec<String> {
    let wanted = format!("{}/{}", reference.registry(), reference.repository());
    let mut patterns: Vec<(usize, String)> = Vec::new();
    for entry in &images.allow {
        let text = entry.pattern.to_string();
        let same_end = usize::from(text.rsplit('/').next() == wanted.rsplit('/').next());
        let same_start = text
            .split('/')
            .zip(wanted.split('/'))
            .take_while(|(a, b)| a == b)
            .count();
        patterns.push((same_end.saturating_mul(100).saturating_add(same_start), text));
    }
    // Stable: among equals the order of the policy stays.
    patterns.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    patterns.into_iter().take(NEAREST).map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests;
