//! The path of a reference: names between slashes, each by the grammar of distribution/reference.

use super::charset::{Piece, shown};
use super::error::{Part, ReferenceError};

/// Most characters of a repository's path, `library/` included.
pub(super) const REPOSITORY_LIMIT: usize = 255;

/// Checks every component of a path, in order.
pub(super) fn check(path: Piece<'_>) -> Result<(), ReferenceError> {
    let mut at = path.at;
    for text in path.text.split('/') {
        check_component(Piece { text, at })?;
        at = at.saturating_add(text.len()).saturating_add(1);
    }
    Ok(())
}

/// Checks one name: letters and digits, parted by `.`, `_`, `__` or dashes.
pub(super) fn check_component(component: Piece<'_>) -> Result<(), ReferenceError> {
    if component.text.is_empty() {
        return Err(ReferenceError::EmptyComponent {
            column: component.column(0),
        });
    }
    let mut separator = String::new();
    let mut begins = 0;
    let mut seen_name = false;
    for (offset, character) in component.text.chars().enumerate() {
        match character {
            'a'..='z' | '0'..='9' => {
                let stands_right = seen_name && is_separator(&separator);
                if !separator.is_empty() && !stands_right {
                    return Err(ReferenceError::Separator {
                        separator,
                        column: component.column(begins),
                    });
                }
                separator.clear();
                seen_name = true;
            }
            '.' | '_' | '-' => {
                if separator.is_empty() {
                    begins = offset;
                }
                separator.push(character);
            }
            other => return Err(foreign(other, component.column(offset))),
        }
    }
    if separator.is_empty() {
        Ok(())
    } else {
        Err(ReferenceError::Separator {
            separator,
            column: component.column(begins),
        })
    }
}

fn is_separator(run: &str) -> bool {
    matches!(run, "." | "_" | "__") || run.chars().all(|c| c == '-')
}

fn foreign(character: char, column: usize) -> ReferenceError {
    let hint = match character {
        'A'..='Z' => "a repository is written in lower case",
        '[' | ']' => "an IPv6 registry needs a repository behind it, as in `[::1]:5000/app`",
        _ => "lower-case letters, digits, `.`, `_` and `-` are",
    };
    ReferenceError::Character {
        character: shown(character),
        column,
        part: Part::Component,
        hint,
    }
}
