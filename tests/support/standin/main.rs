//! The stand-in of the Keptn control plane as a process, for scripts.
//!
//! Prints `url=http://ADDRESS` as its first line and serves until it is ended. What it saw is read from
//! `/test/events?context=...`, `/test/pairs` and `/test/logs`; `/test/publish` publishes an event and `/test/fault` makes
//! requests fail.

#[path = "mod.rs"]
mod standin;

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Parser;

use standin::Standin;

/// Stands in for the Keptn control plane: resource service, error log and a record of events.
#[derive(Parser)]
struct Arguments {
    /// Address to serve at.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// NATS server whose events are recorded, such as nats://127.0.0.1:4222.
    #[arg(long)]
    nats: Option<String>,
    /// Files to commit first: PROJECT[/STAGE[/SERVICE]]=DIRECTORY; may be repeated.
    #[arg(long = "seed")]
    seeds: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments = Arguments::parse();
    let mut standin = Standin::start_at(arguments.listen).await?;
    for seed in &arguments.seeds {
        let (place, directory) = seed.split_once('=').ok_or("a seed has the form PLACE=DIRECTORY")?;
        let files = files_below(Path::new(directory))?;
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
            .collect();
        standin.put(place, &files);
    }
    if let Some(url) = &arguments.nats {
        standin.listen_to(url).await?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "url={}", standin.url())?;
    out.flush()?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    Ok(())
}

/// Every file below a directory, with its path from there.
fn files_below(root: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut directories: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                files.push((relative.to_owned(), std::fs::read(&path)?));
            }
        }
    }
    Ok(files)
}
