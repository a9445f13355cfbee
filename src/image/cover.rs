//! How two patterns relate: whether one names everything that another names, and whether both name anything at all.
//!
//! Used where policies load, to say which rule can never have an effect. Must never say "covers" of patterns where it
//! does not hold, nor "apart" of patterns that meet: where it cannot tell, it says the harmless answer.

use std::collections::BTreeSet;

/// One item of a pattern: something, or any number of things.
enum Item<T> {
    One(T),
    Any,
}

/// One character of a glob.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Letter(char),
    /// `?`
    Single,
}

/// Whether the glob `wide` (`*`, `?`) matches every text that `narrow` matches.
pub(super) fn glob_covers(wide: &str, narrow: &str) -> bool {
    let one = |a: &Sign, b: &Sign| *a == Sign::Single || a == b;
    covers(&signs(wide), &signs(narrow), &one, &|sign| *sign == Sign::Single)
}

fn globs_meet(a: &str, b: &str) -> bool {
    let one = |a: &Sign, b: &Sign| a == b || *a == Sign::Single || *b == Sign::Single;
    meet(&signs(a), &signs(b), &one, &mut BTreeSet::new())
}

/// Whether the path pattern `wide` (`*` inside a name, `**` for whole names) matches every path that `narrow` matches.
pub(super) fn path_covers(wide: &str, narrow: &str) -> bool {
    covers(&names(wide), &names(narrow), &|a, b| glob_covers(a, b), &|name| {
        *name == "*"
    })
}

/// Whether some path matches both patterns.
pub(super) fn paths_meet(a: &str, b: &str) -> bool {
    meet(&names(a), &names(b), &|a, b| globs_meet(a, b), &mut BTreeSet::new())
}

fn signs(glob: &str) -> Vec<Item<Sign>> {
    glob.chars()
        .map(|character| match character {
            '*' => Item::Any,
            '?' => Item::One(Sign::Single),
            letter => Item::One(Sign::Letter(letter)),
        })
        .collect()
}

/// A final `**` stands for one name at least, any other for none as well.
fn names(path: &str) -> Vec<Item<&str>> {
    let mut items: Vec<Item<&str>> = path
        .split('/')
        .map(|name| if name == "**" { Item::Any } else { Item::One(name) })
        .collect();
    if matches!(items.last(), Some(Item::Any)) {
        items.pop();
        items.push(Item::One("*"));
        items.push(Item::Any);
    }
    items
}

/// Whether one thing stands for another, and whether it stands for every one.
struct Wide<'a, T> {
    one: &'a dyn Fn(&T, &T) -> bool,
    every: &'a dyn Fn(&T) -> bool,
    failed: BTreeSet<(usize, usize)>,
}

fn covers<T>(wide: &[Item<T>], narrow: &[Item<T>], one: &dyn Fn(&T, &T) -> bool, every: &dyn Fn(&T) -> bool) -> bool {
    let failed = BTreeSet::new();
    Wide { one, every, failed }.covers(wide, narrow)
}

impl<T> Wide<'_, T> {
    fn covers(&mut self, wide: &[Item<T>], narrow: &[Item<T>]) -> bool {
        // What is left on both sides is known by its length; each pair is walked once.
        let place = (wide.len(), narrow.len());
        if self.failed.contains(&place) {
            return false;
        }
        let found = self.is_only_a_least_length(wide, narrow)
            || match (wide.split_first(), narrow.split_first()) {
                (None, None) => true,
                (Some((Item::Any, rest)), following) => {
                    self.covers(rest, narrow) || following.is_some_and(|(_, following)| self.covers(wide, following))
                }
                (Some((Item::One(a), rest)), Some((Item::One(b), following))) => {
                    (self.one)(a, b) && self.covers(rest, following)
                }
                (Some((Item::One(_), _)), Some((Item::Any, _)) | None) | (None, Some(_)) => false,
            };
        if !found {
            self.failed.insert(place);
        }
        found
    }

    /// `*/*/**` asks for nothing but two names.
    fn is_only_a_least_length(&self, wide: &[Item<T>], narrow: &[Item<T>]) -> bool {
        let Some((Item::Any, least)) = wide.split_last() else {
            return false;
        };
        let ones = narrow.iter().filter(|item| matches!(item, Item::One(_))).count();
        least.len() <= ones
            && least
                .iter()
                .all(|item| matches!(item, Item::One(one) if (self.every)(one)))
    }
}

fn meet<T>(a: &[Item<T>], b: &[Item<T>], one: &dyn Fn(&T, &T) -> bool, failed: &mut BTreeSet<(usize, usize)>) -> bool {
    let place = (a.len(), b.len());
    if failed.contains(&place) {
        return false;
    }
    let found = match (a.split_first(), b.split_first()) {
        (None, None) => true,
        (Some((Item::Any, rest)), following) => {
            meet(rest, b, one, failed) || following.is_some_and(|(_, following)| meet(a, following, one, failed))
        }
        (following, Some((Item::Any, rest))) => {
            meet(a, rest, one, failed) || following.is_some_and(|(_, following)| meet(following, b, one, failed))
        }
        (Some((Item::One(x), rest)), Some((Item::One(y), following))) => {
            one(x, y) && meet(rest, following, one, failed)
        }
        (Some((Item::One(_), _)), None) | (None, Some((Item::One(_), _))) => false,
    };
    if !found {
        failed.insert(place);
    }
    found
}
