//! Rules of one policy that stand in each other's way, seen from their patterns alone.
//!
//! What can never have an effect, and was surely meant to have one, is a problem: the policy does not load. What says
//! nothing new is a warning. Must never speak of two policies: each has to pass by itself.

use super::Context;
use crate::image::Pattern;
use crate::policy::signatures::SignatureRule;
use crate::policy::types::{DigestRule, ImageEntry, Images, Policy, PolicySpan, Unsigned};
use crate::yaml::{Problem, quoted};

/// What is wrong with one rule, and whether the policy can be used all the same.
enum Finding {
    Problem(String, &'static str),
    Warning(String, &'static str),
}

/// Entries of `images` that another one takes all sense from.
pub(super) fn images(images: &Images, context: Context<'_>) {
    for (index, entry) in images.allow.iter().enumerate() {
        let field = format!("images.allow[{index}]");
        for finding in allowed(entry, index, images) {
            say(finding, &field, &entry.origin, context);
        }
    }
    for (index, deny) in images.deny.iter().enumerate() {
        let earlier = images.deny.iter().take(index);
        let field = format!("images.deny[{index}]");
        let written = quoted(deny.rule.written());
        if let Some(wider) = earlier.clone().find(|earlier| earlier.rule.covers(&deny.rule)) {
            let message = format!(
                "{written} is denied already by {} at {}",
                quoted(wider.rule.written()),
                line(&wider.origin)
            );
            say(
                Finding::Warning(message, "remove one of them"),
                &field,
                &deny.origin,
                context,
            );
        } else if !images.allow.iter().any(|entry| deny.rule.forbids_some(&entry.pattern)) {
            let message = format!("{written} denies nothing: no entry of images.allow names such an image");
            say(
                Finding::Warning(message, "remove it, or correct its name"),
                &field,
                &deny.origin,
                context,
            );
        }
    }
}

fn allowed(entry: &ImageEntry, index: usize, images: &Images) -> Vec<Finding> {
    let mut findings = Vec::new();
    let written = quoted(entry.pattern.written());
    if let Some(deny) = images.deny.iter().find(|deny| deny.rule.forbids_all(&entry.pattern)) {
        let message = format!(
            "{written} can never admit an image: {} at {} denies all of them",
            quoted(deny.rule.written()),
            line(&deny.origin)
        );
        findings.push(Finding::Problem(
            message,
            "remove the entry, or narrow what images.deny names",
        ));
    }
    let forbidden = |tag| images.forbid_tags.iter().any(|forbidden| forbidden.covers(tag));
    if !entry.tags.is_empty() && entry.tags.iter().all(forbidden) {
        let message = format!("{written} can never admit an image: images.forbidTags forbids each of its tags");
        findings.push(Finding::Problem(message, "name other tags"));
    }
    let wider = images
        .allow
        .iter()
        .enumerate()
        .filter(|(other, wider)| *other != index && admits_all(wider, entry))
        // Of two that say the same, the later is the one too many.
        .find(|(other, wider)| *other < index || !admits_all(entry, wider));
    if let Some((_, wider)) = wider {
        let by = format!("{} at {}", quoted(wider.pattern.written()), line(&wider.origin));
        findings.push(if narrows(entry, wider) {
            Finding::Problem(
                format!("the keys beside {written} narrow nothing: {by} admits the same images without them"),
                "an image needs one entry that admits it; narrow the other entry, or remove this one",
            )
        } else {
            Finding::Warning(
                format!("{written} adds nothing: {by} admits it already"),
                "remove one of them",
            )
        });
    }
    findings
}

/// Whether whatever `narrow` admits is admitted by `wide`.
fn admits_all(wide: &ImageEntry, narrow: &ImageEntry) -> bool {
    let tags = wide.tags.is_empty()
        || !narrow.tags.is_empty()
            && narrow
                .tags
                .iter()
                .all(|tag| wide.tags.iter().any(|wide| wide.covers(tag)));
    let digests = wide.digests.is_empty()
        || !narrow.digests.is_empty() && narrow.digests.iter().all(|digest| wide.digests.contains(digest));
    let required = wide.digest == DigestRule::Optional || narrow.digest == DigestRule::Required;
    wide.pattern.covers(&narrow.pattern) && tags && digests && required
}

/// Whether an entry has keys that would narrow it and that the wider one does not have.
fn narrows(entry: &ImageEntry, wider: &ImageEntry) -> bool {
    !entry.tags.is_empty() && wider.tags.is_empty()
        || !entry.digests.is_empty() && wider.digests.is_empty()
        || entry.digest == DigestRule::Required && wider.digest == DigestRule::Optional
}

/// Rules of one topic that another one keeps from ever being asked.
pub(super) fn topics(policy: &Policy, context: Context<'_>) {
    signatures(policy, context);
    excused(policy, context);
    let Some(images) = &policy.images else { return };
    if let Some(unsigned) = &policy.unsigned
        && let Unsigned::Allow { patterns, .. } = &unsigned.rule
    {
        for (index, pattern) in patterns.iter().enumerate() {
            if !images.rule.allow.iter().any(|entry| entry.pattern.meets(pattern)) {
                let message = format!(
                    "{} excuses nothing: no entry of images.allow names such an image",
                    quoted(pattern.written())
                );
                let field = format!("unsigned.allow[{index}]");
                say(
                    Finding::Warning(message, "remove it, or correct its name"),
                    &field,
                    &unsigned.origin,
                    context,
                );
            }
        }
    }
}

/// Rules over images that nothing allows, and over images that another rule covers as well.
fn signatures(policy: &Policy, context: Context<'_>) {
    let rules = policy.signatures.as_ref().map_or(&[][..], |ruled| &ruled.rule);
    for (index, rule) in rules.iter().enumerate() {
        let field = format!("signatures[{index}]");
        if let Some(images) = &policy.images {
            let reached = |pattern: &&Pattern| images.rule.allow.iter().any(|entry| entry.pattern.meets(pattern));
            let (met, unmet): (Vec<_>, Vec<_>) = rule.images.iter().partition(reached);
            let names: Vec<String> = unmet.iter().map(|pattern| quoted(pattern.written())).collect();
            if met.is_empty() {
                let message = format!("no entry of images.allow names an image of {}", names.join(", "));
                say(
                    Finding::Problem(message, "correct the names, or remove the rule"),
                    &field,
                    &rule.origin,
                    context,
                );
            } else if !unmet.is_empty() {
                let message = format!(
                    "{} covers nothing: no entry of images.allow names such an image",
                    names.join(", ")
                );
                say(
                    Finding::Warning(message, "remove it, or correct its name"),
                    &field,
                    &rule.origin,
                    context,
                );
            }
        }
        let covered = |pattern: &Pattern, by: &SignatureRule| by.images.iter().any(|wide| wide.covers(pattern));
        if let Some(earlier) = rules
            .iter()
            .take(index)
            .find(|earlier| rule.images.iter().all(|pattern| covered(pattern, earlier)))
        {
            let message = format!(
                "the rule at {} covers all images of this one: both have to be met",
                line(&earlier.origin)
            );
            say(
                Finding::Warning(message, "join them where one is enough"),
                &field,
                &rule.origin,
                context,
            );
        }
    }
}

/// `unsigned` is about images that no rule covers.
fn excused(policy: &Policy, context: Context<'_>) {
    let (Some(rules), Some(unsigned)) = (&policy.signatures, &policy.unsigned) else {
        return;
    };
    let Unsigned::Allow { patterns, .. } = &unsigned.rule else {
        return;
    };
    for (index, pattern) in patterns.iter().enumerate() {
        let covering = rules
            .rule
            .iter()
            .find(|rule| rule.images.iter().any(|wide| wide.covers(pattern)));
        if let Some(rule) = covering {
            let message = format!(
                "{} can never excuse an image: the signature rule at {} covers all of them",
                quoted(pattern.written()),
                line(&rule.origin)
            );
            let field = format!("unsigned.allow[{index}]");
            let help = "remove it, or narrow what the signature rule covers";
            say(Finding::Problem(message, help), &field, &unsigned.origin, context);
        }
    }
}

fn line(place: &PolicySpan) -> String {
    format!("line {}", place.span.line)
}

fn say(finding: Finding, field: &str, at: &PolicySpan, context: Context<'_>) {
    match finding {
        Finding::Problem(message, help) => context.decoder.problem(Problem::new(at.span, field, message, help)),
        Finding::Warning(message, help) => context.decoder.warning(Problem::new(at.span, field, message, help)),
    }
}
