//! A certificate authority with an intermediate, and leaves as Fulcio writes them.

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use sha2::{Digest as _, Sha256};
use x509_cert::der::{Decode, Encode};

use super::{Key, MINUTES, SIGNED, der};

const FULCIO: [u64; 9] = [1, 3, 6, 1, 4, 1, 57264, 1, 0];

pub struct Authority {
    root: Vec<u8>,
    between: Vec<u8>,
    params: CertificateParams,
    pub key: Key,
}

/// Whom a certificate names.
#[derive(Clone)]
pub struct Person {
    pub issuer: String,
    pub subject: Subject,
    /// Numbers below the Fulcio arc, and their texts.
    pub claims: Vec<(u64, String)>,
}

#[derive(Clone)]
pub enum Subject {
    Email(String),
    Uri(String),
    UserName(String),
    Several(Vec<String>),
    Nobody,
}

impl Person {
    pub fn workload(subject: &str) -> Self {
        Self {
            issuer: "https://token.actions.test".to_owned(),
            subject: Subject::Uri(subject.to_owned()),
            claims: Vec::new(),
        }
    }

    pub fn email(subject: &str) -> Self {
        Self {
            issuer: "https://accounts.test".to_owned(),
            subject: Subject::Email(subject.to_owned()),
            claims: Vec::new(),
        }
    }

    pub fn with(mut self, number: u64, text: &str) -> Self {
        self.claims.push((number, text.to_owned()));
        self
    }
}

/// What is wrong with a leaf.
#[derive(Clone)]
pub struct Faults {
    pub usages: Vec<KeyUsagePurpose>,
    pub purposes: Vec<ExtendedKeyUsagePurpose>,
    pub is_ca: IsCa,
    pub proof: Proof,
    pub signed: i64,
    pub old_issuer: bool,
    pub twice: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Good,
    Missing,
    OfAnother,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            usages: vec![KeyUsagePurpose::DigitalSignature],
            purposes: vec![ExtendedKeyUsagePurpose::CodeSigning],
            is_ca: IsCa::NoCa,
            proof: Proof::Good,
            signed: SIGNED,
            old_issuer: false,
            twice: None,
        }
    }
}

/// A certificate and its key.
pub struct Leaf {
    pub der: Vec<u8>,
    pub key: Key,
}

impl Authority {
    /// The intermediate carries the purpose of its leaves, as those of the public instances do.
    pub fn new(name: &str, purpose: ExtendedKeyUsagePurpose) -> Self {
        let root_key = Key::p256();
        let root = issuer(&format!("{name} root"));
        let key = Key::p256();
        let mut params = issuer(&format!("{name} intermediate"));
        params.extended_key_usages = vec![purpose];
        let by = Issuer::from_params(&root, &root_key.0);
        Self {
            root: root.self_signed(&root_key.0).unwrap().der().to_vec(),
            between: params.signed_by(&key.0, &by).unwrap().der().to_vec(),
            params,
            key,
        }
    }

    /// Intermediate and root.
    pub fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.between.clone(), self.root.clone()]
    }

    pub fn issue(&self, params: &CertificateParams, key: &Key) -> Vec<u8> {
        let by = Issuer::from_params(&self.params, &self.key.0);
        params.signed_by(&key.0, &by).unwrap().der().to_vec()
    }
}

fn issuer(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

pub fn leaf(authority: &Authority, log: &Key, person: &Person, faults: &Faults) -> Leaf {
    let key = Key::p256();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&[7, 7, 7]));
    params.key_usages = faults.usages.clone();
    params.extended_key_usages = faults.purposes.clone();
    params.is_ca = faults.is_ca;
    // The first of January 2024 is second 1704067200.
    let at = |second: i64| date_time_ymd(2024, 1, 1) + core::time::Duration::from_secs((second - 1_704_067_200) as u64);
    params.not_before = at(faults.signed - MINUTES);
    params.not_after = at(faults.signed + MINUTES);
    let ia5 = |text: &str| Ia5String::try_from(text).unwrap();
    params.subject_alt_names = match &person.subject {
        Subject::Email(text) => vec![SanType::Rfc822Name(ia5(text))],
        Subject::Uri(text) => vec![SanType::URI(ia5(text))],
        Subject::UserName(text) => {
            let mut oid = FULCIO.to_vec();
            oid[8] = 7;
            vec![SanType::OtherName((
                oid,
                rcgen::OtherNameValue::Utf8String(text.clone()),
            ))]
        }
        Subject::Several(texts) => texts.iter().map(|text| SanType::URI(ia5(text))).collect(),
        Subject::Nobody => Vec::new(),
    };
    let extension = |number: u64, content: Vec<u8>| {
        let mut oid = FULCIO;
        oid[8] = number;
        CustomExtension::from_oid_content(&oid, content)
    };
    params
        .custom_extensions
        .push(extension(1, person.issuer.as_bytes().to_vec()));
    if !faults.old_issuer {
        params.custom_extensions.push(extension(8, der::utf8(&person.issuer)));
    }
    for (number, text) in &person.claims {
        let content = if *number < 8 {
            text.as_bytes().to_vec()
        } else {
            der::utf8(text)
        };
        params.custom_extensions.push(extension(*number, content.clone()));
        if faults.twice == Some(*number) {
            params.custom_extensions.push(extension(*number, content));
        }
    }
    let without = authority.issue(&params, &key);
    if faults.proof == Proof::Missing {
        return Leaf { der: without, key };
    }
    let stranger = Key::p256();
    let log = if faults.proof == Proof::OfAnother {
        &stranger
    } else {
        log
    };
    let proof = certificate_proof(&without, authority, log, faults.signed);
    params.custom_extensions.push(CustomExtension::from_oid_content(
        &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2],
        proof,
    ));
    Leaf {
        der: authority.issue(&params, &key),
        key,
    }
}

/// The list of one signed certificate timestamp (RFC 6962), over the certificate without that list.
fn certificate_proof(certificate: &[u8], authority: &Authority, log: &Key, second: i64) -> Vec<u8> {
    let certificate = x509_cert::Certificate::from_der(certificate).unwrap();
    let tbs = certificate.tbs_certificate.to_der().unwrap();
    let time = (second as u64 * 1000).to_be_bytes();
    let mut signed = vec![0, 0];
    signed.extend(time);
    signed.extend([0, 1]);
    signed.extend(Sha256::digest(authority.key.spki()));
    signed.extend(&(tbs.len() as u32).to_be_bytes()[1..]);
    signed.extend(&tbs);
    signed.extend([0, 0]);
    let signature = log.sign(&signed);
    let mut proof = vec![0];
    proof.extend(log.id());
    proof.extend(time);
    proof.extend([0, 0, 4, 3]);
    proof.extend((signature.len() as u16).to_be_bytes());
    proof.extend(signature);
    let mut list = ((proof.len() + 2) as u16).to_be_bytes().to_vec();
    list.extend((proof.len() as u16).to_be_bytes());
    list.extend(proof);
    der::octets(&list)
}
