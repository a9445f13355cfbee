//! The real cosign as a command: signs, attests, and says what it makes of an image.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Rig;
use super::keys::KeyFiles;
use super::registry::Image;
use super::sigstore::{Sigstore, Token};

/// Which cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Major {
    Two,
    Three,
}

/// One of the two, with a home of its own, so that nothing is remembered between tests.
pub(crate) struct Cosign {
    major: Major,
    program: PathBuf,
    authority: PathBuf,
    home: PathBuf,
}

/// How signatures are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `.sig` and `.att` tags.
    Legacy,
    /// Bundles v0.3 as referrers.
    Bundle,
}

/// With what one signs.
#[derive(Clone, Copy)]
pub(crate) enum With<'a> {
    /// A key, and nobody is told.
    Key(&'a KeyFiles),
    /// A key, and a log is told.
    LoggedKey(&'a KeyFiles, &'a Sigstore),
    /// A certificate for a token; what else is asked says `Witnesses`.
    Token(&'a Token, &'a Sigstore, Witnesses),
}

/// Who witnesses a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witnesses {
    /// Rekor 1, whose promise carries a time.
    Rekor1,
    /// Rekor 1 and a timestamp authority.
    Rekor1Stamped,
    /// Rekor 2, which knows no time, and a timestamp authority.
    Rekor2,
    /// A timestamp authority alone.
    Stamped,
}

/// Whom a verifier trusts.
#[derive(Clone)]
pub(crate) enum Trusts {
    /// A public key; `log` is the folder of the Sigstore whose log has to know the signature.
    Key { public: PathBuf, log: Option<PathBuf> },
    /// Certificates of a Sigstore's authority for an identity.
    Identity {
        issuer: String,
        subject: String,
        sigstore: PathBuf,
    },
}

impl Cosign {
    /// One of the rig's; `folder` becomes its home.
    pub(crate) fn new(rig: &Rig, major: Major, folder: &Path) -> Self {
        let program = match major {
            Major::Two => &rig.cosign2,
            Major::Three => &rig.cosign3,
        };
        let home = folder.join(format!("{major:?}"));
        std::fs::create_dir_all(&home).unwrap();
        let cosign = Self {
            major,
            program: program.clone(),
            authority: rig.ca.clone(),
            home,
        };
        // cosign 3 asks the public TUF repository where it is not told whom to trust and where to sign.
        if major == Major::Three {
            let (nobody, nowhere) = (cosign.path("nobody.json"), cosign.path("nowhere.json"));
            cosign.run(&["trusted-root", "create", "--out", &nobody]).unwrap();
            cosign.run(&["signing-config", "create", "--out", &nowhere]).unwrap();
        } else {
            let nobody = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
            std::fs::write(cosign.path("nobody.json"), nobody).unwrap();
        }
        cosign
    }

    fn path(&self, name: &str) -> String {
        self.home.join(name).to_str().unwrap().to_owned()
    }

    /// Runs it; what it printed, or what it complained of.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        self.run_in(arguments, &[])
    }

    fn run_in(&self, arguments: &[&str], environment: &[(&str, String)]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .env("HOME", &self.home)
            .env("SSL_CERT_FILE", &self.authority)
            .env("COSIGN_PASSWORD", "")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.home)
            .output()
            .unwrap();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Signs an image.
    pub(crate) fn sign(&self, image: &Image, with: With<'_>, form: Form) {
        self.act(&["sign"], &image.reference(), with, form);
    }

    /// Attests a predicate, by cosign's short name of its type or by its URI.
    pub(crate) fn attest(&self, image: &Image, with: With<'_>, form: Form, kind: &str, predicate: &str) {
        let file = self.home.join(format!("{}.predicate", image.digest.replace(':', "-")));
        std::fs::write(&file, predicate).unwrap();
        let first = ["attest", "--type", kind, "--predicate", file.to_str().unwrap()];
        self.act(&first, &image.reference(), with, form);
    }

    /// Signs a file into a bundle.
    pub(crate) fn sign_blob(&self, file: &Path, with: With<'_>, bundle: &Path) {
        let first = ["sign-blob", "--bundle", bundle.to_str().unwrap()];
        self.act(&first, file.to_str().unwrap(), with, Form::Bundle);
    }

    fn act(&self, first: &[&str], last: &str, with: With<'_>, form: Form) {
        let mut arguments: Vec<String> = first.iter().map(|word| (*word).to_owned()).collect();
        let mut environment = Vec::new();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        add(&["-y"]);
        match with {
            With::Key(key) | With::LoggedKey(key, _) => add(&["--key", key.private.to_str().unwrap()]),
            With::Token(token, _, _) => add(&["--identity-token", &token.text()]),
        }
        let sigstore = match with {
            With::Key(_) => None,
            With::LoggedKey(_, sigstore) => Some((sigstore, Witnesses::Rekor1)),
            With::Token(_, sigstore, witnesses) => Some((sigstore, witnesses)),
        };
        match (self.major, form, sigstore) {
            (Major::Three, Form::Bundle, None) => add(&["--signing-config", &self.path("nowhere.json")]),
            (Major::Three, Form::Bundle, Some((sigstore, witnesses))) => add(&[
                "--signing-config",
                &sigstore.signing_config(witnesses),
                "--trusted-root",
                &sigstore.trusted_root(),
            ]),
            (Major::Three, Form::Legacy, _) => add(&["--new-bundle-format=false", "--use-signing-config=false"]),
            (Major::Two, Form::Bundle, _) => add(&["--new-bundle-format"]),
            (Major::Two, Form::Legacy, _) => {}
        }
        if self.major == Major::Two || form == Form::Legacy {
            match sigstore {
                None => add(&["--tlog-upload=false"]),
                Some((sigstore, witnesses)) => {
                    add(&["--fulcio-url", sigstore.authority(), "--rekor-url", sigstore.log()]);
                    if witnesses == Witnesses::Rekor1Stamped {
                        add(&[
                            "--timestamp-server-url",
                            &format!("{}/api/v1/timestamp", sigstore.log()),
                        ]);
                    }
                    environment = sigstore.environment();
                }
            }
        }
        add(&[last]);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let done = self.run_in(&words, &environment);
        done.unwrap_or_else(|error| panic!("cosign {:?} {first:?} {form:?}: {error}", self.major));
    }

    /// Whether it accepts an image's signature; else why not.
    pub(crate) fn verify(&self, image: &Image, trusts: &Trusts, more: &[&str]) -> Result<(), String> {
        self.judge(&["verify"], &image.reference(), trusts, more)
    }

    /// Whether it accepts an attestation of a type. cosign 2 takes no trusted root for the old format, but single keys.
    pub(crate) fn verify_attestation(&self, image: &Image, trusts: &Trusts, kind: &str) -> Result<(), String> {
        let first = ["verify-attestation", "--type", kind];
        let answer = self.judge(&first, &image.reference(), trusts, &[]);
        if !matches!(&answer, Err(text) if text.contains("trusted root path currently only supported with")) {
            return answer;
        }
        let (mut arguments, folder) = match trusts {
            Trusts::Identity {
                issuer,
                subject,
                sigstore,
            } => (
                vec!["--certificate-oidc-issuer", issuer, "--certificate-identity", subject],
                sigstore,
            ),
            Trusts::Key {
                public,
                log: Some(folder),
            } => (vec!["--key", public.to_str().unwrap()], folder),
            Trusts::Key { log: None, .. } => return answer,
        };
        let reference = image.reference();
        arguments.splice(0..0, first);
        arguments.push(&reference);
        self.run_in(&arguments, &Sigstore::keys_in(folder)).map(drop)
    }

    /// Whether it accepts a bundle for a file.
    pub(crate) fn verify_blob(&self, file: &Path, bundle: &Path, trusts: &Trusts) -> Result<(), String> {
        let first = ["verify-blob", "--bundle", bundle.to_str().unwrap()];
        self.judge(&first, file.to_str().unwrap(), trusts, &[])
    }

    fn judge(&self, first: &[&str], last: &str, trusts: &Trusts, more: &[&str]) -> Result<(), String> {
        let mut arguments: Vec<String> = first.iter().map(|word| (*word).to_owned()).collect();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        let nobody = self.path("nobody.json");
        let root = |folder: &Path| folder.join("trusted_root.json").to_str().unwrap().to_owned();
        match trusts {
            Trusts::Key { public, log } => {
                add(&["--key", public.to_str().unwrap()]);
                match log {
                    Some(folder) => add(&["--trusted-root", &root(folder)]),
                    None => add(&["--insecure-ignore-tlog", "--trusted-root", &nobody]),
                }
            }
            Trusts::Identity {
                issuer,
                subject,
                sigstore,
            } => add(&[
                "--certificate-oidc-issuer",
                issuer,
                "--certificate-identity",
                subject,
                "--trusted-root",
                &root(sigstore),
            ]),
        }
        add(more);
        add(&[last]);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.run(&words).map(drop)
    }
}
