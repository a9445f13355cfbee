//! What a hostile author, event sender or operator's slip tries at the gate, from text to verdict. No cluster, no network.
//!
//! Each test is named after what must not happen. A row that passes the gate here would run in somebody's cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use job_executor_service::admission::{Fact, Facts, FileFact, Judgement, Query, Request, ResolvedImage, judge};
use job_executor_service::event::Event;
use job_executor_service::image::Digest;
use job_executor_service::plan::{Values, plan};
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::report::{VerdictKind, VerdictReport};
use job_executor_service::settings::{PrivilegedJobs, Settings};
use job_executor_service::signature::Signed;
use job_executor_service::{config, matching};

/// The shipped strict policy: every image is signed as it asks, so that only what a row changes can refuse it.
fn strict() -> String {
    builtin::STRICT.to_owned()
}

fn compatible() -> String {
    builtin::COMPATIBLE.to_owned()
}

/// One action with one task, whose fields beside name and image are given as lines of YAML.
fn task(fields: &str) -> String {
    let fields: String = fields
        .lines()
        .map(|line| format!("        {}\n", line.trim_end()))
        .collect();
    format!(
        "apiVersion: v2\nactions:\n  - name: a\n    events: [{{ name: sh.keptn.event.hi.triggered }}]\n    tasks:\n      - name: t\n        image: registry.example.com/approved/app:1\n{fields}"
    )
}

fn event(data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"f2b878d3-03c0","source":"test","type":"sh.keptn.event.hi.triggered","shkeptncontext":"c","data":{data}}}"#
    )
}

fn ordinary_event() -> String {
    event(r#"{"project":"sockshop","stage":"dev","service":"carts"}"#)
}

/// Judges as the service does; every question of the gate has the best of answers.
fn judged(config: &str, event: &str, policies: &[&str], settings: Settings) -> VerdictReport {
    let files: BTreeMap<String, String> = policies
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("{number}.yaml"), (*text).to_owned()))
        .collect();
    let policies = PolicySet::load(&files).unwrap().with_settings(&settings).unwrap();
    let event = Event::parse(event.as_bytes()).unwrap();
    let config = config::parse("job/config.yaml", config).unwrap();
    let matched = matching::matched(&event, &config);
    let request = Request {
        actions: plan(&event, &config, &matched, &settings, Values::OfEvent),
        event: Arc::new(event),
        settings: Arc::new(settings),
        policies: Arc::new(policies),
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut facts = Facts::default();
    loop {
        match judge(&request, &facts) {
            Judgement::Done(verdicts) => return VerdictReport::of(&request, &verdicts),
            Judgement::Needs(queries) => queries.iter().for_each(|query| answer(query, &mut facts)),
        }
    }
}

fn answer(query: &Query, facts: &mut Facts) {
    match query {
        Query::ResolveImage { reference, .. } => facts.image(
            reference,
            Fact::Known(ResolvedImage::plain(
                Digest::of_bytes(reference.as_bytes()),
                "application/vnd.oci.image.manifest.v1+json",
            )),
        ),
        Query::Signatures(query) => {
            let proof = serde_json::json!({
                "format": "bundle",
                "signer": { "key": { "fingerprint": Digest::of_bytes(b"key") } },
                "verifiedAt": [],
                "log": "ignored",
                "evidence": Digest::of_bytes(b"manifest"),
            });
            let signed = Signed {
                proofs: vec![serde_json::from_value(proof).unwrap()],
                ..Signed::default()
            };
            facts.signed(query, Fact::Known(signed));
        }
        Query::ForeignPolicies { namespace } => facts.foreign(namespace, Fact::Known(Vec::new())),
        Query::Files { entries } => {
            let file = |path: &String| FileFact {
                path: path.trim_end_matches('/').to_owned(),
                size: 1,
                digest: Digest::of_bytes(b"x"),
            };
            facts.file_list(
                entries,
                Fact::Known(entries.iter().map(file).collect::<Vec<_>>().into()),
            );
        }
    }
}

/// The checks that refuse, each once, in order.
fn refusing(report: &VerdictReport) -> Vec<&str> {
    let mut checks: Vec<&str> = report.findings().map(|finding| finding.check.as_str()).collect();
    checks.sort_unstable();
    checks.dedup();
    checks
}

/// Judges one task for the ordinary event: the checks that refuse it.
fn refusals(fields: &str, policy: &str) -> Vec<String> {
    let settings = Settings {
        privileged_jobs: PrivilegedJobs::Policy,
        ..Settings::chart_defaults()
    };
    let report = judged(&task(fields), &ordinary_event(), &[policy], settings);
    assert_eq!(report.actions.len(), 1, "{fields}: the action did not match");
    refusing(&report).into_iter().map(str::to_owned).collect()
}

#[test]
fn an_ordinary_task_passes_or_no_refusal_here_would_mean_anything() {
    for policy in [strict(), compatible()] {
        assert_eq!(refusals("cmd: [echo, hi]", &policy), Vec::<String>::new());
    }
}

#[test]
fn a_limit_of_zero_is_no_limit_and_passes_no_policy_that_wants_one() {
    // The kubelet sets no cgroup limit for an amount of zero.
    for zero in ["\"0\"", "0m", "\"0.0\"", "0Mi", "0e3", ".0"] {
        for name in ["cpu", "memory"] {
            let other = if name == "cpu" { "memory: 1Mi" } else { "cpu: 1" };
            let fields = format!("resources: {{ limits: {{ {name}: {zero}, {other} }} }}");
            assert!(!refusals(&fields, &strict()).is_empty(), "{fields}");
        }
    }
}

#[test]
fn what_the_api_server_refuses_by_name_or_amount_is_refused_before_other_tasks_run() {
    for fields in [
        "namespace: \"..\"",
        "namespace: Jobs",
        "namespace: \"keptn-jobs%2Fnetworkpolicies\"",
        "namespace: \"a?dryRun=All\"",
        "namespace: a b",
        "serviceAccount: \"a b\"",
        "serviceAccount: Runner",
        "env: [ { name: \"a b\", valueFrom: secret } ]",
        "env: [ { name: \"\", valueFrom: secret } ]",
        "env: [ { name: A_B, valueFrom: secret } ]",
        "resources: { limits: { cpu: 1, memory: 1Gi }, requests: { cpu: 2 } }",
        "resources: { limits: { cpu: 1, memory: 1Gi }, requests: { memory: 2Gi } }",
        "resources: { limits: { cpu: 1e++0, memory: 1Gi } }",
        "resources: { limits: { cpu: 1e+-0, memory: 1Gi } }",
        "securityContext: { runAsUser: -1 }",
        "securityContext: { runAsGroup: 4294967296 }",
    ] {
        assert!(!refusals(fields, &compatible()).is_empty(), "{fields}");
    }
}

#[test]
fn no_annotation_steers_the_network_or_the_runtime_of_a_pod() {
    // A second network goes around the fence; a runtime's own keys open devices, hooks and hypervisors.
    for key in [
        "k8s.v1.cni.cncf.io/networks",
        "v1.multus-cni.io/default-network",
        "k8s.ovn.org/pod-networks",
        "cni.projectcalico.org/ipAddrs",
        "io.cilium/global-service",
        "policy.cilium.io/no-track-port",
        "io.kubernetes.cri-o.Devices",
        "io.kubernetes.cri-o.userns-mode",
        "io.containerd.runc.v2.x",
        "io.katacontainers.config.hypervisor.path",
        "run.oci.keep_original_groups",
        "dev.gvisor.flag.network",
        "cdi.k8s.io/gpu",
    ] {
        let fields = format!("annotations: {{ {key}: x }}");
        assert!(!refusals(&fields, &compatible()).is_empty(), "{key}");
    }
    assert_eq!(
        refusals("annotations: { example.com/team: x, team: y }", &compatible()),
        Vec::<String>::new()
    );
}

#[test]
fn a_star_in_a_scope_is_every_name_also_one_with_a_slash() {
    let narrow = |scope: &str| {
        format!(
            "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Policy\nmetadata: {{ name: narrow }}\nscope: {scope}\nfiles: {{ allow: [never/this] }}\nsecrets: {{ allow: [never-this] }}\nsecurity: {{ profile: restricted }}\n"
        )
    };
    let text = task("cmd: [a]\nsecurityContext: { runAsNonRoot: false }")
        .replace("- name: a\n", "- name: a/b\n")
        .replace("- name: t\n", "- name: deploy/t\n");
    for scope in [
        "{ actions: [\"*\"] }",
        "{ tasks: [\"*\"] }",
        "{ tasks: [\"deploy*\"] }",
        "{ actions: [\"a*\"] }",
        "{ tasks: [\"?eploy?t\"] }",
    ] {
        let report = judged(
            &text,
            &ordinary_event(),
            &[&compatible(), &narrow(scope)],
            Settings::chart_defaults(),
        );
        assert_eq!(report.verdict, VerdictKind::Denied, "{scope}");
    }
    let report = judged(
        &text,
        &ordinary_event(),
        &[&compatible(), &narrow("{ tasks: [other] }")],
        Settings::chart_defaults(),
    );
    assert_eq!(report.verdict, VerdictKind::Admitted);
}

#[test]
fn many_tasks_with_the_whole_event_as_a_variable_cost_no_more_than_a_few_events() {
    let data = format!(
        r#"{{"project":"p","stage":"s","service":"x","text":"{}"}}"#,
        "x".repeat(900_000)
    );
    let many = "      - { name: t, image: registry.example.com/approved/app:1, env: [ { name: A, value: $.data.text, valueFrom: event } ] }\n".repeat(1000);
    let text = format!(
        "apiVersion: v2\nactions:\n  - name: a\n    events: [{{ name: sh.keptn.event.hi.triggered }}]\n    tasks:\n{many}"
    );
    let event = Event::parse(event(&data).as_bytes()).unwrap();
    let config = config::parse("job/config.yaml", &text).unwrap();
    let actions = plan(&event, &config, &[0], &Settings::chart_defaults(), Values::OfEvent);
    let kept: usize = format!("{actions:?}").len();
    assert!(kept < 16 * 1024 * 1024, "{kept} bytes");
}

#[test]
fn many_labels_in_many_tasks_cost_no_more_than_a_few_events() {
    let labels: Vec<String> = (0..20_000).map(|n| format!(r#""l{n}":"v""#)).collect();
    let data = format!(
        r#"{{"project":"p","stage":"s","service":"x","labels":{{{}}}}}"#,
        labels.join(",")
    );
    let many = "      - { name: t, image: registry.example.com/approved/app:1 }\n".repeat(1000);
    let text = format!(
        "apiVersion: v2\nactions:\n  - name: a\n    events: [{{ name: sh.keptn.event.hi.triggered }}]\n    tasks:\n{many}"
    );
    let event = Event::parse(event(&data).as_bytes()).unwrap();
    let config = config::parse("job/config.yaml", &text).unwrap();
    let actions = plan(&event, &config, &[0], &Settings::chart_defaults(), Values::OfEvent);
    let variables: usize = format!("{actions:?}").matches("LABELS_L").count();
    assert!(variables < 100_000, "{variables} variables");
}

#[test]
fn a_file_with_more_than_any_team_would_write_is_refused_before_it_costs_anything() {
    let actions = |count: usize, inner: &str| {
        let one = format!("  - {{ name: a, {inner} }}\n");
        format!("apiVersion: v2\nactions:\n{}", one.repeat(count))
    };
    let tasks = vec!["{ name: t, image: a }"; 1001].join(", ");
    let events = vec!["{ name: x }"; 1001].join(", ");
    for (text, expected) in [
        (actions(251, "events: [{ name: x }]"), "more than the 250 actions"),
        (actions(1, &format!("tasks: [{tasks}]")), "more than the 1000 tasks"),
        (
            actions(1, &format!("events: [{events}]")),
            "more than the 1000 event patterns",
        ),
        (
            actions(11, &format!("events: [{}]", vec!["{ name: x }"; 91].join(", "))),
            "more than the 1000 event patterns",
        ),
    ] {
        let problems = config::parse("job/config.yaml", &text).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].message.contains(expected), "{problems:?}");
    }
    assert!(config::parse("job/config.yaml", &actions(250, "events: [{ name: x }]")).is_ok());
}

#[test]
fn conditions_that_are_dear_to_evaluate_do_not_stop_the_service() {
    let list = vec!["[0,0,0,0,0,0,0,0]"; 10_000].join(",");
    let data = format!(r#"{{"project":"p","stage":"s","service":"x","list":[{list}]}}"#);
    let dear = "      - { name: hi, jsonpath: { property: '$[\"data\"][$..x]', match: y } }\n".repeat(1000);
    let text = format!("apiVersion: v2\nactions:\n  - name: a\n    events:\n{dear}    tasks: []\n");
    let config = config::parse("job/config.yaml", &text).unwrap();
    let event = Event::parse(event(&data).as_bytes()).unwrap();
    let begun = std::time::Instant::now();
    let _ = matching::matched(&event, &config);
    // Without a common budget: over a minute in a build for tests.
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn no_output_holds_a_character_that_a_terminal_obeys() {
    let name = "x\u{9b}31m\u{202e}\u{61c}\u{e0041}\u{feff}y";
    let written = r#"- name: "x\u009b31m\u202e\u061c\U000e0041\ufeffy""#;
    let text = task("cmd: [a]").replace("- name: t\n", &format!("{written}\n"));
    let policy = strict().replace("registry.example.com/approved/**", "registry.example.com/other/**");
    let report = judged(&text, &ordinary_event(), &[&policy], Settings::chart_defaults());
    let outputs = [
        report.to_json(),
        job_executor_service::report::verdict_text(
            &report,
            &job_executor_service::yaml::SourceText::new("job/config.yaml", text.as_str()),
        ),
        job_executor_service::report::refusal_message(&report.actions[0]),
    ];
    for output in outputs {
        assert!(output.contains('y'), "{output}");
        let obeyed: Vec<char> = output.chars().filter(|c| !c.is_ascii() && *c != '…').collect();
        assert!(obeyed.is_empty(), "{obeyed:?} in {output}");
    }
    let read: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(
        read["actions"][0]["findings"][0]["task"]["task"], name,
        "escaped, not changed"
    );
}

#[test]
fn no_name_begins_a_line_of_its_own_in_a_report() {
    let text = task("cmd: [a]").replace("- name: t\n", "- name: \"x\\njob/config.yaml: admitted, 1 task(s)\"\n");
    let policy = strict().replace("registry.example.com/approved/**", "registry.example.com/other/**");
    let report = judged(&text, &ordinary_event(), &[&policy], Settings::chart_defaults());
    for output in [
        job_executor_service::report::verdict_text(
            &report,
            &job_executor_service::yaml::SourceText::new("job/config.yaml", text.as_str()),
        ),
        job_executor_service::report::refusal_message(&report.actions[0]),
    ] {
        assert!(
            !output.lines().any(|line| line.starts_with("job/config.yaml: admitted")),
            "{output}"
        );
    }
}

#[test]
fn an_event_that_looks_like_the_placeholder_of_a_desk_is_nobodys_exception() {
    // On a desk every policy is heard, and each may grant; an event must not have that, so it is no event at all.
    let text = Event::placeholder().raw().to_owned();
    for sent in [text.clone(), text.replace("\"job-lint\"", "\"shipyard-controller\"")] {
        let error = Event::parse(sent.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("`job-lint.placeholder`"), "{sent}: {error}");
    }
}
