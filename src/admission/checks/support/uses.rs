//! What a rendered pod uses: its account and the Secrets that its containers read. Read from the pod that would run,
//! not from the plan it was made of.

use super::{Malformed, Node};
use crate::admission::{ContainerKind, TaskView};

/// The account a pod runs under, as Kubernetes reads it.
pub(in crate::admission::checks) fn account<'a>(view: &TaskView<'a>) -> Result<&'a str, Malformed> {
    let spec = Node::new("spec", view.pod.spec);
    for key in ["serviceAccountName", "serviceAccount"] {
        if let Some(name) = spec.get(key)?.text()?.filter(|name| !name.is_empty()) {
            return Ok(name);
        }
    }
    Ok("default")
}

/// A Secret that a pod reads.
#[derive(Debug, Clone)]
pub(in crate::admission::checks) struct SecretUse<'a> {
    /// The field of the task that asked for it, or the place in the pod.
    pub(in crate::admission::checks) field: String,
    /// Its name.
    pub(in crate::admission::checks) name: &'a str,
}

/// Every Secret that a pod reads, as variables or as files.
pub(in crate::admission::checks) fn secrets<'a>(view: &TaskView<'a>) -> Result<Vec<SecretUse<'a>>, Malformed> {
    let spec = Node::new("spec", view.pod.spec);
    let mut places = Vec::new();
    for kind in ContainerKind::ALL {
        for container in spec.get(kind.list())?.items()? {
            for source in container.get("envFrom")?.items()? {
                places.push((source.get("secretRef")?, "name"));
            }
            for variable in container.get("env")?.items()? {
                places.push((variable.at(&["valueFrom", "secretKeyRef"])?, "name"));
            }
        }
    }
    for volume in spec.get("volumes")?.items()? {
        places.push((volume.get("secret")?, "secretName"));
        for source in volume.at(&["projected", "sources"])?.items()? {
            places.push((source.get("secret")?, "name"));
        }
    }
    let mut uses = Vec::new();
    for (place, key) in places.iter().filter(|(place, _)| place.is_set()) {
        let node = place.get(key)?;
        let name = node.text()?.ok_or_else(|| node.malformed("the name of a Secret"))?;
        let planned = view.plan.secrets.iter().find(|secret| secret.name == name);
        let field = planned.map_or_else(|| node.path(), |secret| format!("env[{}].name", secret.index));
        uses.push(SecretUse { field, name });
    }
    Ok(uses)
}
