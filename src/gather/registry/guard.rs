//! Whom a request may go to. Every URL is judged before it is asked - the first, redirects, token services - and every
//! address that a name has is judged when the connection is made, so that the address checked is the one connected to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use reqwest::Url;

use super::address::{Reach, reach};
use super::authority::Authority;
use super::error::RegistryError;
use crate::network::Cidr;
use crate::settings::{Addresses, Mirror, Registries, RegistryHost, Transport};

/// Ends of names that are inside a machine or a cluster, whatever they resolve to.
const INSIDE_NAMES: [(&str, &str); 5] = [
    (".localhost", "a name of the machine itself"),
    (".local", "a name of a cluster or a local network"),
    (".internal", "a name of a private network"),
    (".svc", "a name of a cluster"),
    (".home.arpa", "a name of a home network"),
];

/// The rules of an installation.
#[derive(Debug)]
pub(super) struct Guard {
    hosts: BTreeMap<Authority, Rules>,
    allowed: Vec<Cidr>,
    refused: Vec<Cidr>,
}

/// What holds for one host.
#[derive(Debug, Clone, Default)]
struct Rules {
    transport: Transport,
    addresses: Addresses,
    token_hosts: Vec<Authority>,
    redirect_hosts: Vec<Authority>,
}

/// What a host is to the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody in particular.
    Stranger,
    /// Listed with private addresses, or a mirror.
    Listed,
    /// The installation's proxy.
    Proxy,
}

impl Guard {
    /// Compiles the rules; entries that are no hosts were refused with the settings.
    pub(super) fn new(registries: &Registries, mirrors: &BTreeMap<String, Mirror>) -> Self {
        let mut hosts: BTreeMap<Authority, Rules> = registries
            .hosts
            .iter()
            .filter_map(|(host, rules)| Some((Authority::of_registry(host)?, Rules::of(rules))))
            .collect();
        for mirror in mirrors.values() {
            let Some(authority) = mirror_base(mirror).as_ref().and_then(Authority::of) else {
                continue;
            };
            let rules = hosts.entry(authority).or_default();
            rules.addresses = Addresses::Private;
            if mirror.transport == Transport::Http {
                rules.transport = Transport::Http;
            }
        }
        Self {
            hosts,
            allowed: registries.allowed_ranges.clone(),
            refused: registries.refused_ranges.clone(),
        }
    }

    /// What this host is to the installation.
    pub(super) fn standing(&self, authority: &Authority) -> Standing {
        match self.hosts.get(authority) {
            Some(rules) if rules.addresses == Addresses::Private => Standing::Listed,
            _ => Standing::Stranger,
        }
    }

    /// Whether `realm` may issue tokens for this registry.
    pub(super) fn issues_tokens(&self, registry: &Authority, realm: &Authority) -> bool {
        self.hosts
            .get(registry)
            .is_some_and(|rules| rules.token_hosts.contains(realm))
    }

    /// Whether this registry may redirect requests for manifests to `to`.
    pub(super) fn redirects(&self, registry: &Authority, to: &Authority) -> bool {
        self.hosts
            .get(registry)
            .is_some_and(|rules| rules.redirect_hosts.contains(to))
    }

    /// Judges where a request is about to go.
    pub(super) fn admit(&self, url: &Url) -> Result<Authority, RegistryError> {
        let nowhere = RegistryError::RedirectMalformed { status: 0 };
        let host = Authority::of(url).ok_or(nowhere.clone())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(nowhere);
        }
        match url.scheme() {
            "https" => {}
            "http"
                if self
                    .hosts
                    .get(&host)
                    .is_some_and(|rules| rules.transport == Transport::Http) => {}
            _ => return Err(RegistryError::PlainText { host }),
        }
        let standing = self.standing(&host);
        if let Ok(address) = host.host().trim_matches(['[', ']']).parse::<IpAddr>() {
            return match self.address(standing, address) {
                Ok(()) => Ok(host),
                Err(why) => Err(RegistryError::AddressRefused { host, address, why }),
            };
        }
        match inside(host.host()) {
            Some(why) if standing == Standing::Stranger => Err(RegistryError::HostRefused { host, why }),
            _ => Ok(host),
        }
    }

    /// Judges an address of a host; the error says what it is.
    pub(super) fn address(&self, standing: Standing, address: IpAddr) -> Result<(), &'static str> {
        let within = |ranges: &[Cidr]| ranges.iter().any(|range| range.contains(address));
        match (reach(address), standing) {
            (_, Standing::Proxy) | (Reach::Public | Reach::Inside(_), Standing::Listed) => Ok(()),
            _ if within(&self.refused) => Err("in a range that the settings refuse"),
            (Reach::Public, Standing::Stranger) => Ok(()),
            _ if within(&self.allowed) => Ok(()),
            (Reach::Inside(why) | Reach::Never(why), _) => Err(why),
        }
    }
}

/// The address of a mirror, without a path.
pub(super) fn mirror_base(mirror: &Mirror) -> Option<Url> {
    let scheme = match mirror.transport {
        Transport::Https => "https",
        Transport::Http => "http",
    };
    Url::parse(&format!("{scheme}://{}/", mirror.host)).ok()
}

impl Rules {
    fn of(rules: &RegistryHost) -> Self {
        let authorities = |hosts: &[String]| hosts.iter().filter_map(|host| Authority::of_registry(host)).collect();
        Self {
            transport: Transport::Https,
            addresses: rules.addresses,
            token_hosts: authorities(&rules.token_hosts),
            redirect_hosts: authorities(&rules.redirect_hosts),
        }
    }
}

/// What a name is, where it is inside something; behind a proxy this is all that protects.
fn inside(name: &str) -> Option<&'static str> {
    if name == "localhost" {
        return Some("a name of the machine itself");
    }
    if !name.contains('.') {
        return Some("a name without a domain");
    }
    if name.contains(".svc.") {
        return Some("a name of a cluster");
    }
    INSIDE_NAMES
        .iter()
        .find(|(end, _)| name.ends_with(end))
        .map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(yaml: &str) -> Guard {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Both {
            registries: Registries,
            mirrors: BTreeMap<String, Mirror>,
        }
        let both: Both = serde_yaml::from_str(yaml).unwrap();
        assert_eq!(both.registries.problems(&both.mirrors), Vec::<String>::new(), "{yaml}");
        Guard::new(&both.registries, &both.mirrors)
    }

    fn code(guard: &Guard, url: &str) -> &'static str {
        match guard.admit(&Url::parse(url).unwrap()) {
            Ok(_) => "ok",
            Err(error) => error.code(),
        }
    }

    #[test]
    fn without_entries_only_public_hosts_are_asked_and_only_over_tls() {
        let guard = guard("{}");
        for (url, expected) in [
            ("https://ghcr.io/v2/", "ok"),
            ("https://ghcr.io:8443/v2/", "ok"),
            ("https://1.1.1.1/v2/", "ok"),
            ("http://ghcr.io/v2/", "plain-text"),
            ("https://169.254.169.254/latest/meta-data", "address-refused"),
            ("https://[::ffff:169.254.169.254]/", "address-refused"),
            ("https://[fd00:ec2::254]/", "address-refused"),
            ("https://127.0.0.1:6443/", "address-refused"),
            ("https://0x7f.1/", "address-refused"),
            ("https://2130706433/", "address-refused"),
            ("https://10.96.0.1/", "address-refused"),
            ("https://localhost/", "host-refused"),
            ("https://LOCALHOST./", "host-refused"),
            ("https://nats.nats.svc:4222/", "host-refused"),
            ("https://kubernetes.default.svc.cluster.local/", "host-refused"),
            ("https://api.ns.svc.corp.example/", "host-refused"),
            ("https://metadata.google.internal/", "host-refused"),
            ("https://metadata/", "host-refused"),
            ("https://user@ghcr.io/", "redirect-malformed"),
            ("https://user:password@ghcr.io/", "redirect-malformed"),
            ("ftp://ghcr.io/", "plain-text"),
        ] {
            assert_eq!(code(&guard, url), expected, "{url}");
        }
    }

    #[test]
    fn an_entry_opens_the_way_to_its_own_host_and_port_alone() {
        let guard = guard(
            "registries: { hosts: { 'registry.internal:5000': { addresses: private }, 'public.internal': {} } }\n\
             mirrors: { docker.io: { host: '127.0.0.1:15000', transport: http } }",
        );
        for (url, expected) in [
            ("https://registry.internal:5000/", "ok"),
            ("https://registry.internal/", "host-refused"),
            ("http://registry.internal:5000/", "plain-text"),
            ("https://public.internal/", "host-refused"),
            ("http://127.0.0.1:15000/", "ok"),
            ("http://127.0.0.1:15001/", "plain-text"),
            ("https://127.0.0.1:15001/", "address-refused"),
            ("https://127.0.0.1/", "address-refused"),
        ] {
            assert_eq!(code(&guard, url), expected, "{url}");
        }
    }

    #[test]
    fn ranges_are_lifted_and_added_by_the_settings() {
        let guard = guard(
            "registries: { allowedRanges: [10.20.0.0/16, 169.254.20.0/24], refusedRanges: [10.20.1.0/24, 1.2.3.0/24] }",
        );
        for (address, standing, accepted) in [
            ("10.20.0.5", Standing::Stranger, true),
            ("10.21.0.5", Standing::Stranger, false),
            ("10.20.1.5", Standing::Stranger, false),
            ("10.20.1.5", Standing::Listed, true),
            ("1.2.3.4", Standing::Stranger, false),
            ("1.2.4.4", Standing::Stranger, true),
            ("169.254.20.1", Standing::Stranger, true),
            ("169.254.169.254", Standing::Stranger, false),
            ("169.254.169.254", Standing::Listed, false),
            ("127.0.0.1", Standing::Listed, true),
            ("127.0.0.1", Standing::Stranger, false),
            ("10.0.0.1", Standing::Proxy, true),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(
                guard.address(standing, address).is_ok(),
                accepted,
                "{address} {standing:?}"
            );
        }
    }
}
