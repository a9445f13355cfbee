//! The service as a process: started, asked whether it is ready, weighed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::World;

/// The build of the bench profile, or another one: `SERVICE_BINARY`.
fn binary() -> String {
    std::env::var("SERVICE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_job-executor-service").to_owned())
}

/// A running service; dropping it kills it.
pub(crate) struct Service(Child);

impl Service {
    /// Starts the service, and says how long it took from `exec` to the first 200 of `/readyz`.
    pub(crate) async fn start(world: &World) -> (Self, Duration) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(world.folder.path().join("service.log"))
            .unwrap();
        let port = world.environment["HEALTH_ENDPOINT_PORT"].parse().unwrap();
        let begun = Instant::now();
        let child = Command::new(binary())
            .env_clear()
            .envs(&world.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let service = Self(child);
        while !is_ready(port).await {
            assert!(begun.elapsed() < Duration::from_secs(30), "not ready:\n{}", world.log());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (service, begun.elapsed())
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap()
    }

    /// A line of `/proc/PID/status`, in MiB.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = self.read("status");
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }

    /// CPU time so far, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        // Nanoseconds on a CPU of every thread; `stat` counts in hundredths of a second.
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        let of_thread = |entry: std::fs::DirEntry| -> Option<u64> {
            let text = std::fs::read_to_string(entry.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse().ok()
        };
        Duration::from_nanos(tasks.filter_map(Result::ok).filter_map(of_thread).sum())
    }

    /// Size of the executable, in MiB.
    pub(crate) fn binary_size() -> f64 {
        std::fs::metadata(binary()).unwrap().len() as f64 / 1024.0 / 1024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = [0; 12];
    stream.write_all(request).await.is_ok() && stream.read_exact(&mut answer).await.is_ok() && answer.ends_with(b" 200")
}

/// The moment that `/proc/uptime` counts from, to about a millisecond: its hundredths are caught as they change.
pub(crate) fn boot_time() -> Timestamp {
    let uptime = || -> f64 {
        let text = std::fs::read_to_string("/proc/uptime").unwrap();
        text.split_whitespace().next().unwrap().parse().unwrap()
    };
    let first = uptime();
    loop {
        let (up, now) = (uptime(), Timestamp::now());
        if up > first {
            return now - SignedDuration::from_secs_f64(up);
        }
    }
}
