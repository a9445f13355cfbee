//! Texts that must not pass as references, each with its exact refusal: admission reference D1, and what the two common
//! parsers read in two ways.

use super::super::Reference;
use super::EMPTY;

const LOCALHOST: &str = "`localhost` without a port is read as a registry by one parser and as a Docker Hub name by \
                         another; write its port, as in `localhost:5000/x`, or `docker.io/localhost/x`";
const CHARACTERS: &str = "only letters, digits and `.`, `-`, `_`, `/`, `:`, `@`, `[`, `]` are";
const HOST: &str = "letters, digits, `-` and `.` are, and a port after `:`";
const XN: &str = "only ASCII is; an international registry name is written in its `xn--` form";
const SEPARATOR: &str = "a name begins and ends with a letter or digit, and between two of them stands one `.`, one or \
                         two `_`, or any number of `-`";
const IPV4: &str = "write four numbers from 0 to 255 without leading zeros, or a name";
const PORT: &str =
    "is no number from 1 to 65535 without leading zeros; an IPv6 address stands in brackets, as in `[::1]:5000/app`";
const SLASHES: &str = "write one `/` between two names and none at either end";
const LOWER: &str = "a repository is written in lower case";
const COMPONENT: &str = "lower-case letters, digits, `.`, `_` and `-` are";
const TAG: &str = "letters, digits, `_`, `.` and `-` are";
const BRACKETS: &str = "an IPv6 registry needs a repository behind it, as in `[::1]:5000/app`";

fn refusal(text: &str) -> String {
    match Reference::parse(text) {
        Ok(image) => panic!("{} was read as {image}", text.escape_debug()),
        Err(error) => error.to_string(),
    }
}

fn character(shown: &str, column: usize, part: &str, hint: &str) -> String {
    format!("character {shown} at column {column} is not allowed in the {part}; {hint}")
}

fn head(name: &str) -> String {
    format!(
        "`{name}` has upper-case letters and neither a dot nor a port: one parser reads a registry, another refuses it; \
         write a repository in lower case, or a registry with its domain or port"
    )
}

fn check(rows: Vec<(&str, String)>) {
    for (text, expected) in rows {
        assert_eq!(refusal(text), expected, "{}", text.escape_debug());
    }
}

#[test]
fn what_two_parsers_read_differently_is_refused() {
    let hex = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a";
    check(vec![
        ("localhost/x", LOCALHOST.to_owned()),
        ("localhost/x:1", LOCALHOST.to_owned()),
        ("Foo/bar", head("Foo")),
        ("LOCALHOST/bar", head("LOCALHOST")),
        ("acmE/x/y", head("acmE")),
        ("a_b.com/x", character("`_`", 2, "registry", HOST)),
        (
            hex,
            format!(
                "64 hexadecimal digits are read as an image id by one parser and as a repository by another; write \
                 `docker.io/library/{hex}` or `repository@sha256:{hex}`"
            ),
        ),
        (
            EMPTY,
            format!("`{EMPTY}` is a digest without a repository; write `repository@sha256:...`"),
        ),
        (
            &format!("@{EMPTY}"),
            format!("`@{EMPTY}` is a digest without a repository; write `repository@sha256:...`"),
        ),
    ]);
    // What is not ambiguous about them is still a name.
    assert!(Reference::parse(&format!("docker.io/{hex}")).is_ok());
    assert!(Reference::parse(&format!("{hex}:1")).is_ok());
}

#[test]
fn foreign_characters_are_named_and_never_printed() {
    check(vec![
        ("alp\u{456}ne", character("U+0456", 4, "image reference", XN)),
        ("gh\u{441}r.io/x", character("U+0441", 3, "image reference", XN)),
        ("al\u{200b}pine", character("U+200B", 3, "image reference", XN)),
        ("alpine\u{202e}", character("U+202E", 7, "image reference", XN)),
        ("cafe\u{301}", character("U+0301", 5, "image reference", XN)),
        ("caf\u{e9}", character("U+00E9", 4, "image reference", XN)),
        ("b\u{fc}cher.example/x", character("U+00FC", 2, "image reference", XN)),
        ("ghcr\u{ff0e}io/x", character("U+FF0E", 5, "image reference", XN)),
        ("\u{feff}alpine", character("U+FEFF", 1, "image reference", XN)),
        (
            "alpine\u{a0}",
            character("U+00A0", 7, "image reference", "remove the white space"),
        ),
        (
            "alpine ",
            character("U+0020", 7, "image reference", "remove the white space"),
        ),
        (
            " alpine",
            character("U+0020", 1, "image reference", "remove the white space"),
        ),
        (
            "alpine\n",
            character("U+000A", 7, "image reference", "remove the white space"),
        ),
        (
            "alp\tine",
            character("U+0009", 4, "image reference", "remove the white space"),
        ),
        (
            "alpine\0",
            character("U+0000", 7, "image reference", "remove the control character"),
        ),
        (
            "\u{1b}[31malpine",
            character("U+001B", 1, "image reference", "remove the control character"),
        ),
        (
            "alpine\u{7f}",
            character("U+007F", 7, "image reference", "remove the control character"),
        ),
        (
            "alpine\u{85}",
            character("U+0085", 7, "image reference", "remove the white space"),
        ),
        (
            "ghcr.io/a%2fb",
            character(
                "`%`",
                10,
                "image reference",
                "percent escapes are not decoded, and an IPv6 address has no zone here",
            ),
        ),
        (
            "[fe80::1%eth0]:5000/x",
            character(
                "`%`",
                9,
                "image reference",
                "percent escapes are not decoded, and an IPv6 address has no zone here",
            ),
        ),
        (
            "ghcr.io/*",
            character(
                "`*`",
                9,
                "image reference",
                "a reference names one image; wildcards belong to a policy's patterns",
            ),
        ),
        (
            "x?y",
            character(
                "`?`",
                2,
                "image reference",
                "a reference names one image; wildcards belong to a policy's patterns",
            ),
        ),
        ("a\\b", character("`\\`", 2, "image reference", CHARACTERS)),
        ("x#y", character("`#`", 2, "image reference", CHARACTERS)),
        ("x:1+2", character("`+`", 4, "image reference", CHARACTERS)),
        ("$(IMAGE)", character("`$`", 1, "image reference", CHARACTERS)),
    ]);
}

#[test]
fn a_registry_has_one_spelling_or_is_refused() {
    let empty_label = |host: &str, column: usize| {
        format!(
            "registry `{host}` has an empty label at column {column}; write single dots between names and none at \
             either end"
        )
    };
    let label = |label: &str, column: usize| {
        format!(
            "registry label `{label}` at column {column} begins or ends with `-`; it must begin and end with a \
             letter or digit"
        )
    };
    let ipv4 = |host: &str| format!("registry `{host}` ends in a number and is no IPv4 address; {IPV4}");
    let ipv6 = |host: &str| format!("registry `{host}` is no IPv6 address; write it as in `[2001:db8::1]:5000`");
    let port = |port: &str| format!("registry port `{port}` {PORT}");
    check(vec![
        ("ghcr.io./x", empty_label("ghcr.io.", 9)),
        (".ghcr.io/x", empty_label(".ghcr.io", 1)),
        ("ghcr..io/x", empty_label("ghcr..io", 6)),
        ("./x", empty_label(".", 1)),
        ("../x", empty_label("..", 1)),
        (":5000/x", empty_label("", 1)),
        ("-a.io/x", label("-a", 1)),
        ("ghcr.io-/x", label("io-", 6)),
        ("a]b.io/x", character("`]`", 2, "registry", HOST)),
        ("x:0/y", port("0")),
        ("x:65536/y", port("65536")),
        ("x:99999999999999999999/y", port("99999999999999999999")),
        ("x:05000/y", port("05000")),
        ("x:/y", port("")),
        ("x:http/y", port("http")),
        ("fd00:1:2::3:5000/x", port("1:2::3:5000")),
        ("[::1]:0/y", port("0")),
        ("127.1/x", ipv4("127.1")),
        ("2130706433:80/x", ipv4("2130706433:80")),
        ("0x7f.0.0.0x1/x", ipv4("0x7f.0.0.0x1")),
        ("0177.0.0.1/x", ipv4("0177.0.0.1")),
        ("1.2.3.4.5/x", ipv4("1.2.3.4.5")),
        ("256.0.0.1/x", ipv4("256.0.0.1")),
        ("evil.127.0.0.1/x", ipv4("evil.127.0.0.1")),
        ("[:::]/x", ipv6("[:::]")),
        ("[]/x", ipv6("[]")),
        ("[::1/x", ipv6("[::1")),
        ("[::1]5000/x", ipv6("[::1]5000")),
        ("[::1].evil.example/x", ipv6("[::1].evil.example")),
        (
            "[2001:db8:3:4::192.0.2.33]:5000/x",
            ipv6("[2001:db8:3:4::192.0.2.33]:5000"),
        ),
        ("[fd00123123123]:5000/x", ipv6("[fd00123123123]:5000")),
        (
            "[::ffff:7f00:1]:5000/x",
            String::from("registry `[::ffff:7f00:1]:5000` is an IPv4 address in IPv6 form; write it as `127.0.0.1`"),
        ),
        (
            "user@ghcr.io/x",
            String::from("digest `ghcr.io/x` names no algorithm; write `sha256:` and 64 hexadecimal digits"),
        ),
        (
            "https://ghcr.io/x",
            String::from("image reference begins with a scheme `https://`; write it without"),
        ),
        (
            "docker://alpine",
            String::from("image reference begins with a scheme `docker://`; write it without"),
        ),
    ]);
}

#[test]
fn a_path_has_names_and_nothing_else() {
    let empty = |column: usize| format!("path component at column {column} is empty; {SLASHES}");
    let separator =
        |run: &str, column: usize| format!("separator `{run}` at column {column} is not allowed there; {SEPARATOR}");
    check(vec![
        (
            "",
            String::from(
                "image reference is empty; write `registry/repository:tag`, as in `docker.io/library/alpine:3.20`",
            ),
        ),
        ("/", empty(1)),
        ("/alpine", empty(1)),
        ("acme/", empty(6)),
        ("ghcr.io/", empty(9)),
        ("ghcr.io//x", empty(9)),
        ("ghcr.io/a//b", empty(11)),
        ("docker///docker", empty(8)),
        (":1", empty(1)),
        ("ghcr.io/a/../b", separator("..", 11)),
        ("ghcr.io/../b", separator("..", 9)),
        ("ghcr.io/./b", separator(".", 9)),
        ("..", separator("..", 1)),
        ("-x", separator("-", 1)),
        ("x-", separator("-", 2)),
        ("a/_x", separator("_", 3)),
        ("x___y", separator("___", 2)),
        ("x..y", separator("..", 2)),
        ("x_.y", separator("_.", 2)),
        ("x-.y", separator("-.", 2)),
        ("Alpine", character("`A`", 1, "path component", LOWER)),
        ("acme/App", character("`A`", 6, "path component", LOWER)),
        ("ghcr.io/acme/App:1", character("`A`", 14, "path component", LOWER)),
        ("[::1]", character("`[`", 1, "path component", BRACKETS)),
        ("[::1]:5000", character("`[`", 1, "path component", BRACKETS)),
        ("[2001:db8::1]:tag", character("`[`", 1, "path component", BRACKETS)),
        ("ghcr.io/a:1/b", character("`:`", 10, "path component", COMPONENT)),
    ]);
}

#[test]
fn a_tag_and_a_digest_are_whole_or_refused() {
    let upper = format!("x@sha256:{}", "A".repeat(64));
    let twice = format!("x@{EMPTY}@{EMPTY}");
    let tag_behind = format!("x@{EMPTY}:1");
    check(vec![
        (
            "x:",
            String::from("tag is empty; write one after the `:` or leave the `:` out"),
        ),
        (
            "ghcr.io/x:@",
            String::from("digest `` names no algorithm; write `sha256:` and 64 hexadecimal digits"),
        ),
        (
            &format!("x:@{EMPTY}"),
            String::from("tag is empty; write one after the `:` or leave the `:` out"),
        ),
        (
            "x:.1",
            String::from("tag begins with `.`; it must begin with a letter, a digit or `_`"),
        ),
        (
            "x:-1",
            String::from("tag begins with `-`; it must begin with a letter, a digit or `_`"),
        ),
        ("x:a:b", character("`:`", 4, "tag", TAG)),
        ("ghcr.io/acme/x:a]", character("`]`", 17, "tag", TAG)),
        (
            "x@sha256:abc",
            String::from("digest has 3 characters after `sha256:`; exactly 64 hexadecimal digits are needed"),
        ),
        (
            &upper,
            String::from("digest has upper-case hexadecimal digits; write them in lower case"),
        ),
        (
            "x@md5:d41d8cd98f00b204e9800998ecf8427e",
            String::from("digest algorithm `md5` is not supported; write `sha256` or `sha512` in lower case"),
        ),
        (
            &twice,
            String::from("digest has 136 characters after `sha256:`; exactly 64 hexadecimal digits are needed"),
        ),
        (
            &tag_behind,
            String::from("digest has 66 characters after `sha256:`; exactly 64 hexadecimal digits are needed"),
        ),
    ]);
}
