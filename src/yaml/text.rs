//! What is said about the text itself: its size, its characters, its grammar.
//!
//! It never looks at what the text means.

use serde_yaml::granit_parser::{self as parser, ErrorKind, ScanError};

use super::Span;
use super::load::Limits;

/// Why loading cannot go on.
pub(super) struct Refusal {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Refuses what is too large to parse, and characters that parsers disagree about: some end the
/// text at a NUL, some break lines at U+2028.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), Refusal> {
    if text.len() > limits.bytes {
        let message = format!(
            "the file has {} bytes, more than the {} allowed",
            text.len(),
            limits.bytes
        );
        return Err(Refusal {
            span: Span {
                line: 1,
                column: 1,
                length: 0,
            },
            message,
            help: "split it or shorten it",
        });
    }
    let mut span = Span {
        line: 1,
        column: 1,
        length: 1,
    };
    let mut after_cr = false;
    for character in text.chars() {
        if is_ambiguous(character) {
            let message = format!("the character U+{:04X} must not stand in a file", u32::from(character));
            let help = "write it as an escape in a double-quoted text, or remove it";
            return Err(Refusal { span, message, help });
        }
        match character {
            '\n' if after_cr => {}
            '\n' | '\r' => {
                span = Span {
                    line: span.line.saturating_add(1),
                    column: 1,
                    length: 1,
                }
            }
            _ => span.column = span.column.saturating_add(1),
        }
        after_cr = character == '\r';
    }
    Ok(())
}

fn is_ambiguous(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    }
}

/// The refusal of a text that is not YAML.
pub(super) fn grammar(error: &ScanError, text: &str, limits: &Limits) -> Refusal {
    let at = error.marker();
    let span = Span {
        line: narrow(at.line()),
        column: narrow(at.col()).saturating_add(1),
        length: 0,
    };
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep(span, limits);
    }
    let tab = matches!(
        error.kind(),
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    );
    if tab {
        return Refusal {
            span: indenting_tab(text, at.line()).unwrap_or(span),
            message: "a tab must not be used for indentation".to_owned(),
            help: "indent with spaces",
        };
    }
    Refusal {
        span,
        message: format!("the text is not YAML: {}", error.info()),
        help: "",
    }
}

/// The refusal of what nests too deep.
pub(super) fn too_deep(span: Span, limits: &Limits) -> Refusal {
    Refusal {
        span,
        message: format!("values nest deeper than the {} levels allowed", limits.depth),
        help: "",
    }
}

/// The first tab that indents a line, from line `from` on: the parser may name the line before.
fn indenting_tab(text: &str, from: usize) -> Option<Span> {
    let lines = text.lines().enumerate().skip(from.saturating_sub(1));
    lines
        .filter_map(|(index, line)| {
            let column = line.chars().take_while(|character| *character == ' ').count();
            (line.chars().nth(column) == Some('\t')).then_some((index, column))
        })
        .map(|(index, column)| Span {
            line: narrow(index.saturating_add(1)),
            column: narrow(column.saturating_add(1)),
            length: 1,
        })
        .next()
}

/// The parser counts columns from 0 and knows the end, which may be on a later line.
pub(super) fn place(span: &parser::Span) -> Span {
    let length = if span.start.line() == span.end.line() {
        span.end.index().saturating_sub(span.start.index())
    } else {
        0
    };
    Span {
        line: narrow(span.start.line()),
        column: narrow(span.start.col()).saturating_add(1),
        length: narrow(length),
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
