//! The init container: see [`job_executor_service::init`].
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its user")]

use std::process::ExitCode;

use job_executor_service::init::{InitError, InitSettings, run};

fn main() -> ExitCode {
    match fetch() {
        Ok(files) => {
            println!("{files} file(s) written");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn fetch() -> Result<usize, InitError> {
    // Without a provider the first handshake would panic; a second installation is refused and harmless.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let settings = InitSettings::from_lookup(|name| std::env::var(name).ok())?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| InitError::Credential {
            what: "the runtime",
            why: error.to_string(),
        })?
        .block_on(run(&settings))
}
