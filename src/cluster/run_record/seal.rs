//! The HMACs of a record: who cannot read the key can forge neither what a run rests on nor how far it has come.
//!
//! The one in the spec binds the record's place and name. The one in the status binds the uid that the API server gave
//! to this very record as well, so that nothing of one record can be used in another.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;

use super::{RunSpec, RunStatus};

/// The key that seals the records of a namespace.
#[derive(Clone)]
pub(super) struct Seal {
    key: Vec<u8>,
    namespace: String,
}

impl Seal {
    pub(super) fn new(key: &[u8], namespace: &str) -> Self {
        Self {
            key: key.to_vec(),
            namespace: namespace.to_owned(),
        }
    }

    /// The HMAC of the spec of the record of this name, in hex; nothing when it cannot be written.
    pub(super) fn of_spec(&self, name: &str, spec: &RunSpec) -> Option<String> {
        Some(hex(self.spec(name, spec)?))
    }

    /// Whether a spec carries the right HMAC. Compared in constant time; an empty one is never right.
    pub(super) fn holds_spec(&self, name: &str, spec: &RunSpec) -> bool {
        holds(self.spec(name, spec), &spec.hmac)
    }

    /// The HMAC of a status, in hex; nothing when it cannot be written.
    pub(super) fn of_status(&self, record: &Record<'_>, status: &RunStatus) -> Option<String> {
        Some(hex(self.status(record, status)?))
    }

    /// Whether a status carries the right HMAC.
    pub(super) fn holds_status(&self, record: &Record<'_>, status: &RunStatus) -> bool {
        holds(self.status(record, status), &status.seal)
    }

    fn spec(&self, name: &str, spec: &RunSpec) -> Option<Hmac<Sha256>> {
        let unsealed = RunSpec {
            hmac: String::new(),
            ..spec.clone()
        };
        self.mac("spec", &[name], &unsealed)
    }

    fn status(&self, record: &Record<'_>, status: &RunStatus) -> Option<Hmac<Sha256>> {
        let unsealed = RunStatus {
            seal: String::new(),
            ..status.clone()
        };
        self.mac("status", &[record.name, record.uid, record.spec_hmac], &unsealed)
    }

    /// Each part with its length before it, so that no two lists of parts give the same bytes.
    fn mac(&self, what: &str, place: &[&str], value: &impl Serialize) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        let json = serde_json::to_string(value).ok()?;
        let parts = ["job-executor-service/run/v2", what, &self.namespace];
        for part in parts.iter().chain(place).chain(&[json.as_str()]) {
            mac.update(&u64::try_from(part.len()).ok()?.to_be_bytes());
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

/// Which record a status belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
    pub(super) spec_hmac: &'a str,
}

fn hex(mac: Hmac<Sha256>) -> String {
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

fn holds(mac: Option<Hmac<Sha256>>, written: &str) -> bool {
    let Ok(written) = data_encoding::HEXLOWER.decode(written.as_bytes()) else {
        return false;
    };
    !written.is_empty() && mac.is_some_and(|mac| mac.verify_slice(&written).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::Phase;
    use super::*;

    fn spec() -> RunSpec {
        RunSpec {
            event: "{}".into(),
            event_digest: "d".into(),
            identity: "i".into(),
            event_type: "t".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            made: jiff::Timestamp::UNIX_EPOCH,
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
    fn a_record_that_was_changed_moved_or_sealed_by_somebody_else_does_not_hold() {
        let seal = Seal::new(&[7; 32], "keptn");
        let mut sealed = spec();
        assert!(!seal.holds_spec("run-a", &sealed), "an empty seal");
        sealed.hmac = seal.of_spec("run-a", &sealed).unwrap();
        assert!(seal.holds_spec("run-a", &sealed));
        assert!(!seal.holds_spec("run-b", &sealed), "another name");
        assert!(
            !Seal::new(&[7; 32], "other").holds_spec("run-a", &sealed),
            "another namespace"
        );
        assert!(
            !Seal::new(&[8; 32], "keptn").holds_spec("run-a", &sealed),
            "another key"
        );
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
            assert!(!seal.holds_spec("run-a", &changed));
        }
    }

    #[test]
    fn a_status_holds_for_its_very_record_only() {
        let seal = Seal::new(&[7; 32], "keptn");
        let record = Record {
            name: "run-a",
            uid: "u",
            spec_hmac: "h",
        };
        let mut status = RunStatus {
            phase: Phase::Running,
            ..RunStatus::default()
        };
        assert!(!seal.holds_status(&record, &status), "an empty seal");
        status.seal = seal.of_status(&record, &status).unwrap();
        assert!(seal.holds_status(&record, &status));
        for other in [
            Record {
                name: "run-b",
                ..record
            },
            Record { uid: "v", ..record },
            Record {
                spec_hmac: "g",
                ..record
            },
            Record {
                name: "run-",
                uid: "au",
                ..record
            },
        ] {
            assert!(!seal.holds_status(&other, &status), "{other:?}");
        }
        status.phase = Phase::Done;
        assert!(!seal.holds_status(&record, &status), "it was changed");
    }
}
