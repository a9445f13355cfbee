//! job-executor-service, the gatekeeper edition: a CloudEvent in, an admitted Kubernetes Job, a finished event out.
//!
//! This page is the architecture. Start here, then read `admission/gate.rs` and `service/run.rs`.
//!
//! # Bird's eye
//!
//! ```text
//!  source ─▶ event ─▶ store ─▶ config ─▶ matching ─▶ plan ─▶ admission::judge ◀─▶ gather (registry, cluster, store)
//!                                                                  │
//!                                             Admitted             │           Denied, Undecided
//!                                  manifest::Bundle ◀──────────────┴────────────────────┐
//!                                          │                                            │
//!             cluster: run record ─▶ fence ─▶ Job ─▶ watch ─▶ logs                run record
//!                                          │                                            │
//!                                       outcome ─▶ keptn::events ─▶ sink ◀──────────────┘
//! ```
//!
//! # Core and rim
//!
//! The **core** decides and touches nothing: no clock, no environment, no file, no network. `tests/tidy.rs` reads the
//! paths it uses. The **rim** touches the world and decides nothing.
//!
//! | core | what goes in, what comes out |
//! |---|---|
//! | [`yaml`] | text → a tree that knows where each value stands |
//! | [`config`] | `job/config.yaml` → actions and tasks, all mistakes at once |
//! | [`event`] | bytes → an event; jsonpath over it; values as the original rendered them |
//! | [`matching`] | event × config → all actions it asks for |
//! | [`settings`] | every default of environment and chart, one hashed value |
//! | [`plan`] | event × task × settings → a task with nothing left open |
//! | [`image`] | references, normalised; patterns; digests |
//! | [`signature`] | a registry's evidence × an authority → proofs and refusals |
//! | [`policy`] | policy files → a set without holes |
//! | [`network`] | plan × policies → the task's fence |
//! | [`manifest`] | an admitted task → its Job, the only way to one |
//! | [`admission`] | request × facts → verdicts |
//! | [`outcome`] | what happened to a run |
//! | [`report`] | verdicts as text, JSON and messages |
//! | [`canonical`] | the one text that a value is hashed by |
//!
//! | rim | what it touches |
//! |---|---|
//! | [`gather`] | registries, on the gate's questions |
//! | [`cluster`] | the Kubernetes API; nothing else calls it |
//! | [`source`], [`store`], [`sink`] | ports: where events come from, configs and files lie, results go |
//! | [`keptn`] | Keptn's control plane behind those ports |
//! | [`service`], [`lint`], [`init`] | the wiring of the three binaries |
//! | [`retry`] | whether, when and how often a call is tried again |
//! | [`telemetry`] | log lines, metrics, health |
//!
//! # Invariants
//!
//! **A Job comes out of an admitted task, by value, once.** [`admission::Admitted`] is sealed in a leaf file and built by
//! [`admission::judge`] alone; [`manifest::Bundle::render`] takes an [`admission::AdmittedTask`]; `cluster` takes a
//! bundle. `tests/fail/` shows that each way around this does not compile, `.clippy.toml` keeps workload types and writing
//! methods inside `cluster`.
//!
//! **The core asks, the rim answers.** [`admission::judge`] returns the queries it needs, and only those that the policies
//! admit to be asked; it is called again with the answers. The same request and facts give the same verdict, byte for
//! byte, in the service, in `job-lint` and after a restart.
//!
//! **Unknown is no.** [`admission::Fact`] is known, refuted or unavailable; unavailable makes a verdict undecided, which
//! no policy mode softens. A topic that a task uses and no enforcing policy rules is refused.
//!
//! **The record stands first.** [`cluster::run_record`] is claim, ledger and outbox in one; every step after it may be taken
//! again after a restart, because Jobs and answers have names and ids made of the event's identity.
//!
//! **The fence stands before the pod.** A base policy denies everything to our pods; a fence named by the hash of its rules
//! lets through what the policies grant; both are in place before a Job is posted.
//!
//! # Adding a check
//!
//! Copy a file of `admission/checks/`, change its page, function and table, and add it to `checks::ALL`. The tests name
//! what is missing: order, id, page sections, examples that are run, and `policies/CHECKS.md` (`UPDATE=1 cargo test`).

pub mod admission;
pub mod canonical;
pub mod cluster;
pub mod config;
pub mod event;
pub mod gather;
pub mod image;
pub mod init;
pub mod keptn;
pub mod lint;
pub mod manifest;
pub mod matching;
pub mod network;
pub mod outcome;
pub mod plan;
pub mod policy;
pub mod report;
pub mod retry;
pub mod service;
pub mod settings;
pub mod signature;
pub mod sink;
pub mod source;
pub mod store;
pub mod telemetry;
pub mod yaml;
