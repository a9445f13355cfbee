//! The one walk over the containers of a pod: init containers, sidecars, main and ephemeral ones.
//!
//! A pod without containers and a list that is no list are findings: an empty walk must not look like a yes.

use super::{Found, Malformed, Node};
use crate::admission::{ContainerKind, PodView, Raw};
use crate::policy::PolicySpan;

/// The operating system that a pod asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admission::checks) enum Platform {
    /// `linux`, unset, or anything else: judged as strictly as Linux.
    Linux,
    /// `spec.os.name: windows`: the kubelet of a Linux node refuses such a pod, so Linux-only controls do not apply.
    Windows,
}

/// The operating system of a pod.
pub(in crate::admission::checks) fn platform(spec: &Node<'_>) -> Result<Platform, Malformed> {
    let name = spec.at(&["os", "name"])?;
    Ok(if name.text()? == Some("windows") {
        Platform::Windows
    } else {
        Platform::Linux
    })
}

/// Puts a question to the `spec` of a pod, which has to be there; what the question cannot read is a finding.
pub(in crate::admission::checks) fn over_pod<'a>(
    pod: &PodView<'a>,
    rule: &PolicySpan,
    question: impl FnOnce(&Node<'a>, &mut Found<'_>) -> Result<(), Malformed>,
) -> Vec<Raw> {
    let mut found = Found::by(rule);
    let spec = Node::new("spec", pod.spec);
    let outcome = if spec.is_set() {
        question(&spec, &mut found)
    } else {
        Err(spec.malformed("an object with the containers of the pod"))
    };
    found.read(outcome);
    found.raws()
}

/// Puts a question to every container of a pod.
pub(in crate::admission::checks) fn each_container<'a>(
    spec: &Node<'a>,
    found: &mut Found<'_>,
    mut question: impl FnMut(&Node<'a>, &mut Found<'_>) -> Result<(), Malformed>,
) {
    for kind in ContainerKind::ALL {
        let outcome = spec.get(kind.list()).and_then(|list| list.items());
        let Some(containers) = found.read(outcome) else {
            continue;
        };
        if containers.is_empty() && kind == ContainerKind::Main {
            let nothing = Malformed::new(
                "spec.containers",
                "empty or absent",
                "a list with at least one container",
            );
            found.read::<()>(Err(nothing));
        }
        for container in containers {
            let outcome = if container.is_set() {
                question(&container, found)
            } else {
                Err(container.malformed("an object"))
            };
            found.read(outcome);
        }
    }
}
