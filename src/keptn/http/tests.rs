//! Addresses, and what must not be in an error. Calls are tested against the stand-in (`tests/keptn.rs`).

use reqwest::StatusCode;

use super::error::{ERROR_MESSAGE, error_message};
use super::*;
use crate::retry::{Again, Transient};

#[test]
fn a_gateway_gets_its_suffixes_once_and_keeps_its_path() {
    let rows = [
        (
            "http://host/api",
            "http://host/api/resource-service/x",
            "http://host/api/controlPlane/x",
        ),
        (
            "http://host/api/",
            "http://host/api/resource-service/x",
            "http://host/api/controlPlane/x",
        ),
        (
            "https://host:8443/prefix/api//",
            "https://host:8443/prefix/api/resource-service/x",
            "https://host:8443/prefix/api/controlPlane/x",
        ),
        (
            "http://host",
            "http://host/resource-service/x",
            "http://host/controlPlane/x",
        ),
        (
            "http://host/api/controlPlane",
            "http://host/api/controlPlane/resource-service/x",
            "http://host/api/controlPlane/x",
        ),
        (
            "http://host/api/resource-service",
            "http://host/api/resource-service/x",
            "http://host/api/resource-service/controlPlane/x",
        ),
    ];
    for (base, resources, shipyard) in rows {
        let endpoint = Endpoint::gateway(base).unwrap();
        assert_eq!(endpoint.resource_service("/x").unwrap().as_str(), resources, "{base}");
        assert_eq!(endpoint.shipyard_controller("/x").unwrap().as_str(), shipyard, "{base}");
    }
}

#[test]
fn inside_the_cluster_each_part_has_its_own_address() {
    let endpoint = Endpoint::in_cluster();
    assert_eq!(
        endpoint.resource_service("/v1/x").unwrap().as_str(),
        "http://resource-service:8080/v1/x"
    );
    assert_eq!(
        endpoint.shipyard_controller("/v1/x").unwrap().as_str(),
        "http://shipyard-controller:8080/v1/x"
    );
}

#[test]
fn an_address_that_is_none_or_holds_a_secret_is_refused_without_repeating_it() {
    for base in [
        "",
        "host/api",
        "/api",
        "ftp://host",
        "file:///etc/passwd",
        "http://",
        "nats://host",
        "http://user:secret@host/api",
        "http://secret@host/api",
        "http://host/api?token=secret",
        "http://host/#secret",
    ] {
        let error = Endpoint::gateway(base).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{base}: {error}");
        assert!(Endpoint::parts(base, "http://host").is_err(), "{base}");
        assert!(Endpoint::parts("http://host", base).is_err(), "{base}");
    }
}

#[test]
fn a_token_is_never_shown_and_one_that_is_no_header_is_refused() {
    assert!(ApiToken::new("").unwrap().is_none());
    let token = ApiToken::new("secret").unwrap().unwrap();
    assert!(!format!("{token:?}").contains("secret"));
    let api = Api::new(Endpoint::in_cluster(), Some(token), &HttpOptions::default()).unwrap();
    assert!(!format!("{api:?}").contains("secret"));
    for bad in ["secret\n", "se\u{0}cret", "secret\r\nx-other: 1"] {
        assert_eq!(ApiToken::new(bad).unwrap_err(), ClientError::Token, "{bad:?}");
    }
}

#[test]
fn a_ca_bundle_without_a_certificate_is_refused() {
    for pem in [
        "",
        "not pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let options = HttpOptions {
            extra_roots: vec![pem.as_bytes().to_vec()],
            ..HttpOptions::default()
        };
        let refused = Api::new(Endpoint::in_cluster(), None, &options);
        assert!(refused.is_err(), "{pem:?}");
    }
}

#[test]
fn only_failures_that_may_pass_are_tried_again() {
    let status = |status, retry_after| CallError::Status {
        url: String::new(),
        status,
        message: String::new(),
        retry_after,
    };
    let minute = Duration::from_secs(60);
    let rows = [
        (status(400, None), Again::Never),
        (status(401, Some(minute)), Again::Never),
        (status(302, None), Again::Never),
        (status(404, None), Again::Never),
        (status(408, None), Again::Soon),
        (status(429, Some(minute)), Again::After(minute)),
        (status(500, None), Again::Soon),
        (status(503, Some(minute)), Again::After(minute)),
        (
            CallError::NoAnswer {
                url: String::new(),
                reason: String::new(),
            },
            Again::Soon,
        ),
        (
            CallError::TooLarge {
                url: String::new(),
                limit: 1,
            },
            Again::Never,
        ),
    ];
    for (error, again) in rows {
        assert_eq!(error.again(), again, "{error}");
    }
}

#[test]
fn an_error_message_is_one_bounded_line() {
    let long = format!(r#"{{"code":500,"message":"a\n\u001b[31m{}"}}"#, "x".repeat(1000));
    let message = error_message(StatusCode::INTERNAL_SERVER_ERROR, long.as_bytes());
    assert_eq!(message.chars().count(), ERROR_MESSAGE);
    assert!(!message.chars().any(char::is_control), "{message:?}");
    for body in ["", "<html>", "{}", r#"{"message":""}"#, "[]"] {
        assert_eq!(
            error_message(StatusCode::NOT_FOUND, body.as_bytes()),
            "not found",
            "{body}"
        );
    }
}
