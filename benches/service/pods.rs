//! When the API server first says that a task's container, and then its pod, has ended, by a watch of our own.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads pods"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures::{StreamExt as _, pin_mut};
use jiff::Timestamp;
use job_executor_service::cluster::connect;
use k8s_openapi::api::core::v1::{ContainerState, Pod};
use kube::api::{Api, ListParams, WatchEvent, WatchParams};

/// Label of our pods.
const RUN: &str = job_executor_service::manifest::names::RUN;

/// What is known of the end of a pod.
#[derive(Clone, Copy, Default)]
pub(crate) struct End {
    /// All its containers have ended.
    pub(crate) containers: Option<Timestamp>,
    /// It is in a terminal phase.
    pub(crate) pod: Option<Timestamp>,
}

/// Ends of pods, by name of their Job.
#[derive(Clone, Default)]
pub(crate) struct Ends(Arc<Mutex<HashMap<String, End>>>);

impl Ends {
    /// Watches the pods of a namespace from now on.
    pub(crate) async fn follow(namespace: &str) -> Self {
        let ends = Self::default();
        let pods: Api<Pod> = Api::namespaced(connect().await.unwrap(), namespace);
        let mut version = pods
            .list(&ListParams::default().limit(1))
            .await
            .unwrap()
            .metadata
            .resource_version
            .unwrap();
        let told = ends.clone();
        tokio::spawn(async move {
            loop {
                let stream = pods
                    .watch(&WatchParams::default().labels(RUN).timeout(290), &version)
                    .await
                    .unwrap();
                pin_mut!(stream);
                while let Some(Ok(event)) = stream.next().await {
                    match event {
                        WatchEvent::Added(pod) | WatchEvent::Modified(pod) => {
                            version = pod.metadata.resource_version.clone().unwrap();
                            told.see(&pod);
                        }
                        WatchEvent::Deleted(pod) => version = pod.metadata.resource_version.unwrap(),
                        WatchEvent::Bookmark(mark) => version = mark.metadata.resource_version,
                        WatchEvent::Error(error) => panic!("watch of pods: {error}"),
                    }
                }
            }
        });
        ends
    }

    fn see(&self, pod: &Pod) {
        let now = Timestamp::now();
        let status = pod.status.clone().unwrap_or_default();
        let containers = status.container_statuses.unwrap_or_default();
        let job = pod.metadata.labels.as_ref().and_then(|labels| labels.get("job-name"));
        let mut ends = self.0.lock().unwrap();
        let end = ends.entry(job.unwrap().clone()).or_default();
        let ended = |state: &ContainerState| state.terminated.is_some();
        if !containers.is_empty() && containers.iter().all(|one| one.state.as_ref().is_some_and(ended)) {
            end.containers.get_or_insert(now);
        }
        if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
            end.pod.get_or_insert(now);
        }
    }

    /// When the pod of the event of this id had ended.
    pub(crate) fn of(&self, event: &str) -> Option<End> {
        // The first eight characters of the id are part of the name, and not unique: the identity is.
        let identity = job_executor_service::event::Identity::of("shipyard-controller", event).base32(16);
        let ends = self.0.lock().unwrap();
        ends.iter()
            .find(|(job, _)| job.contains(&identity))
            .map(|(_, end)| *end)
    }
}
