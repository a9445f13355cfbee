//! `kind: Policy`.

use super::shared::{self, NamesOf, ruled};
use super::{Context, head, images, limits, network, overlap, security, signatures};
use crate::policy::settings::HELM_VALUES;
use crate::policy::types::{Commands, Files, Folders, Layer, Mode, Policy, Scope, ServiceAccounts};
use crate::yaml::{Field, Mapping, Value};

/// The topics a policy may rule, in the order of the language.
const TOPICS: [&str; 13] = [
    "images",
    "signatures",
    "unsigned",
    "serviceAccounts",
    "namespaces",
    "commands",
    "files",
    "security",
    "resources",
    "secrets",
    "annotations",
    "deadlines",
    "egress",
];

/// Keys that rule nothing by themselves.
const FRAME: [&str; 5] = ["apiVersion", "kind", "metadata", "scope", "mode"];

/// A policy without any topic would match tasks and say nothing about them.
pub(super) fn refuse_vacuous(document: &Field<'_>) {
    let Value::Mapping(entries) = &document.node().value else {
        return;
    };
    if entries.iter().all(|(key, _)| FRAME.contains(&key.value.as_str())) {
        document.problem(
            "the policy rules nothing",
            format!("write at least one of {}", TOPICS.join(", ")),
        );
    }
}

/// Decodes a policy; all of it is asked for, whatever is wrong.
pub(super) fn policy(document: &mut Mapping<'_>, context: Context<'_>) -> Option<Policy> {
    let name = head(document, &[HELM_VALUES]);
    let scope = document.field("scope").map(|field| scope(&field));
    let mode = document.field("mode").map(|field| mode(&field));
    document.refuse("grants", "grants are not supported by this version yet; remove them");
    let topics = TOPICS.map(|topic| document.field(topic));
    let [
        images,
        signatures,
        unsigned,
        accounts,
        namespaces,
        commands,
        files,
        security,
        resources,
        secrets,
        annotations,
        deadlines,
        egress,
    ] = topics;
    let images = ruled(images, context, |field| images::images(field, context));
    let signatures = ruled(signatures, context, |field| signatures::signatures(field, context));
    let unsigned = ruled(unsigned, context, images::unsigned);
    let service_accounts = ruled(accounts, context, service_accounts);
    let namespaces = ruled(namespaces, context, |field| {
        shared::allowed_names(field, NamesOf::Objects)
    });
    let commands = ruled(commands, context, commands_rule);
    let files = ruled(files, context, files_rule);
    let security = ruled(security, context, security::security);
    let resources = ruled(resources, context, limits::resources);
    let secrets = ruled(secrets, context, |field| shared::allowed_names(field, NamesOf::Objects));
    let annotations = ruled(annotations, context, |field| {
        shared::allowed_names(field, NamesOf::Keys)
    });
    let deadlines = ruled(deadlines, context, limits::deadlines);
    let egress = ruled(egress, context, |field| network::egress(field, context));
    let (name, span) = name?;
    let policy = Policy {
        scope: scope.unwrap_or(Some(Scope::default()))?,
        mode: mode.unwrap_or(Some(Mode::Enforce))?,
        images,
        signatures,
        unsigned,
        service_accounts,
        namespaces,
        commands,
        files,
        security,
        resources,
        secrets,
        annotations,
        deadlines,
        egress,
        ..Policy::silent(name, context.at(span), Layer::Files)
    };
    overlap::topics(&policy, context);
    Some(policy)
}

fn scope(field: &Field<'_>) -> Option<Scope> {
    const KEYS: [&str; 6] = ["projects", "stages", "services", "events", "actions", "tasks"];
    shared::refuse_nothing(field, &KEYS);
    field.mapping(|scope| {
        let [projects, stages, services, events, actions, tasks] =
            KEYS.map(|key| shared::names(&scope.field(key)?, NamesOf::Titles));
        Scope {
            projects,
            stages,
            services,
            events,
            actions,
            tasks,
        }
    })
}

fn mode(field: &Field<'_>) -> Option<Mode> {
    let words = [("enforce", Mode::Enforce), ("warn", Mode::Warn), ("audit", Mode::Audit)];
    Some(field.choice(&words)?.value)
}

fn service_accounts(field: &Field<'_>) -> Option<ServiceAccounts> {
    field.mapping(|topic| {
        let allow = topic
            .required("allow")
            .and_then(|field| shared::names(&field, NamesOf::Objects));
        let mount_token = topic
            .field("mountToken")
            .map(|field| shared::names(&field, NamesOf::Objects));
        Some(ServiceAccounts {
            allow: allow?,
            mount_token: mount_token.flatten(),
        })
    })?
}

fn commands_rule(field: &Field<'_>) -> Option<Commands> {
    Some(
        field
            .choice(&[("any", Commands::Any), ("plugins-only", Commands::PluginsOnly)])?
            .value,
    )
}

fn files_rule(field: &Field<'_>) -> Option<Files> {
    field.mapping(|topic| {
        let allow = topic
            .required("allow")
            .and_then(|field| shared::names(&field, NamesOf::Files));
        let words = [("pinned", Folders::Pinned), ("newest", Folders::Newest)];
        let folders = topic
            .field("folders")
            .and_then(|field| field.choice(&words))
            .map_or(Folders::Pinned, |folders| folders.value);
        Some(Files { allow: allow?, folders })
    })?
}
