//! Our reading beside those of the two common parsers, over `tests/data/image/readings.jsonl` (the program beside it
//! wrote it). What we accept both read as the same image; what the first accepts and we
//! refuse is refused for one of a few reasons.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

use super::super::{Part, Reference, ReferenceError};

const READINGS: &str = include_str!("../../../tests/data/image/readings.jsonl");

#[derive(Deserialize)]
struct Line {
    input: String,
    distribution: Option<Reading>,
    ggcr: Option<Reading>,
}

#[derive(Deserialize, Clone, PartialEq, Debug)]
struct Reading {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reading {
    fn ours(image: &Reference) -> Self {
        Self {
            registry: image.registry().to_owned(),
            repository: image.repository().to_owned(),
            tag: image.tag().map(ToString::to_string),
            digest: image.digest().map(ToString::to_string),
        }
    }

    /// What our one spelling makes of another parser's registry, written a second time and differently on purpose.
    fn in_one_spelling(mut self) -> Self {
        self.registry = self.registry.to_ascii_lowercase();
        if let Some((address, port)) = self.registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            self.registry = format!("[{}]{port}", address.parse::<Ipv6Addr>().unwrap());
        }
        if let Some(host) = self
            .registry
            .strip_suffix(":443")
            .filter(|host| host.contains(['.', '[']))
        {
            let is_loopback = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()) || host == "[::1]";
            if !is_loopback && !host.ends_with(".localhost") {
                self.registry = host.to_owned();
            }
        }
        if self.registry == "index.docker.io" {
            self.registry = String::from("docker.io");
        }
        if self.registry == "docker.io" && !self.repository.contains('/') {
            self.repository.insert_str(0, "library/");
        }
        self
    }

    fn without_tag_beside_digest(mut self) -> Self {
        if self.digest.is_some() {
            self.tag = None;
        }
        self
    }
}

/// Why we refuse what distribution/reference accepts.
fn reason(error: &ReferenceError) -> Option<&'static str> {
    Some(match error {
        ReferenceError::Localhost { .. } => "localhost",
        ReferenceError::UpperCaseHead { .. } => "upper-case head",
        ReferenceError::DigestAlone { .. } => "digest alone",
        ReferenceError::Digest(_) => "digest algorithm",
        ReferenceError::Port { .. } => "port",
        ReferenceError::Ipv4 { .. } => "ipv4",
        ReferenceError::Ipv6 { .. } | ReferenceError::Ipv4InIpv6 { .. } => "ipv6",
        ReferenceError::Character {
            part: Part::Registry,
            character,
            ..
        } if character == "`_`" => "underscore in registry",
        ReferenceError::TooLong {
            part: Part::Repository, ..
        } => "library/ counted after folding",
        ReferenceError::Empty
        | ReferenceError::TooLong { .. }
        | ReferenceError::Character { .. }
        | ReferenceError::EmptyComponent { .. }
        | ReferenceError::Separator { .. }
        | ReferenceError::Scheme { .. }
        | ReferenceError::EmptyTag
        | ReferenceError::TagStart { .. }
        | ReferenceError::ImageId { .. }
        | ReferenceError::EmptyLabel { .. }
        | ReferenceError::Label { .. } => return None,
    })
}

#[test]
fn nobody_reads_another_image_than_we_do() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for text in READINGS.lines() {
        let line: Line = serde_json::from_str(text).unwrap();
        let input = &line.input;
        let class = match (Reference::parse(input), line.distribution, line.ggcr) {
            (Ok(image), None, _) => panic!("{input:?} was read as {image}, distribution/reference refuses it"),
            (Ok(image), Some(theirs), ggcr) => {
                let ours = Reading::ours(&image);
                assert_eq!(ours, theirs.in_one_spelling(), "{input:?}");
                let other = ggcr.unwrap_or_else(|| panic!("{input:?} is refused by go-containerregistry"));
                let other = other.in_one_spelling().without_tag_beside_digest();
                assert_eq!(other, ours.without_tag_beside_digest(), "{input:?}");
                "all agree"
            }
            (Err(_), None, _) => "both refuse",
            (Err(error), Some(theirs), _) => {
                reason(&error).unwrap_or_else(|| panic!("{input:?} is {theirs:?} to distribution/reference: {error}"))
            }
        };
        *seen.entry(class).or_default() += 1;
    }
    let classes = [
        "all agree",
        "both refuse",
        "localhost",
        "upper-case head",
        "digest algorithm",
        "port",
        "ipv4",
        "ipv6",
        "underscore in registry",
    ];
    for class in classes {
        assert!(
            seen.get(class).is_some_and(|count| *count >= 2),
            "too few lines for `{class}`: {seen:?}"
        );
    }
}
