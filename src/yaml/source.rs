//! The text of a file, by lines, for showing the line a problem stands on.
//!
//! It never reads a file: whoever did hands over name and text.

use super::Span;

/// A file's name and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The name as messages show it, such as `job/config.yaml`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl SourceText {
    /// The name and text of a file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// Line `number`, counted from 1, without its line break. A line ends with LF, CR LF or CR, as
    /// in YAML, so that numbers agree with [`Span::line`].
    pub fn line(&self, number: u32) -> Option<&str> {
        let wanted = usize::try_from(number.checked_sub(1)?).ok()?;
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        let mut rest = text;
        for _ in 0..wanted {
            let (_, after) = split_line(rest);
            rest = after?;
        }
        Some(split_line(rest).0)
    }

    /// `FILE:LINE:COLUMN`, or only the file where the span is not known.
    pub fn place(&self, span: Span) -> String {
        if span.line == 0 {
            self.name.clone()
        } else {
            format!("{}:{}:{}", self.name, span.line, span.column)
        }
    }
}

/// The first line, and what follows its line break if it has one.
fn split_line(text: &str) -> (&str, Option<&str>) {
    let Some((line, after)) = text.split_once(['\n', '\r']) else {
        return (text, None);
    };
    let broken_by_cr = text.as_bytes().get(line.len()) == Some(&b'\r');
    match after.strip_prefix('\n') {
        Some(after_both) if broken_by_cr => (line, Some(after_both)),
        Some(_) | None => (line, Some(after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_yaml_counts_them() {
        let source = SourceText::new("f.yaml", "\u{feff}one\r\ntwo\rthree\n\nfive");
        for (number, line) in [
            (0, None),
            (1, Some("one")),
            (2, Some("two")),
            (3, Some("three")),
            (4, Some("")),
            (5, Some("five")),
            (6, None),
        ] {
            assert_eq!(source.line(number), line, "line {number}");
        }
    }

    #[test]
    fn a_place_names_line_and_column_where_they_are_known() {
        let source = SourceText::new("f.yaml", "");
        assert_eq!(
            source.place(Span {
                line: 3,
                column: 7,
                length: 1
            }),
            "f.yaml:3:7"
        );
        assert_eq!(source.place(Span::default()), "f.yaml");
    }
}
