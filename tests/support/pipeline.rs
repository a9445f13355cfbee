//! From bytes to a verdict, as the service goes, with an answer for everything the gate asks. Shared by the random
//! mutations and the coverage-guided ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use job_executor_service::admission::{Fact, Facts, Judgement, Query, Request, ResolvedImage, judge};
use job_executor_service::event::Event;
use job_executor_service::image::Digest;
use job_executor_service::plan::{Values, plan};
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::report::VerdictReport;
use job_executor_service::settings::Settings;
use job_executor_service::signature::Signed;
use job_executor_service::{config, matching};

/// The shipped policies and the settings of the chart.
pub(crate) struct Pipeline {
    policies: Vec<Arc<PolicySet>>,
    settings: Arc<Settings>,
}

/// How far an input got.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The event could be read.
    pub(crate) event: bool,
    /// The config could be read.
    pub(crate) config: bool,
    /// At least one action was planned.
    pub(crate) plan: bool,
    /// A verdict was given and written down.
    pub(crate) verdict: bool,
}

impl Pipeline {
    pub(crate) fn new() -> Self {
        let policies = [builtin::STRICT, builtin::COMPATIBLE].map(|text| {
            let files = BTreeMap::from([("policy.yaml".to_owned(), text.to_owned())]);
            Arc::new(PolicySet::load(&files).expect("the shipped policies load"))
        });
        Self {
            policies: policies.into(),
            settings: Arc::new(Settings::chart_defaults()),
        }
    }

    /// Reads, matches, plans and judges by one of the shipped policies.
    ///
    /// # Panics
    /// When the gate never stops asking, or says nothing: what the tests look for.
    pub(crate) fn run(&self, event: &[u8], config: &[u8], policy: usize) -> Reached {
        let mut reached = Reached::default();
        let config = config::parse("job/config.yaml", &String::from_utf8_lossy(config));
        reached.config = config.is_ok();
        let Ok(event) = Event::parse(event) else { return reached };
        reached.event = true;
        let Ok(config) = config else { return reached };
        // Every action is planned, whether it matches or not: more of them get far.
        let _ = matching::matched(&event, &config);
        let all: Vec<usize> = config.actions.iter().map(|action| action.index).collect();
        let actions = plan(&event, &config, &all, &self.settings, Values::OfEvent);
        if actions.is_empty() {
            return reached;
        }
        reached.plan = true;
        let request = Request {
            event: Arc::new(event),
            settings: Arc::clone(&self.settings),
            actions,
            policies: Arc::clone(&self.policies[policy % self.policies.len()]),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let mut facts = Facts::default();
        for _ in 0..4 {
            match judge(&request, &facts) {
                Judgement::Done(verdicts) => {
                    assert!(!VerdictReport::of(&request, &verdicts).to_json().is_empty());
                    reached.verdict = true;
                    return reached;
                }
                Judgement::Needs(queries) => queries.iter().for_each(|query| answer(query, &mut facts)),
            }
        }
        panic!("the gate still asks after four rounds");
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
        Query::Signatures(query) => facts.signed(query, Fact::Known(Signed::default())),
        Query::ForeignPolicies { namespace } => facts.foreign(namespace, Fact::Known(Vec::new())),
        Query::Files { entries } => facts.file_list(entries, Fact::Known(Vec::new().into())),
    }
}

/// Every file of this name in the examples.
pub(crate) fn corpus(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut texts = vec![];
    for entry in std::fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        let file = if path.is_dir() { path.join(name) } else { path };
        if file.file_name().is_some_and(|file| file == name)
            && let Ok(text) = std::fs::read(&file)
        {
            texts.push(text);
        }
    }
    texts.sort();
    assert!(!texts.is_empty());
    texts
}
