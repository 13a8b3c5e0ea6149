//! What people read when a command cannot do its work.

use std::process::Command;

#[test]
fn an_error_says_what_and_why_without_a_stack() {
    let output = Command::new(env!("CARGO_BIN_EXE_paybus"))
        .args(["program", "check", "no-such-program.json"])
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<_> = str::from_utf8(&output.stderr).unwrap().lines().collect();
    assert_eq!(lines[0], "error: failed to read no-such-program.json");
    assert!(lines[1].starts_with("  "), "{lines:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
}
