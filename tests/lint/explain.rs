//! `job-lint explain`: the pages of the checks.

use job_executor_service::admission::checks::ALL;

use crate::desk::Desk;

#[test]
fn every_check_has_its_page_and_all_are_listed() {
    let desk = Desk::new();
    let list = desk.run(&["explain"]);
    assert_eq!((list.code, list.out.lines().count()), (Some(0), ALL.len()), "{list}");
    for (line, check) in list.out.lines().zip(ALL) {
        assert!(line.starts_with(check.id) && line.ends_with('.'), "{line}");
        let page = desk.run(&["explain", check.id]);
        assert_eq!((page.code, page.err.as_str()), (Some(0), ""), "{page}");
        for part in [check.id, "## Why", "## Denied", "## Admitted", "Next step: "] {
            assert!(page.out.contains(part), "{part} is missing in {page}");
        }
    }
    insta::assert_snapshot!("explain", desk.run(&["explain", "privileged"]));
}

#[test]
fn an_unknown_check_is_answered_with_the_nearest_name() {
    let desk = Desk::new();
    for (id, says) in [
        (
            "priviledged",
            "error: no check is called `priviledged`; did you mean `privileged`?\n",
        ),
        (
            "Image-Tag",
            "error: no check is called `Image-Tag`; did you mean `image-tag`?\n",
        ),
        ("xyz", "error: no check is called `xyz`; `job-lint explain` lists all\n"),
        ("", "error: no check is called ``; `job-lint explain` lists all\n"),
        (
            "\u{1b}[31m",
            "error: no check is called `\\u{1b}[31m`; `job-lint explain` lists all\n",
        ),
    ] {
        let run = desk.run(&["explain", id]);
        assert_eq!(
            (run.code, run.out.as_str(), run.err.as_str()),
            (Some(2), "", says),
            "{run}"
        );
    }
}
