//! Reads the files of one task: each entry as a file first, as a folder otherwise, everything at one version.
//!
//! The listing of folders is the newest one whatever is asked for, so each listed file is read at the pinned version
//! and dropped when it did not exist then; that the listing was of another version is said in the result.

use std::collections::BTreeSet;

use super::super::{CommitId, FoundFiles, Listing, StoreError, StoredFile};
use super::wire::Item;
use super::{Place, ResourceService, same_version};
use crate::config::{FileEntry, FileKind, FilePath};
use crate::retry::Retry;

/// The state of reading one task's files.
pub(super) struct Reader<'a> {
    service: &'a ResourceService,
    place: Place,
    pin: Option<CommitId>,
    files: Vec<StoredFile>,
    seen: BTreeSet<FilePath>,
    total: usize,
    /// The service's files, listed when the first folder needs them.
    listed: Option<Vec<Item>>,
    listing: Listing,
}

/// Whether a file was there.
enum Read {
    Found,
    Absent,
}

impl<'a> Reader<'a> {
    pub(super) fn new(service: &'a ResourceService, place: Place, pin: Option<CommitId>) -> Self {
        Self {
            service,
            place,
            pin,
            files: Vec::new(),
            seen: BTreeSet::new(),
            total: 0,
            listed: None,
            listing: Listing::NotNeeded,
        }
    }

    /// Everything read so far.
    pub(super) fn found(self) -> FoundFiles {
        FoundFiles {
            files: self.files,
            pin: self.pin,
            listing: self.listing,
        }
    }

    /// Reads what one entry names.
    pub(super) async fn entry(&mut self, entry: &FileEntry) -> Result<(), StoreError> {
        let path = entry.path();
        if entry.kind() == FileKind::Folder {
            return self.folder(entry).await;
        }
        match self.file(path, Retry::ONCE).await {
            Ok(Read::Found) => Ok(()),
            Ok(Read::Absent) => self.folder(entry).await,
            // Asked for the newest version of a folder, the service answers 500. Only the listing's word makes a
            // folder of it; without that it is the outage it looks like, and worth another attempt.
            Err(StoreError::Unavailable { .. }) if self.is_folder(path).await? => self.folder(entry).await,
            Err(StoreError::Unavailable { .. }) => match self.file(path, self.service.retry).await? {
                Read::Found => Ok(()),
                Read::Absent => self.folder(entry).await,
            },
            Err(error) => Err(error),
        }
    }

    /// Reads one file, unless that has been done.
    async fn file(&mut self, path: &FilePath, retry: Retry) -> Result<Read, StoreError> {
        if self.seen.contains(path) {
            return Ok(Read::Found);
        }
        let limits = self.service.limits;
        let left = limits.total_bytes.saturating_sub(self.total);
        let limit = limits.file_bytes.min(left);
        let resource = match self
            .service
            .read(&self.place, path.as_str(), self.pin.as_ref(), limit, retry)
            .await
        {
            Ok(resource) => resource,
            Err(StoreError::NotFound { .. }) => return Ok(Read::Absent),
            Err(StoreError::TooLarge { .. }) if limit < limits.file_bytes => {
                return Err(StoreError::TooLargeTogether {
                    path: path.to_string(),
                    limit: limits.total_bytes,
                });
            }
            Err(StoreError::TooLarge { limit, .. }) => {
                return Err(StoreError::FileTooLarge {
                    path: path.to_string(),
                    limit,
                });
            }
            Err(error) => return Err(error),
        };
        if self.files.len() >= limits.files {
            return Err(StoreError::TooMany {
                what: "the task".to_owned(),
                limit: limits.files,
            });
        }
        self.pin = self.pin.take().or(resource.version);
        self.total = self.total.saturating_add(resource.bytes.len());
        self.seen.insert(path.clone());
        self.files.push(StoredFile {
            path: path.clone(),
            bytes: resource.bytes,
        });
        Ok(Read::Found)
    }

    /// Reads every file below a folder.
    async fn folder(&mut self, entry: &FileEntry) -> Result<(), StoreError> {
        let mut found = Read::Absent;
        for path in self.below(entry.path()).await? {
            if let Read::Found = self.file(&path, self.service.retry).await? {
                found = Read::Found;
            }
        }
        match found {
            Read::Found => Ok(()),
            Read::Absent => Err(StoreError::NoSuchEntry {
                entry: entry.to_string(),
                place: self.place.named(self.pin.as_ref()),
            }),
        }
    }

    /// Whether the listing has files below that path; git has no file of the same name then.
    async fn is_folder(&mut self, path: &FilePath) -> Result<bool, StoreError> {
        Ok(!self.below(path).await?.is_empty())
    }

    /// The listed files below a folder, sorted.
    async fn below(&mut self, folder: &FilePath) -> Result<BTreeSet<FilePath>, StoreError> {
        if self.listed.is_none() {
            let items = self.list().await?;
            self.compare(&items);
            self.listed = Some(items);
        }
        let prefix = format!("{folder}/");
        let mut paths = BTreeSet::new();
        for item in self
            .listed
            .iter()
            .flatten()
            .filter(|item| relative(item).starts_with(&prefix))
        {
            let path = FilePath::parse(&item.uri).map_err(|error| StoreError::Malformed {
                what: self.place.describe(folder.as_str(), None),
                reason: format!("the listing holds what is no file below it: {error}"),
            })?;
            paths.insert(path);
        }
        Ok(paths)
    }

    /// All files of the service, page by page. A service that is not there has none.
    async fn list(&self) -> Result<Vec<Item>, StoreError> {
        let what = || self.place.describe("*", None);
        let limit = self.service.limits.listed;
        let mut items: Vec<Item> = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = match self.service.list(&self.place, next.as_deref()).await {
                Ok(page) => page,
                Err(StoreError::NotFound { .. }) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            // A page without entries that names a next one would go on for ever.
            if page.items.is_empty() && page.next.is_some() {
                let reason = "an empty page names a next one".to_owned();
                return Err(StoreError::Malformed { what: what(), reason });
            }
            items.extend(page.items);
            if items.len() > limit {
                return Err(StoreError::TooMany { what: what(), limit });
            }
            match page.next {
                None => return Ok(items),
                key => next = key,
            }
        }
    }

    /// Notes whether the listing is of the pinned version; where nothing is pinned yet, its version is pinned.
    fn compare(&mut self, items: &[Item]) {
        if self.pin.is_none() {
            self.pin = items.iter().find_map(|item| item.version.clone());
        }
        let other = items.iter().find(|item| match (&item.version, &self.pin) {
            (Some(listed), Some(pin)) => !same_version(listed, pin),
            (None, _) | (_, None) => true,
        });
        self.listing = match other {
            Some(item) => Listing::OtherVersion {
                listed: item.version.clone(),
            },
            None => Listing::SameVersion,
        };
    }
}

/// A listed path without the leading slash that the server usually writes (protocol reference 2.3).
fn relative(item: &Item) -> &str {
    item.uri.strip_prefix('/').unwrap_or(&item.uri)
}
