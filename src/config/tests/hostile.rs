//! Hostile text ends in one problem; mutated configurations never panic.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

const RICH: &str = include_str!("rich.yaml");

#[test]
fn the_rich_configuration_is_valid_and_uses_every_field() {
    let config = accepted(RICH);
    assert_eq!(lines(&config.warnings), Vec::<String>::new());
    let all = format!("{config:?}");
    assert!(!all.contains("None"), "a field is not used: {config:#?}");
}

#[test]
fn a_hostile_file_ends_in_one_problem_quickly() {
    let bomb = {
        let mut text = "apiVersion: v2\nactions:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            text.push_str(&format!(
                "  - &a{level} [{}]\n",
                vec![format!("*a{}", level - 1); 10].join(", ")
            ));
        }
        text
    };
    let deep = format!("apiVersion: v2\nactions: {}{}", "[".repeat(50_000), "]".repeat(50_000));
    let deep_keys = format!(
        "apiVersion: v2\nactions: {}1{}",
        "{a: ".repeat(1_000),
        "}".repeat(1_000)
    );
    let keys: String = (0..100_000).map(|key| format!("k{key}: \n")).collect();
    let million: String = (0..1_000_000).map(|key| format!("k{key}: \n")).collect();
    for (name, text, expected) in [
        ("alias bomb", bomb, "the file has more than the 16 aliases allowed"),
        ("deep lists", deep, "values nest deeper than the 40 levels allowed"),
        (
            "deep mappings",
            deep_keys,
            "values nest deeper than the 40 levels allowed",
        ),
        (
            "100 000 keys",
            keys,
            "the file has more than the 20000 keys and values allowed",
        ),
        (
            "a million keys",
            million,
            "the file has 9888890 bytes, more than the 1048576 allowed",
        ),
        (
            "a large text",
            "a".repeat(3 << 20),
            "the file has 3145728 bytes, more than the 1048576 allowed",
        ),
        (
            "a tab",
            "apiVersion: v2\nactions:\n\t- name: a\n".to_owned(),
            "a tab must not be used for indentation",
        ),
        (
            "a NUL",
            "apiVersion: v2\n\0actions: []".to_owned(),
            "the character U+0000 must not stand in a file",
        ),
        (
            "a terminal escape",
            "apiVersion: v2 # \u{1b}[2J\n".to_owned(),
            "the character U+001B must not stand in a file",
        ),
        (
            "itself inside",
            "apiVersion: v2\nactions: &a [*a]".to_owned(),
            "the alias stands inside the value it names",
        ),
    ] {
        let started = Instant::now();
        let problems = parse(NAME, &text).unwrap_err();
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, [expected], "{name}");
        assert!(started.elapsed().as_secs() < 2, "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn a_value_from_the_file_cannot_flood_or_break_a_message() {
    let long = format!("apiVersion: v2\nactions: \"{}\\e[31m\"", "x".repeat(100_000));
    for line in refused(&long) {
        assert!(line.len() < 400 && !line.contains('\u{1b}'), "{line}");
    }
    let found = refused(&format!("apiVersion: \"v2{}\\n::error::\"\n", " ".repeat(1_000)));
    assert!(
        found.iter().all(|line| line.len() < 300 && !line.contains('\n')),
        "{found:?}"
    );
}

/// What a mutation puts in place of a piece of the text.
const PIECES: &[&str] = &[
    "",
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n",
    "- ",
    ": ",
    ":",
    "?",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "!x ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\",
    "~",
    "null",
    "yes",
    "010",
    "1e400",
    "-.inf",
    "99999999999999999999",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "é",
    "🦀",
    "$(X)",
    "apiVersion: v2\n",
    "name: x\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_mutated_configuration_never_panics_and_points_into_the_file(
        cuts in prop::collection::vec((0.0..1.0_f64, 0_usize..12, 0_usize..PIECES.len()), 1..6)
    ) {
        let mut characters: Vec<char> = RICH.chars().collect();
        for (place, removed, piece) in cuts {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of a small length")]
            let from = ((characters.len() as f64) * place) as usize;
            let to = (from + removed).min(characters.len());
            characters.splice(from..to, PIECES[piece].chars());
        }
        let text: String = characters.into_iter().collect();
        let last = u32::try_from(text.split(['\n', '\r']).count()).unwrap();
        match parse(NAME, &text) {
            Ok(config) => {
                for (index, action) in config.actions.iter().enumerate() {
                    prop_assert_eq!(action.index, index);
                    for (index, task) in action.tasks.iter().enumerate() {
                        prop_assert_eq!(task.index, index);
                    }
                }
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in &problems {
                    prop_assert!(problem.span.line >= 1 && problem.span.line <= last, "{:?}", problem);
                    prop_assert!(problem.span.column >= 1, "{:?}", problem);
                    prop_assert!(!problem.message.is_empty());
                }
                let mut sorted = problems.clone();
                sorted.sort();
                prop_assert_eq!(sorted, problems);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}|[-\\[\\]{}:,&*!|>'\"%#? a\n\t]{0,200}") {
        let _: Result<_, _> = parse(NAME, &text);
    }
}
