//! A hostile registry, and a client that may reach it: in plain text as a mirror of `hostile.example`, over TLS by its
//! own name.

use std::collections::BTreeMap;
use std::time::Duration;

use job_executor_service::admission::Fact;
use job_executor_service::gather::Registry;
use job_executor_service::gather::registry::{Keyring, Times};
use job_executor_service::settings::{Addresses, Mirror, RegistryHost, Settings, Transport};

use crate::hostile_registry::{HostileRegistry, Seen, USER};

/// Times that a test can wait for.
pub(crate) const TIMES: Times = Times {
    connect: Duration::from_secs(2),
    read: Duration::from_millis(600),
    question: Duration::from_secs(2),
    longest_pause: Duration::from_secs(300),
};

pub(crate) struct World {
    pub(crate) hostile: HostileRegistry,
    pub(crate) settings: Settings,
    pub(crate) registry: Registry,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    /// Under changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings, &HostileRegistry)) -> Self {
        let hostile = HostileRegistry::anywhere().await;
        let mut settings = Settings::chart_defaults();
        settings.mirrors = BTreeMap::from([(
            "hostile.example".to_owned(),
            Mirror {
                host: hostile.plain.to_string(),
                transport: Transport::Http,
                ..Mirror::default()
            },
        )]);
        settings.registries.hosts = BTreeMap::from([(
            format!("localhost:{}", hostile.tls.port()),
            RegistryHost {
                addresses: Addresses::Private,
                ca: hostile.ca.clone(),
                ..RegistryHost::default()
            },
        )]);
        change(&mut settings, &hostile);
        let registry = Registry::with_times(&settings, TIMES).unwrap();
        Self {
            hostile,
            settings,
            registry,
        }
    }

    /// A repository over plain text.
    pub(crate) fn plain(name: &str) -> String {
        format!("hostile.example/{name}")
    }

    /// A repository over TLS.
    pub(crate) fn tls(&self, name: &str) -> String {
        format!("localhost:{}/{name}", self.hostile.tls.port())
    }

    /// Credentials that the registry takes, for its TLS port.
    pub(crate) fn keyring(&self) -> Keyring {
        self.keyring_for(&format!("localhost:{}", self.hostile.tls.port()))
    }

    pub(crate) fn keyring_for(&self, place: &str) -> Keyring {
        let config = serde_json::json!({ "auths": { place: { "username": USER.0, "password": USER.1 } } });
        Keyring::docker_config_json(config.to_string().as_bytes()).unwrap()
    }
}

/// The requests, one line each: `PORT GET /path`.
pub(crate) fn lines(seen: &[Seen]) -> Vec<String> {
    seen.iter()
        .map(|seen| format!("{} {}", seen.request.method, seen.request.target))
        .collect()
}

/// The code at the end of a fact's text, after whether it is certain: `refuted not-found`.
pub(crate) fn code<T: std::fmt::Debug>(fact: &Fact<T>) -> String {
    let (class, text) = match fact {
        Fact::Known(_) => return "known".to_owned(),
        Fact::Refuted(text) => ("refuted", text),
        Fact::Unavailable(text) => ("unavailable", text),
    };
    // No text of the registry and no secret gets into an answer.
    for canary in ["canary", "<html", "evil.example/", "Bearer "] {
        assert!(!text.contains(canary), "{text}");
    }
    assert!(text.len() < 600, "{text}");
    let inner = text.rsplit_once('(').and_then(|(_, rest)| rest.split_once(')'));
    format!("{class} {}", inner.map_or("?", |(code, _)| code))
}
