//! Kubernetes quantities (`500m`, `1.5Gi`, `1e3`), exact.
//!
//! Own code: the crates at hand read `1.5Gi` as one gibibyte or refuse `1E`.
//! Grammar: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.

use std::cmp::Ordering;
use std::fmt;

/// A non-negative amount, kept as written and as an exact count of thousandths.
#[derive(Debug, Clone)]
pub struct Quantity {
    text: String,
    milli: u128,
}

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a number followed by a known suffix.
    #[error("`{0}` is not a quantity: write a number and a suffix such as `500m`, `1`, `512Mi` or `1.5Gi`")]
    Malformed(String),
    /// Larger than anything a cluster has.
    #[error("`{0}` is larger than any quantity a cluster can hold")]
    TooLarge(String),
}

impl Quantity {
    /// Reads a quantity.
    ///
    /// # Errors
    /// [`QuantityError`] when the text is not a non-negative Kubernetes quantity.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let malformed = || QuantityError::Malformed(text.to_owned());
        let digits_end = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(digits_end).ok_or_else(malformed)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 40 {
            return Err(malformed());
        }
        let (base, exponent) = scale(suffix).ok_or_else(malformed)?;
        let too_large = || QuantityError::TooLarge(text.to_owned());
        let mut value: u128 = 0;
        for digit in whole.chars().chain(fraction.chars()) {
            let digit = digit.to_digit(10).ok_or_else(malformed)?;
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(u128::from(digit)))
                .ok_or_else(too_large)?;
        }
        let factor = u128::from(base)
            .checked_pow(exponent.unsigned_abs())
            .ok_or_else(too_large)?;
        let fraction_digits = u32::try_from(fraction.len()).map_err(|_| malformed())?;
        let mut divisor = 10u128.checked_pow(fraction_digits).ok_or_else(too_large)?;
        value = value.checked_mul(1000).ok_or_else(too_large)?;
        if exponent >= 0 {
            value = value.checked_mul(factor).ok_or_else(too_large)?;
        } else {
            divisor = divisor.checked_mul(factor).ok_or_else(too_large)?;
        }
        // Kubernetes rounds up what is finer than a thousandth.
        Ok(Self {
            text: text.to_owned(),
            milli: value.div_ceil(divisor),
        })
    }

    /// Nothing at all.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            text: "0".to_owned(),
            milli: 0,
        }
    }

    /// Whether this is nothing at all. For Kubernetes a limit of nothing is no limit.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.milli == 0
    }

    /// Whole units, rounded up: bytes for memory, cores for CPU.
    #[must_use]
    pub fn ceil_units(&self) -> u128 {
        self.milli.div_ceil(1000)
    }

    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Base and exponent of a suffix.
fn scale(suffix: &str) -> Option<(u32, i32)> {
    const DECIMAL: [(&str, i32); 9] = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
    ];
    const BINARY: [(&str, i32); 6] = [("Ki", 1), ("Mi", 2), ("Gi", 3), ("Ti", 4), ("Pi", 5), ("Ei", 6)];
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((10, *exponent));
    }
    if let Some((_, exponent)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some((1024, *exponent));
    }
    if suffix == "E" {
        return Some((10, 18));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    // One sign at most: the number parser would take a second one.
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let exponent: i32 = exponent
        .parse()
        .ok()
        .filter(|_| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    (-30..=30).contains(&exponent).then_some((10, exponent))
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.milli == other.milli
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.milli.cmp(&other.milli)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_scale_exactly() {
        for (text, milli) in [
            ("0", 0),
            ("1", 1000),
            ("500m", 500),
            ("1.5Gi", 1_610_612_736_000),
            ("512Mi", 536_870_912_000),
            ("1E", 1_000_000_000_000_000_000_000),
            ("1e3", 1_000_000),
            ("1E3", 1_000_000),
            ("1e+3", 1_000_000),
            ("2e-3", 2),
            (".5", 500),
            ("1.", 1000),
            ("100n", 1),
            ("12u", 1),
            ("1k", 1_000_000),
        ] {
            assert_eq!(Quantity::parse(text).map(|q| q.milli), Ok(milli), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_quantity_is_refused() {
        for text in [
            "", ".", "1.2.3", "-1", "+1", "1 Gi", "Gi", "1gi", "1e", "1e99", "1e++1", "1e+-1", "1e--1", "1e+", "0x10",
            "½", "1Gi ",
        ] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
        let huge = "9".repeat(39);
        assert_eq!(Quantity::parse(&huge), Err(QuantityError::TooLarge(huge)));
    }

    #[test]
    fn nothing_is_nothing_in_every_spelling() {
        for (text, zero) in [
            ("0", true),
            ("0m", true),
            (".0", true),
            ("0e3", true),
            ("0Gi", true),
            ("1n", false),
        ] {
            assert_eq!(
                Quantity::parse(text).map(|quantity| quantity.is_zero()),
                Ok(zero),
                "{text}"
            );
        }
    }

    #[test]
    fn different_spellings_of_one_amount_are_equal() {
        assert_eq!(Quantity::parse("1"), Quantity::parse("1000m"));
        assert!(Quantity::parse("1Gi").unwrap() > Quantity::parse("1G").unwrap());
    }
}
