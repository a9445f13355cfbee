//! How the servers decode a path: Go's HTTP server with gin, and nginx in front of it (protocol reference 2.2).

/// The path segments that gin sees. Go keeps the raw path only where it differs from its own encoding of the decoded
/// one; gin then splits and hands out the raw one, otherwise the decoded one.
pub(super) fn segments(raw_path: &str) -> Option<Vec<String>> {
    let decoded = decode(raw_path, Plus::Stays)?;
    let path = if go_encode(&decoded) == raw_path {
        decoded
    } else {
        raw_path.to_owned()
    };
    Some(path.split('/').skip(1).map(str::to_owned).collect())
}

/// What the resource service makes of the last segment: one more decoding, as of a query.
pub(super) fn resource_path(segment: &str) -> Option<String> {
    decode(segment, Plus::IsSpace)
}

/// What nginx passes on after a rewrite: decoded once, then encoded where it must be.
pub(super) fn through_gateway(raw_path: &str) -> Option<String> {
    let decoded = decode(raw_path, Plus::Stays)?;
    Some(encode(&decoded, |byte| {
        byte > b' ' && byte < 0x7f && !matches!(byte, b'%' | b'?' | b'#')
    }))
}

enum Plus {
    Stays,
    IsSpace,
}

fn decode(text: &str, plus: Plus) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match (byte, &plus) {
            (b'%', _) => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            (b'+', Plus::IsSpace) => b' ',
            (byte, _) => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Go's encoding of a path.
fn go_encode(path: &str) -> String {
    encode(path, |byte| {
        byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte)
    })
}

fn encode(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
