//! How patterns relate, held against what they match.

use super::super::{Pattern, TagPattern};
use super::reference;

const PATTERNS: &[&str] = &[
    "**",
    "ghcr.io/**",
    "ghcr.io/a",
    "ghcr.io/*",
    "ghcr.io/*/*",
    "ghcr.io/a/**",
    "ghcr.io/**/a",
    "ghcr.io/*/**",
    "ghcr.io/a/**/b",
    "ghcr.io/**/a/**",
    "ghcr.io/a*",
    "ghcr.io/*a",
    "ghcr.io/a*b",
    "ghcr.io/*a*",
    "ghcr.io/ab/a",
    "*.ghcr.io/a",
    "x.ghcr.io/**",
    "alpine",
    "docker.io/**",
    "docker.io/library/*",
];

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// All images of up to three names over two letters, at several registries.
fn images() -> Vec<String> {
    let names = ["a", "b", "ab", "ba", "aab", "bab"];
    let mut paths: Vec<String> = names.map(str::to_owned).to_vec();
    let mut longer = paths.clone();
    for _ in 0..2 {
        longer = longer
            .iter()
            .flat_map(|path| names.map(|name| format!("{path}/{name}")))
            .collect();
        paths.extend(longer.iter().cloned());
    }
    let mut images = vec!["alpine".to_owned(), "busybox".to_owned(), "docker.io/x/y".to_owned()];
    for registry in ["ghcr.io", "x.ghcr.io", "y.ghcr.io", "quay.io"] {
        images.extend(paths.iter().map(|path| format!("{registry}/{path}")));
    }
    images
}

#[test]
fn a_pattern_covers_another_just_where_it_matches_all_that_the_other_does() {
    let images: Vec<_> = images().iter().map(|image| reference(image)).collect();
    for wide in PATTERNS {
        for narrow in PATTERNS {
            let (a, b) = (pattern(wide), pattern(narrow));
            let all = images
                .iter()
                .filter(|image| b.matches(image))
                .all(|image| a.matches(image));
            assert_eq!(a.covers(&b), all, "{wide} covers {narrow}");
        }
    }
}

#[test]
fn patterns_meet_just_where_some_image_matches_both() {
    let images: Vec<_> = images().iter().map(|image| reference(image)).collect();
    for one in PATTERNS {
        for another in PATTERNS {
            let (a, b) = (pattern(one), pattern(another));
            let some = images.iter().any(|image| a.matches(image) && b.matches(image));
            assert_eq!(a.meets(&b), some, "{one} meets {another}");
        }
    }
}

#[test]
fn a_denial_of_docker_hub_reaches_its_machines_name() {
    let machine = pattern("registry-1.docker.io/library/alpine");
    assert!(pattern("alpine").forbids_all(&machine) && !pattern("alpine").covers(&machine));
    assert!(!pattern("busybox").forbids_all(&machine));
}

#[test]
fn tags_cover_tags() {
    for (wide, narrow, expected) in [
        ("*", "3.*", true),
        ("3.*", "3.2?", true),
        ("3.*", "3.*-slim", true),
        ("3.?", "3.1", true),
        ("3.?", "3.*", false),
        ("3.*", "*", false),
        ("latest", "latest", true),
        ("latest", "lates?", false),
        ("?", "*", false),
    ] {
        let parse = |text| TagPattern::parse(text).unwrap();
        assert_eq!(parse(wide).covers(&parse(narrow)), expected, "{wide} covers {narrow}");
    }
}

#[test]
fn hostile_patterns_are_compared_at_once() {
    let stars = format!("ghcr.io/{}x", "**/a/".repeat(100));
    let more = format!("ghcr.io/{}y", "**/a*a/".repeat(70));
    let (a, b) = (pattern(&stars), pattern(&more));
    assert!(!a.covers(&b) && !b.covers(&a) && !a.meets(&b));
}
