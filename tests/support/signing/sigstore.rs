//! A Sigstore in memory, for one test: certificate authority, logs and timestamp authority that cosign signs with.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::Rig;
use super::cosign::{Trusts, Witnesses};

/// It runs until it is dropped.
pub(crate) struct Sigstore {
    process: Option<Child>,
    /// Where its certificate authority is, and where its log and timestamp authority.
    authority: String,
    log: String,
    /// Trusted root, signing configs, keys and chains.
    pub(crate) folder: PathBuf,
}

/// What an identity provider says of somebody. Nobody has signed it: the certificate authority believes everything.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// Fulcio's extensions by the last number of their OID.
    pub(crate) extensions: Value,
}

impl Sigstore {
    /// Starts one; its files go below `folder`.
    pub(crate) fn start(rig: &Rig, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut process = Command::new(&rig.sigstore)
            .args(["--folder", folder.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(url) = line.strip_prefix("ready ") else {
            panic!("the Sigstore did not become ready: {line}")
        };
        let url = url.trim().to_owned();
        Self {
            process: Some(process),
            authority: url.clone(),
            log: url,
            folder: folder.to_path_buf(),
        }
    }

    /// The certificate authority of one and the log of another, which both have to outlive it.
    pub(crate) fn of_two(authority: &Self, log: &Self, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let read = |from: &Self, name: &str| -> Value {
            serde_json::from_slice(&std::fs::read(from.folder.join(name)).unwrap()).unwrap()
        };
        for (name, fields) in [
            ("trusted_root.json", ["certificateAuthorities", "ctlogs"]),
            ("signing-config-rekor1.json", ["caUrls", "oidcUrls"]),
        ] {
            let mut document = read(log, name);
            for field in fields {
                document[field] = read(authority, name)[field].clone();
            }
            std::fs::write(folder.join(name), document.to_string()).unwrap();
        }
        for (from, name) in [(authority, "fulcio.pem"), (authority, "ctfe.pub"), (log, "rekor.pub")] {
            std::fs::copy(from.folder.join(name), folder.join(name)).unwrap();
        }
        Self {
            process: None,
            authority: authority.authority.clone(),
            log: log.log.clone(),
            folder: folder.to_path_buf(),
        }
    }

    /// Where its certificate authority is.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Where its log and its timestamp authority are.
    pub(crate) fn log(&self) -> &str {
        &self.log
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn trusted_root(&self) -> String {
        self.file("trusted_root.json")
    }

    pub(super) fn signing_config(&self, witnesses: Witnesses) -> String {
        self.file(match witnesses {
            Witnesses::Rekor1 => "signing-config-rekor1.json",
            Witnesses::Rekor1Stamped => "signing-config-rekor1-stamped.json",
            Witnesses::Rekor2 => "signing-config-rekor2.json",
            Witnesses::Stamped => "signing-config-stamped.json",
        })
    }

    /// How cosign 2 and the old format learn of its keys.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        Self::keys_in(&self.folder)
    }

    pub(super) fn keys_in(folder: &Path) -> Vec<(&'static str, String)> {
        let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        vec![
            ("SIGSTORE_REKOR_PUBLIC_KEY", file("rekor.pub")),
            ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", file("ctfe.pub")),
            ("SIGSTORE_ROOT_FILE", file("fulcio.pem")),
        ]
    }

    /// Trust in its certificates for whom a token names.
    pub(crate) fn trusts(&self, token: &Token) -> Trusts {
        Trusts::Identity {
            issuer: token.issuer.clone(),
            subject: token.subject.clone(),
            sigstore: self.folder.clone(),
        }
    }
}

impl Drop for Sigstore {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Token {
    /// A release workflow of a repository.
    pub(crate) fn workflow(repository: &str, reference: &str) -> Self {
        let source = format!("https://github.com/{repository}");
        Self {
            issuer: "https://token.actions.githubusercontent.com".to_owned(),
            subject: format!("{source}/.github/workflows/release.yml@{reference}"),
            extensions: json!({
                "9": format!("{source}/.github/workflows/release.yml@{reference}"), "11": "github-hosted",
                "12": source, "13": "0123456789abcdef0123456789abcdef01234567", "14": reference, "20": "push"
            }),
        }
    }

    /// As a compact JWT with a signature that says nothing.
    pub(super) fn text(&self) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT" });
        let claims = json!({
            "iss": self.issuer, "sub": self.subject, "aud": "sigstore", "exp": 4_000_000_000_u64,
            "extensions": self.extensions
        });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        format!(
            "{}.{}.{}",
            part(&header),
            part(&claims),
            BASE64URL_NOPAD.encode(&[0; 64])
        )
    }
}
