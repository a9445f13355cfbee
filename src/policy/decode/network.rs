//! `kind: NetworkClass`, and the `egress` of a policy, which names such classes.

use std::collections::BTreeMap;

use super::shared::{filled, is_scalar, is_word, parsed, refuse_word};
use super::{Context, head};
use crate::network::{Cidr, DNS, EgressRule, Peer, Port, Protocol};
use crate::policy::labels;
use crate::policy::types::{Egress, NetworkClass};
use crate::yaml::{Field, Mapping, Value, nearest, quoted};

/// The word for no destination at all, so no class may be called so.
const NONE: &str = "none";
/// The word for all pods or all namespaces; no name and no label is written so.
const ALL: &str = "*";
/// The label that Kubernetes puts on every namespace.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// `egress` of a policy.
pub(super) fn egress(field: &Field<'_>, context: Context<'_>) -> Option<Egress> {
    if is_word(field, NONE) {
        return Some(Egress::Nothing);
    }
    if is_scalar(field) {
        return refuse_word(field, NONE, "a list of network classes");
    }
    let mut classes = parsed(field, |item, name| class_name(item, name, context))?;
    classes.sort();
    Some(Egress::Classes(classes))
}

fn class_name(item: &Field<'_>, name: &str, context: Context<'_>) -> Option<String> {
    let classes = &context.known.classes;
    if name == DNS || (classes.contains(name) && name != NONE) {
        return Some(name.to_owned());
    }
    let known = || std::iter::once(DNS).chain(classes.iter().map(String::as_str));
    let help = match nearest(name, known()) {
        _ if name == NONE => format!("write `egress: {NONE}`, without brackets"),
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!(
            "define it with `kind: NetworkClass`; known are {}",
            known().collect::<Vec<_>>().join(", ")
        ),
    };
    item.problem(format!("there is no network class {}", quoted(name)), help);
    None
}

/// `kind: NetworkClass`.
pub(super) fn class(document: &mut Mapping<'_>, context: Context<'_>) -> Option<NetworkClass> {
    let name = head(document, &[DNS, NONE]);
    let rules = document
        .required("egress")
        .and_then(|field| filled(&field, |item| rule(&item)));
    let (name, span) = name?;
    Some(NetworkClass {
        name,
        rules: rules?,
        origin: context.at(span),
    })
}

fn rule(item: &Field<'_>) -> Option<EgressRule> {
    item.mapping(|rule| {
        let keys = [
            rule.field("cidr"),
            rule.field("except"),
            rule.field("namespace"),
            rule.field("pods"),
        ];
        let ports = rule.field("ports").map(|field| filled(&field, |item| port(&item)));
        let peer = match keys {
            [Some(cidr), except, None, None] => outside(&cidr, except.as_ref()),
            [None, None, Some(namespace), Some(pods)] => inside(&namespace, &pods),
            [None, None, Some(_), None] => {
                rule.problem(
                    "pods is missing",
                    "write labels, or `pods: \"*\"` for all pods of the namespace",
                );
                None
            }
            [None, None, None, Some(_)] => {
                rule.problem(
                    "namespace is missing",
                    "write its name, labels, or `namespace: \"*\"` for all of them",
                );
                None
            }
            [None, None, None, None] => {
                rule.problem(
                    "the rule names no destination",
                    "write `cidr`, or `namespace` and `pods`",
                );
                None
            }
            [None, Some(_), _, _] => {
                rule.problem("except stands without cidr", "it takes parts out of an address range");
                None
            }
            [Some(_), _, _, _] => {
                let help = "write a rule for each: outside destinations by cidr, pods by labels";
                rule.problem("cidr stands beside namespace or pods", help);
                None
            }
        };
        Some(EgressRule {
            to: vec![peer?],
            ports: ports.unwrap_or(Some(Vec::new()))?,
        })
    })?
}

/// A destination outside the cluster, without the parts that stay closed.
fn outside(cidr: &Field<'_>, except: Option<&Field<'_>>) -> Option<Peer> {
    let whole = cidr.filled_text().and_then(|text| range(cidr, &text.value));
    let parts = except.map(|field| {
        parsed(field, |item, text| {
            let part = range(item, text)?;
            if let Some(whole) = whole.filter(|whole| !whole.holds(&part)) {
                item.problem(
                    format!("{part} is no smaller part of {whole}"),
                    "write a part of the range beside it",
                );
                return None;
            }
            Some(part.to_string())
        })
    });
    Some(Peer::Cidr {
        cidr: whole?.to_string(),
        except: parts.unwrap_or(Some(Vec::new()))?,
    })
}

fn range(field: &Field<'_>, text: &str) -> Option<Cidr> {
    Cidr::parse(text)
        .map_err(|error| field.problem(error.to_string(), error.help()))
        .ok()
}

/// Pods of the cluster, by label.
fn inside(namespace: &Field<'_>, pods: &Field<'_>) -> Option<Peer> {
    let namespace_labels = match &namespace.node().value {
        Value::Scalar(name) if labels::is_dns_label(&name.text) => {
            Some(BTreeMap::from([(NAMESPACE_NAME.to_owned(), name.text.clone())]))
        }
        Value::Null | Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => {
            selector(namespace, "the name of a namespace, \"*\" or labels")
        }
    };
    let pod_labels = selector(pods, "\"*\" or labels");
    Some(Peer::Pods {
        namespace: namespace_labels?,
        pods: pod_labels?,
    })
}

/// Labels, or all by the word for it: an empty mapping would say the same, and too quietly.
fn selector(field: &Field<'_>, accepted: &str) -> Option<BTreeMap<String, String>> {
    if is_word(field, ALL) {
        return Some(BTreeMap::new());
    }
    let Value::Mapping(entries) = &field.node().value else {
        field.problem(
            format!("{} must be {accepted}, found {}", field.path(), field.node().value),
            "",
        );
        return None;
    };
    if entries.is_empty() {
        field.problem(
            format!("{} has no labels", field.path()),
            "write labels, or \"*\" for all",
        );
        return None;
    }
    let found: BTreeMap<String, String> = field
        .entries(|key, value| {
            let text = value.text()?.value;
            if labels::is_key(&key.value) && labels::is_value(&text) {
                return Some((key.value.clone(), text));
            }
            let label = quoted(&format!("{}={text}", key.value));
            value.problem(
                format!("{label} is not a label"),
                "see the syntax of labels of Kubernetes",
            );
            None
        })
        .into_iter()
        .collect();
    if found.len() == entries.len() {
        Some(found)
    } else {
        None
    }
}

fn port(item: &Field<'_>) -> Option<Port> {
    if is_scalar(item) {
        return Some(Port {
            protocol: Protocol::Tcp,
            port: number(item)?,
            end_port: None,
        });
    }
    item.mapping(|port| {
        let first = port.required("port").and_then(|field| number(&field));
        let end = port.field("endPort").map(|field| (number(&field), field));
        let words = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)];
        let protocol = port.field("protocol").map(|field| field.choice(&words));
        let first = first?;
        let end_port = match end {
            None => None,
            Some((number, field)) => {
                let number = number?;
                if number < first {
                    field.problem(
                        format!("endPort {number} is before port {first}"),
                        "write the last port of the range",
                    );
                }
                Some(number)
            }
        };
        let protocol = match protocol {
            None => Protocol::Tcp,
            Some(word) => word?.value,
        };
        Some(Port {
            protocol,
            port: first,
            end_port,
        })
    })?
}

fn number(field: &Field<'_>) -> Option<u16> {
    u16::try_from(field.integer(1..=65_535)?.value).ok()
}
