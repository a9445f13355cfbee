//! Address ranges, in the one spelling that every enforcer of NetworkPolicies reads alike.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::yaml::quoted;

/// An IPv4 or IPv6 range. Displays in canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u32,
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// Neither form.
    #[error("{0} is not an address range")]
    Malformed(String),
    /// `10.0.0.1/8`: some enforcers cut the host bits, some refuse.
    #[error("{written} has bits set beyond its prefix")]
    HostBits {
        /// As written, safe to print.
        written: String,
        /// The range that holds it.
        network: String,
    },
    /// `::ffff:10.0.0.0/104`: some enforcers read IPv4, some IPv6.
    #[error("{0} is an IPv4 range in IPv6 form")]
    MappedIpv4(String),
}

impl CidrError {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Malformed(_) => "write a range such as `10.0.0.0/8` or `2001:db8::/32`".to_owned(),
            Self::HostBits { network, .. } => format!("write `{network}`"),
            Self::MappedIpv4(_) => "write it as IPv4".to_owned(),
        }
    }
}

impl Cidr {
    /// Reads `address/prefix`.
    ///
    /// # Errors
    /// [`CidrError`] for what two readers could take for different ranges.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let malformed = || CidrError::Malformed(quoted(text));
        let (address, prefix) = text.split_once('/').ok_or_else(malformed)?;
        let address: IpAddr = address.parse().map_err(|_| malformed())?;
        if matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()) {
            return Err(CidrError::MappedIpv4(quoted(text)));
        }
        let plain = prefix == "0" || prefix.starts_with(|first: char| ('1'..='9').contains(&first));
        let prefix: u32 = prefix.parse().ok().filter(|_| plain).ok_or_else(malformed)?;
        if prefix > width(address) {
            return Err(malformed());
        }
        let network = Self {
            address: masked(address, prefix),
            prefix,
        };
        if network.address != address {
            return Err(CidrError::HostBits {
                written: quoted(text),
                network: network.to_string(),
            });
        }
        Ok(network)
    }

    /// Whether `part` lies within this range and is smaller, as Kubernetes wants it of `except`.
    #[must_use]
    pub fn holds(&self, part: &Self) -> bool {
        self.address.is_ipv4() == part.address.is_ipv4()
            && part.prefix > self.prefix
            && masked(part.address, self.prefix) == self.address
    }
}

impl Cidr {
    /// Whether this address lies in the range. IPv4 addresses lie in IPv4 ranges only, in whatever form they come.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.address.is_ipv4() == address.is_ipv4() && masked(address, self.prefix) == self.address
    }
}

impl Serialize for Cidr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("{error}; {}", error.help())))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, prefix: u32) -> IpAddr {
    let zeros = width(address).saturating_sub(prefix);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(zeros).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(zeros).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_one_spelling() {
        for (text, canonical) in [
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("10.0.0.0/8", Some("10.0.0.0/8")),
            ("192.0.2.1/32", Some("192.0.2.1/32")),
            ("::/0", Some("::/0")),
            ("2001:DB8:0:0::/32", Some("2001:db8::/32")),
            ("2001:db8::1/128", Some("2001:db8::1/128")),
            ("", None),
            ("10.0.0.0", None),
            ("10.0.0.0/", None),
            ("10.0.0.0/33", None),
            ("10.0.0.0/08", None),
            ("10.0.0.0/+8", None),
            ("10.0.0.0/-1", None),
            ("10.0.0.0/8/8", None),
            ("10.0.0/8", None),
            ("010.0.0.0/8", None),
            ("10.0.0.1/8", None),
            ("::/129", None),
            ("::1/64", None),
            ("fe80::%eth0/64", None),
            ("::ffff:10.0.0.0/104", None),
            (" 10.0.0.0/8", None),
            ("example.com/8", None),
        ] {
            assert_eq!(
                Cidr::parse(text).ok().map(|cidr| cidr.to_string()).as_deref(),
                canonical,
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_address_lies_in_a_range_of_its_own_family() {
        for (range, address, expected) in [
            ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.1.2.3/32", "10.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "10.0.0.1", false),
            ("fc00::/7", "fd12::1", true),
            ("fc00::/7", "fe80::1", false),
        ] {
            let address: IpAddr = address.parse().expect(address);
            assert_eq!(
                Cidr::parse(range).expect(range).contains(address),
                expected,
                "{range} {address}"
            );
        }
    }

    #[test]
    fn a_part_is_smaller_and_within() {
        for (whole, part, expected) in [
            ("0.0.0.0/0", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", false),
            ("10.0.0.0/8", "0.0.0.0/0", false),
            ("10.0.0.0/8", "11.0.0.0/16", false),
            ("0.0.0.0/0", "::/1", false),
            ("::/0", "10.0.0.0/8", false),
            ("2001:db8::/32", "2001:db8:1::/48", true),
            ("2001:db8::/32", "2001:db9::/48", false),
        ] {
            let (whole, part) = (Cidr::parse(whole).expect(whole), Cidr::parse(part).expect(part));
            assert_eq!(whole.holds(&part), expected, "{whole} {part}");
        }
    }
}
