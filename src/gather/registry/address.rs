//! Which addresses are nobody's business of a registry: judged after names are resolved, and on the address that is
//! then connected to.
//!
//! IPv6 is judged the other way round: only global unicast is accepted, and of it what holds no IPv4 address inside
//! that is refused itself (6to4, NAT64, mapped and translated forms), or is no address of a host at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of refused address it is; link-local ones are refused even for hosts that the settings list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Any host of the world.
    Public,
    /// Inside: accepted for a host that the settings list.
    Inside(&'static str),
    /// The machine's own services and what is no host: accepted only where the settings list its range.
    Never(&'static str),
}

/// `(network, prefix, reach)`; the first that holds the address counts.
const IPV4: [(Ipv4Addr, u32, Reach); 19] = [
    (Ipv4Addr::UNSPECIFIED, 8, Reach::Never("unspecified")),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Reach::Inside("private")),
    // Alibaba's metadata service stands inside the shared range.
    (
        Ipv4Addr::new(100, 100, 100, 200),
        32,
        Reach::Never("a cloud's metadata service"),
    ),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        Reach::Inside("of the shared range of carriers and clusters"),
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Reach::Inside("loopback")),
    // The public-looking address of Azure's host agent.
    (
        Ipv4Addr::new(168, 63, 129, 16),
        32,
        Reach::Never("a cloud's metadata service"),
    ),
    (
        Ipv4Addr::new(169, 254, 0, 0),
        16,
        Reach::Never("link-local, as metadata services are"),
    ),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Reach::Inside("private")),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Reach::Never("reserved for protocols")),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Reach::Inside("for documentation")),
    (
        Ipv4Addr::new(192, 31, 196, 0),
        24,
        Reach::Never("reserved for protocols"),
    ),
    (
        Ipv4Addr::new(192, 52, 193, 0),
        24,
        Reach::Never("reserved for protocols"),
    ),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Reach::Never("a relay to IPv6")),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Reach::Inside("private")),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Reach::Inside("for benchmarks")),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Reach::Inside("for documentation")),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Reach::Inside("for documentation")),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Reach::Never("multicast")),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Reach::Never("reserved")),
];

/// Judges an address.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_of_v4(address),
        IpAddr::V6(address) => reach_of_v6(address),
    }
}

fn reach_of_v4(address: Ipv4Addr) -> Reach {
    IPV4.iter()
        .find(|(network, prefix, _)| {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(*prefix)).unwrap_or(0);
            address.to_bits() & mask == network.to_bits()
        })
        .map_or(Reach::Public, |(_, _, reach)| *reach)
}

fn reach_of_v6(address: Ipv6Addr) -> Reach {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let low = v4(g, h);
    match (a, b, c, d, e, f) {
        _ if address.is_unspecified() => Reach::Never("unspecified"),
        _ if address.is_loopback() => Reach::Inside("loopback"),
        // Mapped, and its translated sibling: IPv4 in other clothes.
        (0, 0, 0, 0, 0, 0xffff) => reach_of_v4(low),
        (0, 0, 0, 0, 0xffff, 0) => inner(low),
        // NAT64: how a cluster without IPv4 reaches a registry that has nothing else.
        (0x64, 0xff9b, 0, 0, 0, 0) => inner(low),
        (0xfe80..=0xfebf, ..) => Reach::Never("link-local"),
        (0xfec0..=0xfeff, ..) => Reach::Inside("site-local"),
        // AWS' metadata service has an address among the private ones, and so has Google's.
        (0xfd00, 0x0ec2, 0, 0, 0, 0) | (0xfd20, 0x00ce, 0, 0, 0, 0) if g == 0 && h == 0x254 => {
            Reach::Never("a cloud's metadata service")
        }
        (0xfc00..=0xfdff, ..) => Reach::Inside("private"),
        (0xff00..=0xffff, ..) => Reach::Never("multicast"),
        (0x2001, 0..=0x01ff, ..) => Reach::Never("reserved for protocols"),
        (0x2001, 0x0db8, ..) | (0x3fff, 0..=0x0fff, ..) => Reach::Inside("for documentation"),
        (0x2002, ..) => inner(v4(b, c)),
        // ISATAP: the IPv4 address stands in the host part.
        (0x2000..=0x3fff, _, _, _, 0 | 0x0200, 0x5efe) => inner(low),
        (0x2000..=0x3fff, ..) => Reach::Public,
        _ => Reach::Never("no address of a host"),
    }
}

/// An address that a router unpacks: what is inside counts, and nothing refused gets milder by the packing.
fn inner(address: Ipv4Addr) -> Reach {
    match reach_of_v4(address) {
        Reach::Public => Reach::Public,
        Reach::Inside(why) | Reach::Never(why) => Reach::Never(why),
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_range_is_refused_from_its_first_to_its_last_address_and_its_neighbours_are_not() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", None, Some("1.0.0.0")),
            ("10.0.0.0", "10.255.255.255", Some("9.255.255.255"), Some("11.0.0.0")),
            (
                "100.64.0.0",
                "100.127.255.255",
                Some("100.63.255.255"),
                Some("100.128.0.0"),
            ),
            (
                "127.0.0.0",
                "127.255.255.255",
                Some("126.255.255.255"),
                Some("128.0.0.0"),
            ),
            (
                "168.63.129.16",
                "168.63.129.16",
                Some("168.63.129.15"),
                Some("168.63.129.17"),
            ),
            (
                "169.254.0.0",
                "169.254.255.255",
                Some("169.253.255.255"),
                Some("169.255.0.0"),
            ),
            (
                "172.16.0.0",
                "172.31.255.255",
                Some("172.15.255.255"),
                Some("172.32.0.0"),
            ),
            ("192.0.0.0", "192.0.0.255", Some("191.255.255.255"), Some("192.0.1.0")),
            ("192.0.2.0", "192.0.2.255", Some("192.0.1.255"), Some("192.0.3.0")),
            (
                "192.88.99.0",
                "192.88.99.255",
                Some("192.88.98.255"),
                Some("192.88.100.0"),
            ),
            (
                "192.168.0.0",
                "192.168.255.255",
                Some("192.167.255.255"),
                Some("192.169.0.0"),
            ),
            (
                "198.18.0.0",
                "198.19.255.255",
                Some("198.17.255.255"),
                Some("198.20.0.0"),
            ),
            (
                "198.51.100.0",
                "198.51.100.255",
                Some("198.51.99.255"),
                Some("198.51.101.0"),
            ),
            (
                "203.0.113.0",
                "203.0.113.255",
                Some("203.0.112.255"),
                Some("203.0.114.0"),
            ),
            ("224.0.0.0", "255.255.255.255", Some("223.255.255.255"), None),
        ] {
            for refused in [first, last] {
                assert_ne!(reach(refused.parse().unwrap()), Reach::Public, "{refused}");
            }
            for accepted in [before, after].into_iter().flatten() {
                assert_eq!(reach(accepted.parse().unwrap()), Reach::Public, "{accepted}");
            }
        }
    }

    #[test]
    fn ipv4_in_the_clothes_of_ipv6_is_still_ipv4() {
        for (address, public) in [
            ("::ffff:10.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("::ffff:0:127.0.0.1", false),
            ("::127.0.0.1", false),
            ("::1.1.1.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::169.254.169.254", false),
            ("64:ff9b::1.1.1.1", true),
            ("64:ff9b:1::1.1.1.1", false),
            ("2002:0a00:0001::1", false),
            ("2002:a9fe:a9fe::1", false),
            ("2002:0101:0101::1", true),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false),
            ("2606:4700::5efe:10.0.0.1", false),
            ("2606:4700::200:5efe:10.0.0.1", false),
        ] {
            assert_eq!(reach(address.parse().unwrap()) == Reach::Public, public, "{address}");
        }
    }

    #[test]
    fn ipv6_is_public_only_where_it_is_global_unicast() {
        for (address, public) in [
            ("::", false),
            ("::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fd20:ce::254", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("3fff::1", false),
            ("100::1", false),
            ("5f00::1", false),
            ("4000::1", false),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:800::2003", true),
            ("2001:4860:4860::8888", true),
        ] {
            assert_eq!(reach(address.parse().unwrap()) == Reach::Public, public, "{address}");
        }
    }

    #[test]
    fn no_entry_for_a_host_opens_the_way_to_a_metadata_service() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::a9fe:a9fe",
            "64:ff9b::a9fe:a9fe",
            "0.0.0.0",
            "::",
        ] {
            assert!(matches!(reach(address.parse().unwrap()), Reach::Never(_)), "{address}");
        }
    }
}
