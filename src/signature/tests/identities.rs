//! Whom a certificate names, and whom an authority wants.

use super::*;
use pki::{Faults, Subject as Named};

fn signed_by(world: &World, person: &Person, faults: &Faults) -> Evidence {
    let leaf = world.pki.faulty_leaf(person, faults);
    signatures(&[world
        .pki
        .logged(world.pki.by_leaf(leaf, world.payload()), Kind::HashedRekord)])
}

#[test]
fn issuer_subject_and_every_extension_have_to_match() {
    let world = World::new();
    let person = world.person().with(2, "push").with(20, "release");
    let wanting = |issuer: &str, subject: TextMatcher, extensions: &[(Extension, &str)]| Authority {
        signers: Signers::Keyless(Box::new(Keyless {
            issuer: TextMatcher::exact(issuer).unwrap(),
            subject,
            extensions: extensions
                .iter()
                .map(|(name, text)| (*name, TextMatcher::exact(text).unwrap()))
                .collect(),
        })),
        ..world.by_person()
    };
    let issuer = "https://token.actions.test";
    let exact = || TextMatcher::exact(WORKFLOW).unwrap();
    let evidence = signed_by(&world, &person, &Faults::default());
    let repository = (Extension::SourceRepositoryUri, "https://github.test/acme/app");
    for authority in [
        wanting(issuer, exact(), &[]),
        wanting(
            issuer,
            exact(),
            &[
                repository,
                (Extension::GithubWorkflowTrigger, "push"),
                (Extension::BuildTrigger, "release"),
            ],
        ),
        wanting(issuer, TextMatcher::one_of(["x", WORKFLOW]).unwrap(), &[]),
        wanting(
            issuer,
            TextMatcher::glob("https://github.test/acme/app/.github/workflows/*@refs/tags/*").unwrap(),
            &[],
        ),
        wanting(
            issuer,
            TextMatcher::expression(r"https://github\.test/acme/.*").unwrap(),
            &[],
        ),
    ] {
        proven(&world.verify(&evidence, &authority));
    }
    for (name, authority) in [
        ("another issuer", wanting("https://token.actions", exact(), &[])),
        (
            "another subject",
            wanting(issuer, TextMatcher::exact("x").unwrap(), &[]),
        ),
        (
            "a part of the subject",
            wanting(issuer, TextMatcher::expression("acme").unwrap(), &[]),
        ),
        (
            "a glob that stops at a slash",
            wanting(issuer, TextMatcher::glob("https://github.test/*").unwrap(), &[]),
        ),
        (
            "another repository",
            wanting(
                issuer,
                exact(),
                &[(Extension::SourceRepositoryUri, "https://github.test/acme/ap")],
            ),
        ),
        (
            "an extension that is not there",
            wanting(issuer, exact(), &[(Extension::RunnerEnvironment, "github-hosted")]),
        ),
    ] {
        refused(
            name,
            &world.verify(&evidence, &authority),
            Code::CertificateOfAnotherIdentity,
        );
    }
}

#[test]
fn every_extension_is_read_by_its_documented_number() {
    let world = World::new();
    let mut person = Person::workload(WORKFLOW);
    for extension in Extension::ALL {
        person = person.with(u64::from(extension.number()), extension.name());
    }
    let signed = world.verify(&signed_by(&world, &person, &Faults::default()), &world.by_person());
    let identity = proven(&signed).identity.clone().unwrap();
    assert_eq!(identity.extensions.len(), Extension::ALL.len());
    for (extension, text) in identity.extensions {
        assert_eq!(text, extension.name());
        assert_eq!(serde_json::to_value(extension).unwrap(), json!(extension.name()));
    }
}

#[test]
fn all_three_kinds_of_subjects_are_read_and_never_more_than_one() {
    let world = World::new();
    let named = |subject: Named| Person {
        subject,
        ..world.person()
    };
    let wanting = |text: &str| Authority {
        signers: Signers::Keyless(Box::new(Keyless {
            issuer: TextMatcher::exact("https://token.actions.test").unwrap(),
            subject: TextMatcher::exact(text).unwrap(),
            extensions: BTreeMap::new(),
        })),
        ..world.by_person()
    };
    for (person, kind) in [
        (named(Named::Email("a@acme.test".to_owned())), SubjectKind::Email),
        (named(Named::Uri("a@acme.test".to_owned())), SubjectKind::Uri),
        (named(Named::UserName("a@acme.test".to_owned())), SubjectKind::UserName),
    ] {
        let signed = world.verify(&signed_by(&world, &person, &Faults::default()), &wanting("a@acme.test"));
        assert_eq!(proven(&signed).identity.as_ref().unwrap().subject_kind, kind);
    }
    let two = named(Named::Several(vec![
        WORKFLOW.to_owned(),
        "https://evil.test".to_owned(),
    ]));
    for (name, person) in [("two subjects", two), ("no subject", named(Named::Nobody))] {
        let signed = world.verify(&signed_by(&world, &person, &Faults::default()), &world.by_person());
        refused(name, &signed, Code::CertificateUnsuitable);
    }
}

#[test]
fn an_issuer_is_read_from_the_old_extension_only_where_the_new_is_absent() {
    let world = World::new();
    let old = Faults {
        old_issuer: true,
        ..Faults::default()
    };
    proven(&world.verify(&signed_by(&world, &world.person(), &old), &world.by_person()));
    let twice = Faults {
        twice: Some(12),
        ..Faults::default()
    };
    refused(
        "an extension twice",
        &world.verify(&signed_by(&world, &world.person(), &twice), &world.by_person()),
        Code::CertificateUnsuitable,
    );
}
