//! Who gets files, how long they are kept, and what happens when too many ask.

use axum::body::to_bytes;

use super::*;
use crate::image::Digest;

fn pod(uid: &str, job: &str, job_uid: &str, namespace: &str) -> PodIdentity {
    PodIdentity {
        namespace: namespace.into(),
        uid: uid.into(),
        job: job.into(),
        job_uid: job_uid.into(),
    }
}

fn file(content: &'static [u8]) -> OfferedFile {
    OfferedFile {
        fact: FileFact {
            path: "a".into(),
            size: content.len() as u64,
            digest: Digest::of_bytes(content),
        },
        content: Bytes::from_static(content),
    }
}

#[test]
fn files_go_to_one_pod_of_their_own_job_only() {
    let offers = Offers::default();
    let refused = |pod: &PodIdentity| offers.take("job-a", pod).err();
    let ours = pod("1", "job-a", "u", "jobs");
    assert_eq!(refused(&ours), Some(Refusal::Unknown), "nothing is kept");
    offers.put("job-a", "jobs", Vec::new());
    assert_eq!(refused(&ours), Some(Refusal::Unknown), "the job is not known yet");
    offers.bind("job-a", "u");
    assert_eq!(refused(&pod("1", "job-b", "u", "jobs")), Some(Refusal::Foreign));
    assert_eq!(refused(&pod("1", "job-a", "forged", "jobs")), Some(Refusal::Foreign));
    assert_eq!(refused(&pod("1", "job-a", "u", "other")), Some(Refusal::Foreign));
    assert_eq!(refused(&ours), None);
    assert_eq!(refused(&ours), None, "the same pod may resume");
    assert_eq!(refused(&pod("2", "job-a", "u", "jobs")), Some(Refusal::Taken));
    offers.withdraw("job-a");
    assert_eq!(refused(&ours), Some(Refusal::Unknown));
}

/// Vouches for a pod of `job-a` after a while.
struct Slow(Duration);

#[async_trait]
impl Identify for Slow {
    async fn identify(&self, _token: &str) -> Result<PodIdentity, IdentifyError> {
        tokio::time::sleep(self.0).await;
        Ok(pod("1", "job-a", "u", "jobs"))
    }
}

fn endpoint(takes: Duration, turns: Turns) -> Endpoint {
    let offers = Arc::new(Offers::default());
    offers.put("job-a", "jobs", vec![file(b"one"), file(b"two")]);
    offers.bind("job-a", "u");
    Endpoint {
        offers,
        identify: Arc::new(Slow(takes)),
        turns: Arc::new(turns),
    }
}

async fn ask(endpoint: &Endpoint) -> Result<Response, StatusCode> {
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, "Bearer t".parse().unwrap())]);
    hand_out(endpoint, "job-a", &headers)
        .await
        .map_err(|(status, _)| status)
}

#[tokio::test(start_paused = true)]
async fn files_are_kept_until_they_were_fetched_to_the_end() {
    let endpoint = endpoint(Duration::ZERO, Turns::default());
    let kept = || matches!(endpoint.offers.lock()["job-a"].files, Kept::Ready(_));
    let broken = ask(&endpoint).await.unwrap();
    drop(broken);
    assert!(kept(), "a transfer that breaks off is no end");
    let whole = to_bytes(ask(&endpoint).await.unwrap().into_body(), 10_000)
        .await
        .unwrap();
    assert!(whole.windows(3).any(|window| window == b"two"));
    assert!(!kept(), "whoever has the files needs them no more");
    assert_eq!(ask(&endpoint).await.err(), Some(StatusCode::CONFLICT));
}

#[tokio::test(start_paused = true)]
async fn too_many_at_once_are_sent_away_and_the_others_take_turns() {
    let endpoint = endpoint(Duration::from_secs(3), Turns::of(1, 2));
    let begun = tokio::time::Instant::now();
    let answers = futures::future::join_all((0..5).map(|_| ask(&endpoint))).await;
    let status: Vec<u16> = answers
        .iter()
        .map(|answer| answer.as_ref().map_or_else(StatusCode::as_u16, |_| 200))
        .collect();
    assert_eq!(status, [200, 200, 200, 503, 503]);
    assert_eq!(begun.elapsed(), Duration::from_secs(9), "one after the other");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_is_not_waited_for_for_ever() {
    let endpoint = endpoint(Duration::from_secs(3600), Turns::default());
    let begun = tokio::time::Instant::now();
    assert_eq!(ask(&endpoint).await.err(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(begun.elapsed(), ASK_WITHIN);
}
