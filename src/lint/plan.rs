//! `job-lint plan`: the verdict on one event, and the exact objects that the service would create.
//!
//! For people the objects follow as YAML documents and the verdict stands before them as comments, so that the whole
//! output can be handed to `kubectl apply --dry-run=server -f -`. As JSON it is the verdict as the service records it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::arguments::{Format, PlanArguments};
use super::check::{exit_of, hints, nowhere, refuse, warnings_text};
use super::configs::{Opened, Unopened, open, read, shown};
use super::desk::{Desk, Unusable};
use super::{Exit, Streams};
use crate::admission::{ActionVerdict, Request, Verdict};
use crate::config::JobConfig;
use crate::event::Event;
use crate::event::render::{Format as Rendering, render};
use crate::manifest::Bundle;
use crate::plan::Values;
use crate::report::{VerdictReport, escape, escape_line, json_line, verdict_text};
use crate::store::Scope;
use crate::yaml::{Problem, Span};

pub(super) async fn run(arguments: &PlanArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let format = arguments.basis.format;
    let (desk, event, scope) = match basis(arguments).await {
        Ok(basis) => basis,
        Err(unopened) => return refuse(&unopened, format, streams),
    };
    write!(streams.err, "{}", desk.warnings())?;
    let opened = match open(&arguments.config) {
        Ok(opened) => opened,
        Err(unopened) => return refuse(&unopened, format, streams),
    };
    let matched = crate::matching::matched(&event, &opened.config);
    if matched.is_empty() && format == Format::Human {
        write!(
            streams.out,
            "{}{}",
            warnings_text(&opened),
            unmatched(&event, &opened.config)
        )?;
        return Ok(Exit::Clean);
    }
    let request = Request {
        actions: crate::plan::plan(&event, &opened.config, &matched, &desk.settings, Values::OfEvent),
        event: Arc::new(event),
        settings: Arc::clone(&desk.settings),
        policies: Arc::clone(&desk.policies),
        at: desk.at,
    };
    let answers = desk.answers(&arguments.config, Some(&scope));
    let (verdicts, _) = crate::gather::decide(&request, desk.facts.clone(), &answers).await;
    let report = VerdictReport::of(&request, &verdicts);
    let exit = exit_of(report.verdict);
    match format {
        Format::Json => writeln!(streams.out, "{}", report.to_json())?,
        Format::Human => {
            writeln!(streams.err, "judged by {}", escape_line(&desk.used))?;
            print(&desk, &opened, &report, verdicts, streams)?;
            hints(&desk, &[report], streams)?;
        }
    }
    Ok(exit)
}

async fn basis(arguments: &PlanArguments) -> Result<(Desk, Event, Scope), Unopened> {
    let desk = Desk::open(&arguments.basis).await.map_err(Unopened::Unreadable)?;
    let text = read(&arguments.event).map_err(Unopened::Unreadable)?;
    let name = shown(&arguments.event);
    let refused = |field: &str, message: String| Unopened::Refused {
        source: nowhere(&name),
        problems: vec![Problem::new(Span::default(), field, message, "")],
    };
    let unusable = |error| Unusable(format!("error: event {}: {error}\n", escape_line(&name)));
    let event = Event::parse(text.as_bytes())
        .map_err(|error| Unopened::Unreadable(unusable(escape_line(&error.to_string()))))?;
    // The service answers such an event with an error: it does not know where to look for its config.
    let scope = Scope::of(&event).map_err(|message| refused("data", message))?;
    Ok((desk, event, scope))
}

/// Why nothing would happen, and what the config waits for.
fn unmatched(event: &Event, config: &JobConfig) -> String {
    let mut text = format!(
        "no action matches {}: the service does nothing and says nothing\n",
        escape_line(event.event_type())
    );
    for action in &config.actions {
        for rule in &action.events {
            text.push_str(&format!(
                "  action {} waits for {}",
                escape_line(&action.name.value),
                escape_line(&rule.name.value)
            ));
            if let Some(path) = &rule.jsonpath {
                let (property, wanted) = (&path.property.value, &path.match_value.value);
                text.push_str(&format!(" with {} = {}", escape_line(property), escape_line(wanted)));
            }
            text.push('\n');
        }
    }
    text
}

fn print(
    desk: &Desk,
    opened: &Opened,
    report: &VerdictReport,
    verdicts: Vec<ActionVerdict>,
    streams: &mut Streams<'_>,
) -> std::io::Result<()> {
    let objects = objects(desk, verdicts);
    let words = warnings_text(opened) + &verdict_text(&desk.shown(report), &opened.source);
    if objects.is_empty() {
        return write!(streams.out, "{words}");
    }
    for line in words.lines() {
        writeln!(streams.out, "{}", format!("# {line}").trim_end())?;
    }
    write!(streams.out, "{objects}")
}

/// The NetworkPolicies and Jobs in the order of their creation; a fence that tasks share stands once.
fn objects(desk: &Desk, verdicts: Vec<ActionVerdict>) -> String {
    let mut text = String::new();
    let mut fences = BTreeSet::new();
    for action in verdicts {
        let Verdict::Admitted(admitted) = action.verdict else {
            continue;
        };
        for bundle in admitted.into_tasks().map(Bundle::render) {
            let (plan, fence) = (bundle.plan(), bundle.fence());
            text.push_str(&format!(
                "---\n# task {} (action {})\n",
                escape_line(&plan.key.task),
                escape_line(&action.name)
            ));
            if fences.insert((plan.namespace.clone(), fence.name())) {
                let manifest = fence.manifest(&plan.namespace, &desk.settings.deployment);
                text.push_str(&yaml(&manifest));
                text.push_str("---\n");
            }
            text.push_str(&yaml(bundle.job()));
        }
    }
    text
}

/// An object as YAML; as JSON, which is YAML too, where it holds characters that a terminal would obey: there they can
/// be escaped.
fn yaml(object: &serde_json::Value) -> String {
    let text = render(object, Rendering::Yaml);
    if escape(&text) == text {
        text
    } else {
        json_line(object) + "\n"
    }
}
