//! From options to a running service: settings, policies, cluster, open runs, source, in this order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use super::file_endpoint::{Endpoint, router as file_router};
use super::held::{Budget, Held};
use super::identity::ClusterIdentity;
use super::pace::Pace;
use super::{Offers, Options, Service, tls};
use crate::cluster::{Cluster, RunRecords, connect};
use crate::gather::{PullSecrets, Registry, Verified};
use crate::keptn::events::SizeCap;
use crate::keptn::http::{Api, Endpoint as KeptnEndpoint, HttpOptions};
use crate::keptn::log::ErrorLog;
use crate::policy::PolicySet;
use crate::retry::Retry;
use crate::settings::Settings;
use crate::sink::nats::NatsSink;
use crate::source::nats::{LIBRARY_LOG, Link, LinkOptions, NatsSource, Subjects};
use crate::source::{CancellationToken, Delivery, Source};
use crate::store::Limits;
use crate::store::keptn_resources::ResourceService;
use crate::telemetry::{Component, Health, LogFormat, Metrics, State, start_log};

/// Events that wait to be looked at; more stay with the source.
const WAITING_EVENTS: usize = 64;
/// Largest event that is sent: below what NATS takes by default.
const EVENT_CAP_BYTES: usize = 512 * 1024;
/// Time between looks at what can only be asked for.
const LOOK: Duration = Duration::from_secs(2);
/// Time that events in hand get to be recorded when the service stops; recorded runs are taken up at the next start.
const RECORDED_WITHIN: Duration = Duration::from_secs(15);
/// Time between looks at connections and watches while all is well.
const HEALTHY_PAUSE: Duration = Duration::from_millis(200);
/// The same while something is not, as at every start.
const TROUBLED_PAUSE: Duration = Duration::from_millis(10);
/// Smallest key of run records, in bytes.
const MIN_KEY_BYTES: usize = 32;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Something that was configured cannot be used; the text names it.
pub async fn run(options: Options) -> anyhow::Result<()> {
    start_log(
        if options.log_human {
            LogFormat::Human
        } else {
            LogFormat::Json
        },
        &format!("{},{LIBRARY_LOG}", options.log_level),
    )?;
    let settings = Settings::from_environment(&options.environment()?).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("  {error}")).collect();
        anyhow::anyhow!("the settings cannot be used:\n{}", lines.join("\n"))
    })?;
    if options.print_settings {
        use std::io::Write as _;
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&settings)?)?;
        return Ok(());
    }
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let stop = stop_on_signals()?;
    let (health, metrics) = (Arc::new(Health::default()), Arc::new(Metrics::default()));
    serve_health(&options, &health, &metrics, &stop).await?;
    let settings = Arc::new(settings);
    let Some(policies) = await_policies(&options, &settings, &health, &stop).await else {
        return Ok(());
    };
    let link = Link::open(&options.eventbroker, &LinkOptions::default()).await?;
    let service = Arc::new(
        open(
            &options,
            settings,
            policies,
            Arc::clone(&health),
            metrics,
            link.clone(),
            &stop,
        )
        .await?,
    );
    service.prepare().await;
    service.resume().await;
    health.set(Component::Resume, State::Ready);
    tokio::spawn(super::reaper::reap(
        Arc::clone(&service),
        super::reaper::Times::of(&options),
        stop.clone(),
    ));
    take_events(&options, link, service, &health, stop).await
}

fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("stopping: running jobs go on, and are taken up again at the next start");
        stopping.cancel();
    });
    Ok(stop)
}

async fn serve_health(
    options: &Options,
    health: &Arc<Health>,
    metrics: &Arc<Metrics>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let address = SocketAddr::from(([0, 0, 0, 0], options.health_port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("health endpoint at {address}"))?;
    let router = crate::telemetry::router(Arc::clone(health), Arc::clone(metrics));
    let stop = stop.clone();
    tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
    });
    Ok(())
}

/// Loads the policies; while they cannot be used the service is not ready and says why, once for each reading.
async fn await_policies(
    options: &Options,
    settings: &Settings,
    health: &Health,
    stop: &CancellationToken,
) -> Option<PolicySet> {
    let mut said = String::new();
    loop {
        match super::policies::load(&options.policy_dir, settings) {
            Ok(policies) => {
                tracing::info!(
                    hash = policies.hash,
                    policies = policies.policies.len(),
                    "policies loaded"
                );
                let warnings: Vec<String> = policies.warnings.iter().map(ToString::to_string).collect();
                for warning in &warnings {
                    tracing::warn!(warning, "policies are used as they are");
                }
                health.warn(Component::Policies, warnings);
                health.set(Component::Policies, State::Ready);
                return Some(policies);
            }
            Err(problems) => {
                let text = problems.join("\n");
                if text != said {
                    problems
                        .iter()
                        .for_each(|problem| tracing::error!(problem, "policies cannot be used; nothing is admitted"));
                    health.set(Component::Policies, State::NotReady(text.clone()));
                    said = text;
                }
            }
        }
        tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = stop.cancelled() => return None }
    }
}

async fn open(
    options: &Options,
    settings: Arc<Settings>,
    policies: PolicySet,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    link: Link,
    stop: &CancellationToken,
) -> anyhow::Result<Service> {
    let hook = super::crash::hook(options.crash_after_step.as_deref())?;
    let key_file = &options.run_record_key_file;
    let key = std::fs::read(key_file).with_context(|| format!("key of run records {}", key_file.display()))?;
    if key.len() < MIN_KEY_BYTES {
        bail!(
            "key of run records {} has {} bytes; {MIN_KEY_BYTES} or more are wanted",
            key_file.display(),
            key.len()
        );
    }
    let client = connect().await?;
    let cluster = Cluster::new(client.clone(), &settings.deployment).with_hook(hook);
    let keptn = KeptnEndpoint::parts(&options.resource_service_url, &options.shipyard_controller_url)?;
    let api = Api::new(keptn, None, &HttpOptions::default())?;
    let offers = Arc::new(Offers::default());
    let identify = Arc::new(ClusterIdentity {
        client: client.clone(),
        audience: settings.files.audience.clone(),
    });
    let endpoint = file_router(Endpoint {
        offers: Arc::clone(&offers),
        identify,
        turns: Arc::default(),
    });
    let acceptor = tls::acceptor(&options.files_tls_cert_file, &options.files_tls_key_file)?;
    let listener = TcpListener::bind(options.files_listen)
        .await
        .with_context(|| format!("file endpoint at {}", options.files_listen))?;
    let bounds = tls::Bounds::DEFAULT;
    tokio::spawn(tls::serve(
        listener,
        acceptor,
        endpoint,
        bounds,
        stop.clone().cancelled_owned(),
    ));
    Ok(Service {
        records: RunRecords::new(&client, &settings.service_namespace, &key),
        registry: Arc::new(
            Registry::new(&settings)?
                .with_credentials(Arc::new(PullSecrets::new(client.clone(), &settings.pull_secrets))),
        ),
        verified: Verified::default(),
        store: Arc::new(ResourceService::new(api.clone(), Limits::default(), Retry::SHORT)),
        configs: super::configs::Configs::default(),
        sink: Arc::new(NatsSink::new(link, NatsSink::CONFIRM_WITHIN)),
        error_log: ErrorLog::new(api, Retry::SHORT),
        admission_deadline: Duration::from_secs(options.admission_deadline_seconds),
        event_cap: SizeCap::new(EVENT_CAP_BYTES),
        fixed: super::Fixed::of(&policies, &settings).context("policies and settings cannot be kept with runs")?,
        settings,
        policies: Arc::new(policies),
        cluster,
        held: Held::new(Budget::DEFAULT),
        offers,
        health,
        metrics,
        hook,
        slots: Arc::new(Semaphore::new(options.max_runs_in_flight.max(1))),
        in_hand: AtomicUsize::new(0),
    })
}

/// Takes events until told to stop. When as many runs are in flight as may be, none is taken, and that is said.
async fn take_events(
    options: &Options,
    link: Link,
    service: Arc<Service>,
    health: &Arc<Health>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let source = Arc::new(NatsSource::new(link, Subjects::parse(options.subjects())?));
    let (sender, mut deliveries) = mpsc::channel::<Delivery>(WAITING_EVENTS);
    let running = tokio::spawn({
        let (source, stop) = (Arc::clone(&source), stop.clone());
        async move { source.run(sender, stop).await }
    });
    tokio::spawn(watch_health(
        Arc::clone(&service),
        Arc::clone(&source) as Arc<dyn Source>,
        Arc::clone(health),
        stop,
    ));
    let mut pace = Pace::new(options.max_events_per_second);
    while let Some(delivery) = deliveries.recv().await {
        pace.turn(&delivery.source_name).await;
        let slots = &service.slots;
        if slots.available_permits() == 0 {
            tracing::warn!(
                limit = options.max_runs_in_flight,
                "as many runs are in flight as may be; no event is taken until one ends"
            );
        }
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
            break;
        };
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let _slot = slot;
            service.take(delivery).await;
        });
    }
    let outcome = running.await?.context("the source of events");
    service.await_records(RECORDED_WITHIN).await;
    outcome
}

/// Looks at connections and watches: often while the service starts or is in trouble, seldom while all is well.
async fn watch_health(service: Arc<Service>, source: Arc<dyn Source>, health: Arc<Health>, stop: CancellationToken) {
    loop {
        let state = if source.health().connected {
            State::Ready
        } else {
            State::NotReady("not connected to NATS".to_owned())
        };
        let states = [
            (Component::Source, state),
            (Component::Cluster, service.cluster_state()),
        ];
        let well = states.iter().all(|(_, state)| *state == State::Ready);
        states
            .into_iter()
            .for_each(|(component, state)| health.set(component, state));
        let pause = if well { HEALTHY_PAUSE } else { TROUBLED_PAUSE };
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => return }
    }
}
