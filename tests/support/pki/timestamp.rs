//! A timestamp authority (RFC 3161).

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, SerialNumber, date_time_ymd};
use sha2::{Digest as _, Sha256};
use x509_cert::der::{Decode, Encode};

use super::{Key, certificates, der};

const SHA256: [u64; 9] = [2, 16, 840, 1, 101, 3, 4, 2, 1];
const TST_INFO: [u64; 9] = [1, 2, 840, 113549, 1, 9, 16, 1, 4];

pub struct Authority {
    issuer: certificates::Authority,
    leaf: Vec<u8>,
    key: Key,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let issuer = certificates::Authority::new(name, ExtendedKeyUsagePurpose::TimeStamping);
        let key = Key::p256();
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from_slice(&[9, 9]));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::TimeStamping];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2040, 1, 1);
        Self {
            leaf: issuer.issue(&params, &key),
            issuer,
            key,
        }
    }

    /// Leaf, intermediate, root.
    pub fn chain(&self) -> Vec<Vec<u8>> {
        [vec![self.leaf.clone()], self.issuer.chain()].concat()
    }

    /// A response over these bytes.
    pub fn stamp(&self, bytes: &[u8], second: i64) -> Vec<u8> {
        let hash = || der::sequence(&[der::oid(&SHA256)]);
        let time = jiff::Timestamp::from_second(second)
            .unwrap()
            .strftime("%Y%m%d%H%M%SZ")
            .to_string();
        let info = der::sequence(&[
            der::integer(1),
            der::oid(&[1, 3, 6, 1, 4, 1, 57264, 2]),
            der::sequence(&[hash(), der::octets(&Sha256::digest(bytes))]),
            der::integer(1),
            der::generalized_time(&time),
        ]);
        let attributes = [
            der::sequence(&[
                der::oid(&[1, 2, 840, 113549, 1, 9, 3]),
                der::set(&[der::oid(&TST_INFO)]),
            ]),
            der::sequence(&[
                der::oid(&[1, 2, 840, 113549, 1, 9, 4]),
                der::set(&[der::octets(&Sha256::digest(&info))]),
            ]),
        ];
        let signature = self.key.sign(&der::set(&attributes));
        let certificate = x509_cert::Certificate::from_der(&self.leaf).unwrap().tbs_certificate;
        let signer = der::sequence(&[
            der::integer(1),
            der::sequence(&[
                certificate.issuer.to_der().unwrap(),
                certificate.serial_number.to_der().unwrap(),
            ]),
            hash(),
            der::implicit_set(&attributes),
            der::sequence(&[der::oid(&[1, 2, 840, 10045, 4, 3, 2])]),
            der::octets(&signature),
        ]);
        let signed = der::sequence(&[
            der::integer(3),
            der::set(&[hash()]),
            der::sequence(&[der::oid(&TST_INFO), der::explicit(&der::octets(&info))]),
            der::set(&[signer]),
        ]);
        let token = der::sequence(&[der::oid(&[1, 2, 840, 113549, 1, 7, 2]), der::explicit(&signed)]);
        der::sequence(&[der::sequence(&[der::integer(0)]), token])
    }
}
