//! `job-lint verify bundle` on files that cosign 3 signed, and cosign 3 itself beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::rows::{Asked, By, Hand, Says};
use crate::signing::cosign::{Trusts, Witnesses};
use crate::signing::registry::sha256;
use crate::stage::Stage;
use crate::tamper;

/// What the bundle is verified for.
#[derive(Debug, Clone, Copy)]
enum For {
    TheFile,
    AnotherFile,
    /// Only the digest is told.
    ItsDigest,
    AnothersDigest,
}

struct Row {
    name: &'static str,
    by: By,
    change: fn(&mut Value),
    of: For,
    asked: Asked,
    cosign: Says,
    /// The code of our refusal; none where we accept.
    refused: Option<&'static str>,
}

const fn row(name: &'static str, by: By, of: For, asked: Asked, says: (Says, Option<&'static str>)) -> Row {
    let (cosign, refused) = says;
    Row {
        name,
        by,
        change: untouched,
        of,
        asked,
        cosign,
        refused,
    }
}

const fn changed(row: Row, change: fn(&mut Value)) -> Row {
    Row { change, ..row }
}

fn untouched(_: &mut Value) {}

use For::{AnotherFile, AnothersDigest, ItsDigest, TheFile};
use Hand::{Ours as Our, Theirs};
use Says::{No, Yes};
use Witnesses::{Rekor1, Rekor2, Stamped};

const ROWS: &[Row] = &[
    row("key", By::Key(Our), TheFile, Asked::Key(Our), (Yes, None)),
    row("key, digest", By::Key(Our), ItsDigest, Asked::Key(Our), (Yes, None)),
    row(
        "key, another file",
        By::Key(Our),
        AnotherFile,
        Asked::Key(Our),
        (No, Some("digest-not-in-payload")),
    ),
    row(
        "key, another digest",
        By::Key(Our),
        AnothersDigest,
        Asked::Key(Our),
        (No, Some("digest-not-in-payload")),
    ),
    row(
        "another key",
        By::Key(Theirs),
        TheFile,
        Asked::Key(Our),
        (No, Some("signature-does-not-match")),
    ),
    row(
        "another key, digest",
        By::Key(Theirs),
        ItsDigest,
        Asked::Key(Our),
        (No, Some("signature-does-not-match")),
    ),
    row(
        "key, log asked and not told",
        By::Key(Our),
        TheFile,
        Asked::LoggedKey(Our),
        (No, Some("log-entry-missing")),
    ),
    row(
        "key, log told",
        By::LoggedKey(Our),
        TheFile,
        Asked::LoggedKey(Our),
        (Yes, None),
    ),
    row(
        "key, log told, digest",
        By::LoggedKey(Our),
        ItsDigest,
        Asked::LoggedKey(Our),
        (Yes, None),
    ),
    row(
        "workflow, Rekor 1",
        By::Workflow(Rekor1),
        TheFile,
        Asked::Workflow,
        (Yes, None),
    ),
    row(
        "workflow, Rekor 1, digest",
        By::Workflow(Rekor1),
        ItsDigest,
        Asked::Workflow,
        (Yes, None),
    ),
    row(
        "workflow, Rekor 2",
        By::Workflow(Rekor2),
        TheFile,
        Asked::Workflow,
        (Yes, None),
    ),
    row(
        "workflow, Rekor 2, digest",
        By::Workflow(Rekor2),
        ItsDigest,
        Asked::Workflow,
        (Yes, None),
    ),
    row(
        "workflow, no log",
        By::Workflow(Stamped),
        TheFile,
        Asked::Workflow,
        (No, Some("log-entry-missing")),
    ),
    row(
        "workflow, another file",
        By::Workflow(Rekor1),
        AnotherFile,
        Asked::Workflow,
        (No, Some("digest-not-in-payload")),
    ),
    row(
        "workflow, another digest",
        By::Workflow(Rekor2),
        AnothersDigest,
        Asked::Workflow,
        (No, Some("digest-not-in-payload")),
    ),
    row(
        "fork",
        By::Fork(Rekor1),
        TheFile,
        Asked::Workflow,
        (No, Some("certificate-of-another-identity")),
    ),
    row(
        "another issuer",
        By::Workflow(Rekor1),
        TheFile,
        Asked::WorkflowByAnotherIssuer,
        (No, Some("certificate-of-another-identity")),
    ),
    row(
        "another Sigstore",
        By::Workflow(Rekor1),
        TheFile,
        Asked::WorkflowOfStranger,
        (No, Some("log-entry-not-proven")),
    ),
    row(
        "another Sigstore's authority",
        By::StrangerInOurLog,
        TheFile,
        Asked::Workflow,
        (No, Some("certificate-untrusted")),
    ),
    changed(
        row(
            "signature changed",
            By::Key(Our),
            TheFile,
            Asked::Key(Our),
            (No, Some("signature-does-not-match")),
        ),
        tamper::other_message_signature,
    ),
    changed(
        row(
            "digest changed",
            By::Key(Our),
            TheFile,
            Asked::Key(Our),
            (No, Some("digest-not-in-payload")),
        ),
        tamper::other_message_digest,
    ),
    changed(
        row(
            "no inclusion proof",
            By::Workflow(Rekor1),
            TheFile,
            Asked::Workflow,
            (No, Some("log-entry-not-proven")),
        ),
        tamper::no_proof,
    ),
    changed(
        row(
            "no certificate",
            By::Workflow(Rekor1),
            TheFile,
            Asked::Workflow,
            (No, Some("evidence-malformed")),
        ),
        tamper::no_certificate,
    ),
];

/// `job-lint` in one of its two spellings: exit code, answer, and what it complained of.
fn job_lint(first: &[&str], bundle: &Path, artifact: &str, trusts: &Trusts) -> (Option<i32>, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_job-lint"));
    command.args(first).args(["--format", "json", "--bundle"]).arg(bundle);
    match trusts {
        Trusts::Key { public, log: None } => {
            command.arg("--key").arg(public).args(["--transparency-log", "ignored"]);
        }
        Trusts::Key {
            public,
            log: Some(folder),
        } => {
            command
                .arg("--key")
                .arg(public)
                .arg("--trusted-root")
                .arg(folder.join("trusted_root.json"));
        }
        Trusts::Identity {
            issuer,
            subject,
            sigstore,
        } => {
            command.args(["--certificate-identity", subject, "--certificate-oidc-issuer", issuer]);
            command.arg("--trusted-root").arg(sigstore.join("trusted_root.json"));
        }
    }
    let output = command.arg(artifact).output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (
        output.status.code(),
        answer,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

impl Row {
    /// Signs the file and writes the bundle, changed as the row says.
    fn bundle(&self, stage: &Stage, number: usize, file: &Path) -> PathBuf {
        let path = stage.folder.path().join(format!("{number}.sigstore.json"));
        stage.three.sign_blob(file, stage.with(self.by), &path);
        let mut bundle: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (self.change)(&mut bundle);
        std::fs::write(&path, bundle.to_string()).unwrap();
        path
    }
}

#[test]
fn a_bundle_for_a_file_is_judged_as_cosign_judges_it() {
    let stage = Stage::set();
    let (file, another) = (stage.folder.path().join("file"), stage.folder.path().join("another"));
    std::fs::write(&file, "what is signed").unwrap();
    std::fs::write(&another, "what is not").unwrap();
    let digest = |path: &Path| sha256(&std::fs::read(path).unwrap());
    let mut wrong = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        let bundle = row.bundle(&stage, number, &file);
        let trusts = stage.trusts(row.asked);
        let artifact = match row.of {
            TheFile => file.to_str().unwrap().to_owned(),
            AnotherFile => another.to_str().unwrap().to_owned(),
            ItsDigest => digest(&file),
            AnothersDigest => digest(&another),
        };
        let cosign = stage.three.verify_blob(Path::new(&artifact), &bundle, &trusts);
        let said = if cosign.is_ok() { Yes } else { No };
        if said != row.cosign {
            wrong.push(format!("{}: cosign 3 says {cosign:?}", row.name));
        }
        assert!(said == Yes || row.refused.is_some(), "{}: cosign refuses it", row.name);
        for first in [&["verify", "bundle"][..], &["verify-bundle"]] {
            let (code, answer, errors) = job_lint(first, &bundle, &artifact, &trusts);
            let right = match row.refused {
                None => code == Some(0) && answer["verified"] == true && answer["proof"].is_object(),
                Some(reason) => code == Some(1) && answer["verified"] == false && answer["refusal"]["code"] == reason,
            };
            if !right || !errors.is_empty() {
                wrong.push(format!("{}: we end with {code:?} and say {answer} {errors}", row.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers are others:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
