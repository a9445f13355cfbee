//! `job-lint`: the gate on a desk. Wiring only; the verdict is the service's own.
//!
//! Exit codes everywhere: 0 clean, 1 denied, 2 undecided or wrong usage; denied beats undecided.

mod arguments;
mod check;
mod checkout;
mod configs;
mod desk;
mod explain;
mod image;
mod legacy;
mod plan;
mod verify;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser as _;

pub use arguments::{Arguments, Command, Format};

/// Where output goes: data to `out`, everything else to `err`.
pub struct Streams<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
}

/// What a run of `job-lint` ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to complain about.
    Clean,
    /// Something could not be found out, or the call was wrong.
    Undecided,
    /// Something is refused.
    Denied,
}

impl Exit {
    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Denied => 1,
            Self::Undecided => 2,
        }
    }
}

/// Runs `job-lint` with the arguments after its name. Only an output stream that breaks is an error.
///
/// # Errors
/// Writing to a stream failed.
pub async fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let arguments: Result<Vec<String>, OsString> = arguments.into_iter().map(OsString::into_string).collect();
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(argument) => {
            let shown = crate::report::escape_line(&argument.to_string_lossy());
            writeln!(streams.err, "error: the argument {shown} is not UTF-8")?;
            return Ok(Exit::Undecided);
        }
    };
    if legacy::wants(&arguments) {
        return legacy::run(&arguments, streams).await;
    }
    let parsed =
        match Arguments::try_parse_from(std::iter::once("job-lint").chain(arguments.iter().map(String::as_str))) {
            Ok(parsed) => parsed,
            Err(error) if error.use_stderr() => {
                write!(streams.err, "{error}")?;
                return Ok(Exit::Undecided);
            }
            Err(help) => {
                write!(streams.out, "{help}")?;
                return Ok(Exit::Clean);
            }
        };
    match parsed.command {
        Command::Check(arguments) => check::run(&arguments, streams).await,
        Command::Plan(arguments) => plan::run(&arguments, streams).await,
        Command::Image(arguments) => image::run(&arguments, streams),
        Command::Verify(arguments) => verify::run(&arguments, streams).await,
        Command::VerifyBundle(arguments) => verify::bundle(&arguments, streams),
        Command::Explain { check } => explain::run(check.as_deref(), streams),
    }
}
