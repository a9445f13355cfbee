//! Everything that is refused, with the exact words: `refused.txt` holds the files and the messages.

use super::{HEAD, files, lines};
use crate::policy::PolicySet;

/// Cases are parted by `## name`; `@file NAME` begins a file, `@policy` one with the usual head, `=>` a message.
const CASES: &str = include_str!("refused.txt");
/// `@authority NAME` begins a file with the head of an authority, `@authorities` is `authorities.yaml`; beside both lie
/// the keys and roots of `data/`.
const SIGNATURES: &str = include_str!("refused_signatures.txt");
const AUTHORITY: &str = "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Authority\nmetadata: { name: a";

struct Case<'a> {
    name: &'a str,
    files: Vec<(&'a str, String)>,
    expected: String,
}

fn cases() -> Vec<Case<'static>> {
    let cases = |text: &'static str| text.split("\n## ").skip(1).map(case);
    cases(CASES).chain(cases(SIGNATURES)).collect()
}

fn case(text: &'static str) -> Case<'static> {
    let (name, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut case = Case {
        name,
        files: Vec::new(),
        expected: String::new(),
    };
    for line in body.lines() {
        if let Some(message) = line.strip_prefix("=> ") {
            case.expected.push_str(message);
            case.expected.push('\n');
        } else if let Some(file) = line.strip_prefix("@file ") {
            case.files.push((file, String::new()));
        } else if line == "@authorities" {
            case.files.push(("a.yaml", super::AUTHORITIES.to_owned()));
            case.files
                .extend(super::DATA.map(|(name, text)| (name, text.to_owned())));
        } else if let Some(title) = line.strip_prefix("@authority") {
            if case.files.is_empty() {
                case.files
                    .extend(super::DATA.map(|(name, text)| (name, text.to_owned())));
            }
            let count = case.files.len();
            let name = if title.is_empty() { "p.yaml" } else { title.trim_start() };
            case.files.push((name, format!("{AUTHORITY}-{count} }}\n")));
        } else if line == "@policy" {
            case.files.push(("p.yaml", HEAD.to_owned()));
        } else if let Some((_, content)) = case.files.last_mut() {
            content.push_str(line);
            content.push('\n');
        }
    }
    case
}

#[test]
fn every_refusal_says_where_what_and_what_instead() {
    let mut wrong = String::new();
    for case in cases() {
        let texts: Vec<(&str, &str)> = case.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let found = match PolicySet::load(&files(&texts)) {
            Ok(_) => "loaded\n".to_owned(),
            Err(problems) => lines(&problems),
        };
        if found != case.expected {
            wrong.push_str(&format!(
                "## {}\n{}",
                case.name,
                found.lines().map(|line| format!("=> {line}\n")).collect::<String>()
            ));
        }
    }
    assert!(wrong.is_empty(), "found otherwise:\n{wrong}");
}

#[test]
fn every_case_has_a_name_of_its_own_and_expects_a_message() {
    let cases = cases();
    assert!(cases.len() >= 95, "{} cases", cases.len());
    let mut names: Vec<&str> = cases.iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases.len());
    for case in &cases {
        assert!(!case.expected.is_empty(), "{}", case.name);
    }
}
