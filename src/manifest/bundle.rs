//! What an admitted task becomes. The only way to a Job that the cluster module accepts. A leaf file.

use serde_json::{Value, json};

use super::names;
use crate::admission::AdmittedTask;
use crate::network::Fence;
use crate::plan::TaskPlan;

/// Fence and Job of one admitted task.
#[derive(Debug)]
#[must_use = "a bundle that is dropped never runs"]
pub struct Bundle {
    plan: TaskPlan,
    fence: Fence,
    job: Value,
}

impl Bundle {
    /// Takes an admitted task by value: one admission, one launch.
    pub fn render(task: AdmittedTask) -> Self {
        let (plan, fence, draft) = task.into_parts();
        Self {
            plan,
            fence,
            job: draft.into_job(),
        }
    }

    /// The plan it was made from.
    #[must_use]
    pub fn plan(&self) -> &TaskPlan {
        &self.plan
    }

    /// The fence that has to stand before the pod.
    #[must_use]
    pub fn fence(&self) -> &Fence {
        &self.fence
    }

    /// The Job as admitted.
    #[must_use]
    pub fn job(&self) -> &Value {
        &self.job
    }

    /// The Job as posted: admitted, and marked with the nonce of its run record.
    #[must_use]
    pub fn stamped_job(&self, nonce: &str) -> Value {
        let mut job = self.job.clone();
        if let Some(annotations) = job.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
            annotations.insert(names::NONCE.to_owned(), json!(nonce));
        }
        job
    }
}
