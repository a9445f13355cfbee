//! The world outside the cluster: a network namespace of the test's own, with two addresses that pods can route to.
//!
//! The addresses are of the range that is kept for documentation. Dropping it leaves nothing behind.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Port of its server, which ends every connection as soon as it stands.
pub(crate) const PORT: u16 = 8080;

/// Two addresses outside the cluster, each with a server.
pub(crate) struct Outside {
    /// One address.
    pub(crate) address: String,
    /// Another address of the same range.
    pub(crate) neighbour: String,
    space: String,
    device: String,
    server: Child,
}

impl Outside {
    /// Takes two addresses that nobody else on this machine uses.
    pub(crate) fn start() -> Self {
        let first = std::process::id() % 120;
        (0..120)
            .map(|step| 2 + 2 * ((first + step) % 120))
            .find_map(Self::start_at)
            .expect("no free address in 203.0.113.0/24")
    }

    fn start_at(number: u32) -> Option<Self> {
        let (space, device, peer) = (
            format!("jes-{number}"),
            format!("jes{number}a"),
            format!("jes{number}b"),
        );
        if !ip(&["netns", "add", &space]) {
            return None;
        }
        let (address, neighbour) = (format!("203.0.113.{number}"), format!("203.0.113.{}", number + 1));
        let gateway = format!("198.51.100.{number}");
        let in_space = |arguments: &[&str]| ip(&[&["-n", &space], arguments].concat());
        let routed = ip(&[
            "link", "add", &device, "type", "veth", "peer", "name", &peer, "netns", &space,
        ]) && ip(&["addr", "add", &format!("{gateway}/32"), "dev", &device])
            && ip(&["link", "set", &device, "up"])
            && in_space(&["link", "set", "lo", "up"])
            && in_space(&["addr", "add", &format!("{address}/32"), "dev", &peer])
            && in_space(&["addr", "add", &format!("{neighbour}/32"), "dev", &peer])
            && in_space(&["link", "set", &peer, "up"])
            && in_space(&["route", "add", &gateway, "dev", &peer])
            && in_space(&["route", "add", "default", "via", &gateway])
            && ip(&["route", "add", &address, "dev", &device])
            && ip(&["route", "add", &neighbour, "dev", &device]);
        assert!(routed, "no route to a network namespace of one's own: is this root?");
        let server = Command::new("ip")
            .args([
                "netns",
                "exec",
                &space,
                "busybox",
                "nc",
                "-ll",
                "-p",
                &PORT.to_string(),
                "-e",
                "/bin/true",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let outside = Self {
            address,
            neighbour,
            space,
            device,
            server,
        };
        let begun = Instant::now();
        while TcpStream::connect((outside.address.as_str(), PORT)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "the server outside does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(outside)
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        ip(&["link", "delete", &self.device]);
        ip(&["netns", "delete", &self.space]);
    }
}

fn ip(arguments: &[&str]) -> bool {
    let output = Command::new("ip").args(arguments).output().expect("the command `ip`");
    output.status.success()
}
