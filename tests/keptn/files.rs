//! Which files an entry of `files` names, at which version, and what is refused.

use job_executor_service::store::keptn_resources::ResourceService;
use job_executor_service::store::{CommitId, FoundFiles, Limits, Listing, Store, StoreError};

use crate::standin::{Fault, ListingStyle, Standin};
use crate::{RETRY, SERVICE, api, carts, gateway_api, store};

async fn sample() -> Standin {
    let standin = Standin::start().await.unwrap();
    standin.put(
        SERVICE,
        &[
            ("small.file", b"small"),
            ("helm/values.yaml", b"values"),
            ("helm/chart.archive", b"chart"),
            ("helm/templates/a.yaml", b"template"),
            ("helm-abc/values.yaml", b"abc"),
            ("helmDEFG/values.yaml", b"defg"),
        ],
    );
    standin
}

async fn read(standin: &Standin, pin: &str, entries: &[&str]) -> Result<FoundFiles, StoreError> {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    let pin = CommitId::parse(pin).unwrap();
    store(standin).files(&carts(""), pin.as_ref(), &entries).await
}

fn paths(found: &FoundFiles) -> Vec<&str> {
    found.files.iter().map(|file| file.path.as_str()).collect()
}

const HELM: [&str; 3] = ["helm/chart.archive", "helm/templates/a.yaml", "helm/values.yaml"];

#[tokio::test]
async fn an_entry_is_a_file_or_a_folder_with_or_without_slashes() {
    let standin = sample().await;
    let rows: [(&[&str], &[&str]); 8] = [
        (&[], &[]),
        (&["small.file"], &["small.file"]),
        (&["/small.file"], &["small.file"]),
        (&["helm"], &HELM),
        (&["/helm"], &HELM),
        (&["helm/"], &HELM),
        (&["/helm/"], &HELM),
        (
            &["helm/values.yaml", "helm/templates"],
            &["helm/values.yaml", "helm/templates/a.yaml"],
        ),
    ];
    for (entries, expected) in rows {
        let found = read(&standin, "", entries).await.unwrap();
        assert_eq!(paths(&found), expected, "{entries:?}");
    }
    let found = read(&standin, "", &["small.file"]).await.unwrap();
    assert_eq!(found.files[0].bytes, b"small");
}

#[tokio::test]
async fn a_file_named_twice_is_read_once() {
    let standin = sample().await;
    let found = read(
        &standin,
        "",
        &["helm/values.yaml", "helm", "/helm/values.yaml", "small.file"],
    )
    .await
    .unwrap();
    assert_eq!(
        paths(&found),
        [
            "helm/values.yaml",
            "helm/chart.archive",
            "helm/templates/a.yaml",
            "small.file"
        ]
    );
}

#[tokio::test]
async fn what_is_neither_file_nor_folder_is_not_found_and_named() {
    let standin = sample().await;
    for entry in ["hel", "helm/values", "small.file/", "small.file/x", "no/such"] {
        let error = read(&standin, "", &["small.file", entry]).await.unwrap_err();
        // The gate is told the same wherever it was looked for.
        assert_eq!(
            error.refusal(),
            Some(format!("could not find file or directory `{entry}`")),
            "{entry}: {error}"
        );
        assert!(
            error
                .to_string()
                .starts_with(&format!("could not find file or directory `{entry}`")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_entry_that_leaves_the_folder_is_refused_before_anything_is_read() {
    let standin = sample().await;
    for entry in [
        "../x",
        "helm/../../x",
        "~/x",
        "//etc/passwd",
        "a\u{0}b",
        "",
        "/",
        "./x",
        "a\\b",
    ] {
        let error = read(&standin, "", &["small.file", entry]).await.unwrap_err();
        assert!(matches!(error, StoreError::Path(_)), "{entry:?}: {error}");
    }
    assert_eq!(standin.requests(), []);
}

#[tokio::test]
async fn a_listing_that_leads_out_of_the_folder_is_refused() {
    let standin = sample().await;
    for uri in ["/helm/../../etc/passwd", "helm/~/x", "/helm/a//b"] {
        let body = format!(r#"{{"resources":[{{"resourceURI":"{uri}"}}],"nextPageKey":"0"}}"#);
        standin.fail(Fault::once("resource?", 200).with_body(body.as_bytes()));
        let error = read(&standin, "", &["helm/"]).await.unwrap_err();
        assert!(matches!(error, StoreError::Malformed { .. }), "{uri}: {error}");
    }
}

#[tokio::test]
async fn files_are_read_at_the_pinned_version_and_what_did_not_exist_then_is_left_out() {
    let standin = Standin::start().await.unwrap();
    let old = standin.put(SERVICE, &[("a/one", b"old"), ("a/two", b"old"), ("b", b"old")]);
    standin.delete(SERVICE, "a/two");
    let new = standin.put(SERVICE, &[("a/one", b"new"), ("a/three", b"new"), ("b", b"new")]);

    let found = read(&standin, &old, &["b", "a"]).await.unwrap();
    assert_eq!(
        paths(&found),
        ["b", "a/one"],
        "two is not listed any more, three did not exist yet"
    );
    assert!(found.files.iter().all(|file| file.bytes == b"old"));
    assert_eq!(
        found.listing,
        Listing::OtherVersion {
            listed: CommitId::parse(&new).unwrap()
        }
    );
    assert_eq!(found.pin, CommitId::parse(&old).unwrap());

    let found = read(&standin, &new, &["b", "a"]).await.unwrap();
    assert_eq!(paths(&found), ["b", "a/one", "a/three"]);
    assert_eq!(found.listing, Listing::SameVersion);
}

#[tokio::test]
async fn without_a_pin_everything_is_read_at_the_version_that_the_first_answer_names() {
    for entries in [&["b", "a"], &["a", "b"]] {
        let standin = Standin::start().await.unwrap();
        let version = standin.put(SERVICE, &[("a/one", b"x"), ("b", b"x")]);
        let found = read(&standin, "", entries).await.unwrap();
        assert_eq!(found.pin, CommitId::parse(&version).unwrap());
        let unpinned: Vec<String> = standin
            .requests()
            .into_iter()
            .map(|seen| seen.target)
            .filter(|target| !target.contains("gitCommitID") && !target.contains("pageSize"))
            .collect();
        assert_eq!(unpinned.len(), 1, "{entries:?}: {unpinned:?}");
    }
}

#[tokio::test]
async fn a_listing_that_names_no_version_does_not_count_as_the_pinned_one() {
    let standin = sample().await;
    standin.list_as(ListingStyle {
        leading_slash: false,
        versions: false,
    });
    let found = read(&standin, "", &["small.file", "helm"]).await.unwrap();
    assert_eq!(paths(&found).len(), 4);
    assert_eq!(found.listing, Listing::OtherVersion { listed: None });
    assert_eq!(
        read(&standin, "", &["small.file"]).await.unwrap().listing,
        Listing::NotNeeded
    );
}

#[tokio::test]
async fn a_large_folder_is_listed_page_by_page() {
    let standin = Standin::start().await.unwrap();
    let names: Vec<String> = (0..450).map(|number| format!("many/{number:04}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    standin.put(SERVICE, &files);
    let found = read(&standin, "", &["many/"]).await.unwrap();
    assert_eq!(paths(&found), names);
    assert!(
        found
            .files
            .iter()
            .all(|file| file.bytes == file.path.as_str().as_bytes())
    );
    let pages = standin
        .requests()
        .iter()
        .filter(|seen| seen.target.contains("pageSize"))
        .count();
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn a_listing_without_end_is_cut_off() {
    let standin = sample().await;
    let endless = br#"{"resources":[{"resourceURI":"/other"}],"nextPageKey":"1"}"#;
    standin.fail(Fault::always("resource?", 200).with_body(endless));
    let limits = Limits {
        listed: 20,
        ..Limits::DEFAULT
    };
    let store = ResourceService::new(api(&standin), limits, RETRY);
    let error = store.files(&carts(""), None, &["helm/".to_owned()]).await.unwrap_err();
    assert!(matches!(error, StoreError::TooMany { limit: 20, .. }), "{error}");

    let standin = sample().await;
    standin.fail(Fault::always("resource?", 200).with_body(br#"{"resources":[],"nextPageKey":"1"}"#));
    let error = read(&standin, "", &["helm/"]).await.unwrap_err();
    assert!(matches!(error, StoreError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn an_outage_never_makes_a_folder_of_a_file() {
    for (status, expected) in [
        (401, "not allowed"),
        (500, "could not read"),
        (503, "could not read"),
        (400, "refused"),
    ] {
        let standin = sample().await;
        standin.fail(Fault::always("small.file", status));
        let error = read(&standin, "", &["small.file"]).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{status}: {error}");
    }
    // A failure that passes is tried again.
    let standin = sample().await;
    standin.fail(Fault::once("small.file", 500));
    assert_eq!(
        paths(&read(&standin, "", &["small.file"]).await.unwrap()),
        ["small.file"]
    );
    // An outage of the listing is an outage, not an empty folder.
    let standin = sample().await;
    standin.fail(Fault::always("resource?", 500));
    let error = read(&standin, "", &["helm/"]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn each_limit_is_an_error_of_its_own() {
    let standin = Standin::start().await.unwrap();
    standin.put(
        SERVICE,
        &[
            ("a/1", &[0; 600]),
            ("a/2", &[0; 600]),
            ("b", &[0; 1001]),
            ("c", &[0; 1000]),
        ],
    );
    let limits = Limits {
        file_bytes: 1000,
        total_bytes: 1100,
        files: 2,
        ..Limits::DEFAULT
    };
    let read = async |limits: Limits, entries: &[&str]| {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        ResourceService::new(api(&standin), limits, RETRY)
            .files(&carts(""), None, &entries)
            .await
    };
    assert!(read(limits, &["c"]).await.is_ok());
    let error = read(limits, &["b"]).await.unwrap_err();
    assert!(matches!(error, StoreError::FileTooLarge { limit: 1000, .. }), "{error}");
    let error = read(limits, &["a"]).await.unwrap_err();
    assert!(
        matches!(error, StoreError::TooLargeTogether { limit: 1100, .. }),
        "{error}"
    );
    let error = read(
        Limits {
            files: 1,
            total_bytes: 5000,
            ..limits
        },
        &["a"],
    )
    .await
    .unwrap_err();
    assert!(matches!(error, StoreError::TooMany { limit: 1, .. }), "{error}");
}

#[tokio::test]
async fn unusual_names_arrive_inside_the_cluster_and_through_the_gateway() {
    let names = [
        "a b",
        "a+b",
        "50%",
        "%2F",
        "what?",
        "#1",
        "ä/日本",
        "a&b=c;d",
        "q\"uote'",
        "ünï côdé.txt",
        ".hidden",
        "a:b@c",
    ];
    let standin = Standin::start().await.unwrap();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, name.as_bytes())).collect();
    standin.put(SERVICE, &files);
    let direct = store(&standin);
    let gateway = ResourceService::new(gateway_api(&standin, ""), Limits::DEFAULT, RETRY);
    for name in names {
        for (way, store) in [("direct", &direct), ("gateway", &gateway)] {
            let found = store.files(&carts(""), None, &[name.to_owned()]).await;
            let found = found.unwrap_or_else(|error| panic!("{way}, {name}: {error}"));
            assert_eq!(found.files[0].bytes, name.as_bytes(), "{way}, {name}");
        }
    }
}
