//! What a verdict on a desk rests on: files that were named, and the built-in ones where none were.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::arguments::Basis;
use crate::admission::{Fact, FileFact, ForeignPolicy, ResolvedImage};
use crate::gather::{Answers, Offline, Registry};
use crate::image::Digest;
use crate::policy::{PolicySet, builtin};
use crate::report::{escape, problem_text};
use crate::settings::Settings;

/// Policies, settings, time and who is asked.
pub(super) struct Desk {
    pub(super) policies: Arc<PolicySet>,
    pub(super) settings: Arc<Settings>,
    pub(super) at: jiff::Timestamp,
    pub(super) used: String,
    live: Option<Live>,
    files: Option<PathBuf>,
}

struct Live {
    registry: Registry,
    cluster: Option<kube::Client>,
    base: Settings,
}

/// A call that cannot be answered; the text is complete.
pub(super) struct Unusable(pub(super) String);

impl Desk {
    /// Reads what the arguments name.
    pub(super) async fn open(basis: &Basis) -> Result<Self, Unusable> {
        let settings = match &basis.settings {
            None => Settings::chart_defaults(),
            Some(path) => serde_json::from_str(&read(path)?)
                .map_err(|error| Unusable(format!("error: settings {}: {error}\n", path.display())))?,
        };
        let (files, used) = if basis.policies.is_empty() {
            (
                BTreeMap::from([("strict.yaml".to_owned(), builtin::STRICT.to_owned())]),
                "the built-in policy `strict`".to_owned(),
            )
        } else {
            let names: Vec<String> = basis.policies.iter().map(|path| path.display().to_string()).collect();
            (policy_files(&basis.policies)?, names.join(", "))
        };
        let policies = load(&files, &settings)?;
        let live = if basis.live {
            Some(Live::connect(&settings).await?)
        } else {
            None
        };
        Ok(Self {
            policies: Arc::new(policies),
            settings: Arc::new(settings),
            at: basis.at.unwrap_or_else(jiff::Timestamp::now),
            used,
            live,
            files: basis.files.clone(),
        })
    }

    /// The desk of the original's form: the policy `compatible`, nobody asked.
    pub(super) fn compatible(settings: Settings) -> Result<Self, Unusable> {
        let files = BTreeMap::from([("compatible.yaml".to_owned(), builtin::COMPATIBLE.to_owned())]);
        let policies = load(&files, &settings)?;
        Ok(Self {
            policies: Arc::new(policies),
            settings: Arc::new(settings),
            at: jiff::Timestamp::now(),
            used: "the built-in policy `compatible`".to_owned(),
            live: None,
            files: None,
        })
    }

    /// Who answers the gate for a config at this place.
    pub(super) fn answers(&self, config: &Path) -> DeskAnswers<'_> {
        // job/config.yaml stands one folder below the files that its tasks name.
        let derived = || config.canonicalize().ok()?.parent()?.parent().map(Path::to_path_buf);
        DeskAnswers {
            live: self.live.as_ref(),
            folder: self.files.clone().or_else(derived),
        }
    }
}

impl Live {
    async fn connect(settings: &Settings) -> Result<Self, Unusable> {
        let registry = Registry::new(&settings.mirrors).map_err(|error| Unusable(format!("error: {error}\n")))?;
        let cluster = crate::cluster::connect().await.ok();
        Ok(Self {
            registry,
            cluster,
            base: settings.clone(),
        })
    }
}

/// The gate's questions, answered from a desk.
pub(super) struct DeskAnswers<'a> {
    live: Option<&'a Live>,
    folder: Option<PathBuf>,
}

#[async_trait]
impl Answers for DeskAnswers<'_> {
    async fn resolve_image(&self, reference: &str) -> Fact<ResolvedImage> {
        match self.live {
            Some(live) => live.registry.resolve(reference).await,
            None => Offline.resolve_image(reference).await,
        }
    }

    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        match self.live.map(|live| (&live.cluster, &live.base)) {
            Some((Some(client), settings)) => crate::cluster::foreign_policies(client, namespace, settings).await,
            Some((None, _)) => Fact::Unavailable("no cluster: set KUBECONFIG".to_owned()),
            None => Offline.foreign_policies(namespace).await,
        }
    }

    async fn files(&self, entries: &[String]) -> Fact<Vec<FileFact>> {
        let Some(folder) = &self.folder else {
            return Offline.files(entries).await;
        };
        let mut facts = BTreeMap::new();
        for entry in entries {
            let before = facts.len();
            if let Err(why) = collect(folder, &folder.join(entry.trim_end_matches('/')), &mut facts) {
                return Fact::Unavailable(why);
            }
            if facts.len() == before && !facts.contains_key(entry) {
                return Fact::Refuted(format!(
                    "could not find file or directory `{entry}` in {}",
                    folder.display()
                ));
            }
        }
        Fact::Known(facts.into_values().collect())
    }
}

/// Adds a file, or all files of a folder. Links are not followed: a repository's link must not name what lies outside.
fn collect(root: &Path, path: &Path, facts: &mut BTreeMap<String, FileFact>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if metadata.is_dir() {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)
            .map_err(failed)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?
            .iter()
            .map(fs::DirEntry::path)
            .collect();
        entries.sort();
        return entries.iter().try_for_each(|entry| collect(root, entry, facts));
    }
    if metadata.is_file() {
        let bytes = fs::read(path).map_err(failed)?;
        let name = path
            .strip_prefix(root)
            .map_err(|error| error.to_string())?
            .to_string_lossy()
            .into_owned();
        facts.insert(
            name.clone(),
            FileFact {
                path: name,
                size: bytes.len() as u64,
                digest: Digest::of_bytes(&bytes),
            },
        );
    }
    Ok(())
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> Result<String, Unusable> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|error| Unusable(format!("error: {}: {error}\n", escape(&path.display().to_string()))))
}

/// All `*.yaml` and `*.yml` files of the named folders, and the named files.
pub(crate) fn policy_files(paths: &[PathBuf]) -> Result<BTreeMap<String, String>, Unusable> {
    let mut files = BTreeMap::new();
    for path in paths {
        if path.is_dir() {
            let failed = |error: std::io::Error| Unusable(format!("error: {}: {error}\n", path.display()));
            for entry in fs::read_dir(path).map_err(failed)? {
                let file = entry.map_err(failed)?.path();
                if file.is_file()
                    && file
                        .extension()
                        .is_some_and(|extension| extension == "yaml" || extension == "yml")
                {
                    insert(&mut files, &file)?;
                }
            }
        } else {
            insert(&mut files, path)?;
        }
    }
    Ok(files)
}

/// Files are known by their names, as in the service, so that both give byte-equal verdicts.
fn insert(files: &mut BTreeMap<String, String>, path: &Path) -> Result<(), Unusable> {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let name = if files.contains_key(&name) {
        path.display().to_string()
    } else {
        name
    };
    files.insert(name, read(path)?);
    Ok(())
}

fn load(files: &BTreeMap<String, String>, settings: &Settings) -> Result<PolicySet, Unusable> {
    PolicySet::load(files)
        .and_then(|set| set.with_settings(settings))
        .map_err(|problems| {
            let mut text = String::new();
            for problem in &problems {
                let source = files.get(&problem.file).map_or("", String::as_str);
                text.push_str(&problem_text(&problem.problem, &problem.file, source));
                text.push('\n');
            }
            Unusable(text)
        })
}
