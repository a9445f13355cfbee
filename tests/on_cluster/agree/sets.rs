//! The policies that the corpus is judged by.

use crate::world::root;

/// Policies and settings that the corpus is judged by.
pub(super) struct PolicySet {
    pub(super) name: &'static str,
    /// `policy.yaml` of each policy folder.
    pub(super) folders: Vec<String>,
    pub(super) variables: &'static [(&'static str, &'static str)],
}

/// The shipped policies, the strict one edited so that something can pass, and one set of several files, scopes and modes.
pub(super) fn sets() -> [PolicySet; 3] {
    let shipped = |name: &str| std::fs::read_to_string(root().join("policies").join(name)).unwrap();
    let mut strict = shipped("strict.yaml");
    for (written, changed) in [
        (
            "- image: \"registry.example.com/approved/**\"",
            "- image: \"docker.io/library/alpine\"\n    - image: \"registry.invalid/**\"\n    - image: \"quay.io/signed/**\"",
        ),
        (
            "- images: [\"registry.example.com/approved/**\"]",
            "- images: [\"quay.io/signed/**\"]",
        ),
        (
            "\nunsigned: deny",
            "\nunsigned: { allow: [\"**\"], reason: \"a test\" }",
        ),
        ("allow: [keptn-jobs]", "allow: [\"${JOB_NAMESPACE}\"]"),
    ] {
        assert!(strict.contains(written), "strict.yaml has no `{written}`");
        strict = strict.replacen(written, changed, 1);
    }
    let mixed = |name: &str| std::fs::read_to_string(root().join("tests/data/agree/policies").join(name)).unwrap();
    [
        PolicySet {
            name: "strict",
            folders: vec![strict],
            variables: &[],
        },
        PolicySet {
            name: "compatible",
            folders: vec![shipped("compatible.yaml")],
            variables: &[("ALLOW_PRIVILEGED_JOBS", "true")],
        },
        PolicySet {
            name: "mixed",
            folders: vec![mixed("policy.yaml"), mixed("more/policy.yaml")],
            variables: &[(
                "ALLOWED_IMAGE_LIST",
                "alpine*,nginx*,quay.io/*,registry.invalid/*,docker.io/library/test.com:*",
            )],
        },
    ]
}
