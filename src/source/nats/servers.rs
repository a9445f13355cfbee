//! The configured addresses of NATS servers, with their credentials taken out of them.
//!
//! The library reads no credentials from an address and prints addresses in its log: so they are split here, and an
//! address never carries a secret any further.

use async_nats::ServerAddr;
use reqwest::Url;

use super::super::SourceError;

/// Where to connect, and as whom.
pub(super) struct Servers {
    /// Addresses without credentials; at least one.
    pub(super) addresses: Vec<ServerAddr>,
    /// The credentials that the addresses carried.
    pub(super) credentials: Credentials,
}

/// As whom to connect. Without `Debug`: it is shown nowhere.
#[derive(PartialEq, Eq)]
pub(super) enum Credentials {
    /// As nobody.
    None,
    /// `nats://TOKEN@host`
    Token(String),
    /// `nats://USER:PASSWORD@host`
    User {
        /// User name.
        name: String,
        /// Password.
        password: String,
    },
}

impl Servers {
    /// Parses comma-separated addresses, as in `EVENTBROKER`. Those that carry credentials must carry the same.
    pub(super) fn parse(servers: &str) -> Result<Self, SourceError> {
        let mut parsed = Self {
            addresses: Vec::new(),
            credentials: Credentials::None,
        };
        for server in servers.split(',').map(str::trim).filter(|server| !server.is_empty()) {
            let (address, credentials) = split(server)?;
            if credentials != Credentials::None {
                if parsed.credentials != Credentials::None && parsed.credentials != credentials {
                    return Err(refused("two servers have different credentials"));
                }
                parsed.credentials = credentials;
            }
            parsed.addresses.push(address);
        }
        if parsed.addresses.is_empty() {
            Err(refused("it is empty"))
        } else {
            Ok(parsed)
        }
    }
}

/// One address and what it carried.
fn split(server: &str) -> Result<(ServerAddr, Credentials), SourceError> {
    let with_scheme = if server.contains("://") {
        server.to_owned()
    } else {
        format!("nats://{server}")
    };
    let mut url = Url::parse(&with_scheme).map_err(|error| refused(&error.to_string()))?;
    let decoded = |text: &str| decode(text).ok_or_else(|| refused("its user or password is no UTF-8 text"));
    let credentials = match (url.username(), url.password()) {
        ("", None) => Credentials::None,
        (token, None) => Credentials::Token(decoded(token)?),
        (name, Some(password)) => Credentials::User {
            name: decoded(name)?,
            password: decoded(password)?,
        },
    };
    // An address without a host cannot lose its user; it is refused just below.
    let stripped = url.set_username("").is_ok() && url.set_password(None).is_ok();
    if !stripped || url.host_str().is_none_or(str::is_empty) {
        return Err(refused("it has no host"));
    }
    let address = ServerAddr::from_url(url).map_err(|error| refused(&error.to_string()))?;
    Ok((address, credentials))
}

/// Decodes `%XX`; `None` for what is then no UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn refused(reason: &str) -> SourceError {
    SourceError::Address {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_of_addresses() {
        let user = |name: &str, password: &str| Credentials::User {
            name: name.to_owned(),
            password: password.to_owned(),
        };
        let rows = [
            ("nats://host", &["nats://host"][..], Credentials::None),
            ("host:4333", &["nats://host:4333"], Credentials::None),
            ("tls://host", &["tls://host"], Credentials::None),
            ("nats://a, nats://b,", &["nats://a", "nats://b"], Credentials::None),
            (
                "nats://t%40ken@host",
                &["nats://host"],
                Credentials::Token("t@ken".to_owned()),
            ),
            ("nats://u:p%3Aw@host:1", &["nats://host:1"], user("u", "p:w")),
            (
                "nats://u:p@a,nats://b,u:p@c",
                &["nats://a", "nats://b", "nats://c"],
                user("u", "p"),
            ),
            ("nats://u:@host", &["nats://host"], Credentials::Token("u".to_owned())),
        ];
        for (servers, addresses, credentials) in rows {
            let Ok(parsed) = Servers::parse(servers) else {
                panic!("{servers}")
            };
            let shown: Vec<String> = parsed.addresses.iter().map(|one| one.as_url_str().to_owned()).collect();
            assert_eq!(shown, addresses, "{servers}");
            assert!(parsed.credentials == credentials, "{servers}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for servers in [
            "",
            " , ",
            "http://user:secret@host",
            "nats://user:secret@host:port",
            "nats://",
            "nats://secret@",
            "nats://a:secret@x,nats://b:secret@y",
            "nats://secret%ff@host",
            "nats://secret%@host",
        ] {
            let Err(error) = Servers::parse(servers) else {
                panic!("{servers}")
            };
            assert!(matches!(error, SourceError::Address { .. }), "{servers}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
