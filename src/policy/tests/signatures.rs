//! Authorities and signature rules as read: every key once, the hash, what is warned of.

use jiff::SignedDuration;

use super::{AUTHORITIES, DATA, HEAD, files, lines};
use crate::policy::*;
use crate::signature::{Extension, Format};

fn load(policy: &str, authorities: &str) -> PolicySet {
    let policy = format!("{HEAD}{policy}");
    let mut texts = vec![("p.yaml", policy.as_str()), ("a.yaml", authorities)];
    texts.extend(DATA);
    PolicySet::load(&files(&texts)).unwrap_or_else(|problems| panic!("{policy}\n{}", lines(&problems)))
}

const RULES: &str = r#"
signatures:
  - images: ["ghcr.io/acme/**", alpine]
    require: { atLeast: 2, of: [release, key-legacy, key-logged], with: [release] }
    maxAge: 90m
    minimumVersion: v1.4
    attestations:
      - predicateType: https://slsa.dev/provenance/v1
        require: { all: [release] }
        builder: https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1
        sourceRepository: [https://github.com/acme/app, https://github.com/acme/tool]
        sourceRef: { regexp: "refs/tags/v.*" }
        maxAge: 30d
      - predicateType: https://cosign.sigstore.dev/attestation/vuln/v1
        require: { any: [release] }
        vulnerabilities: { critical: 0, high: 5 }
        maxAge: 12h
  - { images: ["quay.io/**"], require: { any: [key-legacy] }, signedIdentity: exact }
  - { images: ["quay.io/a/**"], require: { all: [key-legacy] }, signedIdentity: repository }
  - { images: ["mirror.example.com/**"], require: { any: [key-legacy] }, signedIdentity: { remap: { prefix: mirror.example.com/hub/, signedPrefix: docker.io } } }
"#;

#[test]
fn every_key_of_a_signature_rule_is_read() {
    // A log that is ignored gives no time: of this one the rule's maxAge needs one.
    let authorities = AUTHORITIES
        .replacen("transparencyLog: ignored", "trustRoot: { file: root.json }", 1)
        .replacen("formats: [bundle]\n", "formats: [legacy]\n", 1);
    let set = load(RULES, &authorities);
    let rules = &set.policies[0].signatures.as_ref().unwrap().rule;
    let [first, second, third, fourth] = rules.as_slice() else {
        panic!("{rules:#?}")
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let patterns: Vec<String> = first.images.iter().map(ToString::to_string).collect();
    assert_eq!(patterns, ["ghcr.io/acme/**", "docker.io/library/alpine"]);
    let expected = Quorum::AtLeast {
        count: std::num::NonZeroUsize::new(2).unwrap(),
        of: names(&["release", "key-legacy", "key-logged"]),
        with: names(&["release"]),
    };
    assert_eq!(first.require, expected);
    assert_eq!(first.max_age, Some(SignedDuration::from_mins(90)));
    assert_eq!(first.minimum_version, Version::parse("1.4"));
    assert_eq!((first.origin.file.as_str(), first.origin.span.line), ("p.yaml", 6));
    let [slsa, scan] = first.attestations.as_slice() else {
        panic!("{first:#?}")
    };
    assert_eq!(slsa.predicate_type, "https://slsa.dev/provenance/v1");
    assert_eq!(slsa.require, Some(Quorum::All(names(&["release"]))));
    let builder = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1";
    assert!(slsa.builder.as_ref().unwrap().accepts(builder));
    assert!(
        slsa.source_repository
            .as_ref()
            .unwrap()
            .accepts("https://github.com/acme/tool")
    );
    let reference = slsa.source_ref.as_ref().unwrap();
    assert!(reference.accepts("refs/tags/v2") && !reference.accepts("refs/heads/v2"));
    assert_eq!(slsa.max_age, Some(SignedDuration::from_hours(720)));
    let bounds: Vec<(&str, u64)> = scan
        .vulnerabilities
        .as_ref()
        .unwrap()
        .iter()
        .map(|(k, v)| (k.as_str(), *v))
        .collect();
    assert_eq!(bounds, [("critical", 0), ("high", 5)]);
    assert_eq!(
        (scan.max_age, &scan.require),
        (
            Some(SignedDuration::from_hours(12)),
            &Some(Quorum::Any(names(&["release"])))
        )
    );
    assert_eq!(
        (&second.require, &second.signed_identity),
        (&Quorum::Any(names(&["key-legacy"])), &Some(SignedIdentity::Exact))
    );
    assert_eq!(
        (&third.require, &third.signed_identity),
        (&Quorum::All(names(&["key-legacy"])), &Some(SignedIdentity::Repository))
    );
    let remap = SignedIdentity::Remap {
        prefix: "mirror.example.com/hub".to_owned(),
        signed_prefix: "docker.io".to_owned(),
    };
    assert_eq!(fourth.signed_identity, Some(remap));
}

#[test]
fn every_key_of_an_authority_is_read() {
    let set = load("commands: any\n", AUTHORITIES);
    let one = &set.authorities["key-legacy"];
    assert_eq!(
        (one.formats.as_slice(), one.transparency_log),
        (&[Format::Legacy][..], TransparencyLog::Ignored)
    );
    assert_eq!(
        (one.timestamps, one.certificate_log),
        (Timestamps::Accepted, CertificateLog::Required)
    );
    assert!(one.trust.is_none() && !one.has_times());
    assert_eq!(one.weaknesses().collect::<Vec<_>>(), ["transparencyLog: ignored"]);
    let logged = &set.authorities["key-logged"];
    let Signers::Keys(keys) = &logged.signers else {
        panic!("{logged:#?}")
    };
    assert_eq!(
        keys[0].not_before.map(|at| at.to_string()).as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
    assert_eq!(
        keys[0].not_after.map(|at| at.to_string()).as_deref(),
        Some("2027-01-01T00:00:00Z")
    );
    assert!(logged.trust.is_some() && logged.has_times() && logged.weaknesses().next().is_none());
    let release = &set.authorities["release"];
    assert_eq!(release.formats, [Format::Legacy, Format::Bundle]);
    let Signers::Keyless(keyless) = &release.signers else {
        panic!("{release:#?}")
    };
    assert!(keyless.issuer.accepts("https://token.actions.githubusercontent.com"));
    assert!(
        keyless
            .subject
            .accepts("https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1")
    );
    assert!(keyless.extensions[&Extension::SourceRepositoryUri].accepts("https://github.com/acme/app"));
    // Keys and roots are part of the set and of its hash.
    assert!(set.sources.contains_key("one.pub") && set.sources.contains_key("root.json"));
    let again = PolicySet::load(&set.sources).unwrap();
    assert_eq!(
        (again.hash.as_str(), &again.authorities["release"].hash),
        (set.hash.as_str(), &release.hash)
    );
    let mut changed = set.sources.clone();
    changed.insert("one.pub".to_owned(), DATA[2].1.to_owned());
    let changed = PolicySet::load(&changed).unwrap();
    assert_ne!(changed.hash, set.hash);
    assert_ne!(changed.authorities["key-legacy"].hash, one.hash);
    assert_eq!(changed.authorities["release"].hash, release.hash);
}

#[test]
fn every_key_of_an_authority_changes_its_hash() {
    let base = AUTHORITIES;
    let hashes = |text: &str| {
        let set = load("commands: any\n", text);
        set.authorities
            .values()
            .map(|one| one.hash.to_string())
            .collect::<Vec<_>>()
    };
    let before = hashes(base);
    for (from, to) in [
        ("two.pub", "three.pub"),
        ("2026-01-01", "2026-01-02"),
        ("2027-01-01", "2027-01-02"),
        ("formats: [bundle]\n", "formats: [legacy]\n"),
        ("formats: [bundle]\n", "formats: [bundle]\ntimestamps: required\n"),
        ("formats: [bundle]\n", "formats: [bundle]\ntransparencyLog: ignored\n"),
        ("/app/.github", "/tool/.github"),
        (
            "sourceRepository: https://github.com/acme/app",
            "sourceRepository: https://github.com/acme/tool",
        ),
        ("subjectGlob", "subject"),
        ("issuer: https", "issuerRegexp: https"),
        (
            "formats: [bundle, legacy]\n",
            "formats: [bundle, legacy]\ninsecureCertificateLog: ignored\n",
        ),
    ] {
        let text = base.replacen(from, to, 1).replace(
            "issuerRegexp: https://token.actions.githubusercontent.com",
            r"issuerRegexp: https://token\.actions\.githubusercontent\.com",
        );
        let after = hashes(&text);
        let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert_eq!(changed, 1, "{from} -> {to}");
    }
}

#[test]
fn what_is_defined_and_could_be_miscounted_is_warned_of() {
    let twin = AUTHORITIES.replacen(
        "two.pub, notBefore: 2026-01-01T00:00:00Z, notAfter: 2027-01-01T00:00:00Z",
        "one.pub",
        1,
    );
    let set = load(
        "signatures: [{ images: [\"**\"], require: { any: [key-legacy, key-logged] } }]\n",
        &twin,
    );
    assert_eq!(
        lines(&set.warnings),
        "a.yaml:10:19: \"key-legacy\" and \"key-logged\" have a key in common: one signature never counts for both; give each authority keys of its own\n\
         a.yaml:17:19: no policy asks for signatures of \"release\"; name it in `signatures`, or remove it\n"
    );
    let mail = AUTHORITIES.replace(
        "subjectGlob: https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*",
        "subjectGlob: \"*@acme.example\"",
    );
    let set = load(
        "signatures: [{ images: [\"**\"], require: { any: [key-legacy, key-logged, release] } }]\n",
        &mail,
    );
    assert!(
        lines(&set.warnings).contains("accepts every account of its domain"),
        "{}",
        lines(&set.warnings)
    );
}

#[test]
fn files_that_do_not_fit_into_a_run_record_are_refused() {
    let filler = format!("{HEAD}commands: any\n# {}\n", "x".repeat(950_000));
    let problems = PolicySet::load(&files(&[("p.yaml", &filler)])).unwrap_err();
    assert!(
        lines(&problems).contains("950000 are accepted at most"),
        "{}",
        lines(&problems)
    );
}
