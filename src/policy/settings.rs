//! What Helm values of the original become: one more policy, which only narrows.
//!
//! It is no second mechanism: the gate judges by it as by any other, and names it in its findings. It must never widen:
//! see [`Layer::Settings`].

use super::problem::FileProblem;
use super::types::{Images, Layer, Mode, Policy, PolicySet, PolicySpan, Ruled, Scope};
use crate::image::LegacyAllowList;
use crate::settings::Settings;
use crate::yaml::{Problem, Span};

/// Name of the policy made of the settings; no policy file may use it.
pub const HELM_VALUES: &str = "helm-values";

/// Where findings say that its rule stands.
const ALLOWED_IMAGE_LIST: &str = "jobConfig.allowedImageList";

impl PolicySet {
    /// These policies, narrowed by the settings. An empty list, or one with an item `*`, contributes nothing.
    /// Laying settings over a set a second time replaces what the first time added.
    ///
    /// # Errors
    /// One problem when an item of `jobConfig.allowedImageList` is not a pattern.
    pub fn with_settings(mut self, settings: &Settings) -> Result<Self, Vec<FileProblem>> {
        self.policies.retain(|policy| policy.layer == Layer::Files);
        let list = LegacyAllowList::parse(&settings.allowed_image_list).map_err(|error| {
            let problem = Problem::new(Span::default(), "", error.to_string(), "");
            vec![FileProblem {
                file: ALLOWED_IMAGE_LIST.to_owned(),
                problem,
            }]
        })?;
        if !list.is_empty() && !list.allows_all() {
            self.policies.push(narrowing(list));
            self.policies.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Ok(self)
    }
}

fn narrowing(list: LegacyAllowList) -> Policy {
    let origin = PolicySpan {
        file: ALLOWED_IMAGE_LIST.to_owned(),
        span: Span::default(),
    };
    let images = Images {
        allow: Vec::new(),
        deny: Vec::new(),
        forbid_tags: Vec::new(),
        pull_policies: Vec::new(),
        legacy: Some(list),
    };
    Policy {
        images: Some(Ruled {
            rule: images,
            origin: origin.clone(),
        }),
        ..Policy::silent(HELM_VALUES.to_owned(), origin, Layer::Settings)
    }
}

impl Policy {
    /// A policy that rules nothing yet and enforces for every task.
    pub(super) fn silent(name: String, origin: PolicySpan, layer: Layer) -> Self {
        Self {
            name,
            origin,
            layer,
            scope: Scope::default(),
            mode: Mode::Enforce,
            images: None,
            signatures: None,
            unsigned: None,
            service_accounts: None,
            namespaces: None,
            commands: None,
            files: None,
            security: None,
            resources: None,
            secrets: None,
            annotations: None,
            deadlines: None,
            egress: None,
        }
    }
}
