//! A registry as a test pushes to it and tampers in it: manifests and blobs as bytes, nothing interpreted.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Rig;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// One registry.
#[derive(Clone)]
pub(crate) struct Registry {
    /// `host:port`.
    pub(crate) host: String,
    scheme: &'static str,
    client: Client,
}

/// An image in a registry.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) registry: Registry,
    pub(crate) repository: String,
    pub(crate) digest: String,
    /// The same label gives the same digest, wherever it is pushed.
    pub(crate) label: String,
}

impl Image {
    /// `host/repository@digest`.
    pub(crate) fn reference(&self) -> String {
        format!("{}@{}", self.name(), self.digest)
    }

    /// `host/repository`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.registry.host, self.repository)
    }

    /// The tag at which cosign keeps something about it: `sig` or `att`.
    pub(crate) fn tag(&self, suffix: &str) -> String {
        format!("{}.{suffix}", self.digest.replace(':', "-"))
    }
}

impl Registry {
    /// The one without a referrers API.
    pub(crate) fn plain(rig: &Rig) -> Self {
        Self::at(rig.plain.clone(), "http", rig)
    }

    /// The one with it.
    pub(crate) fn with_referrers(rig: &Rig) -> Self {
        Self::at(rig.referrers.clone(), "https", rig)
    }

    fn at(host: String, scheme: &'static str, rig: &Rig) -> Self {
        let authority = std::fs::read(&rig.ca).unwrap();
        let client = Client::builder()
            .tls_certs_merge([reqwest::Certificate::from_pem(&authority).unwrap()])
            .build()
            .unwrap();
        Self { host, scheme, client }
    }

    async fn call(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> (StatusCode, String, Vec<u8>) {
        let header = if body.is_empty() { "accept" } else { "content-type" };
        let url = format!("{}://{}/v2/{path}", self.scheme, self.host);
        let request = self.client.request(method, &url).header(header, kind).body(body);
        let answer = request.send().await.unwrap();
        let kind = answer
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned());
        (
            answer.status(),
            kind.unwrap_or_default(),
            answer.bytes().await.unwrap().to_vec(),
        )
    }

    /// Pushes an image that nobody has: its label is part of its digest.
    pub(crate) async fn push(&self, repository: &str, label: &str) -> Image {
        let layer = self.put_blob(repository, vec![0; 1024]).await;
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": { "Labels": { "test": label } },
            "rootfs": { "type": "layers", "diff_ids": [layer] }
        });
        let config = config.to_string().into_bytes();
        let size = config.len();
        let config = self.put_blob(repository, config).await;
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "size": size, "digest": config },
            "layers": [{ "mediaType": LAYER, "size": 1024, "digest": layer }]
        });
        let digest = self.put_manifest(repository, "latest", &manifest).await;
        Image {
            registry: self.clone(),
            repository: repository.to_owned(),
            digest,
            label: label.to_owned(),
        }
    }

    /// Puts a blob and says its digest.
    pub(crate) async fn put_blob(&self, repository: &str, bytes: Vec<u8>) -> String {
        let digest = sha256(&bytes);
        let url = format!("{}://{}/v2/{repository}/blobs/uploads/", self.scheme, self.host);
        let started = self.client.post(&url).header("content-length", 0).send().await.unwrap();
        let location = started.headers()["location"].to_str().unwrap();
        let mut place = reqwest::Url::parse(&url).unwrap().join(location).unwrap();
        place.query_pairs_mut().append_pair("digest", &digest);
        let answer = self
            .client
            .put(place)
            .header("content-type", "application/octet-stream")
            .body(bytes);
        let status = answer.send().await.unwrap().status();
        assert_eq!(status, StatusCode::CREATED, "PUT of a blob to {repository}");
        digest
    }

    /// A blob's bytes.
    pub(crate) async fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        let (status, _, bytes) = self
            .call(Method::GET, &format!("{repository}/blobs/{digest}"), "*/*", Vec::new())
            .await;
        assert_eq!(status, StatusCode::OK, "GET of {digest} in {repository}");
        bytes
    }

    /// Puts a manifest (by its own media type) at a tag or digest and says its digest.
    pub(crate) async fn put_manifest(&self, repository: &str, place: &str, manifest: &Value) -> String {
        let bytes = manifest.to_string().into_bytes();
        let digest = sha256(&bytes);
        let place = if place.is_empty() { &digest } else { place };
        let kind = manifest["mediaType"].as_str().unwrap_or(MANIFEST).to_owned();
        let (status, _, text) = self
            .call(Method::PUT, &format!("{repository}/manifests/{place}"), &kind, bytes)
            .await;
        let text = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(status, StatusCode::CREATED, "PUT of {place} in {repository}: {text}");
        digest
    }

    /// The manifest at a tag or digest, where there is one.
    pub(crate) async fn manifest(&self, repository: &str, place: &str) -> Option<Value> {
        let path = format!("{repository}/manifests/{place}");
        let (status, _, bytes) = self
            .call(Method::GET, &path, &format!("{MANIFEST}, {INDEX}"), Vec::new())
            .await;
        (status == StatusCode::OK).then(|| serde_json::from_slice(&bytes).unwrap())
    }

    /// Removes a manifest.
    pub(crate) async fn delete(&self, repository: &str, place: &str) {
        let path = format!("{repository}/manifests/{place}");
        let (status, _, _) = self.call(Method::DELETE, &path, "*/*", Vec::new()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "DELETE of {place} in {repository}");
    }

    /// Descriptors of an image's referrers: by the API where there is one (the first page), else by the fallback tag.
    pub(crate) async fn referrers(&self, image: &Image) -> Vec<Value> {
        let path = format!("{}/referrers/{}", image.repository, image.digest);
        let (status, _, bytes) = self.call(Method::GET, &path, INDEX, Vec::new()).await;
        let index = if status == StatusCode::OK {
            serde_json::from_slice(&bytes).ok()
        } else {
            self.manifest(&image.repository, &image.digest.replace(':', "-")).await
        };
        let list = index.and_then(|index: Value| index["manifests"].as_array().cloned());
        list.unwrap_or_default()
    }

    /// Puts a manifest with a subject, and names it in the fallback tag where there is no API for it.
    pub(crate) async fn put_referrer(&self, image: &Image, manifest: &Value) {
        let digest = self.put_manifest(&image.repository, "", manifest).await;
        if self
            .referrers(image)
            .await
            .iter()
            .any(|descriptor| descriptor["digest"] == digest.as_str())
        {
            return;
        }
        let mut descriptors = self.referrers(image).await;
        descriptors.push(json!({
            "mediaType": manifest["mediaType"], "size": manifest.to_string().len(), "digest": digest,
            "artifactType": manifest["artifactType"], "annotations": manifest["annotations"]
        }));
        self.put_fallback(image, &descriptors).await;
    }

    /// Writes the fallback tag anew.
    pub(crate) async fn put_fallback(&self, image: &Image, descriptors: &[Value]) {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors });
        self.put_manifest(&image.repository, &image.digest.replace(':', "-"), &index)
            .await;
    }

    /// Whether it has the referrers API.
    pub(crate) fn has_referrers_api(&self) -> bool {
        self.scheme == "https"
    }
}

/// `sha256:<hex>` of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)))
}
