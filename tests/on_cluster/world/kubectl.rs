//! `kubectl`, as admin, for what a test arranges and looks at.

use std::process::{Command, Stdio};

pub(super) fn kubectl_path() -> String {
    std::env::var("RIG_KUBECTL").unwrap_or_else(|_| "kubectl".to_owned())
}

/// `kubectl`, as admin.
pub(crate) fn kubectl(arguments: &[&str]) -> String {
    let output = Command::new(kubectl_path()).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "kubectl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// `kubectl` with an object on standard input.
pub(crate) fn kubectl_with(arguments: &[&str], input: &str) -> Result<String, String> {
    use std::io::Write as _;
    let mut child = Command::new(kubectl_path())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Applies an object.
pub(crate) fn apply(object: &str) {
    kubectl_with(&["apply", "-f", "-"], object).unwrap();
}
