//! Taking up what an earlier process began: every open record is judged again, from its own inputs, and goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::Service;
use super::answers::LiveAnswers;
use super::run::Driving;
use crate::admission::{Facts, Judgement, Request, judge};
use crate::cluster::RecordError;
use crate::cluster::run_record::{Phase, Run, RunStatus, Standing, TaskState};
use crate::event::Event;
use crate::outcome::ActionOutcome;
use crate::plan::Values;
use crate::policy::PolicySet;
use crate::retry::{Again, Transient as _};
use crate::settings::Settings;
use crate::store::{CommitId, Scope};
use crate::telemetry::{Component, State};

/// Time between attempts to read from the cluster.
const PAUSE: Duration = Duration::from_secs(2);
/// Time for which the cluster may be away before a run is answered as failed.
const PATIENCE: Duration = Duration::from_secs(600);

impl Service {
    /// Takes up all open runs, in the background. Returns once they are known.
    pub(super) async fn resume(self: &Arc<Self>) {
        let runs = loop {
            match self.records.open().await {
                Ok(runs) => break runs,
                Err(error) => {
                    tracing::error!(%error, "open runs cannot be listed yet");
                    self.health.set(
                        Component::Resume,
                        State::NotReady(format!("open runs cannot be listed: {error}")),
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        for run in runs {
            let service = Arc::clone(self);
            tokio::spawn(async move {
                // In line before new events: they wait while as many runs are in flight as may be.
                let _slot = Arc::clone(&service.slots).acquire_owned().await;
                service.resume_or_answer(run).await;
            });
        }
    }

    /// Takes up a run. One that cannot be taken up gets its errored answers: nothing stays started for ever.
    async fn resume_or_answer(&self, run: Run) {
        let begun = std::time::Instant::now();
        loop {
            let Err(error) = self.resume_one(run.clone()).await else {
                return;
            };
            let cluster_is_away =
                matches!(error.downcast_ref(), Some(RecordError::Api(error)) if error.again() != Again::Never);
            if cluster_is_away && begun.elapsed() < PATIENCE {
                tracing::warn!(
                    run = run.name,
                    error = format!("{error:#}"),
                    "an open run cannot be taken up yet"
                );
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            tracing::error!(
                run = run.name,
                error = format!("{error:#}"),
                "an open run cannot be taken up; it is answered as failed"
            );
            return self
                .give_up(
                    run,
                    &format!("the service was restarted and could not take up this run: {error:#}"),
                )
                .await;
        }
    }

    async fn give_up(&self, mut run: Run, message: &str) {
        let Ok(event) = Event::parse(run.spec.event.as_bytes()) else {
            tracing::error!(
                run = run.name,
                "the event of this run cannot be read; nobody can be answered"
            );
            return;
        };
        if run.status.actions.is_empty() {
            run.status = self.unreadable_status(&event, run.spec.at, message.to_owned());
        }
        for action in run.status.actions.iter_mut().filter(|action| action.outcome.is_none()) {
            action.outcome = Some(ActionOutcome::Unreadable {
                message: message.to_owned(),
            });
        }
        self.conclude(run, &event).await;
    }

    async fn resume_one(&self, run: Run) -> anyhow::Result<()> {
        tracing::info!(run = run.name, phase = ?run.status.phase, "taking up an open run");
        let event = Arc::new(Event::parse(run.spec.event.as_bytes()).context("its event")?);
        if run.status.phase == Phase::Done {
            self.release_jobs(&run).await;
            self.records.release(&run).await?;
            return Ok(());
        }
        if run.standing == Standing::Unknown {
            tracing::error!(
                run = run.name,
                "the status of an open run was written or taken away by somebody else: jobs that exist are waited for, none is created"
            );
        }
        if run.spec.config.is_empty() {
            return self.resume_unreadable(run, &event).await;
        }
        let request = self.request(&run, &event).await?;
        let facts: Facts = serde_json::from_str(&run.spec.facts).context("its facts")?;
        // The same request and facts give the same verdict, or the record is not what it was.
        let Judgement::Done(verdicts) = judge(&request, &facts) else {
            anyhow::bail!("its facts do not decide it any more");
        };
        let scope = Scope::of(&event).map_err(anyhow::Error::msg)?;
        let pin = CommitId::parse(&run.spec.pin)?;
        let answers = LiveAnswers::new(self, scope, pin);
        let begin = || super::record::status_of(&request, &verdicts, self.event_cap);
        let run = match run.standing {
            Standing::Fresh => Run { status: begin(), ..run },
            Standing::Told => run,
            Standing::Unknown => Run {
                status: any_job_may_exist(begin()),
                ..run
            },
        };
        self.drive(Driving {
            run,
            event,
            verdicts,
            facts,
            answers,
            received: None,
        })
        .await;
        Ok(())
    }

    /// Before its status was written, the reason was only in the process that is gone: the answer says so.
    async fn resume_unreadable(&self, run: Run, event: &Arc<Event>) -> anyhow::Result<()> {
        let run = if run.status.actions.is_empty() {
            let message = "the service was restarted while it looked up the config; send the event again".to_owned();
            Run {
                status: self.unreadable_status(event, run.spec.at, message),
                ..run
            }
        } else {
            run
        };
        self.conclude(run, event).await;
        Ok(())
    }

    /// The request as it was judged, from the inputs that the record names.
    async fn request(&self, run: &Run, event: &Arc<Event>) -> anyhow::Result<Request> {
        let (config, policies, settings) = futures::try_join!(
            self.records.input(&run.spec.config),
            self.records.input(&run.spec.policies),
            self.records.input(&run.spec.settings)
        )?;
        let settings: Settings = serde_json::from_str(&settings).context("its settings")?;
        let sources: BTreeMap<String, String> = serde_json::from_str(&policies).context("its policies")?;
        let problems = |problems: Vec<crate::policy::FileProblem>| {
            anyhow::anyhow!(
                "its policies: {}",
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            )
        };
        let policies = PolicySet::load(&sources)
            .and_then(|set| set.with_settings(&settings))
            .map_err(problems)?;
        let config = crate::config::parse(crate::store::CONFIG_PATH, &config)
            .map_err(|_| anyhow::anyhow!("its config cannot be read any more"))?;
        let matched = crate::matching::matched(event, &config);
        Ok(Request {
            actions: crate::plan::plan(event, &config, &matched, &settings, Values::OfEvent),
            event: Arc::clone(event),
            settings: Arc::new(settings),
            policies: Arc::new(policies),
            at: run.spec.at,
        })
    }
}

/// The status of a run of which it is not known how far it has come: each Job is looked for, and never created.
fn any_job_may_exist(mut status: RunStatus) -> RunStatus {
    for task in status.actions.iter_mut().flat_map(|action| &mut action.tasks) {
        task.state = TaskState::Created { uid: String::new() };
    }
    status
}
