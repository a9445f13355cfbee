//! The one way from a request to admitted tasks. A leaf file: children would see the private fields of
//! [`Admitted`], so it has none, and nothing but [`judge`] builds one.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::accepted::{Accepted, Exceptions};
use super::finding::Refuses;
use super::pinned::NotPinned;
use super::signed;
use super::{
    ActionPlan, Check, Class, Fact, Facts, Finding, Findings, Kind, PinnedImage, PlannedTask, Query, Raw, Request,
    RuleView, TaskView, checks,
};
use crate::image::Reference;
use crate::manifest::{Draft, RunIdentity, TokenMount};
use crate::network::{self, Fence};
use crate::plan::TaskPlan;
use crate::policy::{Mode, Policy};

/// What the gate says when asked: either what it has to know first, or the verdicts.
#[derive(Debug)]
pub enum Judgement {
    /// Answer these, add them to the facts, and ask again. Never empty.
    Needs(BTreeSet<Query>),
    /// One verdict for each matched action, in file order.
    Done(Vec<ActionVerdict>),
}

/// The verdict on one action, with everything that was found about its tasks.
#[derive(Debug)]
pub struct ActionVerdict {
    /// Index of the action in the config.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// May it run?
    pub verdict: Verdict,
    /// Findings that do not refuse: from policies that warn or audit, and what every verdict has to say.
    pub notes: Vec<Finding>,
    /// What policies let through for a reason they give.
    pub accepted: Vec<Accepted>,
    /// The images of its tasks as they would run, in file order; the normalised reference where none is pinned.
    pub images: Vec<String>,
    /// From this instant on the same facts could give another verdict, because a signature, a key or an attestation is
    /// too old then. Absent: no signature counted, or time alone changes nothing.
    pub valid_until: Option<Timestamp>,
}

/// An action runs whole or not at all.
#[derive(Debug)]
pub enum Verdict {
    /// Every task may run.
    Admitted(Admitted),
    /// At least one finding refuses.
    Denied(Findings),
    /// Nothing refuses, and something could not be found out.
    Undecided(Findings),
}

/// The tasks of an admitted action. Never cloned, defaulted or read from anywhere.
#[derive(Debug)]
#[must_use = "an admitted action that is dropped never runs"]
pub struct Admitted {
    tasks: Vec<AdmittedTask>,
}

/// One task that may run, once.
#[derive(Debug)]
pub struct AdmittedTask {
    plan: TaskPlan,
    image: PinnedImage,
    fence: Fence,
    draft: Draft,
}

impl Admitted {
    /// Hands out the tasks in file order.
    pub fn into_tasks(self) -> impl Iterator<Item = AdmittedTask> {
        self.tasks.into_iter()
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// An action without tasks passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The plans, for reports.
    pub fn plans(&self) -> impl Iterator<Item = &TaskPlan> {
        self.tasks.iter().map(|task| &task.plan)
    }
}

impl AdmittedTask {
    /// The image as it will run.
    #[must_use]
    pub fn image(&self) -> &PinnedImage {
        &self.image
    }

    pub(crate) fn into_parts(self) -> (TaskPlan, Fence, Draft) {
        (self.plan, self.fence, self.draft)
    }
}

/// Judges all tasks of all matched actions. Pure: the same request and facts give the same verdict, byte for byte.
#[must_use]
pub fn judge(request: &Request, facts: &Facts) -> Judgement {
    let mut needs = BTreeSet::new();
    for task in request.actions.iter().flat_map(|action| &action.tasks) {
        if let PlannedTask::Planned(plan) = task {
            ask(request, facts, plan, &mut needs);
        }
    }
    // Nothing is judged by half of the facts.
    if !needs.is_empty() {
        return Judgement::Needs(needs);
    }
    let verdicts = request
        .actions
        .iter()
        .map(|action| judge_action(request, facts, action));
    Judgement::Done(verdicts.collect())
}

fn judge_action(request: &Request, facts: &Facts, action: &ActionPlan) -> ActionVerdict {
    let mut tasks = Vec::new();
    let mut findings = Vec::new();
    let mut images = Vec::new();
    let mut exceptions = Exceptions::default();
    let mut valid_until = None;
    for task in &action.tasks {
        match task {
            PlannedTask::Unplannable(unplannable) => {
                images.push(String::new());
                let check = &checks::invalid_task::CHECK;
                findings.extend(
                    unplannable
                        .reasons
                        .iter()
                        .map(|raw| finding(check, raw.clone(), task, None)),
                );
            }
            PlannedTask::Planned(plan) => {
                let judged = judge_task(request, facts, plan, task, &mut exceptions);
                images.push(
                    judged
                        .image
                        .as_ref()
                        .map_or_else(|| plan.image.to_string(), |image| image.as_str().to_owned()),
                );
                findings.extend(judged.findings);
                valid_until = [valid_until, judged.valid_until].into_iter().flatten().min();
                if let Some(image) = judged.image {
                    tasks.push(AdmittedTask {
                        plan: plan.as_ref().clone(),
                        image,
                        fence: judged.fence,
                        draft: judged.draft,
                    });
                }
            }
        }
    }
    let (refusing, notes): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.refuses() == Refuses::Yes);
    let denied = refusing.iter().any(|finding| finding.class == Class::Denied);
    let verdict = match Findings::of(refusing) {
        Some(findings) if denied => Verdict::Denied(findings),
        Some(findings) => Verdict::Undecided(findings),
        // Every planned task without a pinned image has a refusing finding, so the counts agree here.
        None => Verdict::Admitted(Admitted { tasks }),
    };
    ActionVerdict {
        index: action.index,
        name: action.name.clone(),
        verdict,
        notes,
        accepted: exceptions.into_accepted(),
        images,
        valid_until,
    }
}

struct Judged {
    findings: Vec<Finding>,
    valid_until: Option<Timestamp>,
    image: Option<PinnedImage>,
    fence: Fence,
    draft: Draft,
}

fn judge_task(
    request: &Request,
    facts: &Facts,
    plan: &TaskPlan,
    task: &PlannedTask,
    exceptions: &mut Exceptions,
) -> Judged {
    let matching: Vec<&Policy> = request.policies.matching(&request.event, &plan.key).collect();
    let fence = network::fence(plan, &request.event, &matching, &request.policies, &request.settings);
    let (image, not_pinned) = match pin(request, facts, plan, &matching) {
        Ok(image) => (Some(image), None),
        Err(reason) => (None, Some(reason)),
    };
    let identity = request.event.identity();
    let run_name = crate::manifest::run_name(&identity);
    let run = RunIdentity {
        name: &run_name,
        identity: &identity.hex(),
    };
    let image_text = image
        .as_ref()
        .map_or_else(|| plan.image.to_string(), |image| image.as_str().to_owned());
    let token = if checks::token_mount::granted(request, plan, &matching) {
        TokenMount::AsAccount
    } else {
        TokenMount::Never
    };
    let draft = Draft::render(plan, &image_text, &fence, &request.settings, &run, token);
    let view = TaskView {
        request,
        facts,
        plan,
        pod: draft.pod(),
        image: image.as_ref(),
        fence: &fence,
        policies: &matching,
    };
    exceptions.add(&view);
    let valid_until = signed::valid_until(&view);
    let mut findings = Vec::new();
    for check in checks::ALL {
        run_check(check, &view, task, &mut findings);
    }
    if let Some((raw, asked)) = not_pinned.map(|reason| *reason) {
        // Where a policy refuses the image by name, "was not looked up" would only be noise beside it.
        if asked == Asked::Yes || findings.iter().all(|finding| finding.refuses() == Refuses::No) {
            findings.push(finding(&checks::image_unresolved::CHECK, raw, task, None));
        }
    }
    findings.sort_by(|a, b| (a.at, &a.check, &a.policy, &a.message).cmp(&(b.at, &b.check, &b.policy, &b.message)));
    findings.dedup();
    Judged {
        findings,
        valid_until,
        image,
        fence,
        draft,
    }
}

fn run_check(check: &'static Check, view: &TaskView<'_>, task: &PlannedTask, findings: &mut Vec<Finding>) {
    match check.kind {
        Kind::Invariant(run) => findings.extend(run(view).into_iter().map(|raw| finding(check, raw, task, None))),
        Kind::Rule(run) => {
            for policy in view.policies {
                let raws = run(&RuleView { task: *view, policy });
                findings.extend(raws.into_iter().map(|raw| finding(check, raw, task, Some(policy))));
            }
        }
        Kind::Pod(run) => {
            for policy in view.policies {
                let Some(security) = &policy.security else { continue };
                let raws = run(&view.pod, security);
                findings.extend(
                    raws.into_iter()
                        .map(|raw| finding(check, config_field(raw), task, Some(policy))),
                );
            }
        }
    }
}

/// A pod check speaks of paths in the pod; the author knows the fields of the task.
fn config_field(mut raw: Raw) -> Raw {
    if let Some((_, field)) = raw.field.split_once("].") {
        raw.field = field.to_owned();
    }
    raw
}

fn finding(check: &'static Check, raw: Raw, task: &PlannedTask, policy: Option<&Policy>) -> Finding {
    Finding {
        check: check.id.to_owned(),
        class: raw.class,
        mode: policy.map_or(Mode::Enforce, |policy| policy.mode),
        task: task.key().clone(),
        at: task.origin().span(&raw.field),
        field: raw.field,
        message: raw.message,
        help: raw.help.unwrap_or_else(|| check.help.to_owned()),
        policy: policy.map(|policy| policy.name.clone()),
        rule: raw.policy,
    }
}

/// The key of a tag's answer: `host/repository:tag`, whatever digest stands beside it.
fn tagged(reference: &Reference) -> String {
    match reference.tag() {
        Some(tag) => format!("{}:{}", reference.name(), tag.as_str()),
        None => reference.name(),
    }
}

fn from_facts(facts: &Facts, plan: &TaskPlan) -> Result<PinnedImage, NotPinned> {
    let fact = facts.image_of(&tagged(&plan.image), &signed::pull_as(plan));
    PinnedImage::from_fact(&plan.image, fact)
}

/// Whether an image may be asked for, or already was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Yes,
    No,
}

/// Pins the image of a task.
fn pin(
    request: &Request,
    facts: &Facts,
    plan: &TaskPlan,
    matching: &[&Policy],
) -> Result<PinnedImage, Box<(Raw, Asked)>> {
    let text = &plan.image_text;
    from_facts(facts, plan).map_err(|reason| {
        Box::new(match reason {
            NotPinned::Refuted(_) | NotPinned::TagMoved { .. } => {
                (Raw::denied("image", format!("image `{text}`: {reason}")), Asked::Yes)
            }
            NotPinned::Unavailable(_) => (Raw::undecided("image", format!("image `{text}`: {reason}")), Asked::Yes),
            NotPinned::Unasked if checks::image_not_allowed::admitted(request, plan, matching, None) => {
                (Raw::undecided("image", format!("image `{text}`: {reason}")), Asked::Yes)
            }
            NotPinned::Unasked => (
                Raw::undecided(
                    "image",
                    format!("image `{text}` was not looked up: no policy admits it by name"),
                ),
                Asked::No,
            ),
        })
    })
}

/// Asks for what is not known of a task, and only where policy lets it be asked: a registry only where every matching
/// policy admits the image by name, a namespace and files only where every policy lets the task use them.
fn ask(request: &Request, facts: &Facts, plan: &TaskPlan, needs: &mut BTreeSet<Query>) {
    let matching: Vec<&Policy> = request.policies.matching(&request.event, &plan.key).collect();
    let admitted = |pinned| checks::image_not_allowed::admitted(request, plan, &matching, pinned);
    match from_facts(facts, plan) {
        Err(NotPinned::Unasked) if admitted(None) => {
            needs.insert(Query::ResolveImage {
                reference: tagged(&plan.image),
                pull_as: signed::pull_as(plan),
            });
        }
        Ok(image) if admitted(Some(&image)) => {
            let rules = matching.iter().flat_map(|policy| signed::covering(policy, &plan.image));
            let queries = rules.flat_map(|rule| signed::queries(rule, &plan.image, &image, plan));
            needs.extend(
                queries
                    .filter(|query| facts.signed_of(query).is_none())
                    .map(Query::Signatures),
            );
        }
        Ok(_) | Err(_) => {}
    }
    let namespace = &plan.namespace;
    let known: Option<&Fact<_>> = facts.foreign_policies.get(namespace);
    if known.is_none() && checks::namespace::admitted(request, plan, &matching) {
        needs.insert(Query::ForeignPolicies {
            namespace: namespace.clone(),
        });
    }
    let entries = &plan.files;
    if !entries.is_empty() && facts.files_of(entries).is_none() && checks::files::admitted(request, plan, &matching) {
        needs.insert(Query::Files {
            entries: entries.clone(),
        });
    }
}
