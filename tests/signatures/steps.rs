//! Carries out what a row says is done to an image.

use serde_json::{Value, json};

use crate::rows::{By, Step};
use crate::signing::cosign::{Form, Major, With, Witnesses};
use crate::signing::registry::Image;
use crate::stage::Stage;
use crate::tamper::LegacyLayer;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

impl Stage {
    pub(crate) fn with(&self, by: By) -> With<'_> {
        match by {
            By::Key(hand) => With::Key(self.key(hand)),
            By::LoggedKey(hand) => With::LoggedKey(self.key(hand), &self.sigstore),
            By::Workflow(witnesses) => With::Token(&self.workflow, &self.sigstore, witnesses),
            By::Fork(witnesses) => With::Token(&self.fork, &self.sigstore, witnesses),
            By::Stranger(witnesses) => With::Token(&self.workflow, &self.stranger, witnesses),
            By::StrangerInOurLog => With::Token(&self.workflow, &self.stranger_in_our_log, Witnesses::Rekor1),
            By::WorkflowInStrangersLog => With::Token(&self.workflow, &self.we_in_strangers_log, Witnesses::Rekor1),
        }
    }

    pub(crate) async fn take(&self, step: Step, image: &Image) {
        match step {
            Step::Sign(major, form, by) => self.cosign(major).sign(image, self.with(by), form),
            Step::AttachEd25519 => self.attach_ed25519(image),
            Step::Attest(major, form, by, kind) => {
                self.cosign(major)
                    .attest(image, self.with(by), form, kind, &predicate(kind));
            }
            Step::Copied(major, form, by) => {
                let other = self.another(image, major, form, by).await;
                copy(&other, image, form).await;
            }
            Step::Elsewhere(major, form, by) => {
                let repository = format!("{}-elsewhere", image.repository);
                let same = image.registry.push(&repository, &image.label).await;
                assert_eq!(same.digest, image.digest);
                self.cosign(major).sign(&same, self.with(by), form);
                copy(&same, image, form).await;
            }
            Step::Legacy(suffix, change) => {
                let mut layer = read_legacy(image, suffix).await;
                change(&mut layer);
                write_legacy(image, suffix, &layer).await;
            }
            Step::Bundle(change) => {
                let (old, mut bundle) = read_bundle(image).await;
                change(&mut bundle);
                replace_bundle(image, &old, &bundle).await;
            }
            Step::SpliceLegacy(major, by, change) => {
                let other = self.another(image, major, Form::Legacy, by).await;
                let mut layer = read_legacy(image, "sig").await;
                change(&mut layer, &read_legacy(&other, "sig").await);
                write_legacy(image, "sig", &layer).await;
            }
            Step::SpliceBundle(major, by, change) => {
                let other = self.another(image, major, Form::Bundle, by).await;
                let (old, mut bundle) = read_bundle(image).await;
                change(&mut bundle, &read_bundle(&other).await.1);
                replace_bundle(image, &old, &bundle).await;
            }
        }
    }

    /// Another image of the same repository, signed.
    async fn another(&self, image: &Image, major: Major, form: Form, by: By) -> Image {
        let other = image
            .registry
            .push(&image.repository, &format!("another than {}", image.digest))
            .await;
        self.cosign(major).sign(&other, self.with(by), form);
        other
    }

    fn attach_ed25519(&self, image: &Image) {
        let payload = json!({
            "critical": {
                "identity": { "docker-reference": image.name() },
                "image": { "docker-manifest-digest": image.digest },
                "type": "cosign container image signature"
            },
            "optional": null
        })
        .to_string();
        let name = image.digest.replace(':', "-");
        let (file, signature) = (
            self.folder.path().join(format!("{name}.payload")),
            self.folder.path().join(format!("{name}.signature")),
        );
        std::fs::write(&file, &payload).unwrap();
        std::fs::write(
            &signature,
            data_encoding::BASE64.encode(&self.ed25519.sign(payload.as_bytes())),
        )
        .unwrap();
        let words = [
            "attach",
            "signature",
            "--payload",
            file.to_str().unwrap(),
            "--signature",
            signature.to_str().unwrap(),
            &image.reference(),
        ];
        self.two.run(&words).unwrap();
    }
}

/// Copies the one signature of an image to another.
async fn copy(from: &Image, to: &Image, form: Form) {
    match form {
        Form::Legacy => write_legacy(to, "sig", &read_legacy(from, "sig").await).await,
        Form::Bundle => write_bundle(to, &read_bundle(from).await.1).await,
    }
}

async fn read_legacy(image: &Image, suffix: &str) -> LegacyLayer {
    let manifest = image
        .registry
        .manifest(&image.repository, &image.tag(suffix))
        .await
        .unwrap();
    let digest = manifest["layers"][0]["digest"].as_str().unwrap();
    let config = manifest["config"]["digest"].as_str().unwrap();
    LegacyLayer {
        config: image.registry.blob(&image.repository, config).await,
        payload: image.registry.blob(&image.repository, digest).await,
        annotations: manifest["layers"][0]["annotations"].clone(),
        image: image.digest.clone(),
        manifest,
    }
}

async fn write_legacy(image: &Image, suffix: &str, layer: &LegacyLayer) {
    image.registry.put_blob(&image.repository, layer.config.clone()).await;
    let mut manifest = layer.manifest.clone();
    manifest["layers"][0]["digest"] = image
        .registry
        .put_blob(&image.repository, layer.payload.clone())
        .await
        .into();
    manifest["layers"][0]["size"] = layer.payload.len().into();
    manifest["layers"][0]["annotations"] = layer.annotations.clone();
    image
        .registry
        .put_manifest(&image.repository, &image.tag(suffix), &manifest)
        .await;
}

/// The one bundle of an image, and the digest of its manifest.
async fn read_bundle(image: &Image) -> (String, Value) {
    let referrers = image.registry.referrers(image).await;
    assert_eq!(referrers.len(), 1, "referrers of {}", image.reference());
    let digest = referrers[0]["digest"].as_str().unwrap();
    let manifest = image.registry.manifest(&image.repository, digest).await.unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let bundle = image.registry.blob(&image.repository, layer).await;
    (digest.to_owned(), serde_json::from_slice(&bundle).unwrap())
}

async fn write_bundle(image: &Image, bundle: &Value) {
    let (registry, repository) = (&image.registry, &image.repository);
    let bytes = bundle.to_string().into_bytes();
    let size = bytes.len();
    let layer = registry.put_blob(repository, bytes).await;
    let config = registry.put_blob(repository, b"{}".to_vec()).await;
    let subject = registry.manifest(repository, &image.digest).await.unwrap();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": BUNDLE,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": config },
        "layers": [{ "mediaType": BUNDLE, "size": size, "digest": layer }],
        "subject": { "mediaType": subject["mediaType"], "size": subject.to_string().len(), "digest": image.digest },
        "annotations": { "dev.sigstore.bundle.content": "dsse-envelope" }
    });
    registry.put_referrer(image, &manifest).await;
}

async fn replace_bundle(image: &Image, old: &str, bundle: &Value) {
    if image.registry.has_referrers_api() {
        image.registry.delete(&image.repository, old).await;
    } else {
        image.registry.put_fallback(image, &[]).await;
    }
    write_bundle(image, bundle).await;
}

/// A predicate that is what its type says.
fn predicate(kind: &str) -> String {
    let predicate = match kind {
        "slsaprovenance1" => json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": { "workflow": { "ref": "refs/tags/v1", "repository": "https://github.com/acme/app", "path": ".github/workflows/release.yml" } },
                "internalParameters": {},
                "resolvedDependencies": [{ "uri": "git+https://github.com/acme/app@refs/tags/v1", "digest": { "gitCommit": "0123456789abcdef0123456789abcdef01234567" } }]
            },
            "runDetails": { "builder": { "id": "https://github.com/acme/ci/.github/workflows/release.yml@refs/tags/v1" }, "metadata": {} }
        }),
        "slsaprovenance02" => json!({
            "builder": { "id": "https://github.com/acme/ci/.github/workflows/release.yml@refs/tags/v1" },
            "buildType": "https://github.com/Attestations/GitHubActionsWorkflow@v1",
            "invocation": { "configSource": { "uri": "git+https://github.com/acme/app@refs/tags/v1", "digest": { "sha1": "0123456789abcdef0123456789abcdef01234567" }, "entryPoint": "release" } },
            "materials": []
        }),
        "vuln" => json!({
            "invocation": { "parameters": [], "uri": "", "event_id": "", "builder.id": "" },
            "scanner": { "uri": "pkg:github/aquasecurity/trivy@0.55.0", "version": "0.55.0", "db": { "uri": "", "version": "" }, "result": { "SchemaVersion": 2, "Results": [] } },
            "metadata": { "scanStartedOn": "2026-11-20T10:00:00Z", "scanFinishedOn": "2026-11-20T10:01:00Z" }
        }),
        "spdxjson" => json!({
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
            "documentNamespace": "https://example.com/app", "creationInfo": { "created": "2026-11-20T10:00:00Z", "creators": ["Tool: test"] }, "packages": []
        }),
        "cyclonedx" => json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [] }),
        other => panic!("no predicate for {other}"),
    };
    predicate.to_string()
}
