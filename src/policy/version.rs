//! Versions as tags and git references carry them: `1.4`, `v2.0.1`, `2.0.0-rc.1`.
//!
//! Compared by their numbers, so that 1.10 is above 1.9; what has a suffix behind `-` stands below the same numbers
//! without one, and suffixes are compared part by part as Semantic Versioning does. Must never read a text as a version
//! that has something else in it.

use std::cmp::Ordering;
use std::fmt;

/// A version with one to four numbers.
#[derive(Debug, Clone)]
pub struct Version {
    written: String,
    numbers: Vec<u64>,
    suffix: Vec<String>,
}

impl Version {
    /// Reads a version; a `v` before it and build metadata behind `+` say nothing about its order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (bare, build) = bare.split_once('+').unwrap_or((bare, "0"));
        let (numbers, suffix) = match bare.split_once('-') {
            Some((numbers, suffix)) => (numbers, suffix.split('.').map(str::to_owned).collect()),
            None => (bare, Vec::new()),
        };
        let usable = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !suffix.iter().all(|part: &String| usable(part)) || !build.split('.').all(usable) {
            return None;
        }
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let numbers: Vec<u64> = numbers
            .split('.')
            .map(|part| if digits(part) { part.parse().ok() } else { None })
            .collect::<Option<_>>()?;
        (numbers.len() <= 4).then(|| Self {
            written: text.to_owned(),
            numbers,
            suffix,
        })
    }

    fn number(&self, index: usize) -> u64 {
        self.numbers.get(index).copied().unwrap_or_default()
    }
}

/// Numbers stand below words.
fn part(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = (0..4).map(|index| self.number(index).cmp(&other.number(index)));
        numbers.fold(Ordering::Equal, Ordering::then).then_with(|| {
            match (self.suffix.is_empty(), other.suffix.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let parts = self.suffix.iter().zip(&other.suffix).map(|(a, b)| part(a, b));
                    parts
                        .fold(Ordering::Equal, Ordering::then)
                        .then(self.suffix.len().cmp(&other.suffix.len()))
                }
            }
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let ordered = [
            "0",
            "1.2-alpha",
            "1.2-alpha.1",
            "1.2-alpha.beta",
            "1.2-rc.2",
            "1.2-rc.10",
            "1.2",
            "1.9.9",
            "1.10",
            "v2.0.0.1",
        ];
        for (index, low) in ordered.iter().enumerate() {
            for (place, high) in ordered.iter().enumerate() {
                let (a, b) = (Version::parse(low).unwrap(), Version::parse(high).unwrap());
                assert_eq!(a.cmp(&b), index.cmp(&place), "{low} {high}");
            }
        }
        for (one, another) in [("1.2", "v1.2.0.0"), ("1.2+5", "1.2"), ("1.2-rc.1+x", "1.2.0-rc.1")] {
            assert_eq!(Version::parse(one), Version::parse(another), "{one} {another}");
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            "v",
            "latest",
            "1.",
            ".1",
            "1..2",
            "1.2.3.4.5",
            "1.2-",
            "1.2-a..b",
            "1 ",
            "vv1",
            "+1",
            "-1",
            "1.x",
            "99999999999999999999",
            "1+",
        ] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }
}
