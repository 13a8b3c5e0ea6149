use super::*;
use crate::{ReadOptions, read};

fn body(kind: &str, host: &str, data: &str) -> String {
    format!(
        r#"{{"id":"evt_abc","type":"{kind}","version":"1.0.26","created_on":"2026-03-03T08:18:57.8376703Z","data":{data},
        "_links":{{"self":{{"href":"https://{host}/workflows/events/evt_abc"}}}}}}"#
    )
}

fn fact(kind: &str, data: &str) -> Fact {
    match read(&body(kind, "api.sandbox.checkout.com", data), &ReadOptions::default()) {
        Reading::Event(event) => event.fact,
        other => panic!("read as {other:?}"),
    }
}

fn captured_amount(amount: i64, currency: &str) -> Option<i64> {
    let data = format!(r#"{{"id":"pay_1","amount":{amount},"currency":"{currency}"}}"#);
    match read(&body("payment_captured", "api.checkout.com", &data), &ReadOptions::default()) {
        Reading::Event(event) => event.fact.amount().map(|money| money.amount_minor),
        Reading::Malformed(malformed) if malformed.path == "$.data.amount" => None,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn capture_is_a_payment_without_customer() {
    let Fact::PaymentSucceeded(payment) = fact("payment_captured", r#"{"id":"pay_1","amount":12000,"currency":"EUR"}"#)
    else {
        panic!()
    };
    assert_eq!(payment.id.as_str(), "pay_1");
    assert_eq!(payment.amount, Money::new(12_000, Currency::new("eur").unwrap()));
    assert_eq!(payment.customer, None);
    assert_eq!(payment.one_time.answer, Answer::Unknown);
}

#[test]
fn approval_tells_the_customer_of_the_capture() {
    let data = r#"{"id":"pay_1","amount":1,"currency":"EUR","customer":{"id":"cus_x","email":"ada@example.com"}}"#;
    let Fact::PaymentApproved(payment) = fact("payment_approved", data) else { panic!() };
    assert_eq!(payment.customer.unwrap().as_str(), "cus_x");
}

#[test]
fn refund_has_its_own_amount_and_the_sum() {
    let data = r#"{"id":"pay_1","action_id":"act_2","amount":300,"currency":"USD","balances":{"total_refunded":500}}"#;
    let Fact::RefundChanged(refund) = fact("payment_refunded", data) else { panic!() };
    assert_eq!((refund.amount.amount_minor, refund.refunded_so_far.unwrap().amount_minor), (300, 500));
    assert_eq!(refund.id.as_str(), "act_2");
}

#[test]
fn old_dispute_without_amount_is_read() {
    let Fact::DisputeChanged(dispute) = fact("dispute_won", r#"{"id":"dsp_1","payment_id":"pay_1"}"#) else { panic!() };
    assert_eq!(dispute.amount, None);
    assert_eq!((dispute.stage, dispute.status), (DisputeStage::Closed, DisputeStatus::Won));
}

#[test]
fn amounts_are_converted_to_the_minor_units_of_money() {
    assert_eq!(captured_amount(1_234, "USD"), Some(1_234));
    assert_eq!(captured_amount(500, "JPY"), Some(500));
    assert_eq!(captured_amount(5_120, "KWD"), Some(5_120));
    // One krona is 1 there and 100 at Stripe; one dinar of Iraq is 1,000 there and 100 at Stripe.
    assert_eq!(captured_amount(1, "ISK"), Some(100));
    assert_eq!(captured_amount(1_000, "IQD"), Some(100));
    assert_eq!(captured_amount(1_001, "IQD"), None);
    assert_eq!(captured_amount(i64::MAX, "ISK"), None);
}

#[test]
fn links_tell_live_from_sandbox() {
    let mode = |host: &str| match read(&body("payment_voided", host, "{}"), &ReadOptions::default()) {
        Reading::NotForUs(not_for_us) => not_for_us.about.mode,
        other => panic!("read as {other:?}"),
    };
    assert_eq!(mode("api.sandbox.checkout.com"), Some(Mode::Test));
    assert_eq!(mode("abcd1234.api.sandbox.checkout.com"), Some(Mode::Test));
    assert_eq!(mode("abcd1234.api.checkout.com"), Some(Mode::Live));
    assert_eq!(mode("api.checkout.com.example.org"), None);
}

#[test]
fn links_of_the_payment_tell_the_mode_where_the_events_own_lead_elsewhere() {
    let data = r#"{"id":"pay_1","event_links":{"payment":"https://abcd1234.api.sandbox.checkout.com/payments/pay_1"}}"#;
    let elsewhere = body("payment_voided", "flow.example.org", data);
    let (without_links, _) = elsewhere.rsplit_once(",\n").unwrap();
    for body in [&elsewhere, &format!("{without_links}}}")] {
        let Reading::NotForUs(not_for_us) = read(body, &ReadOptions::default()) else { panic!("{body}") };
        assert_eq!(not_for_us.about.mode, Some(Mode::Test), "{body}");
    }
}

#[test]
fn event_that_hides_its_mode_is_refused() {
    let body = body("payment_captured", "localhost:5000", r#"{"id":"pay_1","amount":1,"currency":"EUR"}"#);
    let Reading::Malformed(malformed) = read(&body, &ReadOptions::default()) else { panic!() };
    assert_eq!(malformed.path, "$._links");
}

#[test]
fn other_kinds_are_sorted_for_the_search() {
    assert!(OTHER_KINDS.is_sorted_by(|left, right| left.0 < right.0));
}
