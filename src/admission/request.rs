//! Everything a verdict depends on, beside the facts.

use std::sync::Arc;

use super::Raw;
use crate::event::Event;
use crate::plan::{Origin, TaskKey, TaskPlan};
use crate::policy::PolicySet;
use crate::settings::Settings;

/// One event, planned, and the policies and settings it is judged by.
#[derive(Debug, Clone)]
pub struct Request {
    /// The event that asked.
    pub event: Arc<Event>,
    /// The installation's settings.
    pub settings: Arc<Settings>,
    /// The matched actions in file order.
    pub actions: Vec<ActionPlan>,
    /// The policies in force.
    pub policies: Arc<PolicySet>,
    /// The time of judgement: dates in policies are compared with it.
    pub at: jiff::Timestamp,
}

/// One matched action.
#[derive(Debug, Clone)]
pub struct ActionPlan {
    /// Index in the config, from 0.
    pub index: usize,
    /// Name as written.
    pub name: String,
    /// Whether events are sent for it.
    pub reporting: Reporting,
    /// Its tasks in file order.
    pub tasks: Vec<PlannedTask>,
}

/// Whether an action reports what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reporting {
    /// Started and finished events.
    Events,
    /// `silent: true`: neither. It hides events, never a verdict.
    Silent,
}

/// A task that could be planned, or the reasons why not.
#[derive(Debug, Clone)]
pub enum PlannedTask {
    /// Ready to be judged.
    Planned(Box<TaskPlan>),
    /// Not even a plan: always denied.
    Unplannable(Unplannable),
}

/// Why a task has no plan.
#[derive(Debug, Clone)]
pub struct Unplannable {
    /// Which task.
    pub key: TaskKey,
    /// Where its fields stand.
    pub origin: Origin,
    /// At least one reason.
    pub reasons: Vec<Raw>,
}

impl PlannedTask {
    /// Which task this is.
    #[must_use]
    pub fn key(&self) -> &TaskKey {
        match self {
            Self::Planned(plan) => &plan.key,
            Self::Unplannable(unplannable) => &unplannable.key,
        }
    }

    /// Where its fields stand.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Planned(plan) => &plan.origin,
            Self::Unplannable(unplannable) => &unplannable.origin,
        }
    }
}
