//! The HTTP clients: one for all strangers, one for each host that the settings single out, so that what is opened for
//! one host (private addresses, an authority of its own) is opened for no other.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::{Certificate, Client, Proxy};

use super::authority::Authority;
use super::error::RegistryError;
use super::guard::{Guard, Standing, mirror_base};
use super::limits::Times;
use super::resolver::Resolver;
use crate::settings::{Mirror, Registries};

/// All clients of an installation.
pub(super) struct Clients {
    strangers: Line,
    singled_out: BTreeMap<Authority, Line>,
}

/// A client, and what is special about it.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) client: Client,
    pub(super) route: Route,
    trust: Trust,
}

/// Which way requests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// To the address that was checked.
    Direct,
    /// Through a proxy, which looks names up itself.
    Proxied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Some,
    None,
}

/// Why no client could be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the registry client cannot be set up: {0}")]
pub struct SetupError(pub(super) String);

impl Clients {
    /// Builds the clients.
    pub(super) fn new(
        guard: &Arc<Guard>,
        registries: &Registries,
        mirrors: &BTreeMap<String, Mirror>,
        times: &Times,
    ) -> Result<Self, SetupError> {
        let mut common = system_roots();
        common.extend(certificates("registries.ca", &registries.ca)?);
        let proxy = registries.proxy.as_deref();
        let line = |standing, roots: Vec<Certificate>, proxy| line(guard, standing, roots, proxy, times);
        let mut singled_out = BTreeMap::new();
        for (host, rules) in &registries.hosts {
            let Some(authority) = Authority::of_registry(host) else {
                continue;
            };
            let own = certificates("registries.hosts.*.ca", &rules.ca)?;
            let standing = guard.standing(&authority);
            if own.is_empty() && standing == Standing::Stranger {
                continue;
            }
            let roots = if own.is_empty() { common.clone() } else { own };
            let proxy = proxy.filter(|_| standing == Standing::Stranger);
            singled_out.insert(authority, line(standing, roots, proxy)?);
        }
        for mirror in mirrors.values() {
            let Some(authority) = mirror_base(mirror).as_ref().and_then(Authority::of) else {
                continue;
            };
            let own = certificates("mirrors.*.ca", &mirror.ca)?;
            if own.is_empty() && singled_out.contains_key(&authority) {
                continue;
            }
            let roots = if own.is_empty() { common.clone() } else { own };
            singled_out.insert(authority, line(Standing::Listed, roots, None)?);
        }
        Ok(Self {
            strangers: line(Standing::Stranger, common, proxy)?,
            singled_out,
        })
    }

    /// The client for requests to this host.
    pub(super) fn of(&self, authority: &Authority, scheme: &str) -> Result<&Line, RegistryError> {
        let line = self.singled_out.get(authority).unwrap_or(&self.strangers);
        if line.trust == Trust::None && scheme == "https" {
            return Err(RegistryError::NoTrustedRoots);
        }
        Ok(line)
    }
}

fn line(
    guard: &Arc<Guard>,
    standing: Standing,
    roots: Vec<Certificate>,
    proxy: Option<&str>,
    times: &Times,
) -> Result<Line, SetupError> {
    let setup = |error: reqwest::Error| SetupError(error.to_string());
    let trust = if roots.is_empty() { Trust::None } else { Trust::Some };
    let route = if proxy.is_some() { Route::Proxied } else { Route::Direct };
    let resolver = Resolver {
        guard: Arc::clone(guard),
        // Behind a proxy the proxy's is the one name that is looked up here.
        standing: if proxy.is_some() { Standing::Proxy } else { standing },
    };
    let mut builder = Client::builder()
        .user_agent(concat!("job-executor-service/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(resolver)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .http1_only()
        // Only what was named: the platform's verifier would fall back to whatever it finds, or fail on first use.
        .tls_certs_only(roots)
        .connect_timeout(times.connect)
        .read_timeout(times.read)
        .pool_max_idle_per_host(4)
        .no_proxy();
    if let Some(proxy) = proxy {
        builder = builder.proxy(Proxy::all(proxy).map_err(setup)?);
    }
    let client = builder.build().map_err(setup)?;
    Ok(Line { client, route, trust })
}

/// The authorities of the system: `SSL_CERT_FILE`, `SSL_CERT_DIR`, or the distribution's bundle. None is no error here:
/// an installation may use mirrors in plain text or authorities of its own only.
fn system_roots() -> Vec<Certificate> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        tracing::warn!("this system has no certificate authorities; only those of the settings are trusted");
    }
    found
        .certs
        .iter()
        .filter_map(|certificate| Certificate::from_der(certificate).ok())
        .collect()
}

fn certificates(field: &str, pem: &str) -> Result<Vec<Certificate>, SetupError> {
    if pem.trim().is_empty() {
        return Ok(Vec::new());
    }
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(SetupError(format!("{field} holds no certificate in PEM"))),
    }
}
