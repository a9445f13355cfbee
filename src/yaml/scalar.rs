//! What a plain scalar means where a number or a boolean is expected.
//!
//! Two readings, never mixed in one file: `job/config.yaml` is read as the original read it
//! (YAML 1.1, protocol reference 6.1) with a warning wherever that reading surprises; policy files
//! are read strictly. A quoted text is never a number nor a boolean.

/// How plain scalars are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coercion {
    /// As the original: `yes`, `on`, `y` are booleans, `010` is 8, `1e3` is 1000, `1.9` is 1,
    /// `1_000` is 1000, a null item of a list is an empty item. Each with a warning.
    Yaml11,
    /// Only `true` and `false`, only plain decimal integers, no null items.
    Strict,
}

/// A value read from a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading<T> {
    /// Written the one way everybody reads alike.
    Plain(T),
    /// Accepted for compatibility; `as_what` says as what ("a YAML 1.1 boolean").
    Surprising {
        /// The value that was read.
        value: T,
        /// What kind of surprise it is.
        as_what: &'static str,
    },
    /// Not a value of that type.
    Refused,
}

impl Coercion {
    /// Reads the text of a plain scalar as a boolean.
    pub(super) fn boolean(self, text: &str) -> Reading<bool> {
        let value = match text {
            "true" => return Reading::Plain(true),
            "false" => return Reading::Plain(false),
            "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => true,
            "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => false,
            _ => return Reading::Refused,
        };
        match self {
            Self::Yaml11 => Reading::Surprising {
                value,
                as_what: "a YAML 1.1 boolean",
            },
            Self::Strict => Reading::Refused,
        }
    }

    /// Reads the text of a plain scalar as an integer.
    pub(super) fn integer(self, text: &str) -> Reading<i64> {
        if let Some(value) = decimal(text) {
            return Reading::Plain(value);
        }
        match self {
            Self::Yaml11 => yaml11_integer(text),
            Self::Strict => Reading::Refused,
        }
    }
}

/// An integer in the one form that every parser reads alike: no sign but `-`, no leading zero.
fn decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || (!digits.is_empty() && !digits.starts_with('0') && all_digits(digits));
    if canonical { text.parse().ok() } else { None }
}

fn all_digits(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_digit())
}

/// The number forms of YAML 1.1 as the original's parser took them: a sign, underscores, a prefix
/// for the base, or a float that is cut towards zero.
fn yaml11_integer(text: &str) -> Reading<i64> {
    let starts_like_a_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    if !starts_like_a_number {
        return Reading::Refused;
    }
    let compact = text.replace('_', "");
    let (negative, digits) = match compact.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, compact.strip_prefix('+').unwrap_or(&compact)),
    };
    if let Some((radix, digits, as_what)) = based(digits)
        && let Some(value) = signed(digits, radix, negative)
    {
        return Reading::Surprising { value, as_what };
    }
    match float(digits).and_then(|size| truncated(size, negative)) {
        Some(value) => Reading::Surprising {
            value,
            as_what: "a float",
        },
        None => Reading::Refused,
    }
}

/// The base a text announces, and its digits without the announcement.
fn based(digits: &str) -> Option<(u32, &str, &'static str)> {
    let lower = |prefix: &str, upper: &str| digits.strip_prefix(prefix).or_else(|| digits.strip_prefix(upper));
    if let Some(rest) = lower("0x", "0X") {
        return Some((16, rest, "a hexadecimal integer"));
    }
    if let Some(rest) = lower("0o", "0O") {
        return Some((8, rest, "an octal integer"));
    }
    if let Some(rest) = lower("0b", "0B") {
        return Some((2, rest, "a binary integer"));
    }
    match digits.strip_prefix('0') {
        Some(rest) if !rest.is_empty() => Some((8, rest, "an octal integer")),
        Some(_) | None => Some((10, digits, "an integer in YAML 1.1 notation")),
    }
}

fn signed(digits: &str, radix: u32, negative: bool) -> Option<i64> {
    // `from_str_radix` would take a second sign.
    if digits.is_empty() || !digits.chars().all(|character| character.is_digit(radix)) {
        return None;
    }
    let size = i128::from(u64::from_str_radix(digits, radix).ok()?);
    i64::try_from(if negative { -size } else { size }).ok()
}

/// A float of the form `1.5`, `.5`, `1.`, `1e3`: no infinity, no NaN, no hexadecimal.
fn float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    if exponent_fits && mantissa_fits {
        digits.parse().ok()
    } else {
        None
    }
}

/// The whole part. Beyond 2^53 a float does not name one integer: refused.
fn truncated(size: f64, negative: bool) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !size.is_finite() || size > EXACT {
        return None;
    }
    // Whole, finite and below 2^53: the text of the number is that of the integer.
    let value: i64 = format!("{:.0}", size.trunc()).parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<T>(reading: Reading<T>) -> Option<T> {
        match reading {
            Reading::Plain(value) | Reading::Surprising { value, .. } => Some(value),
            Reading::Refused => None,
        }
    }

    #[test]
    fn integers_are_read_as_the_original_read_them_and_strictly_only_in_one_form() {
        let rows: &[(&str, Option<i64>, Option<i64>)] = &[
            // text, as the original, strictly
            ("", None, None),
            ("0", Some(0), Some(0)),
            ("1200", Some(1200), Some(1200)),
            ("-5", Some(-5), Some(-5)),
            ("9223372036854775807", Some(i64::MAX), Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN), Some(i64::MIN)),
            ("010", Some(8), None),
            ("0777", Some(511), None),
            ("0o10", Some(8), None),
            ("0x1F", Some(31), None),
            ("-0x10", Some(-16), None),
            ("0b101", Some(5), None),
            ("+5", Some(5), None),
            ("1_000", Some(1000), None),
            ("1e3", Some(1000), None),
            ("1E+3", Some(1000), None),
            ("1.9", Some(1), None),
            ("-1.9", Some(-1), None),
            ("1.", Some(1), None),
            (".5", Some(0), None),
            ("08", Some(8), None),
            ("-0", Some(0), Some(0)),
            ("00", Some(0), None),
            ("1e300", None, None),
            ("99999999999999999999", None, None),
            (".inf", None, None),
            ("-.inf", None, None),
            (".nan", None, None),
            ("inf", None, None),
            ("NaN", None, None),
            ("0x", None, None),
            ("0x1p4", None, None),
            ("--5", None, None),
            ("+-5", None, None),
            ("-", None, None),
            (".", None, None),
            ("e3", None, None),
            ("1e", None, None),
            ("_1", None, None),
            ("1:30", None, None),
            ("5 m", None, None),
            ("2001-12-14", None, None),
            ("true", None, None),
            ("٣", None, None),
        ];
        for (text, original, strict) in rows {
            assert_eq!(value(Coercion::Yaml11.integer(text)), *original, "original: {text:?}");
            assert_eq!(value(Coercion::Strict.integer(text)), *strict, "strict: {text:?}");
        }
    }

    #[test]
    fn every_integer_that_is_not_plain_decimal_is_called_surprising() {
        for (text, what) in [
            ("010", "an octal integer"),
            ("0x1F", "a hexadecimal integer"),
            ("1.9", "a float"),
            ("08", "a float"),
            ("1_000", "an integer in YAML 1.1 notation"),
        ] {
            let reading = Coercion::Yaml11.integer(text);
            assert!(
                matches!(reading, Reading::Surprising { as_what, .. } if as_what == what),
                "{text}: {reading:?}"
            );
        }
        assert_eq!(Coercion::Yaml11.integer("10"), Reading::Plain(10));
    }

    #[test]
    fn booleans_are_the_words_of_yaml_1_1_or_strictly_two_words() {
        for (words, expected) in [
            ("True TRUE y Y yes Yes YES on On ON", true),
            ("False FALSE n N no No NO off Off OFF", false),
        ] {
            for word in words.split(' ') {
                let surprise = Reading::Surprising {
                    value: expected,
                    as_what: "a YAML 1.1 boolean",
                };
                assert_eq!(Coercion::Yaml11.boolean(word), surprise, "{word}");
                assert_eq!(Coercion::Strict.boolean(word), Reading::Refused, "{word}");
            }
        }
        for coercion in [Coercion::Yaml11, Coercion::Strict] {
            assert_eq!(coercion.boolean("true"), Reading::Plain(true));
            assert_eq!(coercion.boolean("false"), Reading::Plain(false));
            for word in ["", "1", "0", "tRue", "yES", "oui", "t"] {
                assert_eq!(coercion.boolean(word), Reading::Refused, "{word}");
            }
        }
    }
}
