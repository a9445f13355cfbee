//! The endpoint that init containers fetch their files from: TLS, one token good for nothing else, once per Job.
//!
//! It hands out exactly the files that were admitted with the run, and only to a pod that the Job itself owns.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::stream;
use tokio::sync::Semaphore;

use crate::admission::FileFact;
use crate::init::{Header, encode_end, encode_header};

/// Tokens that are looked at at a time.
const ASKING: usize = 16;
/// Requests that wait for that; more are sent away, and come again.
const WAITING: usize = 128;
/// Time that looking at a token may take, waiting included.
const ASK_WITHIN: Duration = Duration::from_secs(10);

/// A file with the content that was admitted.
#[derive(Debug, Clone)]
pub struct OfferedFile {
    /// Path, size and digest as admitted.
    pub fact: FileFact,
    /// The bytes.
    pub content: Bytes,
}

/// What is kept ready for one Job.
#[derive(Debug)]
struct Offer {
    namespace: String,
    /// Known once the Job is posted; until then nobody gets anything.
    job_uid: Option<String>,
    files: Kept,
    taken_by: Option<String>,
}

/// The files of an offer: not kept any longer than they are needed.
#[derive(Debug)]
enum Kept {
    Ready(Arc<Vec<OfferedFile>>),
    Fetched,
}

/// A pod as the cluster vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodIdentity {
    /// Its namespace.
    pub namespace: String,
    /// Its uid.
    pub uid: String,
    /// Name of the Job that owns it by uid.
    pub job: String,
    /// Uid of that Job.
    pub job_uid: String,
}

/// Who vouches for a token.
#[async_trait]
pub trait Identify: Send + Sync {
    /// The pod behind a token of our audience.
    ///
    /// # Errors
    /// [`IdentifyError`]: the token is not good, or it could not be found out.
    async fn identify(&self, token: &str) -> Result<PodIdentity, IdentifyError>;
}

/// Why a token says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifyError {
    /// It is not a token of a pod of ours.
    #[error("{0}")]
    Refused(String),
    /// The cluster could not be asked.
    #[error("{0}")]
    Unavailable(String),
}

/// The offers of all running Jobs.
#[derive(Debug, Default)]
pub struct Offers {
    by_job: Mutex<HashMap<String, Offer>>,
}

impl Offers {
    /// Keeps files ready for a Job, until it is withdrawn.
    pub fn put(&self, job: &str, namespace: &str, files: Vec<OfferedFile>) {
        let offer = Offer {
            namespace: namespace.to_owned(),
            job_uid: None,
            files: Kept::Ready(Arc::new(files)),
            taken_by: None,
        };
        self.lock().insert(job.to_owned(), offer);
    }

    /// Says which Job the files are for. Who may create pods can name an owner; only the cluster gives uids.
    pub fn bind(&self, job: &str, uid: &str) {
        if let Some(offer) = self.lock().get_mut(job) {
            offer.job_uid = Some(uid.to_owned());
        }
    }

    /// Forgets the files of a Job.
    pub fn withdraw(&self, job: &str) {
        self.lock().remove(job);
    }

    /// Lets go of the files of a Job once its pod has them all.
    fn fetched(&self, job: &str, pod: &str) {
        if let Some(offer) = self.lock().get_mut(job)
            && offer.taken_by.as_deref() == Some(pod)
        {
            offer.files = Kept::Fetched;
        }
    }

    /// Hands the files to the first pod that asks; the same pod may ask again after a broken transfer, another never.
    fn take(&self, job: &str, pod: &PodIdentity) -> Result<Arc<Vec<OfferedFile>>, Refusal> {
        let mut offers = self.lock();
        let offer = offers.get_mut(job).ok_or(Refusal::Unknown)?;
        if pod.job != job || pod.namespace != offer.namespace {
            return Err(Refusal::Foreign);
        }
        match &offer.job_uid {
            None => return Err(Refusal::Unknown),
            Some(uid) if *uid != pod.job_uid => return Err(Refusal::Foreign),
            Some(_) => {}
        }
        match (&offer.taken_by, &offer.files) {
            (Some(uid), _) if *uid != pod.uid => Err(Refusal::Taken),
            (_, Kept::Fetched) => Err(Refusal::Fetched),
            (_, Kept::Ready(files)) => {
                let files = Arc::clone(files);
                offer.taken_by = Some(pod.uid.clone());
                Ok(files)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Offer>> {
        self.by_job.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why files are not handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("no bearer token")]
    NoToken,
    #[error("no files are kept for this job; it may have ended, or the service was restarted a moment ago")]
    Unknown,
    #[error("this pod does not belong to that job")]
    Foreign,
    #[error("these files were already given to another pod")]
    Taken,
    #[error("this pod has fetched its files already; they are not kept any longer")]
    Fetched,
    #[error("too many pods ask for their files at this moment")]
    Busy,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::NoToken => StatusCode::UNAUTHORIZED,
            // The init container tries again: after a restart the offer is back in a moment.
            Self::Unknown | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Taken | Self::Fetched => StatusCode::CONFLICT,
        }
    }
}

/// State of the endpoint.
#[derive(Clone)]
pub(super) struct Endpoint {
    /// The offers.
    pub(super) offers: Arc<Offers>,
    /// Who vouches for tokens.
    pub(super) identify: Arc<dyn Identify>,
    /// How many tokens are looked at.
    pub(super) turns: Arc<Turns>,
}

/// Turns at the API server: whoever can reach the endpoint must not make it ask without end.
#[derive(Debug)]
pub(super) struct Turns {
    asking: Semaphore,
    waiting: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self::of(ASKING, WAITING)
    }
}

impl Turns {
    fn of(asking: usize, waiting: usize) -> Self {
        Self {
            asking: Semaphore::new(asking),
            waiting: Semaphore::new(asking.saturating_add(waiting)),
        }
    }

    /// Asks about a token when it is its turn; refused at once when too many wait already.
    async fn identify(&self, identify: &dyn Identify, token: &str) -> Result<PodIdentity, Unknown> {
        let _place = self.waiting.try_acquire().map_err(|_| Unknown::Busy)?;
        let asked = async {
            let _turn = self.asking.acquire().await;
            identify.identify(token).await
        };
        match tokio::time::timeout(ASK_WITHIN, asked).await {
            Ok(result) => result.map_err(Unknown::Said),
            Err(_) => Err(Unknown::Said(IdentifyError::Unavailable(
                "the cluster did not answer".to_owned(),
            ))),
        }
    }
}

/// Why it is not known which pod asks.
enum Unknown {
    Busy,
    Said(IdentifyError),
}

/// The routes of the endpoint.
pub(super) fn router(endpoint: Endpoint) -> axum::Router {
    axum::Router::new()
        .route("/v1/files/{job}", get(files))
        .with_state(endpoint)
}

async fn files(State(endpoint): State<Endpoint>, Path(job): Path<String>, headers: HeaderMap) -> Response {
    match hand_out(&endpoint, &job, &headers).await {
        Ok(response) => response,
        Err((status, why)) => {
            tracing::warn!(job = %crate::report::escape(&job), %status, why, "files were not handed out");
            (status, why).into_response()
        }
    }
}

async fn hand_out(endpoint: &Endpoint, job: &str, headers: &HeaderMap) -> Result<Response, (StatusCode, String)> {
    let refuse = |refusal: Refusal| (refusal.status(), refusal.to_string());
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| refuse(Refusal::NoToken))?;
    let pod = match endpoint.turns.identify(endpoint.identify.as_ref(), token).await {
        Ok(pod) => pod,
        Err(Unknown::Busy) => return Err(refuse(Refusal::Busy)),
        Err(Unknown::Said(IdentifyError::Refused(why))) => return Err((StatusCode::UNAUTHORIZED, why)),
        Err(Unknown::Said(IdentifyError::Unavailable(why))) => return Err((StatusCode::SERVICE_UNAVAILABLE, why)),
    };
    let files = endpoint.offers.take(job, &pod).map_err(refuse)?;
    tracing::info!(job, pod = pod.uid, files = files.len(), "files handed out");
    let (offers, job) = (Arc::clone(&endpoint.offers), job.to_owned());
    // Asked for more only when all before it was taken: then the pod has everything.
    let end = std::iter::from_fn(move || {
        offers.fetched(&job, &pod.uid);
        None
    });
    let chunks = transfer(&files).into_iter().chain(end);
    Ok(Body::from_stream(stream::iter(chunks.map(Ok::<_, std::convert::Infallible>))).into_response())
}

/// The chunks of a transfer; contents are shared, not copied.
fn transfer(files: &[OfferedFile]) -> Vec<Bytes> {
    let mut chunks = Vec::with_capacity(files.len().saturating_mul(2).saturating_add(1));
    for file in files {
        let header = Header {
            path: file.fact.path.clone(),
            size: file.fact.size,
            sha256: file.fact.digest.hex().to_owned(),
        };
        chunks.push(Bytes::from(encode_header(&header)));
        chunks.push(file.content.clone());
    }
    chunks.push(Bytes::from(encode_end(files.len())));
    chunks
}

#[cfg(test)]
mod tests;
