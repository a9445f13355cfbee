//! What an installation's settings let through that deserves a second look. Said once at the start; decides nothing.

use super::{PrivilegedJobs, Settings};
use crate::image::LegacyAllowList;
use crate::plan::capability_name;
use crate::yaml::quoted;

impl Settings {
    /// A phrase for each setting that is accepted and may surprise, in a fixed order.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if LegacyAllowList::parse(&self.allowed_image_list).is_ok_and(|list| list.allows_all()) {
            warnings.push(
                "`jobConfig.allowedImageList` has an item `*`: it narrows nothing, policies alone judge images"
                    .to_owned(),
            );
        }
        let container = &self.container_security;
        if container.run_as_non_root == Some(false) || self.pod_security.run_as_non_root == Some(false) {
            warnings.push(
                "a default security context says `runAsNonRoot: false`: tasks run as root where policies allow it"
                    .to_owned(),
            );
        }
        let lists = [
            ("add", &container.capabilities.add),
            ("drop", &container.capabilities.drop),
        ];
        for (list, name) in lists
            .iter()
            .flat_map(|(list, names)| names.iter().map(move |name| (list, name)))
        {
            let read = capability_name(name);
            if read != *name {
                warnings.push(format!(
                    "the default security context's `capabilities.{list}` has {}, which is read as `{read}`",
                    quoted(name)
                ));
            }
        }
        warnings
    }

    /// Why the service cannot start by these settings, as the original did not.
    pub(super) fn contradiction(&self) -> Option<String> {
        let privileged = self.container_security.privileged == Some(true);
        (privileged && self.privileged_jobs == PrivilegedJobs::Refused).then(|| {
            "it says `privileged: true`, and ALLOW_PRIVILEGED_JOBS is not `true`; remove the one or set the other"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_surprise_is_said_and_the_defaults_do_not() {
        let mut settings = Settings::chart_defaults();
        assert_eq!(settings.warnings(), [""; 0]);
        settings.allowed_image_list = "alpine,*".to_owned();
        settings.pod_security.run_as_non_root = Some(false);
        settings.container_security.capabilities.drop = vec!["all".to_owned(), "NET_RAW".to_owned()];
        settings.container_security.capabilities.add = vec!["CAP_CHOWN".to_owned()];
        assert_eq!(
            settings.warnings(),
            [
                "`jobConfig.allowedImageList` has an item `*`: it narrows nothing, policies alone judge images",
                "a default security context says `runAsNonRoot: false`: tasks run as root where policies allow it",
                "the default security context's `capabilities.add` has \"CAP_CHOWN\", which is read as `CHOWN`",
                "the default security context's `capabilities.drop` has \"all\", which is read as `ALL`",
            ]
        );
    }
}
