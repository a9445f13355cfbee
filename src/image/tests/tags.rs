//! Globs over tags.

use super::super::{Tag, TagPattern};
use super::{EMPTY, reference};

#[test]
fn a_tag_pattern_is_the_whole_tag_as_written_or_implied() {
    let rows: &[(&str, &[&str], &[&str])] = &[
        (
            "latest",
            &["alpine", "alpine:latest"],
            &["alpine:latest2", "alpine:xlatest", "alpine:Latest"],
        ),
        (
            "3.*",
            &["alpine:3.20", "alpine:3."],
            &["alpine:3", "alpine:13.2", "alpine:v3.2", "alpine", "reg:443/x"],
        ),
        ("v?", &["x:v1"], &["x:v", "x:v12", "x:1v"]),
        ("*", &["x", "x:1"], &[]),
        ("*-alpine*", &["x:1-alpine", "x:1-alpine3"], &["x:1alpine"]),
    ];
    for (text, fitting, others) in rows {
        let pattern = TagPattern::parse(text).unwrap();
        assert_eq!((pattern.as_str(), pattern.to_string().as_str()), (*text, *text));
        for image in *fitting {
            assert!(pattern.matches(&reference(image)), "{text} should fit {image}");
            let pinned = format!("{image}@{EMPTY}");
            assert_eq!(
                pattern.matches(&reference(&pinned)),
                reference(&pinned).tag().is_some(),
                "{text} on {pinned}"
            );
        }
        for image in *others {
            assert!(!pattern.matches(&reference(image)), "{text} must not fit {image}");
        }
    }
}

#[test]
fn a_reference_by_digest_alone_fits_no_tag_pattern() {
    let image = reference(&format!("alpine@{EMPTY}"));
    for text in ["*", "latest"] {
        assert!(!TagPattern::parse(text).unwrap().matches(&image), "{text}");
    }
}

#[test]
fn what_could_fit_no_tag_is_refused() {
    let character = |shown: &str, written: &str| {
        format!(
            "character {shown} is not allowed in the tag pattern {written}; letters, digits, `_`, `.`, `-` and the \
             wildcards `*` and `?` are"
        )
    };
    let rows = [
        (
            String::new(),
            String::from("tag pattern is empty; write a tag or a glob, as in `3.*`"),
        ),
        (String::from(":3"), character("`:`", "`:3`")),
        (String::from("[ab]"), character("`[`", "`[ab]`")),
        (String::from("{a,b}"), character("`{`", "`{a,b}`")),
        (String::from("\u{e9}"), character("U+00E9", "`\\u{e9}`")),
        (
            String::from("-x"),
            String::from("tag pattern `-x` matches no tag: a tag begins with a letter, a digit or `_`"),
        ),
        (
            String::from("3.**"),
            String::from("tag pattern `3.**` has `**`; one `*` is enough, a tag has no parts"),
        ),
        (
            "a".repeat(129),
            String::from("tag pattern matches no tag: more than 128 characters besides `*`"),
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(TagPattern::parse(&text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn tags_and_their_patterns_are_read_only_by_parsing() {
    assert_eq!(Tag::parse("3.20").unwrap().to_string(), "3.20");
    assert!(Tag::parse("").is_err());
    let pattern: TagPattern = serde_json::from_str("\"3.*\"").unwrap();
    assert_eq!(serde_json::to_string(&pattern).unwrap(), "\"3.*\"");
    assert!(serde_json::from_str::<TagPattern>("\"\"").is_err());
}
