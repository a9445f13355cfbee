//! The files of one event's tasks: looked up for the gate, and had again for the Jobs.
//!
//! What a Job gets are exactly the bytes that were admitted, whether they were kept or are read a second time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::file_endpoint::OfferedFile;
use super::held::Held;
use crate::admission::{Fact, FileFact, FolderListing, TaskFiles};
use crate::image::Digest;
use crate::store::{CommitId, FoundFiles, Listing, Scope, Store, StoreError, StoredFile, Together};

/// Bytes that one event keeps from judging to launching at most: a volume of the default size.
const KEPT_OF_AN_EVENT: u64 = 20 * 1024 * 1024;

/// Files with what is said of them.
type Known = Vec<(FileFact, Vec<u8>)>;

/// Who reads for one event.
pub(super) struct EventFiles<'a> {
    store: &'a dyn Store,
    held: &'a Held,
    scope: Scope,
    pin: Option<CommitId>,
    /// Held while one list of entries is read: they are counted in the order in which they are asked for.
    together: tokio::sync::Mutex<Together>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    files: HashMap<Vec<String>, Vec<OfferedFile>>,
    bytes: u64,
}

impl<'a> EventFiles<'a> {
    /// The files of an event of this scope, at this version.
    pub(super) fn new(store: &'a dyn Store, held: &'a Held, scope: Scope, pin: Option<CommitId>) -> Self {
        Self {
            store,
            held,
            scope,
            pin,
            together: tokio::sync::Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// What these entries stand for. What can never be had is refuted; only an outage is unavailable.
    pub(super) async fn facts(&self, entries: &[String]) -> Fact<TaskFiles> {
        let mut together = self.together.lock().await;
        match self.read(entries, &mut together).await {
            Ok((files, listing)) => {
                let facts = files.iter().map(|(fact, _)| fact.clone()).collect();
                self.keep(entries, files);
                Fact::Known(TaskFiles { files: facts, listing })
            }
            Err(error) => match error.refusal() {
                Some(refusal) => {
                    tracing::info!(%error, "files of a task cannot be had");
                    Fact::Refuted(refusal)
                }
                None => Fact::Unavailable(error.to_string()),
            },
        }
    }

    /// The contents of a task's files as admitted: those that were read for the gate, or the same bytes read again.
    pub(super) async fn contents(&self, entries: &[String], admitted: &[FileFact]) -> Result<Vec<OfferedFile>, String> {
        let changed = || "the files are not those that were admitted any more".to_owned();
        let kept = self.kept().files.get(entries).cloned();
        let files = match kept {
            Some(files) => files,
            None => {
                let mut room = self.held.room(admitted).await.map_err(|error| error.to_string())?;
                let _turn = self.held.reader().await;
                let found = self.store.files(&self.scope, self.pin.as_ref(), entries).await;
                let found = with_facts(found.map_err(|error| error.to_string())?.files);
                let mut files = Vec::with_capacity(found.len());
                for (fact, bytes) in found {
                    let content = self.held.fill(&mut room, &fact.digest, bytes).ok_or_else(changed)?;
                    files.push(OfferedFile { fact, content });
                }
                files
            }
        };
        if files.iter().map(|file| &file.fact).eq(admitted) {
            Ok(files)
        } else {
            Err(changed())
        }
    }

    async fn read(&self, entries: &[String], together: &mut Together) -> Result<(Known, FolderListing), StoreError> {
        together.open()?;
        let _turn = self.held.reader().await;
        let found = self.store.files(&self.scope, self.pin.as_ref(), entries).await?;
        let listing = listing(&found);
        let files = with_facts(found.files);
        together.count(entries, files.iter().map(|(fact, _)| fact.size))?;
        Ok((files, listing))
    }

    /// Keeps what was read as far as there is room for all of it; otherwise it is read again when it is needed.
    fn keep(&self, entries: &[String], files: Known) {
        let bytes = files.iter().fold(0_u64, |sum, (fact, _)| sum.saturating_add(fact.size));
        let mut kept = self.kept();
        let all = kept.bytes.saturating_add(bytes);
        if all > KEPT_OF_AN_EVENT {
            return;
        }
        let files: Option<Vec<OfferedFile>> = files
            .into_iter()
            .map(|(fact, bytes)| {
                let content = self.held.keep(&fact.digest, bytes)?;
                Some(OfferedFile { fact, content })
            })
            .collect();
        if let Some(files) = files {
            kept.bytes = all;
            kept.files.insert(entries.to_vec(), files);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which version folders were listed at, as the gate is told.
fn listing(found: &FoundFiles) -> FolderListing {
    let name = |version: Option<&CommitId>| version.map(|version| version.as_str().to_owned());
    match &found.listing {
        Listing::NotNeeded | Listing::SameVersion => FolderListing::OfTheirVersion,
        Listing::OtherVersion { listed } => FolderListing::OfAnother {
            read: name(found.pin.as_ref()).unwrap_or_default(),
            listed: name(listed.as_ref()).unwrap_or_default(),
        },
    }
}

/// Files with what is said of them, by path.
fn with_facts(files: Vec<StoredFile>) -> Known {
    let mut files: Known = files
        .into_iter()
        .map(|file| {
            let fact = FileFact {
                path: file.path.as_str().to_owned(),
                size: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
                digest: Digest::of_bytes(&file.bytes),
            };
            (fact, file.bytes)
        })
        .collect();
    files.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    files
}

#[cfg(test)]
mod tests;
