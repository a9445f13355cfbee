//! Host and port of a request: what credentials, rules and connections are bound to.

use std::fmt;

use reqwest::Url;
use reqwest::header::HeaderValue;

/// Longest host that is shown; longer ones are cut.
const SHOWN: usize = 100;

/// Host in lower case (IPv6 in brackets) and port, the scheme's own where none was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority {
    host: String,
    port: u16,
}

impl Authority {
    /// Of an address; `None` where it has no host or a scheme that is not http or https.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.strip_suffix('.').unwrap_or(host);
        Some(Self {
            host: host.to_ascii_lowercase(),
            port: url.port_or_known_default()?,
        })
    }

    /// Of a registry as references name it, with the port of https where it names none.
    pub(super) fn of_registry(registry: &str) -> Option<Self> {
        Self::of(&Url::parse(&format!("https://{registry}/")).ok()?)
    }

    /// The host alone.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether `other` is a name below this host, at https' own port: whoever has this name has given that one away.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let named = !self.host.starts_with('[') && self.host.parse::<std::net::IpAddr>().is_err();
        named
            && other.port == HTTPS
            && other
                .host
                .strip_suffix(&self.host)
                .is_some_and(|labels| labels.ends_with('.') && labels.len() > 1)
    }
}

/// The port of https.
pub(super) const HTTPS: u16 = 443;

impl fmt::Display for Authority {
    /// Letters, digits and `.-:[]` only: the host may have been named by a registry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.host.chars().take(SHOWN) {
            let plain = character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | ':' | '[' | ']' | '_');
            fmt::Write::write_char(f, if plain { character } else { '?' })?;
        }
        if self.host.chars().nth(SHOWN).is_some() {
            f.write_str("…")?;
        }
        if self.port == HTTPS {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

/// A text that is sent and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that sends it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// As the value of a header that is never logged.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.0).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_part_of_it_and_the_spelling_of_a_host_is_not() {
        for (one, other, same) in [
            ("https://r.example/a", "https://R.example:443/b", true),
            ("https://r.example/", "https://r.example./", true),
            ("https://r.example/", "http://r.example/", false),
            ("https://r.example/", "https://r.example:5000/", false),
            ("https://[::1]/", "https://[0:0::1]/", true),
            ("https://127.0.0.1/", "https://0x7f.1/", true),
        ] {
            let of = |text: &str| Authority::of(&Url::parse(text).unwrap()).unwrap();
            assert_eq!(of(one) == of(other), same, "{one} {other}");
        }
        assert_eq!(Authority::of(&Url::parse("file:///etc/passwd").unwrap()), None);
    }

    #[test]
    fn a_host_holds_names_below_it_and_no_others() {
        for (host, other, expected) in [
            ("acme.example", "auth.acme.example", true),
            ("acme.example:5000", "auth.acme.example", true),
            ("acme.example", "auth.acme.example:8443", false),
            ("acme.example", "acme.example", false),
            ("acme.example", "evilacme.example", false),
            ("registry.acme.example", "auth.acme.example", false),
            ("acme.example", "acme.example.evil.example", false),
            ("10.0.0.1:5000", "1.10.0.0.1:443", false),
        ] {
            let of = |text: &str| Authority::of_registry(text);
            let (Some(host), Some(other)) = (of(host), of(other)) else {
                continue;
            };
            assert_eq!(host.holds(&other), expected, "{host} {other}");
        }
    }

    #[test]
    fn what_is_shown_is_bounded_and_a_secret_is_not_shown() {
        let long = Authority {
            host: "a\u{202e}".repeat(200),
            port: 443,
        };
        assert_eq!(long.to_string().chars().count(), SHOWN + 1);
        assert!(!long.to_string().contains('\u{202e}'));
        assert_eq!(format!("{:?}", Secret::new("canary".to_owned())), "…");
    }
}
