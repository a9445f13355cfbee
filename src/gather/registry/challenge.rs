//! `WWW-Authenticate` (RFC 9110, section 11.6.1), read in one way or refused. It is a registry's text: it decides where
//! credentials would go, so that nothing in it is guessed.

/// Longest header that is read.
const MAX_BYTES: usize = 4096;

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token from a token service.
    Bearer {
        /// Its address, as written.
        realm: String,
        /// The name it knows the registry by.
        service: Option<String>,
    },
    /// Credentials with each request.
    Basic,
}

struct Parsed {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// Reads all headers of a 401. A token is preferred, as it is worth less than credentials.
///
/// # Errors
/// Says what cannot be read; nothing of the text is repeated.
pub(super) fn read<'a>(headers: impl IntoIterator<Item = &'a str>) -> Result<Challenge, &'static str> {
    let mut challenges = Vec::new();
    for header in headers {
        if header.len() > MAX_BYTES {
            return Err("it is too long");
        }
        Reader { rest: header.trim() }.challenges(&mut challenges)?;
    }
    let of = |scheme: &str| -> Vec<&Parsed> {
        challenges
            .iter()
            .filter(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme))
            .collect()
    };
    match (of("Bearer").as_slice(), of("Basic").as_slice()) {
        ([bearer], _) => Ok(Challenge::Bearer {
            realm: bearer
                .parameter("realm")
                .ok_or("a token is wanted and no realm is named")?,
            service: bearer.parameter("service"),
        }),
        ([], [_]) => Ok(Challenge::Basic),
        ([], []) => Err("neither Bearer nor Basic is offered"),
        _ => Err("one scheme is offered several times"),
    }
}

impl Parsed {
    fn parameter(&self, name: &str) -> Option<String> {
        self.parameters
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// `scheme name=value, name="value", scheme …`
    fn challenges(mut self, into: &mut Vec<Parsed>) -> Result<(), &'static str> {
        let mut scheme = self.token().ok_or("it names no scheme")?;
        loop {
            let mut parsed = Parsed {
                scheme: scheme.to_owned(),
                parameters: Vec::new(),
            };
            if !self.rest.is_empty() && !self.rest.starts_with([' ', ',']) {
                return Err("a scheme ends in something else than a space");
            }
            let next = self.parameters(&mut parsed.parameters)?;
            into.push(parsed);
            match next {
                Some(next) => scheme = next,
                None => return Ok(()),
            }
        }
    }

    /// Parameters up to the end (`None`) or to the next scheme.
    fn parameters(&mut self, into: &mut Vec<(String, String)>) -> Result<Option<&'a str>, &'static str> {
        let mut begun = false;
        loop {
            self.spaces();
            if self.rest.is_empty() {
                return Ok(None);
            }
            if begun || self.rest.starts_with(',') {
                self.rest = self
                    .rest
                    .strip_prefix(',')
                    .ok_or("parameters are not parted by commas")?;
                self.spaces();
                begun = true;
            }
            let name = self.token().ok_or("a parameter has no name")?;
            let behind_name = self.rest;
            self.spaces();
            let Some(rest) = self.rest.strip_prefix('=') else {
                self.rest = behind_name;
                return if begun {
                    Ok(Some(name))
                } else {
                    Err("a parameter has no value")
                };
            };
            self.rest = rest;
            self.spaces();
            let value = if self.rest.starts_with('"') {
                self.quoted()?
            } else {
                self.token().ok_or("a parameter has no value")?.to_owned()
            };
            if into.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                return Err("a parameter stands there twice");
            }
            into.push((name.to_owned(), value));
            begun = true;
        }
    }

    fn quoted(&mut self) -> Result<String, &'static str> {
        let mut value = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = self.rest.get(at.saturating_add(1)..).unwrap_or_default();
                    return Ok(value);
                }
                '\\' => value.push(characters.next().ok_or("a quoted text has no end")?.1),
                ' '..='~' => value.push(character),
                _ => return Err("a quoted text has a character that is not printable ASCII"),
            }
        }
        Err("a quoted text has no end")
    }

    fn token(&mut self) -> Option<&'a str> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:".contains(c);
        let end = self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!token.is_empty()).then_some(token)
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Result<Challenge, &'static str> {
        Ok(Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn a_challenge_is_read_in_one_way_or_refused() {
        let long = format!("Bearer realm=\"{}\"", "a".repeat(5000));
        for (headers, expected) in [
            (
                &[r#"Bearer realm="https://a.example/token",service="r",scope="repository:x:pull""#][..],
                bearer("https://a.example/token", Some("r")),
            ),
            (&["bearer REALM=\"https://a/\""], bearer("https://a/", None)),
            (
                &[r#"Bearer service="r" , realm="https://a/""#],
                bearer("https://a/", Some("r")),
            ),
            (&[r#"Bearer realm="a\"b""#], bearer("a\"b", None)),
            (&[r#"Basic realm="x""#], Ok(Challenge::Basic)),
            (&["Basic"], Ok(Challenge::Basic)),
            (
                &[r#"Basic realm="x", Bearer realm="https://a/",service=r"#],
                bearer("https://a/", Some("r")),
            ),
            (
                &[r#"Basic realm="x""#, r#"Bearer realm="https://a/""#],
                bearer("https://a/", None),
            ),
            (&[r#"Negotiate, Basic realm="x""#], Ok(Challenge::Basic)),
            (&[], Err("neither Bearer nor Basic is offered")),
            (&["Negotiate"], Err("neither Bearer nor Basic is offered")),
            (&[""], Err("it names no scheme")),
            (&["Bearer"], Err("a token is wanted and no realm is named")),
            (
                &[r#"Bearer service="r""#],
                Err("a token is wanted and no realm is named"),
            ),
            (
                &[r#"Bearer realm="a",realm="b""#],
                Err("a parameter stands there twice"),
            ),
            (
                &[r#"Bearer realm="a",Realm="b""#],
                Err("a parameter stands there twice"),
            ),
            (
                &[r#"Bearer realm="a", Bearer realm="b""#],
                Err("one scheme is offered several times"),
            ),
            (&[r#"Bearer realm="a"#], Err("a quoted text has no end")),
            (&[r#"Bearer realm="a\"#], Err("a quoted text has no end")),
            (
                &[r#"Bearer realm="a" service="b""#],
                Err("parameters are not parted by commas"),
            ),
            (&["Bearer realm"], Err("a parameter has no value")),
            (&["Bearer realm="], Err("a parameter has no value")),
            (&["Bearer ,=x"], Err("a parameter has no name")),
            (
                &["Bearer realm=\"a\u{7f}\""],
                Err("a quoted text has a character that is not printable ASCII"),
            ),
            (
                &[r#"Bearer"realm""#],
                Err("a scheme ends in something else than a space"),
            ),
            (&[long.as_str()], Err("it is too long")),
        ] {
            assert_eq!(read(headers.iter().copied()), expected, "{headers:?}");
        }
    }
}
