//! `job-lint image`: how references are read, and which patterns match them.

use super::arguments::{Format, ImageArguments};
use super::{Exit, Streams};
use crate::image::{Description, Pattern, describe};
use crate::report::{escape_line, json_line};

pub(super) fn run(arguments: &ImageArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let mut patterns = Vec::new();
    for text in &arguments.patterns {
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                writeln!(streams.err, "error: pattern `{}`: {error}", escape_line(text))?;
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
            Format::Json => writeln!(streams.out, "{}", json_line(&description))?,
            Format::Human => human(&description, streams)?,
        }
    }
    Ok(exit)
}

fn human(description: &Description, streams: &mut Streams<'_>) -> std::io::Result<()> {
    match (&description.normalized, &description.error) {
        (Some(normalized), _) => writeln!(streams.out, "{}\n  is {normalized}", escape_line(&description.input))?,
        (None, error) => writeln!(
            streams.out,
            "{}\n  is no image reference: {}",
            escape_line(&description.input),
            escape_line(error.as_deref().unwrap_or_default())
        )?,
    }
    // What is no reference matches nothing; saying so for each pattern would only be noise.
    for answer in description.patterns.iter().filter(|_| description.valid) {
        let word = if answer.matches { "matches" } else { "does not match" };
        writeln!(streams.out, "  {word} {}", escape_line(&answer.pattern))?;
    }
    for note in &description.notes {
        writeln!(streams.out, "  note: {}", escape_line(note))?;
    }
    Ok(())
}
