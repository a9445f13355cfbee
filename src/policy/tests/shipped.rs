//! The shipped files load, say what they promise, and the examples in their comments work.

use std::collections::BTreeMap;

use super::lines;
use crate::network::Peer;
use crate::policy::*;

fn shipped(files: &BTreeMap<String, String>) -> PolicySet {
    PolicySet::load(files).unwrap_or_else(|problems| panic!("{}", lines(&problems)))
}

#[test]
fn strict_rules_every_topic_but_annotations_and_admits_no_real_image() {
    let set = shipped(&builtin::strict());
    let policy = set.policies.first().expect("a policy");
    assert_eq!(
        (set.policies.len(), policy.name.as_str(), policy.mode),
        (1, "strict", Mode::Enforce)
    );
    let images = &policy.images.as_ref().expect("images").rule;
    let patterns: Vec<String> = images.allow.iter().map(|entry| entry.pattern.to_string()).collect();
    // A domain that is reserved for examples: nobody can serve images there.
    assert_eq!(patterns, ["registry.example.com/approved/**"]);
    assert!(matches!(
        policy.unsigned.as_ref().map(|ruled| &ruled.rule),
        Some(Unsigned::Deny)
    ));
    let rules = &policy.signatures.as_ref().expect("signatures").rule;
    let covered: Vec<String> = rules
        .iter()
        .flat_map(|rule| &rule.images)
        .map(ToString::to_string)
        .collect();
    assert_eq!(covered, patterns, "every image that is allowed has to be signed");
    assert_eq!(set.authorities.keys().collect::<Vec<_>>(), ["release"]);
    assert!(set.warnings.is_empty(), "{}", lines(&set.warnings));
    assert!(
        policy
            .service_accounts
            .as_ref()
            .is_some_and(|accounts| accounts.rule.mount_token.is_none())
    );
    let namespaces = &policy.namespaces.as_ref().expect("namespaces").rule;
    assert!(namespaces.matches("keptn-jobs").is_some() && namespaces.matches("keptn").is_none());
    let expected = Security {
        read_only_root: Requirement::Require,
        run_as_user: UserRange {
            min: 1000,
            max: MAX_USER,
            unset: Permission::Deny,
        },
        ..Security::of_profile(Profile::Restricted)
    };
    assert_eq!(policy.security.as_ref().map(|security| &security.rule), Some(&expected));
    let resources = &policy.resources.as_ref().expect("resources").rule;
    assert_eq!(
        resources.require,
        [ResourceField::LimitsCpu, ResourceField::LimitsMemory]
    );
    assert!(resources.max_cpu.is_some() && resources.max_memory.is_some() && resources.max_files_volume.is_some());
    let secrets = &policy.secrets.as_ref().expect("secrets").rule;
    assert!(secrets.matches("task-a").is_some() && secrets.matches("job-service-keptn-secrets").is_none());
    assert!(policy.annotations.is_none());
    assert_eq!(
        policy
            .deadlines
            .as_ref()
            .and_then(|deadlines| deadlines.rule.max_poll_duration),
        Some(3600)
    );
    assert_eq!(
        policy.egress.as_ref().map(|egress| &egress.rule),
        Some(&Egress::Classes(vec!["dns".to_owned()]))
    );
    assert!(policy.commands.is_some() && policy.files.is_some() && policy.scope.projects.is_none());
}

#[test]
fn strict_takes_the_defaults_of_the_chart() {
    let set = shipped(&builtin::strict());
    let policy = set.policies.first().expect("a policy");
    let settings = crate::settings::Settings::chart_defaults();
    assert!(
        policy
            .namespaces
            .as_ref()
            .expect("namespaces")
            .rule
            .matches(&settings.job_namespace)
            .is_some()
    );
    let accounts = &policy.service_accounts.as_ref().expect("accounts").rule;
    assert!(accounts.allow.matches(&settings.default_service_account).is_some());
    let resources = &policy.resources.as_ref().expect("resources").rule;
    let limits = &settings.default_resources.limits;
    assert!(limits.cpu.is_some() && limits.cpu <= resources.max_cpu);
    assert!(limits.memory.is_some() && limits.memory <= resources.max_memory);
    assert!(
        resources
            .max_files_volume
            .as_ref()
            .is_some_and(|most| settings.files_volume <= *most)
    );
}

#[test]
fn compatible_rules_every_topic_and_is_open_where_the_original_was() {
    let set = shipped(&builtin::compatible());
    let policy = set.policies.first().expect("a policy");
    assert_eq!(
        (set.policies.len(), policy.name.as_str(), policy.mode),
        (1, "compatible", Mode::Enforce)
    );
    let images = &policy.images.as_ref().expect("images").rule;
    assert!(
        images
            .allow
            .iter()
            .all(|entry| entry.pattern.is_any() && entry.reason.is_some())
    );
    assert!(images.deny.is_empty() && images.forbid_tags.is_empty() && images.pull_policies.is_empty());
    let unsigned = policy.unsigned.as_ref().map(|unsigned| &unsigned.rule);
    assert!(
        matches!(unsigned, Some(Unsigned::Allow { patterns, .. }) if patterns.iter().all(|pattern| pattern.is_any()))
    );
    let accounts = &policy.service_accounts.as_ref().expect("accounts").rule;
    assert!(accounts.allow.matches("any").is_some());
    assert!(
        accounts
            .mount_token
            .as_ref()
            .is_some_and(|names| names.matches("any").is_some())
    );
    let files = &policy.files.as_ref().expect("files").rule;
    assert!(files.allow.matches("a/b/c.py").is_some() && files.folders == Folders::Newest);
    for (topic, name) in [
        (&policy.namespaces, "any"),
        (&policy.secrets, "any"),
        (&policy.annotations, "example.com/any"),
    ] {
        assert!(
            topic.as_ref().is_some_and(|names| names.rule.matches(name).is_some()),
            "{name}"
        );
    }
    assert_eq!(
        policy.commands.as_ref().map(|commands| commands.rule),
        Some(Commands::Any)
    );
    let security = policy.security.as_ref().map(|security| security.rule.clone());
    assert_eq!(security, Some(Security::of_profile(Profile::Privileged)));
    assert_eq!(
        policy.deadlines.as_ref().map(|deadlines| deadlines.rule),
        Some(Deadlines::default())
    );
    assert!(
        policy
            .resources
            .as_ref()
            .is_some_and(|resources| resources.rule.require.is_empty())
    );
    let classes = Egress::Classes(vec!["anywhere".to_owned(), "dns".to_owned()]);
    assert_eq!(policy.egress.as_ref().map(|egress| egress.rule.clone()), Some(classes));
    let rules = &set.classes.get("anywhere").expect("the class").rules;
    let peers: Vec<&Peer> = rules.iter().flat_map(|rule| &rule.to).collect();
    assert!(rules.iter().all(|rule| rule.ports.is_empty()));
    assert!(
        peers
            .iter()
            .any(|peer| matches!(peer, Peer::Cidr { cidr, except } if cidr == "0.0.0.0/0" && except.is_empty()))
    );
    assert!(
        peers
            .iter()
            .any(|peer| matches!(peer, Peer::Cidr { cidr, except } if cidr == "::/0" && except.is_empty()))
    );
    assert!(
        peers
            .iter()
            .any(|peer| matches!(peer, Peer::Pods { namespace, pods } if namespace.is_empty() && pods.is_empty()))
    );
}

#[test]
fn the_examples_in_the_comments_of_strict_load() {
    for (commented, example) in [
        (
            "# scope:\n#   projects: [sockshop]\n#   stages: [\"prod-*\"]\n",
            "scope:\n  projects: [sockshop]\n  stages: [\"prod-*\"]\n",
        ),
        ("      # tags:", "      tags:"),
        ("      # requireDigest:", "      requireDigest:"),
        ("  # deny:", "  deny:"),
        ("# annotations:", "annotations:"),
        ("# unsigned: {", "unsigned: {"),
        (
            "# trustRoot: { file: trusted_root.json }\n# transparencyLog: required\ntransparencyLog: ignored",
            "trustRoot: { file: trusted_root.json }\ntransparencyLog: required",
        ),
        ("    # minimumVersion:", "    minimumVersion:"),
        ("    # signedIdentity:", "    signedIdentity:"),
        ("    # maxAge:", "    maxAge:"),
        (
            "    # attestations:\n    #   - predicateType: https://cosign.sigstore.dev/attestation/vuln/v1\n    #     vulnerabilities: { critical: 0 }\n    #     maxAge: 7d\n",
            "    attestations:\n      - predicateType: https://cosign.sigstore.dev/attestation/vuln/v1\n        vulnerabilities: { critical: 0 }\n        maxAge: 7d\n",
        ),
        (
            "# ---\n# apiVersion: job-executor.keptn.sh/v1alpha1\n# kind: Authority\n# metadata:\n#   name: release-workflow\n# keyless:\n#   issuer: https://token.actions.githubusercontent.com\n#   subjectGlob: https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*\n#   sourceRepository: https://github.com/acme/app\n# trustRoot: { file: trusted_root.json }\n# formats: [bundle]\n",
            "---\napiVersion: job-executor.keptn.sh/v1alpha1\nkind: Authority\nmetadata:\n  name: release-workflow\nkeyless:\n  issuer: https://token.actions.githubusercontent.com\n  subjectGlob: https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*\n  sourceRepository: https://github.com/acme/app\ntrustRoot: { file: trusted_root.json }\nformats: [bundle]\n",
        ),
        (
            "# ---\n# apiVersion: job-executor.keptn.sh/v1alpha1\n# kind: NetworkClass\n# metadata:\n#   name: internet-https\n# egress:\n#   - cidr: 0.0.0.0/0\n#     except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]\n#     ports: [443]\negress: [dns]\n",
            "egress: [dns, internet-https]\n---\napiVersion: job-executor.keptn.sh/v1alpha1\nkind: NetworkClass\nmetadata:\n  name: internet-https\negress:\n  - cidr: 0.0.0.0/0\n    except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]\n    ports: [443]\n",
        ),
    ] {
        assert_eq!(builtin::STRICT.matches(commented).count(), 1, "{commented}");
        let mut text = builtin::STRICT.replace(commented, example);
        if example.starts_with("unsigned") {
            text = text.replace("\nunsigned: deny\n", "\n");
        }
        // What the comments say that these need.
        if example.contains("signedIdentity") {
            text = text.replace("formats: [bundle, legacy]", "formats: [legacy]");
        }
        if example.contains("maxAge") {
            text = text.replace(
                "\ntransparencyLog: ignored",
                "\ntrustRoot: { file: trusted_root.json }\ntransparencyLog: required",
            );
        }
        let root = include_str!("data/root.json").to_owned();
        let files = [("strict.yaml".to_owned(), text), ("trusted_root.json".to_owned(), root)];
        let loaded = PolicySet::load(&BTreeMap::from(files));
        assert!(
            loaded.is_ok(),
            "{example}\n{}",
            loaded.map_or_else(|problems| lines(&problems), |_| String::new())
        );
    }
}

#[test]
fn strict_and_compatible_can_stand_side_by_side() {
    let mut files = builtin::strict();
    files.extend(builtin::compatible());
    assert_eq!(shipped(&files).policies.len(), 2);
}
