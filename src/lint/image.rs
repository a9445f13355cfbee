//! `job-lint image`: how references are read, and which patterns match them.

use super::arguments::{Format, ImageArguments};
use super::{Exit, Streams};
use crate::image::{Pattern, describe};
use crate::report::escape;

pub(super) fn run(arguments: &ImageArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let mut patterns = Vec::new();
    for text in &arguments.patterns {
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                writeln!(streams.err, "error: pattern `{}`: {error}", escape(text))?;
                return Ok(Exit::Undecided);
            }
        }
    }
    let mut exit = Exit::Clean;
    for reference in &arguments.references {
        let description = describe(reference, &patterns);
        if !description.valid {
            exit = Exit::Denied;
        }
        match arguments.format {
            Format::Json => writeln!(streams.out, "{}", serde_json::to_string(&description).unwrap_or_default())?,
            Format::Human => writeln!(streams.out, "{description}")?,
        }
    }
    Ok(exit)
}
