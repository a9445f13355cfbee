//! The hostile registry as a process, for scripts and other tools.
//!
//! Prints `plain=ADDRESS`, `tls=ADDRESS` and the authority's PEM, and serves until it is ended. `--list` prints what each
//! repository's name makes it do.

#[path = "mod.rs"]
mod hostile_registry;

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;

use clap::Parser;

use hostile_registry::HostileRegistry;

/// A registry that misbehaves.
#[derive(Parser)]
struct Arguments {
    /// Address for plain text.
    #[arg(long, default_value = "127.0.0.1:0")]
    plain: SocketAddr,
    /// Address for TLS.
    #[arg(long, default_value = "127.0.0.1:0")]
    tls: SocketAddr,
    /// Print the behaviours and end.
    #[arg(long)]
    list: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout();
    if arguments.list {
        for (name, what) in hostile_registry::BEHAVIOURS {
            writeln!(out, "{name:24} {what}")?;
        }
        return Ok(());
    }
    let registry = HostileRegistry::start(arguments.plain, arguments.tls).await?;
    writeln!(out, "plain={}\ntls={}\n{}", registry.plain, registry.tls, registry.ca)?;
    out.flush()?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    Ok(())
}
