//! `job-lint verify image` as a platform team calls it: policies in a folder, an image in a registry, a verdict.

use std::path::{Path, PathBuf};
use std::process::Command;

use job_executor_service::settings::Settings;
use serde_json::{Value, json};

use crate::rows::{Ours, Row};
use crate::signing::Rig;
use crate::signing::cosign::Trusts;
use crate::signing::registry::Image;
use crate::stage::Stage;

/// Settings by which the rig's registries may be asked, as a file.
pub(crate) fn settings(rig: &Rig, folder: &Path) -> PathBuf {
    let mut settings = serde_json::to_value(Settings::chart_defaults()).unwrap();
    settings["mirrors"] = json!({ &rig.plain: { "host": rig.plain, "transport": "http" } });
    let authority = std::fs::read_to_string(&rig.ca).unwrap();
    settings["registries"] = json!({ "hosts": { &rig.referrers: { "addresses": "private", "ca": authority } } });
    let path = folder.join("settings.json");
    std::fs::write(&path, settings.to_string()).unwrap();
    path
}

/// Policies that ask what the row asks, with the files they name beside them.
fn policies(stage: &Stage, row: &Row, image: &Image) -> PathBuf {
    // The same image lies in both registries.
    let name = image.reference().replace(['/', ':', '@'], "-");
    let folder = stage.folder.path().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let copy = |from: &Path, name: &str| std::fs::copy(from, folder.join(name)).map(drop).unwrap();
    let mut authority = json!({
        "apiVersion": "job-executor.keptn.sh/v1alpha1", "kind": "Authority", "metadata": { "name": "asked" },
        "formats": ["legacy", "bundle"]
    });
    let root = match stage.trusts(row.asked) {
        Trusts::Key { public, log } => {
            copy(&public, "asked.pub");
            authority["keys"] = json!([{ "file": "asked.pub" }]);
            log
        }
        Trusts::Identity {
            issuer,
            subject,
            sigstore,
        } => {
            authority["keyless"] = json!({
                "issuer": issuer, "subject": subject, "sourceRepository": "https://github.com/acme/app"
            });
            Some(sigstore)
        }
    };
    match root {
        Some(sigstore) => {
            copy(&sigstore.join("trusted_root.json"), "root.json");
            authority["trustRoot"] = json!({ "file": "root.json" });
        }
        None => authority["transparencyLog"] = json!("ignored"),
    }
    let mut rule = json!({ "images": [image.name()], "require": { "any": ["asked"] } });
    if let Some((_, predicate)) = row.predicate {
        rule["attestations"] = json!([{ "predicateType": predicate }]);
    }
    let policy = json!({
        "apiVersion": "job-executor.keptn.sh/v1alpha1", "kind": "Policy", "metadata": { "name": "signed" },
        "images": { "allow": [{ "image": image.name() }] }, "signatures": [rule], "unsigned": "deny"
    });
    std::fs::write(folder.join("policies.yaml"), format!("{policy}\n---\n{authority}\n")).unwrap();
    folder
}

/// What the command says that is not as the row has it.
pub(crate) fn differs(stage: &Stage, row: &Row, image: &Image) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_job-lint"))
        .args(["verify", "image", "--format", "json", "--policy"])
        .arg(policies(stage, row, image))
        .arg("--settings")
        .arg(&stage.settings)
        .arg(image.reference())
        .env_remove("KUBECONFIG")
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let check = if row.predicate.is_some() {
        "image-attestation"
    } else {
        "image-signature"
    };
    let found = |check: &str| {
        let findings = answer["actions"][0]["findings"].as_array();
        findings.is_some_and(|findings| findings.iter().any(|finding| finding["check"] == check))
    };
    let code = output.status.code();
    let right = match (row.ours, row.predicate) {
        (Ours::Proven, None) => code == Some(0) && answer["verdict"] == "admitted",
        // A statement alone is no signature of the image, which the rule asks for too.
        (Ours::Proven, Some(_)) => code == Some(1) && !found(check) && found("image-signature"),
        (Ours::Refused(reason), _) => code == Some(1) && found(check) && answer.to_string().contains(reason),
        (Ours::Nothing, _) => code == Some(1) && found(check),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    (!right).then(|| format!("`verify image` ends with {code:?}: {answer} {errors}"))
}
