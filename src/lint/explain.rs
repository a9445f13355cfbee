//! `job-lint explain`: the page of a check, or the list of all.

use super::{Exit, Streams};
use crate::admission::checks::ALL;
use crate::report::escape_line;
use crate::yaml::nearest;

pub(super) fn run(id: Option<&str>, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let Some(id) = id else {
        let width = ALL.iter().map(|check| check.id.len()).max().unwrap_or(0);
        for check in ALL {
            let page = check.page();
            writeln!(
                streams.out,
                "{:width$}  {}",
                check.id,
                page.lines().next().unwrap_or_default()
            )?;
        }
        return Ok(Exit::Clean);
    };
    if let Some(check) = ALL.iter().find(|check| check.id == id) {
        writeln!(
            streams.out,
            "# {}\n\n{}\n\nNext step: {}.",
            check.id,
            check.page().trim_end(),
            check.help
        )?;
        return Ok(Exit::Clean);
    }
    write!(streams.err, "error: no check is called `{}`", escape_line(id))?;
    match nearest(id, ALL.iter().map(|check| check.id)) {
        Some(name) => writeln!(streams.err, "; did you mean `{name}`?")?,
        None => writeln!(streams.err, "; `job-lint explain` lists all")?,
    }
    Ok(Exit::Undecided)
}
