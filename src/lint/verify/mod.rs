//! `job-lint verify`: signatures, explained. The verifier is the one that the gate asks; nothing here judges anything.

mod bundle;
mod image;
mod told;

use super::arguments::{VerifyArguments, VerifyCommand};
use super::{Exit, Streams};

pub(super) use bundle::run as bundle;

pub(super) async fn run(arguments: &VerifyArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    match &arguments.command {
        VerifyCommand::Image(arguments) => image::run(arguments, streams).await,
        VerifyCommand::Bundle(arguments) => bundle(arguments, streams),
    }
}
