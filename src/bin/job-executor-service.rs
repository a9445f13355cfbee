//! The service: see [`job_executor_service::service`].
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its user")]

use std::process::ExitCode;

use clap::Parser as _;
use job_executor_service::service::{Options, run};

fn main() -> ExitCode {
    // Without a provider the first handshake would panic; a second installation is refused and harmless.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let options = Options::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(options)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
