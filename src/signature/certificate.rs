//! A signing certificate: what it may be used for, and whom it names. What is read here means nothing before the chain
//! to the authority's roots is verified.

use std::collections::BTreeMap;

use sigstore::types::{DerCertificate, DerPublicKey};
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};

use super::fault::Fault;
use super::fulcio::Extension;
use super::identity::{Identity, SubjectKind};
use super::key::PublicKey;
use super::refusal::Code;

const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const FULCIO: &str = "1.3.6.1.4.1.57264.1";
/// Numbers below the Fulcio arc: issuer as raw text, user name, issuer as UTF8String.
const ISSUER_RAW: u32 = 1;
const USER_NAME: u32 = 7;
const ISSUER: u32 = 8;

/// What a certificate says.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) identity: Identity,
    pub(super) key: PublicKey,
    /// Seconds of the epoch.
    pub(super) valid: std::ops::RangeInclusive<u64>,
}

/// Reads a leaf that may sign code and names exactly one subject.
pub(super) fn read(der: &DerCertificate) -> Result<Leaf, Fault> {
    let certificate =
        Certificate::from_der(der.as_bytes()).map_err(|error| unsuitable_because("cannot be read", &error))?;
    usable_for_code(&certificate)?;
    let (subject, subject_kind) = subject(&certificate)?;
    let mut claims = claims(&certificate)?;
    let (raw, encoded) = (claims.remove(&ISSUER_RAW), claims.remove(&ISSUER));
    let issuer = match (raw, encoded) {
        (_, Some(encoded)) => utf8_string(&encoded)?,
        (Some(raw), None) => text(&raw)?,
        (None, None) => return Err(unsuitable("names no issuer")),
    };
    if issuer.is_empty() || subject.is_empty() {
        return Err(unsuitable("has an empty issuer or subject"));
    }
    let mut extensions = BTreeMap::new();
    for extension in Extension::ALL {
        if let Some(value) = claims.remove(&extension.number()) {
            // The first six were defined before values became UTF8Strings.
            let value = if extension.number() < ISSUER {
                text(&value)?
            } else {
                utf8_string(&value)?
            };
            extensions.insert(extension, value);
        }
    }
    let tbs = &certificate.tbs_certificate;
    let spki = tbs.subject_public_key_info.to_der();
    let spki = spki.map_err(|error| unsuitable_because("carries no usable key", &error))?;
    let key = PublicKey::from_der(DerPublicKey::new(spki));
    Ok(Leaf {
        identity: Identity {
            issuer,
            subject,
            subject_kind,
            extensions,
        },
        key: key.map_err(|error| unsuitable_because("carries no usable key", &error))?,
        valid: tbs.validity.not_before.to_unix_duration().as_secs()
            ..=tbs.validity.not_after.to_unix_duration().as_secs(),
    })
}

/// `digitalSignature`, code signing and nothing else, and no authority.
fn usable_for_code(certificate: &Certificate) -> Result<(), Fault> {
    let tbs = &certificate.tbs_certificate;
    let unreadable = |error: x509_cert::der::Error| unsuitable_because("has an extension that cannot be read", &error);
    let usage = tbs.get::<KeyUsage>().map_err(unreadable)?;
    match usage {
        Some((_, usage)) if usage.digital_signature() && !usage.key_cert_sign() => {}
        _ => return Err(unsuitable("is not made for digital signatures alone")),
    }
    let purposes = tbs.get::<ExtendedKeyUsage>().map_err(unreadable)?;
    match purposes {
        Some((_, ExtendedKeyUsage(purposes))) if purposes == [CODE_SIGNING] => {}
        _ => return Err(unsuitable("is not made for signing code alone")),
    }
    match tbs.get::<BasicConstraints>().map_err(unreadable)? {
        Some((_, constraints)) if constraints.ca => Err(unsuitable("is an authority's own")),
        _ => Ok(()),
    }
}

fn subject(certificate: &Certificate) -> Result<(String, SubjectKind), Fault> {
    let names = certificate.tbs_certificate.get::<SubjectAltName>();
    let names = names.map_err(|error| unsuitable_because("has an extension that cannot be read", &error))?;
    let Some((_, SubjectAltName(names))) = names else {
        return Err(unsuitable("names no subject"));
    };
    let [name] = names.as_slice() else {
        return Err(unsuitable("names another number of subjects than one"));
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "Fulcio writes three kinds of names")]
    match name {
        GeneralName::Rfc822Name(name) => Ok((name.to_string(), SubjectKind::Email)),
        GeneralName::UniformResourceIdentifier(name) => Ok((name.to_string(), SubjectKind::Uri)),
        GeneralName::OtherName(other) if below_fulcio(other.type_id) == Some(USER_NAME) => {
            let name = other.value.decode_as::<Utf8StringRef<'_>>();
            let name = name.map_err(|error| unsuitable_because("names its subject unreadably", &error))?;
            Ok((name.as_str().to_owned(), SubjectKind::UserName))
        }
        _ => Err(unsuitable(
            "names its subject by something else than e-mail, URI or user name",
        )),
    }
}

/// The values below the Fulcio arc by their number. One that stands there twice has two readings.
fn claims(certificate: &Certificate) -> Result<BTreeMap<u32, Vec<u8>>, Fault> {
    let mut claims = BTreeMap::new();
    for extension in certificate.tbs_certificate.extensions.iter().flatten() {
        let Some(number) = below_fulcio(extension.extn_id) else {
            continue;
        };
        let value = extension.extn_value.as_bytes().to_vec();
        if claims.insert(number, value).is_some() {
            return Err(unsuitable("has an extension twice"));
        }
    }
    Ok(claims)
}

fn below_fulcio(oid: ObjectIdentifier) -> Option<u32> {
    let text = oid.to_string();
    text.strip_prefix(FULCIO)?.strip_prefix('.')?.parse().ok()
}

fn utf8_string(der: &[u8]) -> Result<String, Fault> {
    let read = Utf8StringRef::from_der(der);
    let read = read.map_err(|error| unsuitable_because("has an extension that is no UTF8String", &error))?;
    Ok(read.as_str().to_owned())
}

fn text(bytes: &[u8]) -> Result<String, Fault> {
    String::from_utf8(bytes.to_vec()).map_err(|error| unsuitable_because("has an extension that is no text", &error))
}

fn unsuitable(why: &str) -> Fault {
    Fault::new(Code::CertificateUnsuitable, format!("the certificate {why}"))
}

fn unsuitable_because(why: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::of(Code::CertificateUnsuitable, &format!("the certificate {why}"), error)
}
