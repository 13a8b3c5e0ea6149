//! `paybus explain`, run as people run it.

#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs `paybus explain` at the top of the repository.
fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_paybus"))
        .arg("explain")
        .args(arguments)
        .current_dir(root())
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
            "events/access.held/invoice_unpaid.json",
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
    assert!(text(&output).contains("ends in the middle of a value at byte 30"), "{}", text(&output));
}

#[test]
fn broken_line_is_named_and_the_others_are_explained() {
    let output = explain(&["-"], &format!("{UNHEARD_OF}\n{CUT_OFF}\n{THIN}\n"));
    assert_eq!(output.status.code(), Some(3));
    for part in ["invoice.payed", "line 2: $, the whole of it", "v1.invoice.paid"] {
        assert!(text(&output).contains(part), "{}", text(&output));
    }
}

#[test]
fn lists_that_nest_without_end_are_malformed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let output = explain(&["--json", "-"], &deep);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("deeper than 100 levels"), "{}", text(&output));
}

#[test]
fn wrong_usage_ends_with_2() {
    assert_eq!(explain(&[], "").status.code(), Some(2));
    let missing = explain(&["no/such/file.json", "events", "-"], UNHEARD_OF);
    assert_eq!(missing.status.code(), Some(2));
    let errors = str::from_utf8(&missing.stderr).unwrap();
    assert!(errors.contains("no/such/file.json") && errors.contains("events"), "{errors}");
    // What can be read is explained all the same.
    assert!(text(&missing).contains("invoice.payed"), "{}", text(&missing));
}

#[test]
fn every_form_in_which_an_event_can_come_is_the_same_event() {
    let envelope = fs::read_to_string(root().join("events/invoice.paid/subscription_cycle.json")).unwrap();
    let value: Value = serde_json::from_str(&envelope).unwrap();
    let detail = &value["detail"];
    let record = json!({"messageId": "m", "body": envelope});
    let forms = [
        envelope.clone(),
        detail.to_string(),
        record.to_string(),
        json!({"Records": [record]}).to_string(),
        json!({"Messages": [{"MessageId": "m", "Body": envelope}]}).to_string(),
        json!([value]).to_string(),
        json!({"object": "list", "data": [detail], "has_more": false, "url": "/v1/events"}).to_string(),
        format!("{value}\n"),
        json!({"specversion": "1.0", "type": "invoice.paid", "data": detail}).to_string(),
    ];
    for form in forms {
        let output = explain(&["--json", "-"], &form);
        assert_eq!(output.status.code(), Some(0), "{form}");
        let said: Value = serde_json::from_str(text(&output)).unwrap();
        let expected = json!({
            "file": "-", "outcome": "event", "kind": "invoice.paid", "event_id": detail["id"], "livemode": false,
            "api_version": detail["api_version"], "customer": "cus_AdaLovell00001",
            "invoice": detail["data"]["object"]["id"], "subscription": "sub_1PayBuKGhFpKN31GXAE6fQmL",
            "amount_minor": 4900, "currency": "usd",
        });
        assert_eq!(said, expected, "{form}");
    }
}

#[test]
fn a_list_without_events_is_said_to_be_one() {
    let output = explain(&["-"], r#"{"object":"list","data":[]}"#);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(str::from_utf8(&output.stderr).unwrap(), "note: - is a list without events\n");
}

#[test]
fn every_consumer_of_the_template_says_what_it_would_do() {
    let output = explain(
        &[
            "events/customer.updated/new_email.json",
            "events/customer.deleted/only_an_id.json",
            "events/invoice.payment_failed/first_attempt.json",
            "events/invoice.voided/after_failure.json",
            "events/payment_method.detached/owner_only_in_previous_attributes.json",
        ],
        "",
    );
    assert_eq!(output.status.code(), Some(0));
    // The template grows; these consumers and what they do stay.
    let is_ours = |line: &&str| line.starts_with("→ access") || line.starts_with("→ customer-sync");
    insta::assert_snapshot!(text(&output).lines().filter(is_ours).collect::<Vec<_>>().join("\n"));
    assert!(!text(&output).contains("takes it"), "{}", text(&output));
}
