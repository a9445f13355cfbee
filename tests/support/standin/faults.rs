//! Failures on demand: requests whose target holds a text are answered with a status, so many times.

/// One failure on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Text that the request's path and query hold, still encoded.
    pub(crate) target: String,
    /// The status to answer with.
    pub(crate) status: u16,
    /// How often; afterwards requests are answered as usual.
    pub(crate) times: usize,
    /// A header to answer with.
    pub(crate) header: Option<(&'static str, String)>,
    /// The body; the control plane's usual error body when there is none.
    pub(crate) body: Option<Vec<u8>>,
}

impl Fault {
    /// Every request whose target holds that text is answered with that status.
    pub(crate) fn always(target: &str, status: u16) -> Self {
        Self {
            target: target.to_owned(),
            status,
            times: usize::MAX,
            header: None,
            body: None,
        }
    }

    /// The next such request only.
    pub(crate) fn once(target: &str, status: u16) -> Self {
        Self {
            times: 1,
            ..Self::always(target, status)
        }
    }

    /// With that header.
    pub(crate) fn with_header(self, name: &'static str, value: &str) -> Self {
        Self {
            header: Some((name, value.to_owned())),
            ..self
        }
    }

    /// With that body.
    pub(crate) fn with_body(self, body: &[u8]) -> Self {
        Self {
            body: Some(body.to_vec()),
            ..self
        }
    }
}

/// The failures that are asked for.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The failure that this request meets.
    pub(super) fn take(&mut self, target: &str) -> Option<Fault> {
        let fault = self
            .0
            .iter_mut()
            .find(|fault| fault.times > 0 && target.contains(&fault.target))?;
        fault.times -= 1;
        Some(fault.clone())
    }
}
