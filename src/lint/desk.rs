//! What a verdict on a desk rests on: files that were named, and the built-in ones where none were.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::arguments::Basis;
use super::checkout;
use super::configs::{read, shown};
use crate::admission::{Fact, Facts, ForeignPolicy, PullAs, ResolvedImage, TaskFiles};
use crate::gather::{Answers, Fetch, Offline, Registry, SignatureQuestion, Verified};
use crate::policy::{FileProblem, PolicySet, builtin};
use crate::report::{Level, VerdictReport, counted, escape_line, problem_text};
use crate::settings::Settings;
use crate::signature::{Signed, Subject};
use crate::store::{PolicyFiles, Scope, Together, read_policy_files};
use crate::yaml::SourceText;

/// Policies, settings, time and who is asked.
pub(super) struct Desk {
    pub(super) policies: Arc<PolicySet>,
    pub(super) settings: Arc<Settings>,
    pub(super) at: jiff::Timestamp,
    /// What is known already and not asked for.
    pub(super) facts: Facts,
    /// The policies in words.
    pub(super) used: String,
    sources: PolicyFiles,
    live: Option<Live>,
    files: Option<PathBuf>,
}

struct Live {
    registry: Arc<Registry>,
    verified: Verified,
    cluster: Result<kube::Client, String>,
}

/// A call that cannot be answered; the text is complete.
pub(super) struct Unusable(pub(super) String);

impl Unusable {
    /// One line that begins with `error: `.
    pub(super) fn line(what: impl std::fmt::Display) -> Self {
        Self(format!("error: {}\n", escape_line(&what.to_string())))
    }
}

impl Desk {
    /// Reads what the arguments name.
    pub(super) async fn open(basis: &Basis) -> Result<Self, Unusable> {
        let settings = match &basis.settings {
            None => Settings::chart_defaults(),
            Some(path) => json(path, "settings")?,
        };
        let facts = match &basis.facts {
            None => Facts::default(),
            Some(path) => json(path, "facts")?,
        };
        if let Some(folder) = basis.files.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(Unusable::line(format!("--files {} is no folder", shown(folder))));
        }
        let (sources, used) = if basis.policies.is_empty() {
            (
                built_in("strict.yaml", builtin::STRICT),
                "the built-in policy `strict`".to_owned(),
            )
        } else {
            let names: Vec<String> = basis.policies.iter().map(|path| shown(path)).collect();
            let sources = read_policy_files(&basis.policies).map_err(|problems| {
                let line = |problem: &String| format!("error: policy {}\n", escape_line(problem));
                Unusable(problems.iter().map(line).collect())
            })?;
            (sources, names.join(", "))
        };
        let mut desk = Self::with(sources, settings, used)?;
        desk.at = basis.at.unwrap_or(desk.at);
        desk.files.clone_from(&basis.files);
        desk.facts = facts;
        if basis.live {
            desk.live = Some(Live::connect(&desk.settings).await?);
        }
        Ok(desk)
    }

    /// The desk of the original's form: the policy `compatible`, nobody asked.
    pub(super) fn compatible(settings: Settings) -> Result<Self, Unusable> {
        let sources = built_in("compatible.yaml", builtin::COMPATIBLE);
        Self::with(sources, settings, "the built-in policy `compatible`".to_owned())
    }

    fn with(sources: PolicyFiles, settings: Settings, used: String) -> Result<Self, Unusable> {
        let policies = PolicySet::load(&sources.texts)
            .and_then(|set| set.with_settings(&settings))
            .map_err(|problems| refused(&problems, &sources, &used))?;
        Ok(Self {
            policies: Arc::new(policies),
            settings: Arc::new(settings),
            at: jiff::Timestamp::now(),
            facts: Facts::default(),
            used,
            sources,
            live: None,
            files: None,
        })
    }

    /// Who answers the gate for a config at this place, and for an event of this scope.
    pub(super) fn answers<'a>(&'a self, config: &Path, scope: Option<&'a Scope>) -> DeskAnswers<'a> {
        DeskAnswers {
            live: self.live.as_ref(),
            folder: self.files.clone().or_else(|| checkout_of(config)),
            scope,
            together: Mutex::default(),
        }
    }

    /// The report with rules named by where their files lie, for people. Verdicts name them by file name.
    pub(super) fn shown(&self, report: &VerdictReport) -> VerdictReport {
        let mut report = report.clone();
        for action in &mut report.actions {
            for finding in action.findings.iter_mut().chain(&mut action.notes) {
                if let Some(rule) = &mut finding.rule {
                    rule.file = place_of(&self.sources, &rule.file);
                }
            }
            for accepted in &mut action.accepted {
                accepted.rule.file = place_of(&self.sources, &accepted.rule.file);
            }
        }
        report
    }

    /// What the policies say that may surprise; the text is empty or ends a line.
    pub(super) fn warnings(&self) -> String {
        let text = |warning| problem_in(Level::Warning, warning, &self.sources, &self.used);
        self.policies.warnings.iter().map(text).collect()
    }

    /// Whether registries and the cluster are asked.
    pub(super) fn is_live(&self) -> bool {
        self.live.is_some()
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, Unusable> {
    serde_json::from_str(&read(path)?).map_err(|error| Unusable::line(format!("{what} {}: {error}", shown(path))))
}

/// `job/config.yaml` stands one folder below the files that its tasks name.
fn checkout_of(config: &Path) -> Option<PathBuf> {
    let parent = config.parent()?;
    let folder = if parent == Path::new("") {
        Path::new(".")
    } else {
        parent
    };
    let folder = folder.canonicalize().ok().filter(|folder| folder.ends_with("job"))?;
    folder.parent().map(Path::to_path_buf)
}

fn built_in(name: &str, text: &str) -> PolicyFiles {
    let mut files = PolicyFiles::default();
    files.texts.insert(name.to_owned(), text.to_owned());
    files
        .places
        .insert(name.to_owned(), PathBuf::from(format!("built-in {name}")));
    files
}

fn place_of(sources: &PolicyFiles, name: &str) -> String {
    sources
        .places
        .get(name)
        .map_or_else(|| name.to_owned(), |place| shown(place))
}

fn refused(problems: &[FileProblem], sources: &PolicyFiles, used: &str) -> Unusable {
    let mut text: String = problems
        .iter()
        .map(|problem| problem_in(Level::Error, problem, sources, used))
        .collect();
    text.push_str(&format!(
        "error: {}: nothing can be judged\n",
        counted(problems.len(), "problem")
    ));
    Unusable(text)
}

fn problem_in(level: Level, problem: &FileProblem, sources: &PolicyFiles, used: &str) -> String {
    let source = sources.texts.get(&problem.file).cloned().unwrap_or_default();
    // What no single file is to blame for is said of all.
    let place = if problem.file.is_empty() {
        used.to_owned()
    } else {
        place_of(sources, &problem.file)
    };
    problem_text(level, &problem.problem, &SourceText::new(place, source)) + "\n"
}

impl Live {
    async fn connect(settings: &Settings) -> Result<Self, Unusable> {
        Ok(Self {
            registry: Arc::new(Registry::new(settings).map_err(Unusable::line)?),
            verified: Verified::default(),
            cluster: crate::cluster::connect().await.map_err(|error| error.to_string()),
        })
    }
}

/// The gate's questions, answered from a desk.
pub(super) struct DeskAnswers<'a> {
    live: Option<&'a Live>,
    folder: Option<PathBuf>,
    scope: Option<&'a Scope>,
    together: Mutex<Together>,
}

#[async_trait]
impl Answers for DeskAnswers<'_> {
    async fn resolve_image(&self, reference: &str, pull_as: &PullAs) -> Fact<ResolvedImage> {
        match self.live {
            Some(live) => live.registry.resolve_as(reference, pull_as).await,
            None => Offline.resolve_image(reference, pull_as).await,
        }
    }

    async fn signatures(
        &self,
        subject: &Subject,
        pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
    ) -> Vec<Fact<Signed>> {
        match self.live {
            Some(live) => {
                let fetch = Arc::clone(&live.registry) as Arc<dyn Fetch>;
                live.verified.answer(subject, pull_as, questions, &fetch).await
            }
            None => Offline.signatures(subject, pull_as, questions).await,
        }
    }

    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        match self.live.map(|live| &live.cluster) {
            Some(Ok(client)) => crate::cluster::foreign_policies(client, namespace).await,
            Some(Err(error)) => Fact::Unavailable(error.clone()),
            None => Offline.foreign_policies(namespace).await,
        }
    }

    async fn files(&self, entries: &[String]) -> Fact<TaskFiles> {
        match &self.folder {
            Some(folder) => {
                let mut together = self.together.lock().unwrap_or_else(PoisonError::into_inner);
                checkout::files(folder, self.scope, entries, &mut together)
            }
            None => Offline.files(entries).await,
        }
    }
}
