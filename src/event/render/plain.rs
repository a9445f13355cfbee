//! Would a text, written without quotes, be read as something else?
//!
//! yaml.v2 quotes a text that its own reader takes for a number, boolean, null or timestamp. What
//! looks like a number to other readers of YAML 1.1 only (`190:20:30`) is quoted as well.

/// Whether yaml.v2 reads the bare text as a text.
pub(super) fn is_text(text: &str) -> bool {
    let word = matches!(
        text,
        "" | "~"
            | "null"
            | "Null"
            | "NULL"
            | "y"
            | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
            | "on"
            | "On"
            | "ON"
            | "off"
            | "Off"
            | "OFF"
            | ".nan"
            | ".NaN"
            | ".NAN"
            | ".inf"
            | ".Inf"
            | ".INF"
            | "+.inf"
            | "+.Inf"
            | "+.INF"
            | "-.inf"
            | "-.Inf"
            | "-.INF"
    );
    if word {
        return false;
    }
    match text.bytes().next() {
        Some(b'.') => !(has_separators_only(text) && is_float(&text.replace('_', ""))),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let digits = text.replace('_', "");
            !(is_timestamp(text) || is_whole(&digits) || is_float(&digits) || is_sexagesimal(text))
        }
        _ => true,
    }
}

/// Whether every `_` stands between two digits, as Go wants it where the reader has not dropped them.
fn has_separators_only(text: &str) -> bool {
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter(|(_, b)| **b == b'_').all(|(at, _)| {
        digit(at.checked_sub(1).and_then(|before| bytes.get(before))) && digit(bytes.get(at.saturating_add(1)))
    })
}

/// Decimal with optional fraction and exponent, within the range of a 64 bit float.
fn is_float(text: &str) -> bool {
    let shape = text.strip_prefix(['+', '-']).unwrap_or(text);
    let shaped = shape
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    shaped && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Decimal, `0x`, `0o`, `0b` or octal by leading zero, within the range of a signed or (without a
/// sign) unsigned 64 bit number.
fn is_whole(text: &str) -> bool {
    let (negative, signed, magnitude) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(rest), _) => (true, true, rest),
        (None, Some(rest)) => (false, true, rest),
        (None, None) => (false, false, text),
    };
    // yaml.v2 reads binary digits apart from their prefix, and takes a sign between the two.
    if let Some(digits) = text.strip_prefix("0b-").or_else(|| text.strip_prefix("0b+")) {
        return is_whole(&format!("0b{digits}"));
    }
    let lower = magnitude.to_ascii_lowercase();
    let (digits, radix) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (digits, 8)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (digits, 2)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (lower.as_str(), 8)
    } else {
        (lower.as_str(), 10)
    };
    // Rust would take a second sign here, Go does not.
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return false;
    }
    let limit = match (negative, signed) {
        (true, _) => i64::MIN.unsigned_abs(),
        (false, true) => i64::MAX.unsigned_abs(),
        (false, false) => u64::MAX,
    };
    u64::from_str_radix(digits, radix).is_ok_and(|value| value <= limit)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let sixty = |part: &&str| {
        let bytes = part.as_bytes();
        matches!(bytes, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    };
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && rest.iter().all(sixty)
        && sixty(&last)
        && digits(fraction)
}

/// The four timestamp forms of yaml.v2: a date alone, with a time after spaces and no zone, or with
/// `T`/`t`, a time and a zone. Fields but the year may have one digit.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else {
        return false;
    };
    let Some((month, rest)) = rest.split_once('-') else {
        return false;
    };
    let day_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let Some((day, rest)) = rest.split_at_checked(day_length) else {
        return false;
    };
    if year.len() != 4 {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (field(year, 9999), field(month, 12), field(day, 31)) else {
        return false;
    };
    let days = match month {
        0 => return false,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day == 0 || day > days {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    match rest.strip_prefix(['T', 't']) {
        Some(time) => after_time(time).is_some_and(is_zone),
        None => {
            let time = rest.trim_start_matches(' ');
            time.len() < rest.len() && after_time(time).is_some_and(str::is_empty)
        }
    }
}

fn field(text: &str, most: u32) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let short = most > 99 || text.len() <= 2;
    text.parse().ok().filter(|value| digits && short && *value <= most)
}

/// What follows `h:m:s` and an optional fraction.
fn after_time(text: &str) -> Option<&str> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, rest) = rest.split_once(':')?;
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (second, rest) = rest.split_at_checked(length)?;
    field(hour, 23)?;
    field(minute, 59)?;
    field(second, 59)?;
    let fraction = rest.strip_prefix(['.', ',']);
    Some(
        match fraction.filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit())) {
            Some(digits) => digits.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        },
    )
}

fn is_zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']).and_then(|offset| offset.split_once(':'));
    let two = |part: &str, most| part.len() == 2 && field(part, most).is_some();
    text == "Z" || offset.is_some_and(|(hours, minutes)| two(hours, 24) && two(minutes, 60))
}
