//! `paybus explain`, run as people run it.

#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Runs `paybus explain` at the top of the repository.
fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_paybus"))
        .arg("explain")
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

const UNHEARD_OF: &str =
    r#"{"id":"evt_1","object":"event","type":"invoice.payed","created":1,"livemode":true,"data":{"object":{}}}"#;
const THIN: &str =
    r#"{"id":"evt_2","object":"v2.core.event","type":"v1.invoice.paid","created":"2026-01-01T00:00:00Z"}"#;
const CUT_OFF: &str = r#"{"id":"evt_3","object":"event""#;

#[test]
fn explanations_for_people() {
    let output = explain(
        &[
            "events/payment_intent.succeeded/acacia_crosses_silver.json",
            "events/payment_intent.succeeded/clover_unknown_one_time.json",
            "events/sqs/invoice.payment_failed.last_attempt.json",
            "events/invoice.paid/zero_amount.json",
            "events/invoice.payment_action_required/three_d_secure.json",
            "events/payment_method.detached/owner_only_in_previous_attributes.json",
            "events/access.held/invoice_unpaid.json",
            "events/access.grace_started/told_by_failed_payment.json",
            "-",
        ],
        &format!("[{UNHEARD_OF},{THIN}]"),
    );
    assert_eq!(output.status.code(), Some(0));
    let (takers, rest): (Vec<&str>, Vec<&str>) = text(&output).lines().partition(|line| line.starts_with('→'));
    insta::assert_snapshot!(rest.join("\n"));
    // The template grows; these consumers and what they do stay.
    for taker in [
        "→ loyalty-points    awards 1200 points; a new account reaches silver",
        "→ loyalty-points    awards 88 points; says nothing until it is settled that no subscription was paid",
        "→ customer-notices  sends \"payment failed final\"",
        "→ customer-notices  says nothing: nothing due",
        "→ customer-notices  sends \"payment action required\"",
        "→ customer-notices  sends \"payment method removed\"",
        "→ customer-notices  sends \"access held\"",
        "→ customer-notices  says nothing: told by its cause",
    ] {
        assert!(takers.contains(&taker), "{taker} is not among {takers:#?}");
    }
}

#[test]
fn records_for_programs() {
    let output = explain(
        &[
            "--json",
            "events/payment_intent.succeeded/acacia_pays_invoice.json",
            "events/sqs/invoice.paid.japanese_jpy.json",
            "-",
        ],
        &format!("{UNHEARD_OF}\n{THIN}\n{{}}"),
    );
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(text(&output));
}

#[test]
fn malformed_input_ends_with_3() {
    let output = explain(&["-"], CUT_OFF);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("at byte 30"), "{}", text(&output));
}

#[test]
fn wrong_usage_ends_with_2() {
    assert_eq!(explain(&[], "").status.code(), Some(2));
    let missing = explain(&["no/such/file.json"], "");
    assert_eq!(missing.status.code(), Some(2));
    assert!(str::from_utf8(&missing.stderr).unwrap().contains("no/such/file.json"));
}
