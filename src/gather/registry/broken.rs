//! What an error of the HTTP client means, in our words.

use std::error::Error;

use super::authority::Authority;
use super::error::RegistryError;
use super::kinds::Breakage;
use super::limits::Times;
use super::resolver::{NoAddress, Refused};

/// What an error of the HTTP client means, in our words: its own text may hold addresses and answers.
pub(super) fn broken(error: &reqwest::Error, host: &Authority, times: &Times) -> RegistryError {
    let what = match cause(error) {
        Some(Cause::Refused(address, why)) => {
            return RegistryError::AddressRefused {
                host: host.clone(),
                address,
                why,
            };
        }
        _ if error.is_timeout() => {
            return RegistryError::Timeout {
                limit: if error.is_connect() { times.connect } else { times.read },
            };
        }
        Some(Cause::NoAddress) => Breakage::NoAddress,
        Some(Cause::Tls) => Breakage::Tls,
        None if error.is_connect() => Breakage::Connect,
        None if error.is_body() || error.is_decode() => Breakage::Cut,
        None => Breakage::Protocol,
    };
    RegistryError::Unreachable { what }
}

enum Cause {
    Refused(std::net::IpAddr, &'static str),
    NoAddress,
    Tls,
}

fn cause(error: &reqwest::Error) -> Option<Cause> {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(Cause::Refused(refused.address, refused.why));
        }
        if error.is::<NoAddress>() {
            return Some(Cause::NoAddress);
        }
        if error.is::<rustls::Error>() {
            return Some(Cause::Tls);
        }
        // An I/O error of the TLS layer keeps its cause to itself unless asked.
        source = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
