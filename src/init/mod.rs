//! The init container: fetches exactly the files of its Job from our endpoint, once, and writes them below `/keptn`.
//!
//! Must never hold a credential of a control plane, follow a redirect, or write outside its folder.

mod frame;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt as _;

pub use frame::{FrameError, Frames, Header, Piece, encode_end, encode_header};
pub use write::{WriteError, Writer};

/// Whole time that the transfer may take.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(240);
/// Attempts while the endpoint cannot be reached at all: the fence may be programmed a moment after the pod starts.
const CONNECT_ATTEMPTS: u32 = 20;

/// What the pod's environment says.
#[derive(Debug, Clone)]
pub struct InitSettings {
    /// Base URL of the file endpoint.
    pub url: String,
    /// PEM of the only certificate authority that is trusted.
    pub ca: String,
    /// Name of the Job.
    pub job: String,
    /// File with the projected token.
    pub token_file: PathBuf,
    /// Folder to write into.
    pub folder: PathBuf,
}

/// Why the files are not there; each has its exit code.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A variable of the environment is missing.
    #[error("environment variable {0} is missing; this container is started by job-executor-service only")]
    Environment(&'static str),
    /// The token or the certificate cannot be used.
    #[error("{what} cannot be used: {why}")]
    Credential {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The endpoint could not be reached.
    #[error("the file endpoint {url} could not be reached: {why}")]
    Unreachable {
        /// Its URL.
        url: String,
        /// Why.
        why: String,
    },
    /// The endpoint refused.
    #[error("the file endpoint refused: {status}: {body}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: String,
    },
    /// What it sent is not what was announced.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl InitError {
    /// Exit code of the container: 2 usage, 3 credential, 4 unreachable, 5 refused, 6 damaged transfer, 7 write.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Environment(_) => 2,
            Self::Credential { .. } => 3,
            Self::Unreachable { .. } => 4,
            Self::Refused { .. } => 5,
            Self::Frame(_) => 6,
            Self::Write(_) => 7,
        }
    }
}

impl InitSettings {
    /// Reads the settings from variables that the caller looks up.
    ///
    /// # Errors
    /// [`InitError::Environment`] names the first variable that is missing.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InitError> {
        let get = |name: &'static str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .ok_or(InitError::Environment(name))
        };
        Ok(Self {
            url: get("FILES_URL")?,
            ca: get("FILES_CA")?,
            job: get("FILES_JOB")?,
            token_file: get("FILES_TOKEN_FILE")?.into(),
            folder: get("FILES_DIR")?.into(),
        })
    }
}

/// Fetches and writes all files; returns how many.
///
/// # Errors
/// [`InitError`], whose exit code the container ends with.
pub async fn run(settings: &InitSettings) -> Result<usize, InitError> {
    let token = tokio::fs::read_to_string(&settings.token_file)
        .await
        .map_err(|error| InitError::Credential {
            what: "the token",
            why: error.to_string(),
        })?;
    let client = client(&settings.ca)?;
    let response = fetch(&client, settings, token.trim()).await?;
    let mut writer = Writer::new(settings.folder.clone());
    let mut frames = Frames::default();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| InitError::Unreachable {
            url: settings.url.clone(),
            why: error.to_string(),
        })?;
        for piece in frames.feed(&chunk)? {
            writer.accept(piece).await?;
        }
    }
    frames.finish()?;
    Ok(writer.written())
}

fn client(ca: &str) -> Result<reqwest::Client, InitError> {
    let unusable = |error: reqwest::Error| InitError::Credential {
        what: "the certificate authority",
        why: error.to_string(),
    };
    let roots = reqwest::Certificate::from_pem_bundle(ca.as_bytes()).map_err(unusable)?;
    if roots.is_empty() {
        return Err(InitError::Credential {
            what: "the certificate authority",
            why: "it holds no certificate".to_owned(),
        });
    }
    reqwest::Client::builder()
        .tls_certs_only(roots)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(3))
        .timeout(TRANSFER_TIMEOUT)
        .build()
        .map_err(unusable)
}

async fn fetch(client: &reqwest::Client, settings: &InitSettings, token: &str) -> Result<reqwest::Response, InitError> {
    let url = format!("{}/v1/files/{}", settings.url.trim_end_matches('/'), settings.job);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failure = match client.get(&url).bearer_auth(token).send().await {
            Ok(response) if response.status().is_success() => return Ok(response),
            Ok(response) if matches!(response.status().as_u16(), 429 | 502..=504) && attempt < CONNECT_ATTEMPTS => {
                format!("status {}", response.status())
            }
            Ok(response) => {
                let status = response.status().as_u16();
                let body: String = response.text().await.unwrap_or_default().chars().take(500).collect();
                return Err(InitError::Refused { status, body });
            }
            Err(error) => error.to_string(),
        };
        if attempt >= CONNECT_ATTEMPTS {
            return Err(InitError::Unreachable { url, why: failure });
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
