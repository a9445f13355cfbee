//! `own-secret`: see the page below. Judged by name, which is all that is known of a Secret that nobody reads.

use super::support::{quoted, secrets};
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};
use crate::settings::Settings;

check! {
    /// Tasks must not read the Secrets of this service, of its registries, of accounts or of Helm.
    ///
    /// **Field** `env[]` with `valueFrom: secret` **Allowed** Secrets that were made for tasks
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// With the service's credentials a task could send events or change configurations as the service, with a token
    /// of an account act as that account, with a registry's credentials replace the images that everybody runs. Helm's
    /// release records hold the values of every chart. Refused are the names in the settings (`ownSecrets`,
    /// `pullSecrets`), `job-executor-service*`, `job-service-keptn-secrets*`, `sh.helm.release.*`, and the names that
    /// Kubernetes and OpenShift generate: `*-token-` and `*-dockercfg-` with a random ending of five or six characters.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   env: [ { name: sh.helm.release.v1.carts.v3, valueFrom: secret } ]
    /// policy:
    ///   secrets: { allow: ["*"] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   env: [ { name: github-token-readonly, valueFrom: secret } ]
    /// policy:
    ///   secrets: { allow: ["*"] }
    /// ```
    "own-secret" => Invariant(run), help = "make a Secret for this task that holds only what it needs"
}

/// Beginnings of names that are not the author's, and whose they are.
const PREFIXES: [(&str, &str); 3] = [
    ("job-executor-service", "belongs to this service"),
    ("job-service-keptn-secrets", "belongs to this service"),
    ("sh.helm.release.", "is a release record of Helm"),
];

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let secrets = match secrets(view) {
        Ok(secrets) => secrets,
        Err(malformed) => return vec![malformed.into()],
    };
    let refused = secrets.into_iter().filter_map(|secret| {
        let whose = whose(secret.name, &view.request.settings)?;
        let message = format!(
            "Secret {} {whose}; accepted: Secrets made for tasks",
            quoted(secret.name)
        );
        Some(Raw::denied(secret.field, message))
    });
    refused.collect()
}

fn whose(name: &str, settings: &Settings) -> Option<&'static str> {
    if settings.own_secrets.iter().any(|own| own == name) {
        return Some("belongs to this service");
    }
    if settings.pull_secrets.iter().any(|pull| pull == name) {
        return Some("holds credentials of a registry");
    }
    if let Some((_, whose)) = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)) {
        return Some(whose);
    }
    if is_generated(name, "-token-") {
        return Some("has the name of an account's token");
    }
    is_generated(name, "-dockercfg-").then_some("has the name of an account's registry credentials")
}

/// Whether a name ends as Kubernetes ends names that it generates: five characters (six for bootstrap tokens) that form
/// no word, since vowels are left out, or that hold a digit.
fn is_generated(name: &str, infix: &str) -> bool {
    let Some((owner, ending)) = name.rsplit_once(infix) else {
        return false;
    };
    let plain = ending.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let random = ending.contains(|c: char| c.is_ascii_digit()) || !ending.contains(['a', 'e', 'i', 'o', 'u']);
    !owner.is_empty() && plain && random && matches!(ending.len(), 5 | 6)
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn names_of_others_are_recognised() {
        let mut settings = Settings::chart_defaults();
        settings.own_secrets = vec!["nats-credentials".to_owned()];
        settings.pull_secrets = vec!["registry".to_owned()];
        for (name, expected) in [
            ("", None),
            ("locust-carts", None),
            ("nats-credentials", Some("belongs to this service")),
            ("nats-credentials-2", None),
            ("registry", Some("holds credentials of a registry")),
            ("job-executor-service", Some("belongs to this service")),
            ("job-executor-service-tls", Some("belongs to this service")),
            ("my-job-executor-service", None),
            ("job-service-keptn-secrets", Some("belongs to this service")),
            ("sh.helm.release.v1.carts.v3", Some("is a release record of Helm")),
            ("default-token-7xk2p", Some("has the name of an account's token")),
            ("default-token-bcdfg", Some("has the name of an account's token")),
            ("a-b-token-abc12", Some("has the name of an account's token")),
            ("bootstrap-token-07401b", Some("has the name of an account's token")),
            (
                "builder-dockercfg-x2z9q",
                Some("has the name of an account's registry credentials"),
            ),
            ("github-token-readonly", None),
            ("slack-token-stage", None),
            ("api-token-", None),
            ("-token-7xk2p", None),
            ("token-7xk2p", None),
        ] {
            assert_eq!(whose(name, &settings), expected, "{name}");
        }
    }

    #[test]
    fn each_secret_is_judged_where_it_is_named() {
        tasks(
            &CHECK,
            &[
                ("none", "task: {}", &[]),
                ("good", "task: { env: [ { name: locust, valueFrom: secret } ] }", &[]),
                (
                    "as a text",
                    "task: { env: [ { name: job-executor-service, value: a, valueFrom: string } ] }",
                    &[],
                ),
                (
                    "bad",
                    "task: { env: [ { name: A, value: a, valueFrom: string }, { name: sh.helm.release.v1.a.v1, valueFrom: secret } ] }",
                    &[
                        "env[1].name: Secret `sh.helm.release.v1.a.v1` is a release record of Helm; accepted: Secrets made for tasks",
                    ],
                ),
            ],
        );
    }
}
