//! How facts with keys of several parts are written: as lists of entries, never as joined texts.
//!
//! Images may also be a mapping from reference to answer, which is how people write them. Two entries with one key are
//! an error: which of them holds would be anybody's guess.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Fact, ImageKey, PullAs, ResolvedImage, SignatureKey};
use crate::signature::{About, Signed, Subject};

fn collect<K: Ord, V, E: serde::de::Error>(
    entries: impl Iterator<Item = (K, V)>,
    what: &str,
) -> Result<BTreeMap<K, V>, E> {
    let mut map = BTreeMap::new();
    for (key, value) in entries {
        if map.insert(key, value).is_some() {
            return Err(E::custom(format!("two entries of {what} answer the same question")));
        }
    }
    Ok(map)
}

pub(super) mod images {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Entry<R, P, F> {
        reference: R,
        #[serde(skip_serializing_if = "Option::is_none")]
        pull_as: Option<P>,
        answer: F,
    }

    type Read = Entry<String, PullAs, Fact<ResolvedImage>>;

    pub(in super::super) fn serialize<S: Serializer>(
        map: &BTreeMap<ImageKey, Fact<ResolvedImage>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter().map(|(key, answer)| Entry {
            reference: &key.reference,
            pull_as: key.pull_as.as_ref(),
            answer,
        }))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<ImageKey, Fact<ResolvedImage>>, D::Error> {
        // Told apart by hand: an untagged enum would hide what is wrong with an entry.
        let value = serde_json::Value::deserialize(deserializer)?;
        let key = |reference, pull_as| ImageKey { reference, pull_as };
        if value.is_object() {
            let map: BTreeMap<String, Fact<ResolvedImage>> = serde_json::from_value(value).map_err(D::Error::custom)?;
            return Ok(map
                .into_iter()
                .map(|(reference, fact)| (key(reference, None), fact))
                .collect());
        }
        let entries: Vec<Read> = serde_json::from_value(value).map_err(D::Error::custom)?;
        collect(
            entries
                .into_iter()
                .map(|entry| (key(entry.reference, entry.pull_as), entry.answer)),
            "images",
        )
    }
}

pub(super) mod signatures {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Entry<S, N, A, P, F> {
        subject: S,
        authority: N,
        about: A,
        #[serde(skip_serializing_if = "Option::is_none")]
        pull_as: Option<P>,
        answer: F,
    }

    type Read = Entry<Subject, String, About, PullAs, Fact<Signed>>;

    pub(in super::super) fn serialize<S: Serializer>(
        map: &BTreeMap<SignatureKey, Fact<Signed>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter().map(|(key, answer)| Entry {
            subject: &key.subject,
            authority: &key.authority,
            about: &key.about,
            pull_as: key.pull_as.as_ref(),
            answer,
        }))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<SignatureKey, Fact<Signed>>, D::Error> {
        let entries = Vec::<Read>::deserialize(deserializer)?;
        let keyed = entries.into_iter().map(|entry| {
            let key = SignatureKey {
                subject: entry.subject,
                authority: entry.authority,
                about: entry.about,
                pull_as: entry.pull_as,
            };
            (key, entry.answer)
        });
        collect(keyed, "signatures")
    }
}
