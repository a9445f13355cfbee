//! Kubernetes' rules for labels, so that a wrong one is said at start-up and not by every refused Job.

/// Longest name or value.
const MAX: usize = 63;
/// Longest prefix of a key.
const MAX_PREFIX: usize = 253;

/// Says what is wrong with a label, if anything.
///
/// # Errors
/// A phrase that names the key or value and what would be accepted.
pub(super) fn check(key: &str, value: &str) -> Result<(), String> {
    let (prefix, name) = key
        .rsplit_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if !(is_name(name) && prefix.is_none_or(is_subdomain)) {
        return Err(format!(
            "label key `{key}`: write `name` or `prefix.example.com/name`, at most {MAX} of [A-Za-z0-9-_.] in the name"
        ));
    }
    if !(value.is_empty() || is_name(value)) {
        return Err(format!(
            "label `{key}` has value `{value}`: at most {MAX} of [A-Za-z0-9-_.], beginning and ending with a letter or digit"
        ));
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= MAX_PREFIX
        && text.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn labels_follow_kubernetes_rules() {
        for (key, value) in [
            ("app", "x"),
            ("a.b/c", ""),
            ("team.example.com/Cost-Center_1", "A.b-c_9"),
            ("a", &"v".repeat(63)),
        ] {
            assert_eq!(check(key, value), Ok(()), "{key}={value}");
        }
        for (key, value) in [
            ("", ""),
            ("/a", ""),
            ("a/", ""),
            ("-a", ""),
            ("A.b/c", ""),
            ("a", "-x"),
            ("a", "x y"),
            ("a", "ä"),
            ("a", &"v".repeat(64)),
            ("a/b/c", "x"),
        ] {
            assert!(check(key, value).is_err(), "{key}={value}");
        }
    }
}
