//! `images` and `unsigned`.

use super::shared::{filled, is_scalar, is_word, parsed, reason, refuse_word};
use super::{Context, overlap};
use crate::image::{Digest, Pattern, TagPattern};
use crate::plan::PullPolicy;
use crate::policy::types::{DigestRule, ImageEntry, Images, Ruled, Unsigned};
use crate::yaml::Field;

/// `images`.
pub(super) fn images(field: &Field<'_>, context: Context<'_>) -> Option<Images> {
    field.mapping(|topic| {
        let allow = topic.required("allow").and_then(|field| allow(&field, context));
        let deny = topic.field("deny").and_then(|field| {
            parsed(&field, |item, text| {
                Some(Ruled {
                    rule: pattern(item, text)?,
                    origin: context.at(item.span()),
                })
            })
        });
        let forbid_tags = topic.field("forbidTags").and_then(|field| parsed(&field, tag));
        let pull_policies = topic
            .field("pullPolicies")
            .and_then(|field| parsed(&field, pull_policy));
        let images = Images {
            allow: allow?,
            deny: deny.unwrap_or_default(),
            forbid_tags: forbid_tags.unwrap_or_default(),
            pull_policies: pull_policies.unwrap_or_default(),
            legacy: None,
        };
        overlap::images(&images, context);
        Some(images)
    })?
}

fn allow(field: &Field<'_>, context: Context<'_>) -> Option<Vec<ImageEntry>> {
    let entries = filled(field, |item| {
        if is_scalar(&item) {
            item.problem(
                format!("an entry must be a mapping, found {}", item.node().value),
                "write `{ image: \"registry/path\" }`",
            );
            return None;
        }
        entry(&item, context)
    })?;
    if entries.len() > 1 && entries.iter().any(|entry| entry.pattern.is_any()) {
        field.problem(
            "`**` admits every image, so the other entries say nothing",
            "keep `**` alone, or the others",
        );
        return None;
    }
    Some(entries)
}

fn entry(item: &Field<'_>, context: Context<'_>) -> Option<ImageEntry> {
    item.mapping(|entry| {
        let pattern = entry
            .required("image")
            .and_then(|field| pattern(&field, &field.filled_text()?.value));
        let tags = entry.field("tags").and_then(|field| parsed(&field, tag));
        let digests = entry.field("digests").and_then(|field| parsed(&field, digest));
        let required = match entry.boolean("requireDigest").map(|required| required.value) {
            Some(true) => DigestRule::Required,
            Some(false) | None => DigestRule::Optional,
        };
        let reason = entry.field("reason").map(|field| reason(&field));
        let pattern = pattern?;
        if pattern.is_any() && reason.is_none() {
            entry.problem(
                "`**` admits every image and says no reason",
                "write `reason: ...` beside it",
            );
        }
        Some(ImageEntry {
            pattern,
            tags: tags.unwrap_or_default(),
            digests: digests.unwrap_or_default(),
            digest: required,
            reason: reason.flatten(),
            origin: context.at(entry.span()),
        })
    })?
}

/// `unsigned`.
pub(super) fn unsigned(field: &Field<'_>) -> Option<Unsigned> {
    if is_word(field, "deny") {
        return Some(Unsigned::Deny);
    }
    if is_scalar(field) {
        return refuse_word(field, "deny", "a mapping with `allow` and `reason`");
    }
    field.mapping(|topic| {
        let patterns = topic.required("allow").and_then(|field| parsed(&field, pattern));
        let reason = topic.required("reason").and_then(|field| reason(&field));
        Some(Unsigned::Allow {
            patterns: patterns?,
            reason: reason?,
        })
    })?
}

pub(super) fn pattern(item: &Field<'_>, text: &str) -> Option<Pattern> {
    Pattern::parse(text)
        .map_err(|error| item.problem(error.to_string(), ""))
        .ok()
}

fn tag(item: &Field<'_>, text: &str) -> Option<TagPattern> {
    TagPattern::parse(text)
        .map_err(|error| item.problem(error.to_string(), ""))
        .ok()
}

fn digest(item: &Field<'_>, text: &str) -> Option<Digest> {
    Digest::parse(text)
        .map_err(|error| item.problem(error.to_string(), ""))
        .ok()
}

fn pull_policy(item: &Field<'_>, _: &str) -> Option<PullPolicy> {
    let words = [PullPolicy::Always, PullPolicy::IfNotPresent, PullPolicy::Never].map(|word| (word.as_str(), word));
    Some(item.choice(&words)?.value)
}
