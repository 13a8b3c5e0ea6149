//! Which entries deserve attention.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;

use common::{customer, event};
use loyalty::{
    Entry, Happened, PaymentEvent, Program, Purchase, Snapshot, decide,
    event::{Receipt, Unclaimed},
    program::Multiplier,
};
use processor_events::{
    Currency, Money,
    ids::{CaptureId, EventId},
};

fn captured(capture: &str, amount_minor: i64) -> PaymentEvent {
    let unclaimed = Unclaimed {
        event: EventId::new("evt_1").unwrap(),
        occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
        amount: Money::new(amount_minor, Currency::USD),
        metadata: BTreeMap::new(),
        is_for_invoice: false,
    };
    let capture = CaptureId::new(capture).unwrap();
    event(Happened::Received(Receipt { payer: Some(customer()), capture: Some(capture), invoice: None, unclaimed }))
}

/// The entries that events make, each of which a redelivery must find again if it deserves attention.
fn entries(program: &Program, events: &[PaymentEvent]) -> Vec<Entry> {
    let plan = decide(program, Some(&customer()), &Snapshot::default(), events).plan;
    let found_again = &plan.payments[&events[0].payment].noteworthy;
    let noteworthy: Vec<String> =
        plan.entries.iter().filter(|entry| entry.is_noteworthy()).map(|entry| entry.effect.clone()).collect();
    assert_eq!(*found_again, noteworthy);
    plan.entries
}

#[test]
fn a_milestone_of_spend_is_one_even_if_the_purchase_earns_nothing() {
    let mut document = Program::default().document().clone();
    let gift = Multiplier { category: "gift-card".to_owned(), factor: "0".parse().unwrap() };
    document.earning.multipliers.push(gift);
    let program = Program::new(document).unwrap();
    let purchase = Purchase {
        customer: customer(),
        amount: Money::new(100_000, Currency::USD),
        in_doubt: false,
        metadata: BTreeMap::from([("paybus_category".to_owned(), "gift-card".to_owned())]),
    };
    let entries = entries(&program, &[event(Happened::Paid(purchase))]);
    assert_eq!((entries[0].points.0, entries[0].milestone_minor), (0, Some(100_000)));
    assert!(entries[0].is_noteworthy());
}

#[test]
fn a_payment_that_becomes_large_by_its_last_part_is_a_large_purchase() {
    let program = Program::default();
    let entries = entries(&program, &[captured("act_1", 30_000), captured("act_2", 30_000), captured("act_3", 1_000)]);
    let large: Vec<bool> = entries.iter().map(|entry| entry.high_value).collect();
    assert_eq!(large, [false, true, false], "300, 600 and 610 points, of which more than 500 are large");
    assert!(entries[1].is_noteworthy() && !entries[2].is_noteworthy());
}
