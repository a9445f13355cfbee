//! `network-policies/` holds what the service really makes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use job_executor_service::admission::{
    Fact, Facts, FileFact, Judgement, Query, Request, ResolvedImage, Verdict, judge,
};
use job_executor_service::event::Event;
use job_executor_service::event::render::{Format, render};
use job_executor_service::image::Digest;
use job_executor_service::manifest::Bundle;
use job_executor_service::plan::{Values, plan};
use job_executor_service::policy::PolicySet;
use job_executor_service::settings::Settings;
use job_executor_service::signature::Signed;
use job_executor_service::{config, network};
use serde_json::Value;

const NAMESPACE: &str = "keptn-jobs";

#[test]
fn the_plain_manifests_are_those_that_the_service_makes() {
    let settings = Settings::chart_defaults();
    let manifests = BTreeMap::from([
        ("base.yaml", network::base_manifest(NAMESPACE, &settings.deployment)),
        ("fence-dns.yaml", fence("")),
        ("fence-dns-files.yaml", fence("files: [locust/]\n        ")),
    ]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("network-policies");
    for (name, manifest) in &manifests {
        let text = render(manifest, Format::Yaml);
        let path = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap_or_default(),
            text,
            "{name} is stale: run with UPDATE=1"
        );
    }
    let files = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|e| e == "yaml"));
    assert_eq!(files.count(), manifests.len(), "a manifest that nothing makes");
}

/// The fence of a task under the shipped policy `compatible`, narrowed to `egress: [dns]`.
fn fence(files: &str) -> Value {
    let policy =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/compatible.yaml")).unwrap();
    let policy: String = policy
        .lines()
        .map(|line| {
            if line.starts_with("egress: [") {
                "egress: [dns]\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let policies = PolicySet::load(&BTreeMap::from([("policy.yaml".to_owned(), policy)])).unwrap();
    let text = format!(
        "apiVersion: v2\nactions:\n  - name: a\n    events: [{{ name: x }}]\n    tasks:\n      - name: t\n        {files}image: alpine:3.20\n        cmd: [id]\n"
    );
    let config = config::parse("job/config.yaml", &text).unwrap();
    let settings = Arc::new(Settings::chart_defaults());
    let event = Arc::new(Event::placeholder());
    let actions = plan(&event, &config, &[0], &settings, Values::Placeholders);
    let request = Request {
        event,
        settings: Arc::clone(&settings),
        actions,
        policies: Arc::new(policies),
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut facts = Facts::default();
    loop {
        match judge(&request, &facts) {
            Judgement::Needs(queries) => queries.iter().for_each(|query| answer(query, &mut facts)),
            Judgement::Done(mut verdicts) => {
                let Verdict::Admitted(admitted) = verdicts.remove(0).verdict else {
                    panic!("not admitted")
                };
                let bundle = Bundle::render(admitted.into_tasks().next().unwrap());
                return bundle.fence().manifest(NAMESPACE, &settings.deployment);
            }
        }
    }
}

fn answer(query: &Query, facts: &mut Facts) {
    let digest = Digest::of_bytes(b"any");
    match query {
        Query::ResolveImage { reference, .. } => {
            let media_type = "application/vnd.oci.image.manifest.v1+json".to_owned();
            facts.image(reference, Fact::Known(ResolvedImage::plain(digest, &media_type)));
        }
        Query::Signatures(query) => facts.signed(query, Fact::Known(Signed::default())),
        Query::ForeignPolicies { namespace } => facts.foreign(namespace, Fact::Known(Vec::new())),
        Query::Files { entries } => {
            facts.file_list(
                entries,
                Fact::Known(
                    vec![FileFact {
                        path: "locust/basic.py".into(),
                        size: 3,
                        digest,
                    }]
                    .into(),
                ),
            );
        }
    }
}
