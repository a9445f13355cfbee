//! Contents of files in memory: one copy of each, within two budgets of the process.
//!
//! What was read for the gate is kept only as long as there is room to spare; what a Job is about to fetch waits for
//! its room. Must never hold a byte outside these budgets, nor let one event take the room that Jobs need.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::admission::FileFact;
use crate::image::Digest;

/// How much may be held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Bytes kept from judging to launching, of all events; what does not fit is read again.
    pub(super) spare: usize,
    /// Bytes that Jobs are about to fetch; what does not fit waits.
    pub(super) due: usize,
    /// Readings from the store at a time.
    pub(super) readers: usize,
    /// How long a Job waits for its room.
    pub(super) patience: Duration,
}

impl Budget {
    /// 64 MiB to spare, 128 MiB due (six volumes of the default size), 8 readers.
    pub(super) const DEFAULT: Self = Self {
        spare: 64 * 1024 * 1024,
        due: 128 * 1024 * 1024,
        readers: 8,
        patience: Duration::from_secs(600),
    };
}

/// All contents that the process holds.
#[derive(Debug)]
pub(super) struct Held {
    known: Mutex<Known>,
    spare: Arc<Semaphore>,
    due: Arc<Semaphore>,
    readers: Semaphore,
    budget: Budget,
}

/// Pieces by digest; those that nobody holds any more are dropped from time to time.
#[derive(Debug, Default)]
struct Known {
    pieces: HashMap<Digest, Weak<Piece>>,
    tidy_at: usize,
}

/// One content with its room.
#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// What lends a piece to [`Bytes`].
struct Lent(Arc<Piece>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// Room for the files of one Job.
#[derive(Debug)]
pub(super) struct Room(OwnedSemaphorePermit);

/// There was no room in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("too many files wait to be fetched by other jobs: no room for {bytes} bytes within {seconds} s")]
pub(super) struct NoRoom {
    bytes: usize,
    seconds: u64,
}

impl Held {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            known: Mutex::default(),
            spare: Arc::new(Semaphore::new(budget.spare)),
            due: Arc::new(Semaphore::new(budget.due)),
            readers: Semaphore::new(budget.readers),
            budget,
        }
    }

    /// A turn at reading from the store.
    pub(super) async fn reader(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.readers.acquire().await.ok()
    }

    /// Keeps a content if there is room to spare, or shares the copy that is held already.
    pub(super) fn keep(&self, digest: &Digest, bytes: Vec<u8>) -> Option<Bytes> {
        if let Some(known) = self.find(digest) {
            return Some(known);
        }
        let size = u32::try_from(bytes.len()).ok()?;
        let room = Arc::clone(&self.spare).try_acquire_many_owned(size).ok()?;
        Some(self.enter(digest, bytes, room))
    }

    /// Waits for room for the files of a Job. Before they are read, so that nobody waits with them in hand.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub(super) async fn room(&self, files: &[FileFact]) -> Result<Room, NoRoom> {
        let mut seen = HashSet::new();
        let distinct = files.iter().filter(|file| seen.insert(&file.digest));
        let bytes = distinct.fold(0_u64, |sum, file| sum.saturating_add(file.size));
        let no_room = || NoRoom {
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            seconds: self.budget.patience.as_secs(),
        };
        let size = u32::try_from(bytes).map_err(|_| no_room())?;
        if usize::try_from(size).is_ok_and(|size| size > self.budget.due) {
            return Err(no_room());
        }
        let room = Arc::clone(&self.due).acquire_many_owned(size);
        match tokio::time::timeout(self.budget.patience, room).await {
            Ok(Ok(room)) => Ok(Room(room)),
            Ok(Err(_)) | Err(_) => Err(no_room()),
        }
    }

    /// Puts a content into the room that was waited for, or shares the copy that is held already. Nothing when it is
    /// larger than what the room was asked for.
    pub(super) fn fill(&self, room: &mut Room, digest: &Digest, bytes: Vec<u8>) -> Option<Bytes> {
        if let Some(known) = self.find(digest) {
            return Some(known);
        }
        let room = room.0.split(bytes.len())?;
        Some(self.enter(digest, bytes, room))
    }

    fn find(&self, digest: &Digest) -> Option<Bytes> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.pieces.get(digest)?.upgrade().map(lend)
    }

    fn enter(&self, digest: &Digest, bytes: Vec<u8>, room: OwnedSemaphorePermit) -> Bytes {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster with the same content.
        if let Some(piece) = known.pieces.get(digest).and_then(Weak::upgrade) {
            return lend(piece);
        }
        if known.pieces.len() >= known.tidy_at {
            known.pieces.retain(|_, piece| piece.strong_count() > 0);
            known.tidy_at = known.pieces.len().saturating_mul(2).max(1024);
        }
        let piece = Arc::new(Piece { bytes, _room: room });
        known.pieces.insert(digest.clone(), Arc::downgrade(&piece));
        lend(piece)
    }
}

fn lend(piece: Arc<Piece>) -> Bytes {
    Bytes::from_owner(Lent(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget {
        spare: 100,
        due: 100,
        readers: 1,
        patience: Duration::from_secs(5),
    };

    fn content(fill: u8, size: usize) -> (Digest, Vec<u8>) {
        let bytes = vec![fill; size];
        (Digest::of_bytes(&bytes), bytes)
    }

    fn fact((digest, bytes): &(Digest, Vec<u8>)) -> FileFact {
        FileFact {
            path: "a".into(),
            size: bytes.len() as u64,
            digest: digest.clone(),
        }
    }

    #[test]
    fn one_copy_of_a_content_is_held_and_its_room_is_free_when_nobody_holds_it() {
        let held = Held::new(BUDGET);
        let (digest, bytes) = content(1, 60);
        let one = held.keep(&digest, bytes.clone()).unwrap();
        let two = held.keep(&digest, bytes.clone()).unwrap();
        assert_eq!(one.as_ptr(), two.as_ptr(), "it is the same copy");
        let (other, more) = content(2, 60);
        assert!(held.keep(&other, more.clone()).is_none(), "there is no room to spare");
        drop(one);
        assert!(held.keep(&other, more.clone()).is_none(), "it is still held");
        drop(two);
        assert!(held.keep(&other, more).is_some());
        assert!(held.find(&digest).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_wait_for_room_and_not_for_ever() {
        let held = Held::new(BUDGET);
        let (first, second) = (content(1, 60), content(2, 60));
        let kept = held.keep(&first.0, first.1.clone());
        assert!(kept.is_some(), "what is kept to spare takes no room of jobs");
        let mut room = held.room(&[fact(&second), fact(&second)]).await.unwrap();
        let due = held.fill(&mut room, &second.0, second.1.clone()).unwrap();
        drop(room);
        assert!(held.room(&[fact(&content(3, 60))]).await.is_err());
        let waiting = content(3, 60);
        let waiting = [fact(&waiting)];
        let (room, ()) = tokio::join!(held.room(&waiting), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(due);
        });
        assert!(room.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_larger_than_announced_is_held() {
        let held = Held::new(BUDGET);
        let (digest, bytes) = content(1, 60);
        let mut room = held.room(&[fact(&content(2, 59))]).await.unwrap();
        assert!(held.fill(&mut room, &digest, bytes).is_none());
        assert!(held.room(&[fact(&content(1, 101))]).await.is_err(), "it never fits");
    }
}
