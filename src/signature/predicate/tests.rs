//! What predicates say.

use serde_json::{Value, json};

use super::*;
use crate::signature::SlsaSummary;

fn read(predicate_type: &str, predicate: Value) -> Result<Summary, Code> {
    let payload = json!({ "predicate": predicate }).to_string();
    summary(predicate_type, payload.as_bytes()).map_err(|fault| fault.code)
}

fn slsa(summary: Summary) -> SlsaSummary {
    let Summary::Slsa(summary) = summary else {
        panic!("{summary:?}")
    };
    summary
}

#[test]
fn provenance_states_builder_and_source() {
    let v02 = json!({
        "builder": { "id": "https://builder.test" },
        "buildType": "https://build.test",
        "invocation": { "configSource": {
            "uri": "git+https://github.test/acme/app@refs/tags/v1", "digest": { "sha1": "abc" }, "entryPoint": "x",
        } },
    });
    let first = slsa(read(SLSA_V0_2, v02.clone()).unwrap());
    assert_eq!(first.version, SlsaVersion::V0_2);
    assert_eq!(first.source.as_deref(), Some("https://github.test/acme/app"));
    assert_eq!(first.reference.as_deref(), Some("refs/tags/v1"));
    assert_eq!(first.commit.as_deref(), Some("abc"));
    let v1 = json!({
        "buildDefinition": {
            "buildType": "https://build.test",
            "externalParameters": { "workflow": { "ref": "refs/heads/main", "repository": "https://github.test/acme/app" } },
            "resolvedDependencies": [
                { "uri": "https://elsewhere.test/x" },
                { "uri": "git+https://github.test/acme/lib@refs/heads/x", "digest": { "gitCommit": "def" } },
            ],
        },
        "runDetails": { "builder": { "id": "https://builder.test" } },
    });
    let second = slsa(read(SLSA_V1, v1).unwrap());
    assert_eq!(second.source.as_deref(), Some("https://github.test/acme/app"));
    assert_eq!(second.reference.as_deref(), Some("refs/heads/main"));
    assert_eq!(second.commit.as_deref(), Some("def"));
    assert_eq!(
        read(SLSA_V1, v02),
        Err(Code::PredicateMalformed),
        "the other version's shape"
    );
    assert_eq!(
        read(SLSA_V0_2, json!({ "builder": "x" })),
        Err(Code::PredicateMalformed)
    );
}

#[test]
fn a_user_in_a_url_is_no_reference() {
    let source = |uri: &str| {
        let value =
            json!({ "builder": { "id": "b" }, "buildType": "t", "invocation": { "configSource": { "uri": uri } } });
        let summary = slsa(read(SLSA_V0_2, value).unwrap());
        (summary.source.unwrap(), summary.reference)
    };
    assert_eq!(
        source("git+ssh://git@github.test/acme/app"),
        ("ssh://git@github.test/acme/app".to_owned(), None)
    );
    assert_eq!(
        source("https://github.test/acme/app"),
        ("https://github.test/acme/app".to_owned(), None)
    );
    let (repository, reference) = source("git+ssh://git@github.test/acme/app@v1");
    assert_eq!(
        (repository.as_str(), reference.as_deref()),
        ("ssh://git@github.test/acme/app", Some("v1"))
    );
}

#[test]
fn findings_are_counted_by_severity_and_a_report_that_cannot_be_counted_is_refused() {
    let scan = |result: Value| {
        json!({
            "invocation": {}, "scanner": { "uri": "pkg:scanner", "version": "1", "db": {}, "result": result },
            "metadata": { "scanStartedOn": "2024-06-01T11:00:00Z", "scanFinishedOn": "2024-06-01T12:00:00Z" },
        })
    };
    let counted = |result: Value| match read(VULNERABILITIES, scan(result)) {
        Ok(Summary::Vulnerabilities(summary)) => summary.found.0.into_iter().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let pair = |name: &str, count| (name.to_owned(), count);
    let trivy = json!({ "Results": [
        { "Vulnerabilities": [{ "Severity": "CRITICAL" }, { "Severity": "HIGH" }, { "Severity": "HIGH" }] },
        { "Target": "clean" },
        { "Vulnerabilities": [{ "VulnerabilityID": "unrated" }] },
    ] });
    assert_eq!(
        counted(trivy.clone()),
        [pair("critical", 1), pair("high", 2), pair("unknown", 1)]
    );
    let grype = json!({ "matches": [{ "vulnerability": { "severity": "Medium" } }, { "vulnerability": {} }] });
    assert_eq!(counted(grype.clone()), [pair("medium", 1), pair("unknown", 1)]);
    assert_eq!(counted(json!({ "Results": [] })), []);
    let mut both = trivy;
    both["matches"] = grype["matches"].clone();
    let runs = json!({ "runs": [] });
    for result in [
        json!({}),
        json!([]),
        Value::Null,
        json!({ "Results": null }),
        json!({ "Results": {} }),
        runs,
        both,
    ] {
        assert_eq!(
            read(VULNERABILITIES, scan(result.clone())),
            Err(Code::PredicateMalformed),
            "{result}"
        );
    }
    let mut undated = scan(json!({ "Results": [] }));
    undated["metadata"] = json!({});
    assert_eq!(
        read(VULNERABILITIES, undated),
        Err(Code::PredicateMalformed),
        "no end of the scan"
    );
}

#[test]
fn bills_of_materials_are_told_by_their_type_and_its_version() {
    for (predicate_type, expected) in [
        ("https://spdx.dev/Document", Summary::Sbom(SbomFormat::Spdx)),
        ("https://spdx.dev/Document/v2.3", Summary::Sbom(SbomFormat::Spdx)),
        ("https://cyclonedx.org/bom", Summary::Sbom(SbomFormat::CycloneDx)),
        ("https://cyclonedx.org/bom/v1.4", Summary::Sbom(SbomFormat::CycloneDx)),
        ("https://spdx.dev/Documents", Summary::Other),
        ("https://example.test/custom", Summary::Other),
    ] {
        assert_eq!(read(predicate_type, json!({})), Ok(expected), "{predicate_type}");
    }
}
