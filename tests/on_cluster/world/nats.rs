//! A NATS server for each world.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::free_port;

/// A NATS server of this test alone: queue groups of different tests would take each other's events.
pub(super) fn start_nats(folder: &Path) -> (Child, String) {
    let port = free_port();
    // More than a server takes by default: what the service does with it is ours to show.
    let config = folder.join("nats.conf");
    std::fs::write(&config, "max_payload: 8388608\nmax_pending: 67108864\n").unwrap();
    let mut child = Command::new(Path::new(&std::env::var("RIG_BIN").unwrap()).join("nats-server"))
        .args([
            "--config",
            config.to_str().unwrap(),
            "--addr",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--store_dir",
            folder.join("nats").to_str().unwrap(),
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let ready = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| line.contains("Server is ready"));
    assert!(ready, "nats-server did not become ready");
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    (child, format!("nats://127.0.0.1:{port}"))
}
