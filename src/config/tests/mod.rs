//! Whole configurations: what the documents show, what the original accepted and refused, hostile text.

mod accepted;
mod documents;
mod hostile;
mod refused;

use super::{JobConfig, Task, parse};
use crate::yaml::Problem;

const NAME: &str = "job/config.yaml";

/// One line for each problem or warning, as a terminal shows it.
fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| problem.in_file("f")).collect()
}

fn accepted(text: &str) -> JobConfig {
    parse(NAME, text).unwrap_or_else(|problems| panic!("{text}\n{:#?}", lines(&problems)))
}

fn refused(text: &str) -> Vec<String> {
    match parse(NAME, text) {
        Ok(config) => panic!("{text}\nwas read as {config:#?}"),
        Err(problems) => lines(&problems),
    }
}

/// A configuration whose only task has these lines, each indented by six columns from line 7 on.
fn with_task(fragment: &str) -> String {
    let indented: String = fragment.lines().map(|line| format!("        {line}\n")).collect();
    format!(
        "apiVersion: v2\nactions:\n  - name: a\n    events:\n      - name: e\n    tasks:\n      - name: t\n{indented}"
    )
}

/// The only task of a configuration with these lines, which must give no warning.
fn task(fragment: &str) -> Task {
    let config = accepted(&with_task(fragment));
    assert_eq!(lines(&config.warnings), Vec::<String>::new(), "{fragment}");
    let mut actions = config.actions;
    actions.remove(0).tasks.remove(0)
}

fn texts(located: &[crate::yaml::Located<String>]) -> Vec<&str> {
    located.iter().map(|text| text.value.as_str()).collect()
}
