use super::*;
use crate::Fact;

const BARE: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","created":1767225600,"livemode":false,
    "api_version":"2026-06-24.dahlia","data":{"object":{"id":"in_1","object":"invoice","currency":"usd","amount_due":1900,
    "amount_paid":1900,"amount_remaining":0,"customer":"cus_1","status":"paid"}}}"#;

fn envelope(source: &str, detail_type: &str, detail: &str) -> String {
    format!(r#"{{"id":"e-1","source":"{source}","detail-type":"{detail_type}","detail":{detail}}}"#)
}

fn reading(body: &str) -> Reading {
    read(body, &ReadOptions::default())
}

fn malformed(body: &str) -> Malformed {
    match reading(body) {
        Reading::Malformed(malformed) => malformed,
        other => panic!("read as {other:?}"),
    }
}

#[track_caller]
fn check_is_invoice_paid(body: &str) {
    match reading(body) {
        Reading::Event(event) => assert!(matches!(event.fact, Fact::InvoicePaid(_)), "{event:?}"),
        other => panic!("read as {other:?}"),
    }
}

#[track_caller]
fn check_malformed(body: &str, path: &str, rule_part: &str) {
    let malformed = malformed(body);
    assert_eq!(malformed.path, path, "{malformed}");
    assert!(malformed.to_string().contains(rule_part), "{malformed}");
}

#[test]
fn one_event_reads_the_same_in_every_envelope() {
    check_is_invoice_paid(BARE);
    check_is_invoice_paid(&envelope("aws.partner/stripe.com/ed_test_61abc", "invoice.paid", BARE));
    check_is_invoice_paid(&envelope("paybus.webhook.stripe", "invoice.paid", BARE));
    check_is_invoice_paid(&envelope("paybus.reconciler.stripe", "invoice.paid", BARE));
    check_is_invoice_paid(&format!(r#"{{"specversion":"1.0","id":"e-1","data":{BARE}}}"#));
}

#[test]
fn stripe_event_without_the_name_of_its_object_is_nobody_elses() {
    let nameless = BARE.replacen(r#""object":"event","#, "", 1);
    check_is_invoice_paid(&nameless);
    check_is_invoice_paid(&envelope("aws.partner/stripe.com/ed_test_61abc", "invoice.paid", &nameless));
    let Reading::Unsupported(foreign) = reading(&envelope("my.app", "invoice.paid", &nameless)) else { panic!() };
    assert_eq!(foreign.about.processor, Some(Processor::Stripe));
}

#[test]
fn envelope_without_id_is_refused() {
    let body = envelope("paybus.webhook.stripe", "invoice.paid", BARE).replacen(r#""id":"e-1","#, "", 1);
    check_malformed(&body, "$.id", "is required");
}

#[test]
fn envelope_without_detail_is_refused() {
    check_malformed(r#"{"id":"e-1","source":"s","detail-type":"t"}"#, "$.detail", "is required");
    check_malformed(&envelope("s", "t", "null"), "$.detail", "is required, found null");
}

#[test]
fn envelope_whose_names_disagree_is_refused() {
    let body = envelope("paybus.webhook.stripe", "invoice.payment_failed", BARE);
    check_malformed(&body, "$.detail-type", "must equal the type inside the detail");
}

#[test]
fn source_of_somebody_else_is_not_for_us() {
    let Reading::NotForUs(not_for_us) = reading(&envelope("aws.s3", "Object Created", "{}")) else { panic!() };
    assert_eq!(not_for_us.why, WhyNotForUs::ForeignSource { source: "aws.s3".to_owned() });
}

#[test]
fn payment_event_under_a_foreign_source_is_not_lost_in_silence() {
    let Reading::Unsupported(unsupported) = reading(&envelope("my.app", "invoice.paid", BARE)) else { panic!() };
    assert_eq!(unsupported.about.processor, Some(Processor::Stripe));
    assert!(unsupported.to_string().contains("paybus.webhook.stripe"), "{unsupported}");
    assert_eq!(unsupported.about.event_id.unwrap().as_str(), "evt_1");
    assert_eq!(unsupported.about.mode, Some(Mode::Test));
}

#[test]
fn configured_source_prefix_replaces_the_default() {
    let options = ReadOptions::default().with_source_prefix(Processor::Stripe, "acme/stripe/");
    let body = envelope("acme/stripe/ed_1", "invoice.paid", BARE);
    assert!(matches!(read(&body, &options), Reading::Event(_)));
    assert!(matches!(reading(&body), Reading::Unsupported(_)));
}

#[test]
fn thin_event_is_unsupported_and_says_what_to_change() {
    let body = r#"{"id":"evt_1","object":"v2.core.event","type":"v1.invoice.paid","created":"2026-01-01T00:00:00Z","livemode":true}"#;
    let Reading::Unsupported(unsupported) = reading(body) else { panic!() };
    assert!(unsupported.to_string().contains("snapshot"), "{unsupported}");
    assert_eq!(unsupported.about.event_id.unwrap().as_str(), "evt_1");
    assert_eq!(unsupported.about.mode, Some(Mode::Live));
}

#[test]
fn thin_event_that_no_snapshot_makes_up_for_is_to_be_left_out() {
    for kind in ["v1.billing.meter.error_report_triggered", "v1.payout.paid", "v2.core.account.updated"] {
        let body = format!(r#"{{"id":"evt_1","object":"v2.core.event","type":"{kind}","livemode":true}}"#);
        let Reading::Unsupported(unsupported) = reading(&body) else { panic!() };
        assert!(unsupported.change.starts_with("take this type from"), "{unsupported}");
    }
}

#[test]
fn malformed_event_still_says_which_one_it_is() {
    let malformed = malformed(&BARE.replace("1900", "19.00"));
    assert_eq!(malformed.path, "$.data.object.amount_due");
    assert_eq!(malformed.found.as_deref(), Some("19.00"));
    assert_eq!(malformed.about.event_id.unwrap().as_str(), "evt_1");
    assert_eq!(malformed.about.kind.as_deref(), Some("invoice.paid"));
}

#[test]
fn errors_do_not_show_texts_about_people() {
    let malformed = malformed(&BARE.replace("cus_1", "ada@example.com"));
    assert_eq!(malformed.path, "$.data.object.customer");
    assert!(!malformed.to_string().contains("ada"), "{malformed}");
}

#[test]
fn whatever_is_no_event_is_refused_with_the_reason() {
    check_malformed("", "$", "is empty");
    check_malformed("[1]", "$", "must be an event");
    check_malformed("{}", "$", "must be an event of a known processor");
    check_malformed(r#"{"object":"invoice"}"#, "$.object", "must be \"event\"");
    check_malformed(r#"{"object":"list","data":[]}"#, "$.object", "one by one");
    check_malformed("\u{feff}{}", "$", "byte order mark");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let Reading::Malformed(malformed) = read_bytes(b"{\"id\":\"\xff\"}", &ReadOptions::default()) else { panic!() };
    assert_eq!(malformed.to_string(), "$ must be UTF-8 text, found other bytes at 7");
    let Reading::Malformed(malformed) = read_bytes(b"\x1f\x8b\x08", &ReadOptions::default()) else { panic!() };
    assert_eq!(malformed.to_string(), "$ must be UTF-8 text, but is compressed by gzip: unpack it first");
}
