//! Events with one task each, every one for a service of its own, so that many share one world.

use serde_json::{Value, json};

use crate::thread::event;
use crate::world::World;

/// The type of these events.
pub(crate) const TYPE: &str = "sh.keptn.event.try.triggered";

/// A task that runs a script in the rig's shell.
pub(crate) fn sh(script: &str) -> Value {
    json!({ "name": "it", "image": "alpine:3.20", "cmd": ["sh"], "args": ["-c", script] })
}

/// The same with further fields.
pub(crate) fn sh_with(script: &str, fields: &Value) -> Value {
    let mut task = sh(script);
    for (key, value) in fields.as_object().unwrap() {
        task[key] = value.clone();
    }
    task
}

impl World {
    /// Puts the config of a service of that name in place: one action with these tasks.
    pub(crate) fn configure(&self, service: &str, tasks: &[Value]) {
        let config = json!({
            "apiVersion": "v2",
            "actions": [{ "name": "Try", "events": [{ "name": TYPE }], "tasks": tasks }],
        });
        // JSON is YAML.
        let path = format!("sockshop/dev/{service}");
        self.standin
            .put(&path, &[("job/config.yaml", config.to_string().as_bytes())]);
    }

    /// The event that makes a service's tasks run; it carries the service's name as its id.
    pub(crate) async fn trigger(&self, service: &str) {
        let mut event = event(service, TYPE);
        event["data"]["service"] = json!(service);
        self.publish(&event).await;
    }

    /// Runs one task to its finished event.
    pub(crate) async fn try_task(&self, service: &str, task: Value) -> Value {
        self.configure(service, &[task]);
        self.trigger(service).await;
        self.finished(service, 1).await.remove(0)
    }
}

/// The message of a finished event.
pub(crate) fn message(finished: &Value) -> &str {
    finished["data"]["message"].as_str().unwrap_or_default()
}

/// The Jobs of an event, by its id.
pub(crate) fn jobs_of(world: &World, id: &str) -> Vec<Value> {
    let name = job_name(id);
    let jobs = world.list(&world.job_namespace, "jobs");
    jobs.into_iter()
        .filter(|job| job["metadata"]["name"] == name.as_str())
        .collect()
}

/// The name of the only Job of an event of these tests.
pub(crate) fn job_name(id: &str) -> String {
    use job_executor_service::event::Event;
    let event = Event::parse(event(id, TYPE).to_string().as_bytes()).unwrap();
    job_executor_service::plan::job_name(id, &event.identity(), 0, 0)
}
