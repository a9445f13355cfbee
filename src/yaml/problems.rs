//! A collection of problems that stays small whatever the file holds.
//!
//! It never loses the fact that there was a problem: what is not kept is counted.

use super::{Problem, Span};

/// How many problems of one file are kept in full.
const KEPT: usize = 200;

/// Problems in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Problems {
    kept: Vec<Problem>,
    dropped: usize,
}

impl Problems {
    /// Keeps the problem, or counts it when there are too many already.
    pub(super) fn push(&mut self, problem: Problem) {
        if self.is_full() {
            self.dropped = self.dropped.saturating_add(1);
        } else {
            self.kept.push(problem);
        }
    }

    /// Whether further problems are only counted, so that their words need not be found.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= KEPT
    }

    /// The problems by position, and at the end how many there are besides.
    pub(super) fn into_sorted(self) -> Vec<Problem> {
        let Self { mut kept, dropped } = self;
        kept.sort();
        kept.dedup();
        if dropped > 0 {
            let message = format!("and {dropped} more problems of this kind or others");
            kept.push(Problem::new(Span::default(), "", message, "correct the first ones"));
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32) -> Problem {
        Problem::new(
            Span {
                line,
                column: 1,
                length: 0,
            },
            "f",
            "m",
            "",
        )
    }

    #[test]
    fn problems_come_out_by_position_and_the_surplus_is_counted() {
        let mut problems = Problems::default();
        for line in (1..=250).rev() {
            problems.push(at(line));
        }
        let sorted = problems.into_sorted();
        assert_eq!(sorted.len(), KEPT + 1);
        assert_eq!(sorted.first(), Some(&at(51)));
        assert_eq!(
            sorted.last().map(|last| last.message.as_str()),
            Some("and 50 more problems of this kind or others")
        );
    }
}
