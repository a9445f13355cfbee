//! A read-only view of any pod as raw JSON: one visitor walks all containers, so that no check can forget a kind.

use serde_json::Value;

/// A pod template or pod: its metadata and spec as JSON.
#[derive(Debug, Clone, Copy)]
pub struct PodView<'a> {
    /// `metadata`, or null.
    pub metadata: &'a Value,
    /// `spec`.
    pub spec: &'a Value,
}

/// Which list of the pod a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerKind {
    /// `initContainers`, sidecars included.
    Init,
    /// `containers`.
    Main,
    /// `ephemeralContainers`.
    Ephemeral,
}

impl ContainerKind {
    /// All lists of containers a pod has, in the order in which they are judged.
    pub const ALL: [Self; 3] = [Self::Init, Self::Main, Self::Ephemeral];

    /// The key of the list in a pod's spec.
    #[must_use]
    pub fn list(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// One container of a pod.
#[derive(Debug, Clone)]
pub struct ContainerView<'a> {
    /// Which list it stands in.
    pub kind: ContainerKind,
    /// `spec.containers[0]` and the like.
    pub path: String,
    /// The container.
    pub json: &'a Value,
}

impl<'a> PodView<'a> {
    /// All containers: init, main and ephemeral, in this order.
    pub fn containers(&self) -> impl Iterator<Item = ContainerView<'a>> + use<'a> {
        let spec = self.spec;
        ContainerKind::ALL.into_iter().flat_map(move |kind| {
            let list = kind.list();
            spec.get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .enumerate()
                .map(move |(index, json)| ContainerView {
                    kind,
                    path: format!("spec.{list}[{index}]"),
                    json,
                })
        })
    }

    /// A value of the spec by path of keys; `None` when absent or null.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&'a Value> {
        lookup(self.spec, path)
    }
}

impl<'a> ContainerView<'a> {
    /// Its name, or an empty text.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.json.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// A value by path of keys; `None` when absent or null.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&'a Value> {
        lookup(self.json, path)
    }
}

fn lookup<'a>(mut value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    for key in path {
        value = value.get(key)?;
    }
    if value.is_null() { None } else { Some(value) }
}
