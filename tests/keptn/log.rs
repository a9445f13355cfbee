//! The error log: for whom an entry is sent, and how often it is tried.

use job_executor_service::keptn::events::{CommonFields, Trigger};
use job_executor_service::keptn::log::{ErrorLog, LogEntry};
use serde_json::{Value, json};

use crate::standin::{Fault, Standin};
use crate::{RETRY, api, gateway_api};

fn entry() -> LogEntry {
    let trigger = Trigger {
        id: "triggered-1".to_owned(),
        event_type: "sh.keptn.event.deployment.triggered".to_owned(),
        context: "context-1".to_owned(),
        git_commit_id: Some("abc".to_owned()),
        common: CommonFields::default(),
    };
    LogEntry::about(&trigger, "no configuration", None)
}

fn expected(integration: &str) -> Value {
    json!({
        "integrationid": integration,
        "message": "no configuration",
        "time": "0001-01-01T00:00:00Z",
        "shkeptncontext": "context-1",
        "task": "deployment",
        "triggeredid": "triggered-1",
        "gitcommitid": "abc",
    })
}

#[tokio::test]
async fn an_entry_is_sent_for_each_integration_of_our_name() {
    let standin = Standin::start().await.unwrap();
    standin.integrate("one", "job-executor-service");
    standin.integrate("two", "another-service");
    standin.integrate("three", "job-executor-service");
    for api in [api(&standin), gateway_api(&standin, "")] {
        ErrorLog::new(api, RETRY).report(entry()).await.unwrap();
    }
    assert_eq!(
        standin.logs(),
        [expected("one"), expected("three"), expected("one"), expected("three")]
    );
}

#[tokio::test]
async fn an_entry_is_sent_for_nobody_when_the_list_is_empty_or_cannot_be_had() {
    let standin = Standin::start().await.unwrap();
    let log = ErrorLog::new(api(&standin), RETRY);
    log.report(entry()).await.unwrap();
    standin.fail(Fault::always("registration", 500));
    log.report(entry()).await.unwrap();
    assert_eq!(standin.logs(), [expected(""), expected("")]);
}

#[tokio::test]
async fn an_entry_is_tried_again_but_not_for_ever() {
    let standin = Standin::start().await.unwrap();
    let log = ErrorLog::new(api(&standin), RETRY);
    standin.fail(Fault::once("/v1/log", 503));
    log.send(&[entry()]).await.unwrap();
    assert_eq!(standin.logs(), [expected("")]);

    standin.fail(Fault::always("/v1/log", 503));
    let before = standin.requests().len();
    assert!(log.send(&[entry()]).await.is_err());
    assert_eq!(standin.requests().len() - before, 3);
}
