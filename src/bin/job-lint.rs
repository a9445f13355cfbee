//! `job-lint`: see [`job_executor_service::lint`].

use std::io::{stderr, stdout};
use std::process::ExitCode;

use job_executor_service::lint::{Exit, Streams, run};

fn main() -> ExitCode {
    // Without a provider the first handshake would panic; a second installation is refused and harmless.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let arguments = std::env::args_os().skip(1).collect();
    let exit = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .and_then(|runtime| {
            let mut streams = Streams {
                out: &mut stdout().lock(),
                err: &mut stderr().lock(),
            };
            runtime.block_on(run(arguments, &mut streams))
        });
    // A closed pipe (`job-lint … | head`) is no verdict.
    ExitCode::from(exit.unwrap_or(Exit::Undecided).code())
}
