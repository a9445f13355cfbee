//! What holds of all checks: the list, the files, the pages, and `policies/CHECKS.md`.

mod pods;

use std::fs;
use std::path::{Path, PathBuf};

use super::support::testing::Example;
use super::{ALL, pages};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admission/checks")
}

#[test]
fn checks_are_sorted_and_unique() {
    for pair in ALL.windows(2) {
        assert!(
            pair[0].id < pair[1].id,
            "sort `ALL` by id: `{}` stands before `{}`",
            pair[0].id,
            pair[1].id
        );
    }
}

#[test]
fn every_check_is_a_file_and_every_file_a_check() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("mod.rs") && !path.ends_with("tests.rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    files.sort();
    let ids: Vec<&str> = ALL.iter().map(|check| check.id).collect();
    assert_eq!(files, ids, "a file of checks/ and the entry of `ALL` go together");
}

#[test]
fn every_check_has_a_test_of_its_own() {
    for check in ALL {
        let file = folder().join(format!("{}.rs", check.id.replace('-', "_")));
        let beside = file.with_extension("").join("tests.rs");
        let text = fs::read_to_string(&file).unwrap() + &fs::read_to_string(beside).unwrap_or_default();
        // These two are pages of the gate itself.
        let of_the_gate = ["image-unresolved", "invalid-task"].contains(&check.id);
        assert!(
            of_the_gate || text.contains("#[test]"),
            "{} has no test",
            file.display()
        );
    }
}

/// The YAML blocks below a heading of a page.
fn examples(page: &str, heading: &str) -> Vec<String> {
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap_or_default();
    section
        .split("```yaml\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_page_has_the_same_sections() {
    for check in ALL {
        let page = check.page();
        let title = page.lines().next().unwrap();
        assert!(
            title.ends_with('.') && !title.contains(". "),
            "`{}`: the first line is one sentence: {title}",
            check.id
        );
        let marks = [
            "**Field** ",
            "**Allowed** ",
            "**Policy** ",
            "## Why\n",
            "## Denied\n",
            "## Admitted\n",
        ];
        let places: Vec<Option<usize>> = marks.iter().map(|mark| page.find(mark)).collect();
        assert!(
            places.iter().all(Option::is_some),
            "`{}` has to have {marks:?}",
            check.id
        );
        assert!(places.is_sorted(), "`{}` has to have {marks:?} in this order", check.id);
        assert_eq!(page.matches("\n## ").count(), 3, "`{}` has other headings", check.id);
        for heading in ["Denied", "Admitted"] {
            assert_eq!(
                examples(&page, heading).len(),
                1,
                "`{}` has to have one example below {heading}",
                check.id
            );
        }
        let help = check.help;
        let begins_low = help.starts_with(|c: char| c.is_lowercase());
        assert!(
            begins_low && !help.ends_with('.'),
            "`{}`: help is a phrase: {help}",
            check.id
        );
    }
}

#[test]
fn the_examples_of_every_page_are_denied_and_admitted() {
    let mut faults = Vec::new();
    for check in ALL {
        let page = check.page();
        for (heading, expected) in [("Denied", true), ("Admitted", false)] {
            for yaml in examples(&page, heading) {
                if Example::read(&yaml).finds(check) != expected {
                    faults.push(format!("`{}`: the example below {heading} is not:\n{yaml}", check.id));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_admitted_example_is_admitted_by_every_check() {
    for check in ALL {
        for yaml in examples(&check.page(), "Admitted")
            .iter()
            .filter(|yaml| !yaml.contains("pod:"))
        {
            let found: Vec<String> = Example::read(yaml)
                .judged()
                .iter()
                .map(|f| format!("{}: {}", f.check, f.message))
                .collect();
            assert!(found.is_empty(), "`{}`: {found:#?}\n{yaml}", check.id);
        }
    }
}

#[test]
fn the_page_of_all_checks_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/CHECKS.md");
    let fresh = pages();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &fresh).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stored == fresh,
        "policies/CHECKS.md is stale: run `UPDATE=1 cargo test --lib checks`"
    );
}

#[test]
fn what_is_not_looked_up_is_refused_by_name() {
    // The checks that keep silent about a fact that was never asked for rely on this.
    for (what, yaml) in [
        (
            "a policy refuses the namespace",
            "policy: { namespaces: { allow: [other] } }",
        ),
        ("no policy rules namespaces", "policy: { namespaces: null }"),
        (
            "one of two policies refuses it",
            "policies: [ {}, { namespaces: { allow: [other] } } ]",
        ),
        (
            "only a policy that warns allows it",
            "policies: [ { namespaces: null }, { mode: warn } ]",
        ),
        (
            "only a policy that may not apply allows it",
            "policy: { scope: { stages: [dev] } }\nevent: { data: {} }",
        ),
        ("no policy matches", "policy: { scope: { actions: [other] } }"),
        (
            "a policy refuses the file",
            "task: { files: [a] }\npolicy: { files: { allow: [b] } }",
        ),
        ("no policy rules files", "task: { files: [a] }\npolicy: { files: null }"),
        (
            "a policy refuses the image",
            "policy: { images: { allow: [ { image: \"ghcr.io/other/**\" } ] } }",
        ),
        ("no policy rules images", "policy: { images: null }"),
    ] {
        let findings = Example::read(yaml).judged();
        assert!(
            findings
                .iter()
                .any(|finding| finding.class == crate::admission::Class::Denied),
            "{what}: {findings:#?}"
        );
    }
}
