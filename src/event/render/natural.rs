//! The order yaml.v2 gives the keys of an object: numbers inside keys count as numbers, so `a2`
//! stands before `a10`.
//!
//! That order has cycles (`a10` < `a1b` < `a9` < `a10`), for which the standard library's sort may
//! panic; hence a merge sort of our own, which answers something for any comparison. It starts
//! from byte order, so the answer is the same every time.

use serde_json::{Map, Value};

use super::go;

/// Entries in yaml.v2's order.
pub(super) fn sorted(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    merge_sort(go::sorted(object))
}

fn merge_sort<'v>(mut entries: Vec<(&'v String, &'v Value)>) -> Vec<(&'v String, &'v Value)> {
    if entries.len() < 2 {
        return entries;
    }
    let back = merge_sort(entries.split_off(entries.len() / 2));
    let front = merge_sort(entries);
    let mut merged = Vec::with_capacity(front.len().saturating_add(back.len()));
    let (mut front, mut back) = (front.into_iter().peekable(), back.into_iter().peekable());
    loop {
        let next = match (front.peek(), back.peek()) {
            (Some((first, _)), Some((second, _))) if less(second, first) => back.next(),
            (Some(_), _) => front.next(),
            (None, _) => back.next(),
        };
        match next {
            Some(entry) => merged.push(entry),
            None => return merged,
        }
    }
}

/// Whether one key stands before another: compared at the first difference, signs before letters,
/// runs of digits by their number, then by their length.
fn less(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let difference = one.iter().zip(&other).position(|(a, b)| a != b);
    let Some(at) = difference else {
        return one.len() < other.len();
    };
    let (Some(&a), Some(&b)) = (one.get(at), other.get(at)) else {
        return false;
    };
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => return a < b,
        (false, true) => return true,
        (true, false) => return false,
        (false, false) => {}
    }
    // A zero after other digits continues a number and must not count as its start.
    let before = one.get(..at).unwrap_or_default();
    let continued = (a == '0' || b == '0')
        && before
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .any(|digit| *digit != '0');
    let number = |text: &[char]| {
        let digits = text.get(at..).unwrap_or_default().iter().map_while(|c| c.to_digit(10));
        digits.fold((i64::from(continued), at), |(number, end), digit| {
            (
                number.wrapping_mul(10).wrapping_add(i64::from(digit)),
                end.saturating_add(1),
            )
        })
    };
    let (one, other) = (number(&one), number(&other));
    if one == other { a < b } else { one < other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_as_yaml_v2_puts_them() {
        // From running yaml.v2 2.4.0 over all pairs.
        for (before, after) in [
            ("a2", "a10"),
            ("a", "ab"),
            ("A", "a"),
            ("_", "a"),
            ("1", "01"),
            ("a1b", "a2"),
            ("a10", "a1b"),
            ("a1_", "a10"),
            ("-", "1"),
            ("a.b", "ab"),
            ("", "a"),
            ("é", "ü"),
            ("99", "100"),
        ] {
            assert!(less(before, after), "{before} before {after}");
            assert!(!less(after, before), "{after} not before {before}");
        }
    }

    #[test]
    fn a_cycle_of_keys_is_sorted_all_the_same_every_time() {
        let keys = ["a10", "a1b", "a9", "a11", "a1c", "a8", "a100", "a10b"];
        let object: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        let order: Vec<&String> = sorted(&object).into_iter().map(|(key, _)| key).collect();
        assert_eq!(order.len(), keys.len());
        for _ in 0..3 {
            assert_eq!(
                order,
                sorted(&object).into_iter().map(|(key, _)| key).collect::<Vec<_>>()
            );
        }
    }
}
