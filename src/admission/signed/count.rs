//! Counting distinct signers: each authority needs a signer of its own.
//!
//! A matching between authorities and signers, grown by augmenting paths: an authority that has one keeps having one,
//! so that those of `with` come first and the order of proofs never matters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Answer, Counted};
use crate::policy::Quorum;
use crate::signature::Signer;

/// Whether there are enough signers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There are, until then.
    Enough(Option<Timestamp>),
    /// There are not, whatever those say who could not be asked.
    Short,
    /// There may be.
    Open,
}

/// A signer, or the one that somebody who could not be asked may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seat<'a> {
    Signer(&'a Signer),
    Unknown(&'a str),
}

/// Judges a quorum.
pub(super) fn judge(quorum: &Quorum, answers: &[Counted<'_>]) -> Verdict {
    if let Some(until) = satisfied(quorum, &seats(answers, Hope::None)) {
        return Verdict::Enough(until);
    }
    match satisfied(quorum, &seats(answers, Hope::ForUnknown)) {
        Some(_) => Verdict::Open,
        None => Verdict::Short,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hope {
    None,
    ForUnknown,
}

/// For each authority its signers, each with the latest instant that one of their proofs counts until.
type Seats<'a> = BTreeMap<&'a str, BTreeMap<Seat<'a>, Option<Timestamp>>>;

fn seats<'a>(answers: &'a [Counted<'a>], hope: Hope) -> Seats<'a> {
    let mut seats = Seats::new();
    for counted in answers {
        let own = seats.entry(counted.authority).or_default();
        match &counted.answer {
            Answer::Known { counting, .. } => {
                for (proof, until) in counting {
                    let latest = own.entry(Seat::Signer(&proof.signer)).or_insert(*until);
                    // No end is the latest.
                    *latest = latest.zip(*until).map(|(a, b)| a.max(b));
                }
            }
            Answer::Unavailable(_) if hope == Hope::ForUnknown => {
                own.insert(Seat::Unknown(counted.authority), None);
            }
            Answer::Unavailable(_) => {}
        }
    }
    seats
}

/// The least end of the signers that satisfy a quorum, if some do.
fn satisfied<'a>(quorum: &'a Quorum, seats: &Seats<'a>) -> Option<Option<Timestamp>> {
    let (first, then, count): (Vec<&str>, Vec<&str>, usize) = match quorum {
        Quorum::Any(names) => (Vec::new(), names.iter().map(String::as_str).collect(), 1),
        Quorum::All(names) => (names.iter().map(String::as_str).collect(), Vec::new(), names.len()),
        Quorum::AtLeast { count, of, with } => {
            let others = of
                .iter()
                .filter(|name| !with.contains(name))
                .map(String::as_str)
                .collect();
            (with.iter().map(String::as_str).collect(), others, count.get())
        }
    };
    // An empty demand is refused where policies load; it would be met by nobody.
    if count == 0 || first.is_empty() && then.is_empty() {
        return None;
    }
    let mut taken: BTreeMap<Seat<'a>, &str> = BTreeMap::new();
    for name in &first {
        if !seat(name, seats, &mut taken, &mut BTreeSet::new()) {
            return None;
        }
    }
    for name in &then {
        if taken.len() >= count {
            break;
        }
        seat(name, seats, &mut taken, &mut BTreeSet::new());
    }
    if taken.len() < count {
        return None;
    }
    let ends = taken
        .iter()
        .filter_map(|(seat, name)| seats.get(name)?.get(seat).copied().flatten());
    Some(ends.min())
}

/// Finds a signer for an authority; others move to another one of theirs where that makes room.
fn seat<'n, 'a: 'n>(
    name: &'n str,
    seats: &Seats<'a>,
    taken: &mut BTreeMap<Seat<'a>, &'n str>,
    tried: &mut BTreeSet<Seat<'a>>,
) -> bool {
    let own: Vec<Seat<'a>> = seats.get(name).into_iter().flatten().map(|(seat, _)| *seat).collect();
    for wanted in own {
        if !tried.insert(wanted) {
            continue;
        }
        let free = match taken.get(&wanted).copied() {
            None => true,
            Some(holder) => seat(holder, seats, taken, tried),
        };
        if free {
            taken.insert(wanted, name);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Digest;
    use crate::signature::{Format, LogUse, Proof};

    fn signer(name: &str) -> Signer {
        Signer::Key {
            fingerprint: Digest::of_bytes(name.as_bytes()),
        }
    }

    fn proof(name: &str) -> Proof {
        Proof {
            format: Format::Legacy,
            signer: signer(name),
            verified_at: Vec::new(),
            log: LogUse::Ignored,
            identity: None,
            reference: None,
            attestation: None,
            evidence: Digest::of_bytes(b"manifest"),
        }
    }

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn at_least(count: usize, of: &str, with: &str) -> Quorum {
        Quorum::AtLeast {
            count: count.try_into().unwrap(),
            of: names(of),
            with: names(with),
        }
    }

    /// `a:x,y b:? c:` - authority `a` has the signers x and y, `b` could not be asked, `c` has none.
    fn judged(quorum: &Quorum, text: &str) -> Verdict {
        let parts: Vec<(&str, Vec<Proof>, bool)> = text
            .split_whitespace()
            .map(|part| {
                let (name, signers) = part.split_once(':').unwrap();
                let known = signers
                    .split(',')
                    .filter(|s| !s.is_empty() && *s != "?")
                    .map(proof)
                    .collect();
                (name, known, signers == "?")
            })
            .collect();
        let answers: Vec<Counted<'_>> = parts
            .iter()
            .map(|(authority, proofs, unknown)| Counted {
                authority,
                answer: if *unknown {
                    Answer::Unavailable("down")
                } else {
                    Answer::Known {
                        counting: proofs.iter().map(|proof| (proof, None)).collect(),
                        refused: Vec::new(),
                    }
                },
            })
            .collect();
        judge(quorum, &answers)
    }

    #[test]
    fn distinct_signers_are_counted() {
        use Verdict::{Enough, Open, Short};
        let any = Quorum::Any(names("a b"));
        let all = Quorum::All(names("a b"));
        for (quorum, text, expected) in [
            (&any, "a: b:", Short),
            (&any, "a:x b:", Enough(None)),
            (&any, "a: b:x", Enough(None)),
            (&any, "a: b:?", Open),
            (&any, "a:x b:?", Enough(None)),
            (&all, "a:x b:y", Enough(None)),
            // One signer is one signer, however many authorities list its key.
            (&all, "a:x b:x", Short),
            (&all, "a:x,y b:x", Enough(None)),
            (&all, "a:x b:x,y", Enough(None)),
            (&all, "a:x b:", Short),
            (&all, "a:x b:?", Open),
            (&all, "a: b:?", Short),
            // Many signatures of one signer are one.
            (&at_least(2, "a b c", ""), "a:x,x,x b: c:", Short),
            (&at_least(2, "a b c", ""), "a:x,y b: c:", Short),
            (&at_least(2, "a b c", ""), "a:x b:y c:", Enough(None)),
            (&at_least(2, "a b c", ""), "a:x b:x c:y", Enough(None)),
            (&at_least(2, "a b c", ""), "a:x b:x c:x", Short),
            (&at_least(2, "a b c", ""), "a:x b:x c:?", Open),
            (&at_least(2, "a b c", "c"), "a:x b:y c:", Short),
            (&at_least(2, "a b c", "c"), "a:x b:y c:?", Open),
            (&at_least(2, "a b c", "c"), "a:x b: c:x,y", Enough(None)),
            (&at_least(1, "a b", "a b"), "a:x b:", Short),
            (&at_least(1, "a b", "a b"), "a:x b:y", Enough(None)),
            (&at_least(3, "a b c", ""), "a:x,y b:y,z c:x", Enough(None)),
            (&at_least(3, "a b c", ""), "a:x,y b:x,y c:x,y", Short),
        ] {
            assert_eq!(judged(quorum, text), expected, "{quorum:?} {text}");
        }
    }

    #[test]
    fn an_empty_demand_is_met_by_nobody() {
        for quorum in [Quorum::Any(Vec::new()), Quorum::All(Vec::new())] {
            assert_eq!(judged(&quorum, "a:x"), Verdict::Short);
        }
    }

    #[test]
    fn a_verdict_ends_with_the_first_proof_that_it_needs() {
        let (x, y) = (proof("x"), proof("y"));
        let [early, late] = [1, 2].map(|second| Some(Timestamp::from_second(second).unwrap()));
        let counted = |authority, counting| Counted {
            authority,
            answer: Answer::Known {
                counting,
                refused: Vec::new(),
            },
        };
        let answers = [
            counted("a", vec![(&x, early), (&x, late)]),
            counted("b", vec![(&y, None)]),
        ];
        assert_eq!(judge(&Quorum::All(names("a b")), &answers), Verdict::Enough(late));
        assert_eq!(judge(&Quorum::Any(names("b")), &answers), Verdict::Enough(None));
    }
}
