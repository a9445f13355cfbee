//! What is said of signatures: whom a rule accepts, what was seen, why it does not count. Always bounded: how much there
//! is to say is the registry's choice.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::{Answer, Counted, Judging};
use crate::policy::{Authority, Quorum, Signers};
use crate::signature::Signed;

/// How many reasons are named of one authority.
const REASONS: usize = 5;
/// Longest quotation, in characters.
const LONGEST: usize = 200;

/// A text in backticks, safe to print.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            out.push_str("...");
            break;
        }
        match character {
            '`' | '\\' => out.extend(character.escape_default()),
            ' ' => out.push(' '),
            c if c.is_ascii_graphic() => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out.push('`');
    out
}

/// A quorum, such as "two of `a`, `b`, `c`".
pub(in crate::admission) fn quorum(quorum: &Quorum) -> String {
    let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match quorum {
        Quorum::Any(names) if names.len() == 1 => list(names),
        Quorum::Any(names) => format!("any of {}", list(names)),
        Quorum::All(names) if names.len() == 1 => list(names),
        Quorum::All(names) => format!("all of {}, each by a signer of its own", list(names)),
        Quorum::AtLeast { count, of, with } if with.is_empty() => {
            format!("{count} of {}, each by a signer of its own", list(of))
        }
        Quorum::AtLeast { count, of, with } => {
            format!(
                "{count} of {} with {}, each by a signer of its own",
                list(of),
                list(with)
            )
        }
    }
}

/// Why evidence does not count, by code.
pub(super) fn refusals(signed: &Signed) -> Vec<String> {
    signed
        .refused
        .iter()
        .map(|refusal| format!("{}: {}", refusal.code.as_str(), refusal.message))
        .collect()
}

/// A sentence for each authority: what it accepts and what was seen.
pub(super) fn answers(answers: &[Counted<'_>], judging: &Judging<'_>) -> Vec<String> {
    answers.iter().map(|counted| answer(counted, judging)).collect()
}

fn answer(counted: &Counted<'_>, judging: &Judging<'_>) -> String {
    let mut text = quoted(counted.authority);
    let _ = match judging.authority(counted.authority) {
        Some(authority) => write!(text, " ({})", accepted(authority)),
        None => write!(text, " (unknown)"),
    };
    match &counted.answer {
        Answer::Unavailable(why) => {
            let _ = write!(text, " is not known: {why}");
        }
        Answer::Known { counting, refused } => {
            let _ = match (counting.len(), refused.len()) {
                (0, 0) => write!(text, ": nothing of theirs was found"),
                (0, count) => write!(text, ": {count} seen, none counts"),
                (count, 0) => write!(text, ": {count} counts"),
                (count, others) => write!(text, ": {count} counts, {others} do not"),
            };
            for (index, why) in refused.iter().take(REASONS).enumerate() {
                let _ = write!(text, "{}{why}", if index == 0 { " - " } else { "; " });
            }
            let left = refused.len().saturating_sub(REASONS);
            if left > 0 {
                let _ = write!(text, "; and {left} more");
            }
        }
    }
    text
}

/// Whom an authority accepts.
fn accepted(authority: &Authority) -> String {
    let formats: Vec<String> = authority
        .formats
        .iter()
        .map(|format| format!("{format:?}").to_lowercase())
        .collect();
    let signers = match &authority.signers {
        Signers::Keys(keys) => {
            let shown = |key: &crate::policy::AuthorityKey| {
                let hex = key.key.fingerprint().hex();
                format!("key sha256:{}", hex.get(..12).unwrap_or(hex))
            };
            keys.iter().map(shown).collect::<Vec<_>>().join(" or ")
        }
        Signers::Keyless(keyless) => {
            let mut text = format!("{} of {}", keyless.subject.describe(), keyless.issuer.describe());
            for (name, matcher) in &keyless.extensions {
                let _ = write!(text, ", {} {}", name.name(), matcher.describe());
            }
            text
        }
    };
    format!("{signers}; {}", formats.join(", "))
}

/// A duration as policies write it.
pub(super) fn age(age: SignedDuration) -> String {
    let minutes = age.as_mins();
    match (minutes % (24 * 60), minutes % 60) {
        (0, _) => format!("{}d", minutes / (24 * 60)),
        (_, 0) => format!("{}h", minutes / 60),
        _ => format!("{minutes}m"),
    }
}
