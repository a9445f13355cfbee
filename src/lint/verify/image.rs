//! `job-lint verify image`: what the policies make of one image in its registry, and everything that was found there.
//!
//! The verdict is the gate's own, on a task with this image and nothing else to say; of its findings those about the
//! image are shown. Nothing is looked up that the gate did not ask for: an image that no policy admits by name is
//! refused by its name.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::super::arguments::{Basis, Format, VerifyImageArguments};
use super::super::check::{exit_of, nowhere};
use super::super::desk::{Desk, Unusable};
use super::super::{Exit, Streams};
use super::told::told;
use crate::admission::{Class, Fact, Facts, Finding, Request};
use crate::config::{self, JobConfig};
use crate::event::Event;
use crate::image::Reference;
use crate::plan::Values;
use crate::report::{VerdictKind, VerdictReport, counted, escape_line, json_line, verdict_text};
use crate::signature::{About, Signed};

/// One line of `--format json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    image: &'a str,
    #[serde(flatten)]
    report: &'a VerdictReport,
    signatures: Vec<Answer<'a>>,
}

/// What an authority's keys and roots made of what the registry holds.
#[derive(Serialize)]
struct Answer<'a> {
    subject: String,
    authority: &'a str,
    about: &'a About,
    answer: &'a Fact<Signed>,
}

pub(in super::super) async fn run(
    arguments: &VerifyImageArguments,
    streams: &mut Streams<'_>,
) -> std::io::Result<Exit> {
    let (desk, image, config) = match opened(arguments).await {
        Ok(opened) => opened,
        Err(Unusable(text)) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
    };
    let event = Arc::new(Event::placeholder());
    let request = Request {
        actions: crate::plan::plan(&event, &config, &[0], &desk.settings, Values::Placeholders),
        event,
        settings: Arc::clone(&desk.settings),
        policies: Arc::clone(&desk.policies),
        at: desk.at,
    };
    let answers = desk.answers(Path::new("-"), None);
    let (verdicts, facts) = crate::gather::decide(&request, desk.facts.clone(), &answers).await;
    let mut report = VerdictReport::of(&request, &verdicts);
    keep_what_is_about_the_image(&mut report);
    let exit = exit_of(report.verdict);
    match arguments.format {
        Format::Json => {
            let document = Document {
                image: &image,
                report: &report,
                signatures: signatures(&facts),
            };
            writeln!(streams.out, "{}", json_line(&document))?;
        }
        Format::Human => {
            write!(streams.err, "{}", desk.warnings())?;
            writeln!(streams.err, "judged by {}", escape_line(&desk.used))?;
            for action in &report.actions {
                for pinned in &action.images {
                    writeln!(streams.out, "{}\n  is {}", escape_line(&image), escape_line(pinned))?;
                }
            }
            for answer in signatures(&facts) {
                write!(streams.out, "{}", explained(&answer))?;
            }
            write!(streams.out, "{}", verdict_text(&desk.shown(&report), &nowhere(&image)))?;
        }
    }
    Ok(exit)
}

async fn opened(arguments: &VerifyImageArguments) -> Result<(Desk, String, JobConfig), Unusable> {
    let image = Reference::parse(&arguments.image)
        .map_err(|error| Unusable::line(format!("`{}`: {error}", arguments.image)))?
        .to_string();
    // JSON is YAML, and quotes whatever the reference holds.
    let task = serde_json::json!({ "name": "verify", "image": arguments.image });
    let action = serde_json::json!({ "name": "verify", "events": [{ "name": "verify" }], "tasks": [task] });
    let text = serde_json::json!({ "apiVersion": "v2", "actions": [action] }).to_string();
    let config = config::parse("image", &text)
        .map_err(|problems| Unusable::line(problems.first().map_or("", |problem| &problem.message)))?;
    let basis = Basis {
        policies: arguments.policies.clone(),
        settings: arguments.settings.clone(),
        live: true,
        facts: None,
        files: None,
        at: arguments.at,
        format: arguments.format,
    };
    Ok((Desk::open(&basis).await?, image, config))
}

/// The rest of the task is nobody's: what policies say of it is no answer to the question.
fn keep_what_is_about_the_image(report: &mut VerdictReport) {
    let about = |finding: &Finding| finding.check.starts_with("image-") || finding.check == "authority-weakened";
    report.verdict = VerdictKind::Admitted;
    for action in &mut report.actions {
        action.findings.retain(about);
        action.notes.retain(about);
        action.verdict = worst(&action.findings);
        report.verdict = report.verdict.max(action.verdict);
    }
}

/// Denied beats undecided.
fn worst(findings: &[Finding]) -> VerdictKind {
    let has = |class| findings.iter().any(|finding| finding.class == class);
    if has(Class::Denied) {
        VerdictKind::Denied
    } else if has(Class::Undecided) {
        VerdictKind::Undecided
    } else {
        VerdictKind::Admitted
    }
}

fn signatures(facts: &Facts) -> Vec<Answer<'_>> {
    facts
        .signature_answers()
        .map(|(subject, authority, about, answer)| Answer {
            subject: format!("{}@{}", subject.name, subject.digest),
            authority,
            about,
            answer,
        })
        .collect()
}

/// An answer in words: each signature that holds, and each that does not with its reason.
fn explained(answer: &Answer<'_>) -> String {
    let about = match answer.about {
        About::Image => "the image".to_owned(),
        About::Attestation(predicate) => escape_line(predicate),
    };
    let authority = escape_line(answer.authority);
    match answer.answer {
        Fact::Known(signed) => {
            let holds = counted(signed.proofs.len(), "signature");
            let mut text = format!("authority {authority}, {about}: {holds} verified\n");
            for proof in &signed.proofs {
                text.push_str(&told(proof));
            }
            for refusal in &signed.refused {
                let (code, message) = (refusal.code.as_str(), escape_line(&refusal.message));
                text.push_str(&format!("  refused, {code}: {message}\n"));
                if let Some(evidence) = &refusal.evidence {
                    text.push_str(&format!("    in {evidence}\n"));
                }
            }
            text
        }
        Fact::Refuted(why) => format!("authority {authority}, {about}: none, {}\n", escape_line(why)),
        Fact::Unavailable(why) => format!("authority {authority}, {about}: not known, {}\n", escape_line(why)),
    }
}
