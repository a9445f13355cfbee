//! `job-lint plan`: the verdict on one event, and the exact objects that the service would create.

use std::sync::Arc;

use super::arguments::{Format, PlanArguments};
use super::check::{Unopened, exit_of, open, print, refuse};
use super::desk::{Desk, Unusable, read};
use super::{Exit, Streams};
use crate::admission::{Facts, Request, Verdict};
use crate::event::Event;
use crate::event::render::{Format as Rendering, render};
use crate::manifest::Bundle;
use crate::plan::Values;
use crate::report::VerdictReport;

pub(super) async fn run(arguments: &PlanArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let (desk, event) = match basis(arguments).await {
        Ok(basis) => basis,
        Err(Unusable(text)) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
    };
    let format = arguments.basis.format;
    let (text, config) = match open(&arguments.config) {
        Ok(opened) => opened,
        Err(Unopened::Unreadable(message)) => {
            write!(streams.err, "{message}")?;
            return Ok(Exit::Undecided);
        }
        Err(Unopened::Refused { text, problems }) => {
            refuse(&arguments.config, &text, &problems, format, streams)?;
            return Ok(Exit::Denied);
        }
    };
    let matched = crate::matching::matched(&event, &config);
    if matched.is_empty() && format == Format::Human {
        writeln!(
            streams.out,
            "no action matches {}: the service stays silent",
            crate::report::escape(event.event_type())
        )?;
        return Ok(Exit::Clean);
    }
    let request = Request {
        actions: crate::plan::plan(&event, &config, &matched, &desk.settings, Values::OfEvent),
        event: Arc::new(event),
        settings: Arc::clone(&desk.settings),
        policies: Arc::clone(&desk.policies),
        at: desk.at,
    };
    let (verdicts, _) = crate::gather::decide(&request, Facts::default(), &desk.answers(&arguments.config)).await;
    let report = VerdictReport::of(&request, &verdicts);
    print(&report, &arguments.config, &text, format, streams)?;
    if format == Format::Human {
        for verdict in verdicts {
            if let Verdict::Admitted(admitted) = verdict.verdict {
                for task in admitted.into_tasks() {
                    objects(&Bundle::render(task), &desk, streams)?;
                }
            }
        }
    }
    Ok(exit_of(report.verdict))
}

async fn basis(arguments: &PlanArguments) -> Result<(Desk, Event), Unusable> {
    let desk = Desk::open(&arguments.basis).await?;
    let text = read(&arguments.event)?;
    let event = Event::parse(text.as_bytes())
        .map_err(|error| Unusable(format!("error: event {}: {error}\n", arguments.event.display())))?;
    Ok((desk, event))
}

fn objects(bundle: &Bundle, desk: &Desk, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let fence = bundle
        .fence()
        .manifest(&bundle.plan().namespace, &desk.settings.deployment);
    for object in [&fence, bundle.job()] {
        write!(streams.out, "---\n{}", render(object, Rendering::Yaml))?;
    }
    Ok(())
}
