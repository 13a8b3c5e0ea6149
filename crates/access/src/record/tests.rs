use std::collections::BTreeSet;

use processor_events::{
    Currency,
    event::Processor,
    ids::{CustomerId, InvoiceId, PaymentId},
};
use serde_json::Value;

use super::*;
use crate::{Decline, signal::SignalKind};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn record() -> Record {
    Record::new(Subject {
        processor: Processor::Stripe,
        livemode: true,
        account: None,
        customer: CustomerId::new("cus_1").unwrap(),
    })
}

fn failed(at: Timestamp, attempt: u32) -> Signal {
    let pay_url = Some("https://invoice.stripe.com/i/1".to_owned());
    let demand = Demand { amount_minor: 4_900, currency: Currency::USD, pay_url };
    let invoice = InvoiceId::new("in_1").unwrap();
    let kind =
        SignalKind::InvoiceFailed { invoice, subscription: None, attempt, is_final: false, is_first: false, demand };
    Signal { at, kind }
}

fn paid(at: Timestamp) -> Signal {
    let invoice = InvoiceId::new("in_1").unwrap();
    Signal { at, kind: SignalKind::InvoicePaid { invoice, subscription: None, is_free: false } }
}

fn method() -> PaymentMethodId {
    PaymentMethodId::new("pm_1").unwrap()
}

fn card_seen(at: Timestamp, month: &str) -> Signal {
    let card = Card { expires: month.parse().unwrap(), brand: Some("visa".into()), last4: Some("4242".into()) };
    Signal { at, kind: SignalKind::MethodPresent { method: method(), card: Some(card) } }
}

/// What leaves, as detail types with whether the customer is told.
fn announced(events: &[HubEvent]) -> Vec<(&'static str, bool)> {
    let told = |event: &HubEvent| match event {
        HubEvent::Change(change) => change.tell_customer,
        HubEvent::MethodExpiring(_) | HubEvent::MethodRemoved(_) => true,
    };
    events.iter().map(|event| (event.detail_type(), told(event))).collect()
}

const STANDARD: Policy = Policy::standard();
const FIRST: &str = "2026-08-01T12:00:00Z";
const SECOND: &str = "2026-08-04T12:00:00Z";

#[test]
fn grace_hold_and_restoration_are_each_announced_once() {
    let mut record = record();
    for _ in 0..3 {
        record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(FIRST), Outward::Emit);
        record.advance(&[failed(at(SECOND), 2)], &STANDARD, at(SECOND), Outward::Emit);
    }
    for _ in 0..3 {
        record.advance(&[], &STANDARD, at("2026-08-08T12:00:00Z"), Outward::Emit);
    }
    for _ in 0..3 {
        let now = at("2026-08-09T00:00:00Z");
        record.advance(&[paid(now), failed(at(FIRST), 1)], &STANDARD, now, Outward::Emit);
    }
    // The payment's own messages tell of the failure, so that only the hold and its end are news.
    assert_eq!(
        announced(&record.outbox),
        [("access.grace_started", false), ("access.held", true), ("access.restored", true)]
    );
}

#[test]
fn every_event_has_an_id_of_its_own() {
    let mut record = record();
    record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(FIRST), Outward::Emit);
    record.advance(&[paid(at(SECOND))], &STANDARD, at(SECOND), Outward::Emit);
    let ids: Vec<_> = record.outbox.iter().map(HubEvent::id).collect();
    assert_eq!(
        ids,
        ["access.grace_started:live:cus_1:2026-08-01T12:00:00Z:1", "access.restored:live:cus_1:2026-08-04T12:00:00Z:2"]
    );
}

#[test]
fn the_event_says_what_is_open_and_where_to_pay() {
    let mut record = record();
    record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(FIRST), Outward::Emit);
    let HubEvent::Change(change) = &record.outbox[0] else { panic!("{:?}", record.outbox) };
    assert_eq!(change.amount_open, Some(AmountOpen { amount_minor: 4_900, currency: Currency::USD }));
    assert_eq!(change.pay_url.as_deref(), Some("https://invoice.stripe.com/i/1"));
    assert_eq!(change.until, Some(at("2026-08-08T12:00:00Z")));
    assert!(change.allowed);
    let read = HubEvent::read("access.grace_started", &record.outbox[0].detail()).unwrap().unwrap();
    assert_eq!(read, record.outbox[0]);
}

#[test]
fn trouble_that_nobody_heard_of_is_not_restored() {
    let mut record = record();
    record.advance(&[paid(at(SECOND)), failed(at(FIRST), 1)], &STANDARD, at(SECOND), Outward::Emit);
    assert_eq!(record.outbox, []);
    // Grace that ended well was never a loss: its end is for the backend only.
    let mut record = self::record();
    record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(FIRST), Outward::Emit);
    record.advance(&[paid(at(SECOND))], &STANDARD, at(SECOND), Outward::Emit);
    assert_eq!(announced(&record.outbox), [("access.grace_started", false), ("access.restored", false)]);
}

#[test]
fn one_failed_attempt_that_holds_at_once_causes_no_second_message() {
    let mut record = record();
    record.advance(&[failed(at(FIRST), 1)], &Policy::metered(), at(FIRST), Outward::Emit);
    assert_eq!(announced(&record.outbox), [("access.held", false)]);
    // A payment without an invoice has no message of its own.
    let mut record = self::record();
    let payment = PaymentId::new("pi_1").unwrap();
    let kind = SignalKind::PaymentFailed { payment, decline: Decline::Soft };
    record.advance(&[Signal { at: at(FIRST), kind }], &Policy::metered(), at(FIRST), Outward::Emit);
    assert_eq!(announced(&record.outbox), [("access.held", true)]);
}

#[test]
fn record_mode_keeps_what_it_would_have_said_and_sending_later_loses_nothing() {
    let mut record = record();
    record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(FIRST), Outward::Record);
    record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(SECOND), Outward::Record);
    assert_eq!(announced(&record.held_back), [("access.grace_started", false)]);
    assert_eq!(record.outbox, []);
    record.advance(&[], &STANDARD, at("2026-08-08T12:00:00Z"), Outward::Emit);
    assert_eq!(announced(&record.outbox), [("access.held", true)]);
}

#[test]
fn record_mode_keeps_a_bounded_number_of_events() {
    let mut record = record();
    for day in 1..=28 {
        let now = at(&format!("2026-08-{day:02}T00:00:00Z"));
        let id = InvoiceId::new(format!("in_{day}")).unwrap();
        let mut trouble = failed(now, 1);
        if let SignalKind::InvoiceFailed { invoice, .. } = &mut trouble.kind {
            *invoice = id.clone();
        }
        let kind = SignalKind::InvoicePaid { invoice: id, subscription: None, is_free: false };
        record.advance(&[trouble], &STANDARD, now, Outward::Record);
        record.advance(&[Signal { at: now, kind }], &STANDARD, now, Outward::Record);
    }
    assert_eq!(record.held_back.len(), MOST_HELD_BACK);
    assert_eq!(record.held_back.last().unwrap().detail_type(), "access.restored");
}

#[test]
fn a_card_is_announced_once_in_the_month_in_which_it_expires() {
    let mut record = record();
    let seen = card_seen(at("2026-07-15T00:00:00Z"), "2026-08");
    record.advance(std::slice::from_ref(&seen), &STANDARD, at("2026-07-15T00:00:00Z"), Outward::Emit);
    assert_eq!(record.outbox, []);
    for now in ["2026-08-01T03:00:00Z", "2026-08-02T03:00:00Z", "2026-08-31T23:59:59Z"] {
        record.advance(std::slice::from_ref(&seen), &STANDARD, at(now), Outward::Emit);
    }
    assert_eq!(announced(&record.outbox), [("access.method_expiring", true)]);
    assert_eq!(record.outbox[0].id(), "access.method_expiring:live:cus_1:pm_1:2026-08");
}

#[test]
fn a_card_that_the_networks_have_replaced_is_quiet() {
    let mut record = record();
    let old = card_seen(at("2026-07-15T00:00:00Z"), "2026-08");
    let replaced = card_seen(at("2026-07-20T00:00:00Z"), "2029-08");
    record.advance(&[old, replaced], &STANDARD, at("2026-08-01T03:00:00Z"), Outward::Emit);
    assert_eq!(record.outbox, []);
}

#[test]
fn the_last_method_removed_is_announced_once_unless_access_says_it() {
    let gone = Signal { at: at(SECOND), kind: SignalKind::MethodRemoved { method: method() } };
    let mut record = record();
    for _ in 0..2 {
        record.advance(std::slice::from_ref(&gone), &STANDARD, at(SECOND), Outward::Emit);
    }
    assert_eq!(announced(&record.outbox), [("access.method_removed", true)]);
    let mut record = self::record();
    record.advance(&[gone], &Policy::metered(), at(SECOND), Outward::Emit);
    assert_eq!(announced(&record.outbox), [("access.held", true)]);
}

#[test]
fn a_reminder_is_needed_for_each_end_of_grace_once() {
    let mut record = record();
    let access = record.advance(&[failed(at(FIRST), 1)], &STANDARD, at(FIRST), Outward::Emit);
    let until = record.reminder_needed(&access).unwrap();
    assert_eq!(until, at("2026-08-08T12:00:00Z"));
    record.reminder_at = Some(until);
    assert_eq!(record.reminder_needed(&access), None);
    let access = record.advance(&[], &STANDARD, until, Outward::Emit);
    assert_eq!((access.status, record.reminder_needed(&access)), (Status::Held, None));
}

/// The published schema lists exactly the fields that an event has.
#[test]
fn the_published_schema_knows_every_field() {
    let text = include_str!("../../../../docs/access-events.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let mut record = record();
    record.advance(&[failed(at(FIRST), 1), card_seen(at(FIRST), "2026-08")], &STANDARD, at(FIRST), Outward::Emit);
    for (event, kind) in record.outbox.iter().zip(["change", "method"]) {
        let detail: Value = serde_json::from_str(&event.detail()).unwrap();
        let definition = &schema["$defs"][kind];
        for (part, known) in [(&detail, definition), (&detail["subject"], &schema["$defs"]["subject"])] {
            // As sets: neither file promises an order.
            let fields: BTreeSet<&str> = part.as_object().unwrap().keys().map(String::as_str).collect();
            let properties: BTreeSet<&str> =
                known["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let required: BTreeSet<&str> =
                known["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(fields, properties, "{kind}");
            assert_eq!(fields, required, "{kind}");
        }
    }
    assert_eq!(record.outbox.len(), 2);
    let kinds = schema["$defs"]["change"]["properties"]["reason"]["properties"]["kind"]["enum"].as_array().unwrap();
    let HubEvent::Change(change) = &record.outbox[0] else { panic!("{:?}", record.outbox) };
    assert!(kinds.contains(&serde_json::to_value(&change.reason).unwrap()["kind"]));
}
