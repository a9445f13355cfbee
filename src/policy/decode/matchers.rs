//! Accepted texts of certificates as policies write them: one, a list, `{ glob: … }` or `{ regexp: … }`.
//!
//! Patterns that accept more than they seem to are refused here, by their own text: an open end of a host, a dot that
//! stands for any character.

use super::shared::{filled, is_scalar};
use crate::policy::TextMatcher;
use crate::yaml::{Field, quoted};

/// A matcher, and how it was written.
pub(super) struct Written {
    pub(super) matcher: TextMatcher,
    kind: Kind,
    texts: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exact,
    Glob,
    Regexp,
}

/// What stands for any text inside a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Letter(char),
    /// Anything but a slash.
    Inside,
    /// Anything.
    Across,
}

/// A text, a list of texts, or a mapping with `glob` or `regexp`.
pub(super) fn any(field: &Field<'_>) -> Option<Written> {
    if is_scalar(field) || !matches!(field.node().value, crate::yaml::Value::Mapping(_)) {
        return exact(field);
    }
    field.mapping(|mapping| {
        let (as_glob, as_regexp) = (mapping.field("glob"), mapping.field("regexp"));
        match (as_glob, as_regexp) {
            (Some(field), None) => glob(&field),
            (None, Some(field)) => regexp(&field),
            (None, None) | (Some(_), Some(_)) => {
                mapping.problem(
                    "exactly one of glob and regexp is accepted",
                    "write one of them, a text, or a list",
                );
                None
            }
        }
    })?
}

/// A text or a list of texts.
pub(super) fn exact(field: &Field<'_>) -> Option<Written> {
    let texts: Vec<String> = if is_scalar(field) {
        vec![field.filled_text()?.value]
    } else {
        filled(field, |item| Some(item.filled_text()?.value))?
    };
    made(
        field,
        Kind::Exact,
        texts.clone(),
        TextMatcher::one_of(texts.iter().map(String::as_str)),
    )
}

/// `*` stops at a slash, `**` does not.
pub(super) fn glob(field: &Field<'_>) -> Option<Written> {
    let text = field.filled_text()?.value;
    let made = made(field, Kind::Glob, vec![text.clone()], TextMatcher::glob(&text))?;
    made.refuse_what_seems_narrower(field)
}

/// A regular expression over the whole text.
pub(super) fn regexp(field: &Field<'_>) -> Option<Written> {
    let text = field.filled_text()?.value;
    let made = made(field, Kind::Regexp, vec![text.clone()], TextMatcher::expression(&text))?;
    made.refuse_what_seems_narrower(field)
}

fn made(
    field: &Field<'_>,
    kind: Kind,
    texts: Vec<String>,
    matcher: Result<TextMatcher, crate::policy::MatcherError>,
) -> Option<Written> {
    match matcher {
        Ok(matcher) => Some(Written { matcher, kind, texts }),
        Err(error) => {
            field.problem(error.to_string(), "");
            None
        }
    }
}

impl Written {
    /// The texts or the pattern.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    fn refuse_what_seems_narrower(self, field: &Field<'_>) -> Option<Self> {
        let Some(text) = self.texts.first() else {
            return Some(self);
        };
        if self.kind == Kind::Regexp && has_loose_dot(text) {
            let message = format!("an unescaped `.` in {} stands for any character", quoted(text));
            field.problem(message, "write `\\.` for a dot, and `.*` only where anything may stand");
            return None;
        }
        let branches = match self.kind {
            Kind::Glob => vec![glob_signs(text)],
            Kind::Regexp => regexp_branches(text),
            Kind::Exact => Vec::new(),
        };
        for branch in &branches {
            if host_is_open(branch) {
                let message = format!("the pattern {} leaves open which host it names", quoted(text));
                field.problem(
                    message,
                    "write the host out, up to the slash behind it; `*.` before a domain is accepted",
                );
                return None;
            }
            if let [Sign::Across | Sign::Inside, Sign::Letter('@'), ..] = branch.as_slice() {
                let message = format!("{} accepts every account of its domain", quoted(text));
                field.warning(message, "name the accounts where you can");
            }
        }
        Some(self)
    }
}

/// A dot outside brackets that nothing repeats.
fn has_loose_dot(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    let mut in_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class && !matches!(characters.peek(), Some('*' | '+' | '?' | '{')) => return true,
            _ => {}
        }
    }
    false
}

fn glob_signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    for character in text.chars() {
        match (character, signs.last()) {
            ('*', Some(Sign::Inside)) => {
                signs.pop();
                signs.push(Sign::Across);
            }
            ('*', _) => signs.push(Sign::Inside),
            (letter, _) => signs.push(Sign::Letter(letter)),
        }
    }
    signs
}

/// An expression as letters and what stands for anything, one for each alternative; groups are read as if they were
/// not there, which finds open hosts in them too.
fn regexp_branches(text: &str) -> Vec<Vec<Sign>> {
    let mut branches = vec![Vec::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let sign = match character {
            '|' => {
                branches.push(Vec::new());
                continue;
            }
            '(' => {
                if characters.next_if_eq(&'?').is_some() {
                    while characters.next_if(|c| *c != ':' && *c != ')').is_some() {}
                    characters.next();
                }
                continue;
            }
            '^' | '$' | ')' | '?' | '*' | '+' => continue,
            '{' => {
                while characters.next_if(|c| *c != '}').is_some() {}
                characters.next();
                continue;
            }
            '.' => Sign::Across,
            '[' => {
                let class: String = std::iter::from_fn(|| characters.next_if(|c| *c != ']')).collect();
                characters.next();
                let stops = if class.starts_with('^') {
                    class.contains('/')
                } else {
                    !class.contains('/')
                };
                if stops { Sign::Inside } else { Sign::Across }
            }
            '\\' => match characters.next() {
                Some('w' | 'd') => Sign::Inside,
                Some(letter) if letter.is_ascii_alphanumeric() => Sign::Across,
                Some(letter) => Sign::Letter(letter),
                None => continue,
            },
            letter => Sign::Letter(letter),
        };
        if let Some(branch) = branches.last_mut() {
            branch.push(sign);
        }
    }
    branches
}

/// Whether the host of a URL, or the domain of an address, can end otherwise than it is written.
fn host_is_open(signs: &[Sign]) -> bool {
    let letters: Vec<char> = signs
        .iter()
        .map(|sign| match sign {
            Sign::Letter(letter) => *letter,
            Sign::Inside | Sign::Across => '*',
        })
        .collect();
    let text: String = letters.iter().collect();
    let (before, host) = if let Some(at) = text.find("://") {
        let count = text.get(..at).map_or(0, |before| before.chars().count());
        (count, signs.get(count.saturating_add(3)..).unwrap_or_default())
    } else if let Some(at) = text.find('@') {
        let count = text.get(..at).map_or(0, |before| before.chars().count());
        (0, signs.get(count.saturating_add(1)..).unwrap_or_default())
    } else {
        // A path whose beginning is open: any host may stand there.
        let open = matches!(signs.first(), Some(Sign::Across)) && text.contains('/');
        return open;
    };
    let scheme_is_open = signs.iter().take(before).any(|sign| !matches!(sign, Sign::Letter(_)));
    let end = host
        .iter()
        .position(|sign| *sign == Sign::Letter('/'))
        .unwrap_or(host.len());
    let host = host.get(..end).unwrap_or_default();
    let across = host.contains(&Sign::Across);
    let open_end = !matches!(host.last(), Some(Sign::Letter(_)));
    // `*.example.com` keeps its end; a star anywhere behind the first dot does not keep the domain.
    let behind_the_first_label = host
        .iter()
        .skip_while(|sign| **sign != Sign::Letter('.'))
        .any(|sign| !matches!(sign, Sign::Letter(_)));
    scheme_is_open || across || open_end || behind_the_first_label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_host_is_seen() {
        for (glob, open) in [
            ("https://github.com/acme/**", false),
            ("https://*.acme.example/x", false),
            ("https://github.com*", true),
            ("https://github.com**", true),
            ("https://**.acme.example/x", true),
            ("https://github.*/acme", true),
            ("**/acme/app", true),
            ("**", false),
            ("*@acme.example", false),
            ("a@acme.*", true),
            ("a@*", true),
            ("http*://github.com/acme/x", true),
            ("user", false),
        ] {
            assert_eq!(host_is_open(&glob_signs(glob)), open, "{glob}");
        }
        for (regexp, open) in [
            (r"https://github\.com/acme/.*", false),
            (r"^https://github\.com/acme/app$", false),
            (r"https://github\.com.*", true),
            (r"https://github\.com(/acme)?", false),
            (r"your\.name@gmail\..*", true),
            (r".*@acme\.example", false),
            (r"https://[^/]+\.acme\.example/x", false),
            (r"https://.*\.acme\.example/x", true),
            (r"https://a/x|https://b.*", true),
            (r".*/acme/app", true),
        ] {
            assert_eq!(
                regexp_branches(regexp).iter().any(|branch| host_is_open(branch)),
                open,
                "{regexp}"
            );
        }
    }

    #[test]
    fn a_loose_dot_is_seen() {
        for (text, loose) in [
            (r"github.com", true),
            (r"github\.com", false),
            (r"github[.]com/.*", false),
            (r"a.+b.{2}c.?", false),
            (r"x\\.y", true),
        ] {
            assert_eq!(has_loose_dot(text), loose, "{text}");
        }
    }
}
