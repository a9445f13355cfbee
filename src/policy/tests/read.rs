//! What is read: every key once, every form of a network class, the hash.

use super::{HEAD, files, lines, load, policy};
use crate::network::Peer;
use crate::plan::PullPolicy;
use crate::policy::*;

const EVERYTHING: &str = r#"
scope:
  projects: [sockshop]
  stages: [production, "prod-*"]
  services: ["*"]
  events: [sh.keptn.event.deployment.triggered]
  actions: [Deploy]
  tasks: ["Run *"]
mode: audit
images:
  allow:
    - { image: "ghcr.io/acme/**" }
    - { image: alpine, tags: ["3.*"], requireDigest: true, reason: base image }
  deny: ["ghcr.io/acme/sandbox/**"]
  forbidTags: [latest]
  pullPolicies: [Always, IfNotPresent]
unsigned: { allow: ["ghcr.io/acme/**"], reason: not signed yet }
serviceAccounts: { allow: ["*-default-job-account", "deployer-*"], mountToken: ["deployer-*"] }
namespaces: { allow: [keptn-jobs] }
commands: plugins-only
files: { allow: ["locust/**", "helm/"] }
security: { profile: restricted }
resources: { require: [limits.cpu, limits.memory, requests.cpu, requests.memory], max: { cpu: 2, memory: 2Gi }, filesVolume: 50Mi }
secrets: { allow: ["locust-*"] }
annotations: { allow: ["example.com/*"] }
deadlines: { maxPollDuration: 3600, ttlSecondsAfterFinished: 86400 }
egress: [web, dns]
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: NetworkClass
metadata: { name: web }
egress: [ { cidr: 192.0.2.0/24 } ]
"#;

#[test]
fn every_key_of_a_policy_is_read() {
    let set = load(&format!("{HEAD}{EVERYTHING}")).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let policy = set.policies.first().expect("one policy");
    let texts = |names: &Names| names.texts().map(str::to_owned).collect::<Vec<_>>();
    let scope = &policy.scope;
    let keys = [
        &scope.projects,
        &scope.stages,
        &scope.services,
        &scope.events,
        &scope.actions,
        &scope.tasks,
    ];
    assert_eq!(
        keys.map(|key| key.as_ref().map(texts).unwrap_or_default().join(" ")),
        [
            "sockshop",
            "production prod-*",
            "*",
            "sh.keptn.event.deployment.triggered",
            "Deploy",
            "Run *"
        ]
    );
    assert_eq!(
        (policy.name.as_str(), policy.mode, policy.layer),
        ("p", Mode::Audit, Layer::Files)
    );
    assert_eq!(
        (
            policy.origin.file.as_str(),
            policy.origin.span.line,
            policy.origin.span.column
        ),
        ("p.yaml", 3, 19)
    );

    let images = &policy.images.as_ref().expect("images").rule;
    let entries: Vec<String> = images
        .allow
        .iter()
        .map(|entry| {
            let tags: Vec<&str> = entry.tags.iter().map(|tag| tag.as_str()).collect();
            format!(
                "{} {tags:?} {:?} {:?} {}",
                entry.pattern, entry.digest, entry.reason, entry.origin.span.line
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            "ghcr.io/acme/** [] Optional None 15",
            "docker.io/library/alpine [\"3.*\"] Required Some(\"base image\") 16"
        ]
    );
    let deny = images.deny.first().expect("a denied image");
    assert_eq!(
        (deny.rule.written(), deny.origin.span.line),
        ("ghcr.io/acme/sandbox/**", 17)
    );
    assert_eq!(
        images.forbid_tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        ["latest"]
    );
    assert_eq!(images.pull_policies, [PullPolicy::Always, PullPolicy::IfNotPresent]);

    let unsigned = &policy.unsigned.as_ref().expect("unsigned").rule;
    assert!(
        matches!(unsigned, Unsigned::Allow { patterns, reason } if patterns.len() == 1 && reason == "not signed yet")
    );
    let accounts = &policy.service_accounts.as_ref().expect("accounts").rule;
    assert_eq!(texts(&accounts.allow), ["*-default-job-account", "deployer-*"]);
    assert_eq!(
        accounts.mount_token.as_ref().map(texts),
        Some(vec!["deployer-*".to_owned()])
    );
    let namespaces = policy.namespaces.as_ref().expect("namespaces");
    assert_eq!(
        (texts(&namespaces.rule), namespaces.origin.span.line),
        (vec!["keptn-jobs".to_owned()], 22)
    );
    assert_eq!(
        policy.commands.as_ref().map(|commands| commands.rule),
        Some(Commands::PluginsOnly)
    );
    assert_eq!(
        policy.files.as_ref().map(|files| texts(&files.rule.allow)),
        Some(vec!["locust/**".into(), "helm/".into()])
    );
    let resources = &policy.resources.as_ref().expect("resources").rule;
    assert_eq!(
        resources.require,
        [
            ResourceField::LimitsCpu,
            ResourceField::LimitsMemory,
            ResourceField::RequestsCpu,
            ResourceField::RequestsMemory
        ]
    );
    let ceilings = [&resources.max_cpu, &resources.max_memory, &resources.max_files_volume];
    assert_eq!(
        ceilings.map(|ceiling| ceiling.as_ref().map(|q| q.as_str())),
        [Some("2"), Some("2Gi"), Some("50Mi")]
    );
    assert_eq!(
        policy.secrets.as_ref().map(|secrets| texts(&secrets.rule)),
        Some(vec!["locust-*".into()])
    );
    assert_eq!(
        policy.annotations.as_ref().map(|keys| texts(&keys.rule)),
        Some(vec!["example.com/*".into()])
    );
    assert_eq!(
        policy.deadlines.as_ref().map(|deadlines| deadlines.rule),
        Some(Deadlines {
            max_poll_duration: Some(3600),
            max_ttl: Some(86400)
        })
    );
    let egress = policy.egress.as_ref().map(|egress| egress.rule.clone());
    assert_eq!(egress, Some(Egress::Classes(vec!["dns".to_owned(), "web".to_owned()])));
}

#[test]
fn words_stand_for_all_or_nothing() {
    assert!(matches!(
        policy("unsigned: deny\n").unsigned.map(|ruled| ruled.rule),
        Some(Unsigned::Deny)
    ));
    assert_eq!(
        policy("egress: none\n").egress.map(|ruled| ruled.rule),
        Some(Egress::Nothing)
    );
    assert_eq!(
        policy("commands: any\n").commands.map(|ruled| ruled.rule),
        Some(Commands::Any)
    );
    let deadlines = policy("deadlines: any\n").deadlines.map(|ruled| ruled.rule);
    assert_eq!(
        deadlines,
        Some(Deadlines {
            max_poll_duration: None,
            max_ttl: None
        })
    );
    let resources = policy("resources: any\n").resources.expect("resources").rule;
    assert!(resources.require.is_empty() && resources.max_cpu.is_none() && resources.max_memory.is_none());
    let everything = policy("images: { allow: [{ image: \"**\", reason: we trust all }] }\n")
        .images
        .expect("images")
        .rule;
    let entry = everything.allow.first().expect("an entry");
    assert_eq!(
        (entry.pattern.is_any(), entry.reason.as_deref()),
        (true, Some("we trust all"))
    );
}

#[test]
fn what_a_policy_leaves_out_it_does_not_rule() {
    let policy = policy("commands: any\n");
    assert_eq!(policy.mode, Mode::Enforce);
    assert!(policy.images.is_none() && policy.unsigned.is_none() && policy.service_accounts.is_none());
    assert!(policy.namespaces.is_none() && policy.files.is_none() && policy.security.is_none());
    assert!(policy.resources.is_none() && policy.secrets.is_none() && policy.annotations.is_none());
    assert!(policy.deadlines.is_none() && policy.egress.is_none() && policy.scope.projects.is_none());
}

#[test]
fn a_class_names_ranges_and_pods() {
    let text = format!(
        "{HEAD}egress: [web]
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: NetworkClass
metadata: {{ name: web }}
egress:
  - {{ cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.0.0/16], ports: [443, {{ port: 8000, endPort: 8080, protocol: UDP }}] }}
  - {{ cidr: \"2001:DB8::/32\" }}
  - {{ namespace: shop, pods: {{ app: carts }} }}
  - {{ namespace: \"*\", pods: \"*\" }}
  - {{ namespace: {{ team: a }}, pods: \"*\", ports: [{{ port: 53, protocol: SCTP }}] }}
"
    );
    let set = load(&text).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let class = set.classes.get("web").expect("the class");
    let rules = serde_json::to_string(&class.rules).expect("JSON");
    assert_eq!(
        rules.replace("},{\"to\"", "},\n{\"to\""),
        r#"[{"to":[{"cidr":{"cidr":"0.0.0.0/0","except":["10.0.0.0/8","192.168.0.0/16"]}}],"ports":[{"protocol":"TCP","port":443},{"protocol":"UDP","port":8000,"endPort":8080}]},
{"to":[{"cidr":{"cidr":"2001:db8::/32"}}]},
{"to":[{"pods":{"namespace":{"kubernetes.io/metadata.name":"shop"},"pods":{"app":"carts"}}}]},
{"to":[{"pods":{"namespace":{},"pods":{}}}]},
{"to":[{"pods":{"namespace":{"team":"a"},"pods":{}}}],"ports":[{"protocol":"SCTP","port":53}]}]"#
    );
    assert!(
        class
            .rules
            .iter()
            .all(|rule| matches!(rule.to.as_slice(), [Peer::Cidr { .. } | Peer::Pods { .. }]))
    );
}

#[test]
fn a_class_may_stand_in_another_file_and_share_a_policys_name() {
    let class = HEAD.replace("Policy", "NetworkClass") + "egress: [ { cidr: 192.0.2.0/24 } ]\n";
    for names in [["a.yaml", "b.yaml"], ["b.yaml", "a.yaml"]] {
        let [first, second] = names;
        let set = PolicySet::load(&files(&[(first, &class), (second, &format!("{HEAD}egress: [p]\n"))]));
        assert!(
            set.is_ok_and(|set| set.policies.len() == 1 && set.classes.len() == 1),
            "{names:?}"
        );
    }
}

#[test]
fn the_hash_covers_names_and_contents_and_where_they_part() {
    let body = format!("{HEAD}commands: any\n");
    let hash = |texts: &[(&str, &str)]| PolicySet::load(&files(texts)).expect("a set").hash;
    let class = HEAD.replace("Policy", "NetworkClass") + "egress: [ { cidr: 192.0.2.0/24 } ]\n";
    let base = hash(&[("a", &body), ("b", &class)]);
    assert_eq!(base, hash(&[("b", &class), ("a", &body)]));
    for other in [
        hash(&[("a", &body)]),
        hash(&[("a", &body), ("c", &class)]),
        hash(&[("a", &format!("{body}#")), ("b", &class)]),
        hash(&[("b", &body), ("a", &class)]),
    ] {
        assert_ne!(base, other);
    }
    assert_eq!(
        hash(&[("a", &body)]),
        "sha256:39fbfcccb338f032e3f61a5c0d6056c6621029db8c5de63a9b5a3fa15ad39e38"
    );
}
