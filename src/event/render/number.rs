//! Numbers as Go writes them: the fewest digits that read back as the same number, with an
//! exponent only where Go has one. Whole numbers below 10^21 never have one here.

use serde_json::Number;

/// A number in Go's default text (`%v`) and in yaml.v2.
pub(super) fn plain(number: &Number) -> String {
    text(number, |magnitude, exponent| {
        if magnitude.fract() == 0.0 {
            exponent >= 21
        } else {
            !(-4..6).contains(&exponent)
        }
    })
}

/// A number in Go's JSON.
pub(super) fn json(number: &Number) -> String {
    let text = text(number, |magnitude, _| {
        magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude)
    });
    // JSON drops the zero that fills a one-digit exponent: 1e-07 becomes 1e-7.
    text.replace("e-0", "e-")
}

fn text(number: &Number, has_exponent: fn(f64, i32) -> bool) -> String {
    if !number.is_f64() {
        return number.to_string();
    }
    let value = number.as_f64().unwrap_or_default();
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if has_exponent(value.abs(), exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
    } else {
        format!("{value}")
    }
}
