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

#[test]
fn who_has_neither_signed_in_nor_named_a_table_is_told_both_at_once() {
    let output = Command::new(env!("CARGO_BIN_EXE_paybus")).args(["ledger", "cus_1"]).env_clear().output().unwrap();
    let text = str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in ["LEDGER_TABLE", "LedgerTableName", "lacks AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(
        !text.contains("template.yaml"),
        "that is where a function's environment is set, not a terminal's:\n{text}"
    );
}
