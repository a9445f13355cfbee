//! Hostile text ends in one problem, quickly, and the budget means what it says.

use super::*;

fn repeated(line: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).map(line).collect()
}

#[test]
fn hostile_text_ends_in_one_problem_quickly() {
    let large = Limits {
        bytes: 64 << 20,
        ..Limits::default()
    };
    let small = Limits::default();
    let laughs = {
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..10 {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 9].join(", ")));
        }
        text
    };
    let long = "x".repeat(300_000);
    let fat = format!("a: &a \"{long}\"\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]");
    let deep_by_alias = {
        let mut text = format!("a0: &a0 {}1{}\n", "[".repeat(10), "]".repeat(10));
        for level in 1..6 {
            text.push_str(&format!(
                "a{level}: &a{level} {}*a{}{}\n",
                "[".repeat(10),
                level - 1,
                "]".repeat(10)
            ));
        }
        text
    };
    for (name, text, limits, expected) in [
        (
            "size",
            "a".repeat((1 << 20) + 1),
            small,
            "the file has 1048577 bytes, more than the 1048576 allowed",
        ),
        ("laughs", laughs, small, "the file has more than the 16 aliases allowed"),
        (
            "fat",
            fat,
            small,
            "the text is longer than 2097152 bytes once aliases are expanded",
        ),
        (
            "deep flow",
            "[".repeat(100_000),
            small,
            "values nest deeper than the 40 levels allowed",
        ),
        (
            "deep mapping",
            "{a: ".repeat(10_000),
            small,
            "values nest deeper than the 40 levels allowed",
        ),
        (
            "deep block",
            repeated(|level| format!("{}a:\n", " ".repeat(level)), 300),
            small,
            "values nest deeper than the 40 levels allowed",
        ),
        (
            "deep list",
            "- ".repeat(10_000),
            small,
            "values nest deeper than the 40 levels allowed",
        ),
        (
            "deep by alias",
            deep_by_alias,
            small,
            "values nest deeper than the 40 levels allowed",
        ),
        (
            "keys",
            repeated(|key| format!("k{key}: 1\n"), 1_000_000),
            large,
            "the file has more than the 20000 keys and values allowed",
        ),
        (
            "documents",
            "---\n- a\n".repeat(100_000),
            small,
            "the file has more than the 20000 keys and values allowed",
        ),
    ] {
        let started = std::time::Instant::now();
        let found = parse("f.yaml", &text, &limits).unwrap_err();
        let messages: Vec<_> = found.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, [expected], "{name}");
        assert!(started.elapsed().as_secs() < 2, "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn the_budget_allows_what_it_says() {
    let limits = Limits {
        bytes: 100,
        depth: 3,
        nodes: 7,
        aliases: 1,
    };
    for (text, fits) in [
        ("{a: [[b]]}", true),
        ("{a: [[[b]]]}", false),
        ("[1, 2, 3, 4, 5, 6]", true),
        ("[1, 2, 3, 4, 5, 6, 7]", false),
        ("[&a 1, *a]", true),
        ("[&a 1, *a, *a]", false),
        ("[[&a [[]]]]", false),
        ("[&a [], [*a]]", true),
        ("[&a [], [[*a]]]", false),
    ] {
        assert_eq!(parse("f", text, &limits).is_ok(), fits, "{text}");
    }
}
