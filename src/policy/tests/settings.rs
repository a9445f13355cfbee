//! The policy made of Helm values: it narrows, and never grants.

use super::{HEAD, lines, load};
use crate::event::Event;
use crate::plan::TaskKey;
use crate::policy::{HELM_VALUES, Layer, Mode, PolicySet};
use crate::settings::Settings;

fn laid_over(list: &str) -> Result<PolicySet, String> {
    let set = load(&format!("{HEAD}commands: any\n")).expect("a policy");
    let settings = Settings {
        allowed_image_list: list.to_owned(),
        ..Settings::chart_defaults()
    };
    set.with_settings(&settings).map_err(|problems| lines(&problems))
}

#[test]
fn a_list_becomes_a_policy_and_an_empty_or_open_one_contributes_nothing() {
    for (list, contributes) in [
        ("", false),
        (",", false),
        ("*", false),
        ("alpine:*,*", false),
        ("alpine:*", true),
        ("alpine:*,ghcr.io/acme/*", true),
    ] {
        let set = laid_over(list).expect(list);
        let names: Vec<&str> = set.policies.iter().map(|policy| policy.name.as_str()).collect();
        assert_eq!(
            names,
            if contributes { vec![HELM_VALUES, "p"] } else { vec!["p"] },
            "{list}"
        );
    }
}

#[test]
fn the_policy_of_the_list_refuses_and_never_grants() {
    let set = laid_over("alpine:*").expect("a list");
    let policy = set.policies.first().expect("the policy of the settings");
    assert_eq!((policy.layer, policy.mode), (Layer::Settings, Mode::Enforce));
    let images = &policy.images.as_ref().expect("images").rule;
    assert!(images.allow.is_empty());
    assert!(images.legacy.as_ref().is_some_and(|list| list.patterns().len() == 1));
    let key = TaskKey {
        action_index: 0,
        task_index: 0,
        action: "a".to_owned(),
        task: "t".to_owned(),
    };
    let event = Event::placeholder();
    assert!(policy.scope.matches(&event, &key));
    assert!(!policy.may_grant(&event, &key));
}

#[test]
fn settings_replace_settings_and_leave_the_files_and_their_hash() {
    let once = laid_over("alpine:*").expect("a list");
    let hash = once.hash.clone();
    let twice = once.with_settings(&Settings::chart_defaults()).expect("no list");
    assert_eq!(twice.policies.len(), 1);
    assert_eq!(twice.hash, hash);
}

#[test]
fn a_list_that_is_none_is_refused_by_its_name() {
    let error = laid_over("alpine:*,[").expect_err("an open bracket");
    assert!(
        error.starts_with("jobConfig.allowedImageList: allowedImageList item `[` "),
        "{error}"
    );
}
