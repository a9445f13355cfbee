//! How a resource's path travels inside a URL of the resource service.
//!
//! Two parties decode it before the server uses it: the gateway's nginx (or nobody, inside the cluster) and the
//! server. The form written here means the same to both (protocol reference 2.2): everything outside `[A-Za-z0-9._-]`
//! becomes `%XX` of its UTF-8 bytes, then every `%` is encoded again. Unlike the original's, a space never becomes `+`.

/// A resource path as one path segment of a URL, encoded twice.
#[must_use]
pub fn encode_resource(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match plain(byte) {
            Some(char) => encoded.push(char),
            // `%XX`, whose own `%` is written `%25`.
            None => encoded.push_str(&format!("%25{byte:02X}")),
        }
    }
    encoded
}

/// A value of a query string, encoded once.
#[must_use]
pub fn encode_query(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match plain(byte) {
            Some(char) => encoded.push(char),
            None => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The character of a byte that needs no encoding anywhere.
fn plain(byte: u8) -> Option<char> {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-').then(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_path_is_encoded_twice_and_a_query_value_once() {
        let rows = [
            ("job/config.yaml", "job%252Fconfig.yaml", "job%2Fconfig.yaml"),
            ("a b", "a%2520b", "a%20b"),
            ("a+b", "a%252Bb", "a%2Bb"),
            ("50%", "50%2525", "50%25"),
            ("%2F", "%25252F", "%252F"),
            ("what?", "what%253F", "what%3F"),
            ("#1", "%25231", "%231"),
            ("ä", "%25C3%25A4", "%C3%A4"),
            ("日", "%25E6%2597%25A5", "%E6%97%A5"),
            ("A-z_0.9", "A-z_0.9", "A-z_0.9"),
            ("~", "%257E", "%7E"),
            (
                "&=;,:@$!*'()",
                "%2526%253D%253B%252C%253A%2540%2524%2521%252A%2527%2528%2529",
                "%26%3D%3B%2C%3A%40%24%21%2A%27%28%29",
            ),
            ("", "", ""),
        ];
        for (path, twice, once) in rows {
            assert_eq!(encode_resource(path), twice, "{path}");
            assert_eq!(encode_query(path), once, "{path}");
        }
    }
}
