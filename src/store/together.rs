//! The files of all tasks of one event together: how much that may be, counted by the same rule wherever they are read.
//!
//! Must not depend on how fast an answer comes: entries are counted in the order in which they are asked for.

use std::collections::BTreeMap;

use super::StoreError;

/// Bytes of the files of one event: five volumes of the default size.
const MOST_BYTES: u64 = 100 * 1024 * 1024;
/// Files of one event; what is known of them has to fit its run record.
const MOST_FILES: usize = 2_000;

/// What was read for one event so far, by the entries of its tasks.
#[derive(Debug, Default)]
pub struct Together {
    read: BTreeMap<Vec<String>, Sum>,
    full: Option<StoreError>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    bytes: u64,
    files: usize,
}

impl Together {
    /// Whether more may be read. Once it was too much nothing is read any more.
    ///
    /// # Errors
    /// [`StoreError::EventTooLarge`], [`StoreError::EventTooMany`].
    pub fn open(&self) -> Result<(), StoreError> {
        self.full.clone().map_or(Ok(()), Err)
    }

    /// Counts what some entries stand for, given as the sizes of their files. Entries that are read again count once.
    ///
    /// # Errors
    /// As [`Together::open`].
    pub fn count(&mut self, entries: &[String], sizes: impl Iterator<Item = u64>) -> Result<(), StoreError> {
        let sum = sizes.fold(Sum::default(), Sum::with);
        self.read.insert(entries.to_vec(), sum);
        let all = self.read.values().fold(Sum::default(), |all, sum| Sum {
            bytes: all.bytes.saturating_add(sum.bytes),
            files: all.files.saturating_add(sum.files),
        });
        if all.bytes > MOST_BYTES {
            self.full = Some(StoreError::EventTooLarge { limit: MOST_BYTES });
        } else if all.files > MOST_FILES {
            self.full = Some(StoreError::EventTooMany { limit: MOST_FILES });
        }
        self.open()
    }
}

impl Sum {
    fn with(self, size: u64) -> Self {
        Self {
            bytes: self.bytes.saturating_add(size),
            files: self.files.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(name: &str) -> Vec<String> {
        vec![name.to_owned()]
    }

    #[test]
    fn what_all_tasks_read_is_bounded_in_bytes_and_in_files() {
        let mut bytes = Together::default();
        assert_eq!(bytes.count(&entries("a"), [MOST_BYTES].into_iter()), Ok(()));
        let too_large = Err(StoreError::EventTooLarge { limit: MOST_BYTES });
        assert_eq!(bytes.count(&entries("b"), [1].into_iter()), too_large);
        assert_eq!(bytes.open(), too_large, "nothing more is read");
        let mut files = Together::default();
        assert_eq!(files.count(&entries("a"), std::iter::repeat_n(0, MOST_FILES)), Ok(()));
        let too_many = Err(StoreError::EventTooMany { limit: MOST_FILES });
        assert_eq!(files.count(&entries("b"), [0].into_iter()), too_many);
        assert_eq!(files.open(), too_many);
        let mut overflow = Together::default();
        assert_eq!(
            overflow.count(&entries("a"), [u64::MAX, u64::MAX].into_iter()),
            too_large
        );
    }

    #[test]
    fn what_is_read_again_counts_once() {
        let mut together = Together::default();
        for _ in 0..3 {
            assert_eq!(together.count(&entries("a"), [MOST_BYTES].into_iter()), Ok(()));
        }
    }
}
