//! The HMAC of a record: who cannot read the key cannot forge facts or events into a run.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::RunSpec;

/// The key that seals records.
#[derive(Clone)]
pub(super) struct Seal(Vec<u8>);

impl Seal {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(key.to_vec())
    }

    /// The HMAC of a spec, in hex.
    pub(super) fn of(&self, spec: &RunSpec) -> String {
        self.mac(spec)
            .map(|mac| data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// Whether a spec carries the right HMAC. Compared in constant time; an empty one is never right.
    pub(super) fn holds(&self, spec: &RunSpec) -> bool {
        let Ok(written) = data_encoding::HEXLOWER.decode(spec.hmac.as_bytes()) else {
            return false;
        };
        !written.is_empty() && self.mac(spec).is_some_and(|mac| mac.verify_slice(&written).is_ok())
    }

    fn mac(&self, spec: &RunSpec) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        let unsealed = RunSpec {
            hmac: String::new(),
            ..spec.clone()
        };
        mac.update(b"job-executor-service/run/v1\n");
        mac.update(&serde_json::to_vec(&unsealed).ok()?);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> RunSpec {
        RunSpec {
            event: "{}".into(),
            event_digest: "d".into(),
            identity: "i".into(),
            event_type: "t".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            nonce: "n".into(),
            config: String::new(),
            policies: String::new(),
            settings: String::new(),
            pin: String::new(),
            facts: "{}".into(),
            hmac: String::new(),
        }
    }

    #[test]
    fn a_record_that_was_changed_or_sealed_by_somebody_else_does_not_hold() {
        let seal = Seal::new(&[7; 32]);
        let mut sealed = spec();
        assert!(!seal.holds(&sealed), "an empty seal");
        sealed.hmac = seal.of(&sealed);
        assert!(seal.holds(&sealed));
        assert!(!Seal::new(&[8; 32]).holds(&sealed), "another key");
        let changes: [fn(&mut RunSpec); 5] = [
            |spec| spec.facts.push(' '),
            |spec| spec.event.push(' '),
            |spec| spec.nonce.push('x'),
            |spec| spec.pin = "other".into(),
            |spec| spec.hmac = spec.hmac.to_uppercase(),
        ];
        for change in changes {
            let mut changed = sealed.clone();
            change(&mut changed);
            assert!(!seal.holds(&changed));
        }
    }
}
