//! The registry of a reference: a name or an address and perhaps a port, in the one spelling we compare.
//!
//! A registry must have one spelling only, or a deny rule is passed by writing it differently. So letters become lower
//! case, addresses their canonical form, Docker Hub's old name the new one, and the port of https goes where leaving it
//! out means the same to the kubelet.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::charset::{Piece, quoted, shown};
use super::error::{Part, ReferenceError};

/// The registry that a name without one means.
pub(super) const DOCKER_HUB: &str = "docker.io";
/// Docker Hub's former name, the same registry to both parsers.
const DOCKER_HUB_FORMER: &str = "index.docker.io";
/// Where Docker Hub really answers: the same images, yet another registry to every parser.
pub(super) const DOCKER_HUB_ENDPOINT: &str = "registry-1.docker.io";
const HOST_LIMIT: usize = 255;
const HTTPS: u16 = 443;

/// Whether the text before the first slash is a registry rather than the first name of a path.
pub(super) fn is_host(head: &str) -> bool {
    head.contains(['.', ':', '['])
}

/// Reads `host[:port]` and gives it in its one spelling.
pub(super) fn normalize(host: Piece<'_>) -> Result<String, ReferenceError> {
    if host.text.len() > HOST_LIMIT {
        return Err(ReferenceError::TooLong {
            part: Part::Registry,
            length: host.text.len(),
            limit: HOST_LIMIT,
        });
    }
    let (name, port, https_is_implied) = match host.text.strip_prefix('[') {
        Some(rest) => ipv6(host, rest)?,
        None => name_or_ipv4(host)?,
    };
    let port = port.map(parse_port).transpose()?;
    Ok(match port {
        Some(HTTPS) if https_is_implied => fold_hub(name),
        Some(port) => format!("{name}:{port}"),
        None => fold_hub(name),
    })
}

type Parsed<'a> = (String, Option<&'a str>, bool);

fn ipv6<'a>(host: Piece<'a>, rest: &'a str) -> Result<Parsed<'a>, ReferenceError> {
    let wrong = || ReferenceError::Ipv6 {
        written: quoted(host.text),
    };
    let (address, after) = rest.split_once(']').ok_or_else(wrong)?;
    let port = match after.strip_prefix(':') {
        Some(port) => Some(port),
        None if after.is_empty() => None,
        None => return Err(wrong()),
    };
    // The grammar knows no dotted form inside the brackets, though the address parser does.
    if address.contains('.') {
        return Err(wrong());
    }
    let address: Ipv6Addr = address.parse().map_err(|_| wrong())?;
    if let Some(ipv4) = address.to_ipv4_mapped() {
        return Err(ReferenceError::Ipv4InIpv6 {
            written: quoted(host.text),
            address: ipv4.to_string(),
        });
    }
    Ok((format!("[{address}]"), port, !address.is_loopback()))
}

fn name_or_ipv4(host: Piece<'_>) -> Result<Parsed<'_>, ReferenceError> {
    let (name, port) = match host.text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host.text, None),
    };
    let mut at = host.at;
    for label in name.split('.') {
        check_label(name, Piece { text: label, at })?;
        at = at.saturating_add(label.len()).saturating_add(1);
    }
    let name = name.to_ascii_lowercase();
    if !ends_in_number(&name) {
        // Without a dot and a port it would be no registry any more, and `.localhost` is http to some when bare.
        let https_is_implied = name.contains('.') && !name.ends_with(".localhost");
        return Ok((name, port, https_is_implied));
    }
    match name.parse::<Ipv4Addr>() {
        Ok(address) => Ok((address.to_string(), port, !address.is_loopback())),
        Err(_) => Err(ReferenceError::Ipv4 {
            written: quoted(host.text),
        }),
    }
}

fn check_label(host: &str, label: Piece<'_>) -> Result<(), ReferenceError> {
    if label.text.is_empty() {
        return Err(ReferenceError::EmptyLabel {
            written: quoted(host),
            column: label.column(0),
        });
    }
    let foreign = label
        .text
        .chars()
        .enumerate()
        .find(|(_, c)| !c.is_ascii_alphanumeric() && *c != '-');
    if let Some((offset, character)) = foreign {
        return Err(ReferenceError::Character {
            character: shown(character),
            column: label.column(offset),
            part: Part::Registry,
            hint: "letters, digits, `-` and `.` are, and a port after `:`",
        });
    }
    if label.text.starts_with('-') || label.text.ends_with('-') {
        return Err(ReferenceError::Label {
            label: quoted(label.text),
            column: label.column(0),
        });
    }
    Ok(())
}

/// Resolvers take `127.1`, `0x7f000001` and `2130706433` for addresses, and each in its own way.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|b| b.is_ascii_digit())
}

fn parse_port(text: &str) -> Result<u16, ReferenceError> {
    let wrong = || ReferenceError::Port { written: quoted(text) };
    if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

fn fold_hub(name: String) -> String {
    if name == DOCKER_HUB_FORMER {
        DOCKER_HUB.to_owned()
    } else {
        name
    }
}
