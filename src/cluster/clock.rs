//! The API server's time: deadlines count from what it stamped on a Job, so they are measured by its clock.
#![allow(clippy::disallowed_methods, reason = "reads a header of an answer, nothing else")]

use jiff::Timestamp;
use kube::Client;
use kube::client::Body;

use super::api::ask;

/// The API server's time by its own answer, or ours if it does not say.
pub(super) async fn server_now(client: &Client) -> Timestamp {
    asked(client).await.unwrap_or_else(Timestamp::now)
}

async fn asked(client: &Client) -> Option<Timestamp> {
    let request = hyper::Request::get("/version").body(Body::empty()).ok()?;
    let response = ask(client.send(request)).await.ok()?;
    parse(response.headers().get(hyper::header::DATE)?.to_str().ok()?)
}

fn parse(date: &str) -> Option<Timestamp> {
    Some(
        jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_zoned(date)
            .ok()?
            .timestamp(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        for (date, expected) in [
            ("Sat, 21 Nov 2026 10:00:05 GMT", Some("2026-11-21T10:00:05Z")),
            ("", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse(date), expected.map(|text| text.parse().unwrap()), "{date}");
        }
    }
}
