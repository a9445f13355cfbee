//! Configs that were read before, so that the next event of the same text finds them parsed. Their
//! patterns are not kept: a hostile file could make those large (see [`matching`](crate::matching)).
//!
//! The text itself is the key: what another text would give is never given. Bounded in what is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cluster::run_record::Content;
use crate::config::{self, JobConfig};
use crate::store::CONFIG_PATH;
use crate::yaml::Problem;

/// Largest sum of [`Prepared::weight`] of what is kept, in bytes: some hundred usual configs.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of memory that a byte of text becomes, at most by measurement.
const OF_TEXT: usize = 16;

/// A config, ready for events.
#[derive(Debug)]
pub(super) struct Prepared {
    /// As it was read.
    pub(super) content: Content,
    /// As it was understood.
    pub(super) config: JobConfig,
}

impl Prepared {
    fn weight(&self) -> usize {
        self.content.text().len().saturating_mul(OF_TEXT)
    }
}

/// The configs of late, the one that was asked for last in front.
#[derive(Debug, Default)]
pub(super) struct Configs(Mutex<VecDeque<Arc<Prepared>>>);

impl Configs {
    /// Reads a config, unless this text has been read before.
    ///
    /// # Errors
    /// Every problem of the text, by position.
    pub(super) fn read(&self, text: &str) -> Result<Arc<Prepared>, Vec<Problem>> {
        if let Some(known) = self.known(text) {
            return Ok(known);
        }
        let config = config::parse(CONFIG_PATH, text)?;
        let content = Content::of(text);
        let prepared = Arc::new(Prepared { content, config });
        self.keep(&prepared);
        Ok(prepared)
    }

    fn known(&self, text: &str) -> Option<Arc<Prepared>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|prepared| prepared.content.text() == text)?;
        let found = kept.remove(place)?;
        kept.push_front(Arc::clone(&found));
        Some(found)
    }

    fn keep(&self, prepared: &Arc<Prepared>) {
        if prepared.weight() > MOST_BYTES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Two events of the same new text may both have read it.
        kept.retain(|other| other.content != prepared.content);
        kept.push_front(Arc::clone(prepared));
        let mut left = MOST_BYTES;
        kept.retain(|prepared| match left.checked_sub(prepared.weight()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => {
                left = 0;
                false
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(action: &str, comment: usize) -> String {
        format!(
            "apiVersion: v2\nactions:\n  - name: {action}\n    events: [{{ name: a.b }}]\n    tasks: []\n# {}\n",
            "x".repeat(comment)
        )
    }

    fn kept(configs: &Configs) -> Vec<String> {
        let kept = configs.0.lock().unwrap();
        kept.iter()
            .map(|prepared| prepared.config.actions[0].name.value.clone())
            .collect()
    }

    #[test]
    fn the_same_text_is_read_once_and_any_other_is_read_anew() {
        let configs = Configs::default();
        let first = configs.read(&text("a", 1)).unwrap();
        assert!(Arc::ptr_eq(&first, &configs.read(&text("a", 1)).unwrap()));
        let other = configs.read(&text("b", 1)).unwrap();
        assert_eq!(other.config.actions[0].name.value, "b");
        assert!(!Arc::ptr_eq(&first, &configs.read(&text("a", 2)).unwrap()));
        assert_eq!(kept(&configs), ["a", "b", "a"]);
    }

    #[test]
    fn what_cannot_be_read_says_so_every_time() {
        let configs = Configs::default();
        let problems = configs.read("actons: []").unwrap_err();
        assert_eq!(configs.read("actons: []").unwrap_err(), problems);
        assert!(kept(&configs).is_empty());
    }

    #[test]
    fn what_was_asked_for_last_stays_while_there_is_room() {
        let configs = Configs::default();
        let third = MOST_BYTES / OF_TEXT * 3 / 10;
        for name in ["a", "b", "c", "a", "d"] {
            configs.read(&text(name, third)).unwrap();
        }
        assert_eq!(kept(&configs), ["d", "a", "c"]);
        // One that can never fit is used and forgotten, and takes no other's room.
        assert!(configs.read(&text("e", MOST_BYTES / OF_TEXT)).is_ok());
        assert_eq!(kept(&configs), ["d", "a", "c"]);
    }
}
