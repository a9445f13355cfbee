//! What every row of the table draws on: both cosigns, keys of each kind, and two Sigstores of which one is a stranger's.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::command;
use crate::rows::{Asked, Hand};
use crate::signing::Rig;
use crate::signing::cosign::{Cosign, Major, Trusts};
use crate::signing::keys::{Ed25519, Imported, KeyFiles};
use crate::signing::registry::Registry;
use crate::signing::sigstore::{Sigstore, Token};

pub(crate) struct Stage {
    pub(crate) registries: [Registry; 2],
    pub(crate) two: Cosign,
    pub(crate) three: Cosign,
    pub(crate) ed25519: Ed25519,
    ours: KeyFiles,
    theirs: KeyFiles,
    rsa: KeyFiles,
    p384: KeyFiles,
    pub(crate) sigstore: Sigstore,
    pub(crate) stranger: Sigstore,
    pub(crate) stranger_in_our_log: Sigstore,
    pub(crate) we_in_strangers_log: Sigstore,
    pub(crate) workflow: Token,
    pub(crate) fork: Token,
    /// Settings by which these registries may be asked.
    pub(crate) settings: PathBuf,
    pub(crate) folder: TempDir,
}

impl Stage {
    pub(crate) fn set() -> Self {
        let rig = Rig::from_env();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        let (two, three) = (
            Cosign::new(&rig, Major::Two, place),
            Cosign::new(&rig, Major::Three, place),
        );
        let sigstore = Sigstore::start(&rig, &place.join("sigstore"));
        let stranger = Sigstore::start(&rig, &place.join("stranger"));
        Self {
            stranger_in_our_log: Sigstore::of_two(&stranger, &sigstore, &place.join("stranger-in-our-log")),
            we_in_strangers_log: Sigstore::of_two(&sigstore, &stranger, &place.join("we-in-strangers-log")),
            registries: [Registry::plain(&rig), Registry::with_referrers(&rig)],
            ed25519: Ed25519::new(place),
            ours: KeyFiles::made(&two, place, "ours"),
            theirs: KeyFiles::made(&three, place, "theirs"),
            rsa: KeyFiles::imported(&three, place, "rsa", Imported::Rsa),
            p384: KeyFiles::imported(&three, place, "p384", Imported::EcdsaP384),
            sigstore,
            stranger,
            workflow: Token::workflow("acme/app", "refs/tags/v1"),
            fork: Token::workflow("fork/app", "refs/tags/v1"),
            settings: command::settings(&rig, place),
            two,
            three,
            folder,
        }
    }

    pub(crate) fn cosign(&self, major: Major) -> &Cosign {
        match major {
            Major::Two => &self.two,
            Major::Three => &self.three,
        }
    }

    pub(crate) fn key(&self, hand: Hand) -> &KeyFiles {
        match hand {
            Hand::Ours => &self.ours,
            Hand::Theirs => &self.theirs,
            Hand::Rsa => &self.rsa,
            Hand::P384 => &self.p384,
        }
    }

    pub(crate) fn public(&self, hand: Hand) -> PathBuf {
        self.key(hand).public.clone()
    }

    /// What somebody asked for means in cosign's terms.
    pub(crate) fn trusts(&self, asked: Asked) -> Trusts {
        let key = |public: PathBuf, log: Option<PathBuf>| Trusts::Key { public, log };
        match asked {
            Asked::Key(hand) => key(self.public(hand), None),
            Asked::Ed25519 => key(self.ed25519.public.clone(), None),
            Asked::LoggedKey(hand) => key(self.public(hand), Some(self.sigstore.folder.clone())),
            Asked::Workflow => self.sigstore.trusts(&self.workflow),
            Asked::WorkflowByAnotherIssuer => {
                let issuer = "https://gitlab.com".to_owned();
                self.sigstore.trusts(&Token {
                    issuer,
                    ..self.workflow.clone()
                })
            }
            Asked::WorkflowOfStranger => self.stranger.trusts(&self.workflow),
        }
    }
}
