//! The chart's default values as settings: what a desk assumes when nobody names an installation.

use std::collections::BTreeMap;

use super::{EndpointPeers, FileEndpoint, MissingConfig, Network, PrivilegedJobs, Registries, Settings};
use crate::network::{EgressRule, Peer, Port, Protocol};
use crate::plan::{Amounts, Capabilities, ContainerSecurity, PodSecurity, Quantity, Resources, SeccompProfile};

/// The user that containers of the original run as.
const USER: i64 = 1000;
/// Their group.
const GROUP: i64 = 2000;
/// Port of the file endpoint.
const FILES_PORT: u16 = 8443;

impl Settings {
    /// A default install: service in `keptn`, jobs in `keptn-jobs`, restricted security contexts.
    #[must_use]
    pub fn chart_defaults() -> Self {
        let amounts = |cpu: &str, memory: &str| Amounts {
            cpu: Quantity::parse(cpu).ok(),
            memory: Quantity::parse(memory).ok(),
        };
        Self {
            deployment: "job-executor-service".to_owned(),
            service_namespace: "keptn".to_owned(),
            service_account: "job-executor-service".to_owned(),
            own_secrets: Vec::new(),
            job_namespace: "keptn-jobs".to_owned(),
            default_service_account: "job-executor-service-default-job-account".to_owned(),
            default_resources: Resources {
                limits: amounts("1", "512Mi"),
                requests: amounts("50m", "128Mi"),
            },
            pod_security: PodSecurity {
                run_as_user: Some(USER),
                run_as_group: Some(GROUP),
                run_as_non_root: Some(true),
                fs_group: Some(GROUP),
                supplemental_groups: Vec::new(),
                seccomp_profile: Some(runtime_default()),
            },
            container_security: ContainerSecurity {
                capabilities: Capabilities {
                    add: Vec::new(),
                    drop: vec!["ALL".to_owned()],
                },
                privileged: Some(false),
                run_as_user: Some(USER),
                run_as_group: Some(GROUP),
                run_as_non_root: Some(true),
                read_only_root_filesystem: Some(true),
                allow_privilege_escalation: Some(false),
                proc_mount: None,
                seccomp_profile: Some(runtime_default()),
            },
            job_labels: BTreeMap::new(),
            task_deadline_seconds: 0,
            files_volume: Quantity::parse("20Mi").unwrap_or_else(|_| Quantity::zero()),
            outbox_ttl_seconds: 86_400,
            files: FileEndpoint {
                init_image: format!(
                    "docker.io/keptncontrib/job-executor-service-initcontainer@sha256:{}",
                    "0".repeat(64)
                ),
                url: format!("https://job-executor-service.keptn.svc:{FILES_PORT}"),
                ca: String::new(),
                audience: "job-executor-service-files".to_owned(),
            },
            network: Network {
                dns: vec![dns()],
                file_endpoint: EndpointPeers {
                    to: vec![Peer::Pods {
                        namespace: labels(&[("kubernetes.io/metadata.name", "keptn")]),
                        pods: labels(&[("app.kubernetes.io/name", "job-executor-service")]),
                    }],
                    ports: vec![tcp(FILES_PORT)],
                },
            },
            mirrors: BTreeMap::new(),
            registries: Registries::default(),
            pull_secrets: Vec::new(),
            allowed_image_list: String::new(),
            privileged_jobs: PrivilegedJobs::Refused,
            missing_config: MissingConfig::Silent,
        }
    }
}

fn runtime_default() -> SeccompProfile {
    SeccompProfile {
        kind: "RuntimeDefault".to_owned(),
        localhost_profile: None,
    }
}

/// The cluster's name server, by UDP and TCP; 5353 is where OpenShift's listens after translation.
fn dns() -> EgressRule {
    let ports = [53, 5353]
        .into_iter()
        .flat_map(|port| {
            [Protocol::Udp, Protocol::Tcp].map(|protocol| Port {
                protocol,
                port,
                end_port: None,
            })
        })
        .collect();
    EgressRule {
        to: vec![Peer::Pods {
            namespace: labels(&[("kubernetes.io/metadata.name", "kube-system")]),
            pods: labels(&[("k8s-app", "kube-dns")]),
        }],
        ports,
    }
}

fn tcp(port: u16) -> Port {
    Port {
        protocol: Protocol::Tcp,
        port,
        end_port: None,
    }
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
