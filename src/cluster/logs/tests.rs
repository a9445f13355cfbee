//! What is kept of a log, what is said about the rest, and how it is laid out.

use futures::io::Cursor;
use serde_json::json;

use super::*;

async fn tail(bytes: &[u8], limit: usize, chunk: usize) -> Tail {
    let mut tail = Tail::default();
    let stream = futures::io::BufReader::with_capacity(chunk, Cursor::new(bytes.to_vec()));
    tail.drain(stream, limit).await.unwrap();
    tail
}

#[tokio::test]
async fn the_end_is_kept_and_what_was_cut_is_counted_whatever_the_chunks() {
    for (bytes, limit, text) in [
        (&b""[..], 4, ""),
        (b"abc", 4, "abc"),
        (b"abcd", 4, "abcd"),
        (b"abcdef", 4, "… 2 bytes cut …\ncdef"),
        (b"abcdef", 0, "… 6 bytes cut …\n"),
        ("aé€".as_bytes(), 4, "… 3 bytes cut …\n€"),
        ("aé€".as_bytes(), 2, "… 6 bytes cut …\n"),
        (b"a\xff\xfeb", 9, "a\u{fffd}\u{fffd}b"),
        (b"\x80\x80", 9, "\u{fffd}\u{fffd}"),
    ] {
        for chunk in [1, 2, 3, 64] {
            assert_eq!(
                tail(bytes, limit, chunk).await.text(),
                text,
                "{bytes:?} {limit} {chunk}"
            );
        }
    }
}

#[tokio::test]
async fn one_endless_line_stays_within_its_bound() {
    let bytes = vec![b'x'; 3_000_000];
    let tail = tail(&bytes, 1000, 8192).await;
    assert_eq!((tail.kept.len(), tail.cut), (1000, 2_999_000));
}

fn terminated(name: &str, reason: &str, message: &str, code: i64) -> Value {
    json!({ "name": name, "state": { "terminated": { "reason": reason, "message": message, "exitCode": code } } })
}

fn pod(phase: &str, init: Value, main: Value) -> Value {
    json!({ "status": { "phase": phase, "initContainerStatuses": init, "containerStatuses": main } })
}

fn names(pod: &Value) -> Vec<String> {
    worth_reading(pod)
        .iter()
        .map(|container| format!("{}{}", container.name, container.trouble))
        .collect()
}

#[test]
fn init_containers_are_read_only_when_something_failed() {
    let (good, waiting) = (
        terminated("a", "Completed", "", 0),
        json!({ "name": "b", "state": { "waiting": {} } }),
    );
    let running = json!({ "name": "b", "state": { "running": {} } });
    let none: [&str; 0] = [];
    for (pod, read) in [
        (json!({}), &none[..]),
        (pod("Pending", json!(null), json!([waiting])), &none[..]),
        (
            pod("Succeeded", json!([good]), json!([terminated("b", "Completed", "", 0)])),
            &["b"],
        ),
        (
            pod("Failed", json!([good]), json!([terminated("b", "Error", "", 3)])),
            &["a", "b(Reason: Error, ExitCode: 3)"],
        ),
        (
            pod("Failed", json!([terminated("a", "Error", "no\n", 2)]), json!([waiting])),
            &["a(Reason: Error, Message: no)"],
        ),
        (pod("Running", json!([good]), json!([running])), &["a", "b"]),
        (
            pod(
                "Failed",
                json!([]),
                json!([{ "name": "b", "state": { "terminated": {} } }]),
            ),
            &["b(Reason: , ExitCode: -1)"],
        ),
    ] {
        assert_eq!(names(&pod), read, "{pod}");
    }
}

#[tokio::test]
async fn blocks_are_laid_out_as_the_original_laid_them_out() {
    let good = Ended {
        name: "c",
        trouble: String::new(),
    };
    let bad = Ended {
        name: "c",
        trouble: "(Reason: Error, ExitCode: 3)".into(),
    };
    let lost = || Some("no answer".to_owned());
    for (container, bytes, error, expected) in [
        (&good, &b""[..], None, ""),
        (&good, b"hello\n", None, "Container c of pod p:\nhello\n\n\n"),
        (
            &bad,
            b"",
            None,
            "Container c of pod p terminated with an error (Reason: Error, ExitCode: 3):\n\n\n",
        ),
        (
            &good,
            b"",
            lost(),
            "Container c of pod p:\n(the logs could not be read: no answer)\n\n",
        ),
        (
            &good,
            b"half",
            lost(),
            "Container c of pod p:\nhalf\n(the logs could not be read: no answer)\n\n",
        ),
    ] {
        assert_eq!(block(container, "p", tail(bytes, 99, 8).await, error), expected);
    }
}
