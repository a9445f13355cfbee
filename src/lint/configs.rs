//! Configs as they are named on the command line: files, folders, standard input. Reads, and never judges.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::desk::Unusable;
use crate::config::{self, JobConfig};
use crate::matching::EventPattern;
use crate::report::escape_line;
use crate::store::Limits;
use crate::yaml::{Problem, SourceText, Span};

/// A config that was read.
pub(super) struct Opened {
    pub(super) source: SourceText,
    pub(super) config: JobConfig,
    /// What may surprise, by position.
    pub(super) warnings: Vec<Problem>,
}

/// A config that could not be judged.
pub(super) enum Unopened {
    /// The file cannot be read.
    Unreadable(Unusable),
    /// It is not a job config.
    Refused {
        /// The file.
        source: SourceText,
        /// Why.
        problems: Vec<Problem>,
    },
}

/// What messages call a file.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Reads a text file, or standard input for `-`, as far as the service would read it.
pub(super) fn read(path: &Path) -> Result<String, Unusable> {
    let limit = Limits::DEFAULT.config_bytes;
    let bytes = bounded(path, limit, "the most that the service reads")?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        unreadable(path, &format!("it is not UTF-8 from byte {valid} on"))
    })
}

/// Reads any file, or standard input for `-`.
pub(super) fn read_bytes(path: &Path, limit: usize) -> Result<Vec<u8>, Unusable> {
    bounded(path, limit, "the most that is read here")
}

fn unreadable(path: &Path, why: &str) -> Unusable {
    Unusable(format!("error: {} cannot be read: {why}\n", escape_line(&shown(path))))
}

fn bounded(path: &Path, limit: usize, meaning: &str) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let result = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    result.map_err(|error| unreadable(path, &error.to_string()))?;
    if bytes.len() > limit {
        return Err(unreadable(path, &format!("it is larger than {limit} bytes, {meaning}")));
    }
    Ok(bytes)
}

/// Reads and parses a config.
pub(super) fn open(path: &Path) -> Result<Opened, Unopened> {
    let text = read(path).map_err(Unopened::Unreadable)?;
    let name = shown(path);
    let parsed = config::parse(&name, &text);
    let source = SourceText::new(name, text);
    match parsed {
        Ok(config) => Ok(Opened {
            source,
            warnings: warnings(&config),
            config,
        }),
        Err(problems) => Err(Unopened::Refused { source, problems }),
    }
}

/// What was accepted and may surprise: of the YAML, and of events that can never come.
fn warnings(config: &JobConfig) -> Vec<Problem> {
    let mut warnings = config.warnings.clone();
    for action in &config.actions {
        let place = format!("actions[{}].events", action.index);
        if action.events.is_empty() {
            let help = "name the events that start it: `events: [ { name: sh.keptn.event.hello.triggered } ]`";
            warnings.push(Problem::new(
                action.span,
                place.as_str(),
                "the action never starts: it names no events",
                help,
            ));
        }
        for (index, rule) in action.events.iter().enumerate() {
            let mut never = |span: Span, field: &str, pattern: EventPattern| {
                let field = format!("{place}[{index}].{field}");
                warnings.extend(pattern.problem().map(|message| Problem::new(span, field, message, "")));
            };
            never(rule.name.span, "name", EventPattern::compile(&rule.name.value, None));
            if let Some(path) = &rule.jsonpath {
                let (property, wanted) = (path.property.value.as_str(), path.match_value.value.as_str());
                let pattern = EventPattern::compile("", Some((property, wanted)));
                never(path.property.span, "jsonpath.property", pattern);
            }
        }
    }
    warnings.sort();
    warnings
}

/// The files that the named ones stand for: a folder for every `job/config.yaml` below it.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Unusable> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        below(path, &mut files)?;
        if files.len() == before {
            let folder = escape_line(&shown(path));
            return Err(Unusable(format!(
                "error: there is no job/config.yaml in {folder} or below it\n"
            )));
        }
    }
    Ok(files)
}

/// Links are not followed, and what git keeps for itself is not looked at.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Unusable> {
    let unusable = |error: std::io::Error| {
        Unusable(format!(
            "error: {} cannot be read: {error}\n",
            escape_line(&shown(folder))
        ))
    };
    let in_job = folder.canonicalize().is_ok_and(|folder| folder.ends_with("job"));
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)
        .map_err(unusable)?
        .collect::<Result<_, _>>()
        .map_err(unusable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(unusable)?;
        let name = entry.file_name();
        if kind.is_dir() && name != ".git" {
            below(&entry.path(), files)?;
        } else if in_job && name == "config.yaml" && !kind.is_dir() {
            files.push(entry.path());
        }
    }
    Ok(())
}
