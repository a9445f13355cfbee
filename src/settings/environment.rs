//! The original's environment and files, as settings. Pure: the caller hands in what it read.
//!
//! Names and parsing rules are those of the original (envconfig): a variable that is set but empty is an error where a
//! number or a switch is wanted; booleans take Go's spellings; numbers take `0x`, `0o` and a leading 0.

use serde_json::Value;
use std::collections::BTreeMap;

use super::{FileEndpoint, Mirror, MissingConfig, Network, PrivilegedJobs, Registries, Settings};
use crate::plan::{Amounts, ContainerSecurity, PodSecurity, Quantity, Resources};

/// What was read: variables, and the three files below `/config`.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// `job-defaultSecurityContext.json`.
    pub container_security: String,
    /// `job-podSecurityContext.json`.
    pub pod_security: String,
    /// `job-labels.yaml`.
    pub job_labels: String,
    /// PEM of the authority behind the file endpoint.
    pub files_ca: String,
    /// The installation document: network, mirrors, registries, pull secrets.
    pub installation: String,
}

/// The document that the chart mounts for what has no variable in the original.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Installation {
    network: Network,
    #[serde(default)]
    mirrors: BTreeMap<String, Mirror>,
    #[serde(default)]
    registries: Registries,
    #[serde(default)]
    pull_secrets: Vec<String>,
    #[serde(default = "default_files_volume")]
    files_volume: Quantity,
    #[serde(default)]
    own_secrets: Vec<String>,
}

/// What is wrong with the environment. All of it is collected before the service refuses to start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// A mandatory variable is missing or empty.
    #[error("{name} is not set: {purpose}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it is for.
        purpose: &'static str,
    },
    /// A variable cannot be read.
    #[error("{name} is `{value}`: {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A file cannot be read as what it should be.
    #[error("{file}: {why}")]
    File {
        /// The file.
        file: &'static str,
        /// Why.
        why: String,
    },
}

/// Seconds that a finished Job is kept at least while its finished event is not acknowledged.
const OUTBOX_TTL_SECONDS: u32 = 86_400;

/// As in the original. `20Mi` always parses; zero would refuse every file rather than admit too many.
fn default_files_volume() -> Quantity {
    Quantity::parse("20Mi").unwrap_or_else(|_| Quantity::zero())
}

impl Settings {
    /// Reads the settings, or everything that is wrong.
    ///
    /// # Errors
    /// All problems at once, in a fixed order.
    pub fn from_environment(environment: &Environment) -> Result<Self, Vec<EnvironmentError>> {
        let mut read = Reader {
            variables: &environment.variables,
            errors: Vec::new(),
        };
        let service_namespace = read.required("K8S_NAMESPACE", "the namespace of this service, where its records live");
        let service_account = read.required(
            "K8S_SERVICE_ACCOUNT",
            "the account of this service, which no task may use",
        );
        let job_namespace = read.required("JOB_NAMESPACE", "the namespace of jobs whose task names none");
        let init_image = read.required("INIT_CONTAINER_IMAGE", "the image that fetches files, by digest");
        let url = read.required("FILES_URL", "the URL of the file endpoint as pods see it");
        if !init_image.is_empty() && !init_image.contains("@sha256:") {
            read.invalid(
                "INIT_CONTAINER_IMAGE",
                &init_image,
                "name it by digest, `registry/repository@sha256:…`",
            );
        }
        if !url.is_empty() && !url.starts_with("https://") {
            read.invalid("FILES_URL", &url, "an https:// URL");
        }
        let default_resources = read.default_resources();
        let task_deadline_seconds = read.number("TASK_DEADLINE_SECONDS").unwrap_or(0);
        let privileged_jobs = if read.switch("ALLOW_PRIVILEGED_JOBS") {
            PrivilegedJobs::Policy
        } else {
            PrivilegedJobs::Refused
        };
        let missing_config = if read.switch("ALWAYS_SEND_FINISHED_EVENT") {
            MissingConfig::Answered
        } else {
            MissingConfig::Silent
        };
        let container_security: ContainerSecurity = read
            .json("job-defaultSecurityContext.json", &environment.container_security)
            .unwrap_or_default();
        let pod_security: PodSecurity = read
            .json("job-podSecurityContext.json", &environment.pod_security)
            .unwrap_or_default();
        let job_labels = read.labels(&environment.job_labels);
        let installation = read.installation(&environment.installation);
        if environment.files_ca.trim().is_empty() {
            read.errors.push(EnvironmentError::File {
                file: "FILES_CA_FILE",
                why: "it is empty; it has to hold the PEM of the authority behind FILES_URL".into(),
            });
        }
        let (true, Some(installation)) = (read.errors.is_empty(), installation) else {
            return Err(read.errors);
        };
        let mut own_secrets = installation.own_secrets;
        own_secrets.extend(installation.pull_secrets.iter().cloned());
        own_secrets.sort();
        own_secrets.dedup();
        let settings = Self {
            deployment: read.text_or("FULL_DEPLOYMENT_NAME", "job-executor-service"),
            service_namespace,
            service_account,
            own_secrets,
            job_namespace,
            default_service_account: read.text_or("DEFAULT_JOB_SERVICE_ACCOUNT", "default"),
            default_resources,
            pod_security,
            container_security,
            job_labels,
            task_deadline_seconds,
            files_volume: installation.files_volume,
            outbox_ttl_seconds: OUTBOX_TTL_SECONDS,
            files: FileEndpoint {
                init_image,
                url,
                ca: environment.files_ca.clone(),
                audience: read.text_or("FILES_AUDIENCE", "job-executor-service-files"),
            },
            network: installation.network,
            mirrors: installation.mirrors,
            registries: installation.registries,
            pull_secrets: installation.pull_secrets,
            allowed_image_list: read.text_or("ALLOWED_IMAGE_LIST", ""),
            privileged_jobs,
            missing_config,
        };
        match settings.contradiction() {
            None => Ok(settings),
            Some(why) => Err(vec![EnvironmentError::File {
                file: "job-defaultSecurityContext.json",
                why,
            }]),
        }
    }
}

struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    errors: Vec<EnvironmentError>,
}

impl Reader<'_> {
    fn required(&mut self, name: &'static str, purpose: &'static str) -> String {
        match self.variables.get(name) {
            Some(value) if !value.is_empty() => value.clone(),
            _ => {
                self.errors.push(EnvironmentError::Missing { name, purpose });
                String::new()
            }
        }
    }

    fn text_or(&self, name: &str, default: &str) -> String {
        self.variables
            .get(name)
            .filter(|value| !value.is_empty())
            .cloned()
            .unwrap_or_else(|| default.to_owned())
    }

    fn invalid(&mut self, name: &'static str, value: &str, expected: impl Into<String>) {
        self.errors.push(EnvironmentError::Invalid {
            name,
            value: value.to_owned(),
            expected: expected.into(),
        });
    }

    /// Go's `strconv.ParseBool`.
    fn switch(&mut self, name: &'static str) -> bool {
        match self.variables.get(name).map(String::as_str) {
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
            Some(other) => {
                self.invalid(name, other, "write `true` or `false`");
                false
            }
        }
    }

    /// Go's `strconv.ParseInt` with base 0, not negative.
    fn number(&mut self, name: &'static str) -> Option<u32> {
        let text = self.variables.get(name)?;
        let (digits, radix) = match text.strip_prefix('0') {
            Some(rest) if rest.starts_with(['x', 'X']) => (rest.get(1..), 16),
            Some(rest) if rest.starts_with(['o', 'O']) => (rest.get(1..), 8),
            Some(rest) if rest.starts_with(['b', 'B']) => (rest.get(1..), 2),
            Some("") | None => (Some(text.as_str()), 10),
            Some(rest) => (Some(rest), 8),
        };
        let number = digits
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u32::from_str_radix(digits, radix).ok());
        if number.is_none() {
            self.invalid(name, text, "write a whole number, 0 or larger");
        }
        number
    }

    fn default_resources(&mut self) -> Resources {
        let mut amount = |name: &'static str| {
            let text = self.variables.get(name).filter(|text| !text.is_empty())?;
            Quantity::parse(text)
                .map_err(|error| {
                    self.errors.push(EnvironmentError::Invalid {
                        name,
                        value: text.clone(),
                        expected: error.to_string(),
                    })
                })
                .ok()
        };
        Resources {
            limits: Amounts {
                cpu: amount("DEFAULT_RESOURCE_LIMITS_CPU"),
                memory: amount("DEFAULT_RESOURCE_LIMITS_MEMORY"),
            },
            requests: Amounts {
                cpu: amount("DEFAULT_RESOURCE_REQUESTS_CPU"),
                memory: amount("DEFAULT_RESOURCE_REQUESTS_MEMORY"),
            },
        }
    }

    /// A security context: keys in any case, as Go reads them; `null` is the empty context; unknown keys are an error,
    /// because what is dropped in silence would be missing from the pod.
    fn json<T: serde::de::DeserializeOwned + Default>(&mut self, file: &'static str, text: &str) -> Option<T> {
        let parsed = serde_json::from_str::<Value>(text)
            .map_err(|error| error.to_string())
            .and_then(|value| {
                if value.is_null() {
                    Ok(T::default())
                } else {
                    serde_json::from_value(fold_keys(value)?).map_err(|error| error.to_string())
                }
            });
        parsed
            .map_err(|why| self.errors.push(EnvironmentError::File { file, why }))
            .ok()
    }

    fn labels(&mut self, text: &str) -> BTreeMap<String, String> {
        const FILE: &str = "job-labels.yaml";
        if text.trim().is_empty() {
            return BTreeMap::new();
        }
        let parsed: Result<BTreeMap<String, Option<String>>, _> = serde_yaml::from_str(text);
        let labels = match parsed {
            Ok(labels) => labels,
            Err(error) => {
                self.errors.push(EnvironmentError::File {
                    file: FILE,
                    why: error.to_string(),
                });
                return BTreeMap::new();
            }
        };
        let labels: BTreeMap<String, String> = labels
            .into_iter()
            .map(|(key, value)| (key, value.unwrap_or_default()))
            .collect();
        for (key, value) in &labels {
            if let Err(why) = super::label::check(key, value) {
                self.errors.push(EnvironmentError::File { file: FILE, why });
            }
        }
        labels
    }

    fn installation(&mut self, text: &str) -> Option<Installation> {
        let parsed: Result<Installation, _> = serde_yaml::from_str(text);
        let installation = parsed
            .map_err(|error| self.installation_problem(error.to_string()))
            .ok()?;
        for why in installation.registries.problems(&installation.mirrors) {
            self.installation_problem(why);
        }
        Some(installation)
    }

    fn installation_problem(&mut self, why: String) {
        self.errors.push(EnvironmentError::File {
            file: "INSTALLATION_FILE",
            why,
        });
    }
}

const KEYS: [&str; 19] = [
    "add",
    "allowPrivilegeEscalation",
    "capabilities",
    "drop",
    "fsGroup",
    "localhostProfile",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seccompProfile",
    "supplementalGroups",
    "type",
    "fsGroupChangePolicy",
    "seLinuxOptions",
    "windowsOptions",
    "appArmorProfile",
];

/// Spells keys as Kubernetes does. What this version does not render is refused, not dropped.
fn fold_keys(value: Value) -> Result<Value, String> {
    match value {
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| {
                let known = KEYS
                    .iter()
                    .find(|known| known.eq_ignore_ascii_case(&key))
                    .ok_or_else(|| format!("unknown key `{key}`"))?;
                match *known {
                    "fsGroupChangePolicy" | "seLinuxOptions" | "windowsOptions" | "appArmorProfile" => {
                        Err(format!("`{key}` is not supported by this version"))
                    }
                    known => Ok((known.to_owned(), fold_keys(value)?)),
                }
            })
            .collect::<Result<serde_json::Map<_, _>, String>>()
            .map(Value::Object),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => Ok(scalar),
    }
}
