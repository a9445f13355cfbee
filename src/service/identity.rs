//! Which pod a token belongs to: asked of the API server by TokenReview, then of the pod's owner by uid.

use async_trait::async_trait;

use super::file_endpoint::{Identify, IdentifyError, PodIdentity};
use crate::cluster::{TokenError, review_pod_token};

/// Asks the cluster.
pub(super) struct ClusterIdentity {
    pub(super) client: kube::Client,
    pub(super) audience: String,
}

#[async_trait]
impl Identify for ClusterIdentity {
    async fn identify(&self, token: &str) -> Result<PodIdentity, IdentifyError> {
        match review_pod_token(&self.client, token, &self.audience).await {
            Ok(pod) => Ok(PodIdentity {
                namespace: pod.namespace,
                uid: pod.uid,
                job: pod.job,
                job_uid: pod.job_uid,
            }),
            Err(error @ TokenError::Refused(_)) => Err(IdentifyError::Refused(error.to_string())),
            Err(error @ TokenError::Unavailable(_)) => Err(IdentifyError::Unavailable(error.to_string())),
        }
    }
}
