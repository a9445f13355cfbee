//! Labels of Kubernetes and the names of its objects: one that the API server refuses would leave a task without its
//! fence, or an action with half of its tasks run.
//!
//! Grammar: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>.

/// Whether a text is a label key: a name, or a DNS subdomain, a slash and a name.
pub(super) fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        None => is_name(text),
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
    }
}

/// Whether a text is a label value: nothing, or a name.
pub(super) fn is_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// Whether a text is a DNS label: lower-case letters, digits and dashes, at most 63.
pub(crate) fn is_dns_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether a text is a DNS subdomain: DNS labels with dots between them, at most 253.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

fn is_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| ends(c) || matches!(c, '-' | '_' | '.');
    text.len() <= 63 && text.chars().all(inner) && text.starts_with(ends) && text.ends_with(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_those_that_the_api_server_takes() {
        for (text, key, value, dns_label) in [
            ("app", true, true, true),
            ("kubernetes.io/metadata.name", true, false, false),
            ("A_b.c-d", true, true, false),
            ("", false, true, false),
            ("/app", false, false, false),
            ("a/b/c", false, false, false),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("a b", false, false, false),
            ("Ex.io/app", false, false, false),
            ("é", false, false, false),
        ] {
            assert_eq!(
                (is_key(text), is_value(text), is_dns_label(text)),
                (key, value, dns_label),
                "{text:?}"
            );
        }
        for (length, fits) in [(63, true), (64, false)] {
            let text = "a".repeat(length);
            assert_eq!(
                (is_key(&text), is_value(&text), is_dns_label(&text)),
                (fits, fits, fits),
                "{length}"
            );
        }
    }
}
