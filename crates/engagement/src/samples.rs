//! An entry to test with.

use loyalty::{Entry, EntryKind, PaymentKey, Points, Subject};
use processor_events::{
    Currency, Money,
    event::{Mode, Processor},
    ids::{CustomerId, EventId, PaymentId},
};

use crate::Place;

pub(crate) fn entry(payment: &str) -> Entry {
    let payment = PaymentKey { processor: Processor::Stripe, id: PaymentId::new(payment).unwrap() };
    Entry {
        subject: Subject::Payment(payment),
        effect: Entry::AWARD.to_owned(),
        kind: EntryKind::Award,
        customer: CustomerId::new("cus_1").unwrap(),
        points: Points(100),
        reason: "earned by 100.00 USD".to_owned(),
        event: Some(EventId::new("evt_1").unwrap()),
        occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
        amount: Some(Money::new(10_000, Currency::USD)),
        categories: std::collections::BTreeSet::new(),
        balance_after: Points(1100),
        qualifying_after: Points(1100),
        lifetime_after_minor: 110_000,
        currency: Currency::USD,
        tier_before: Some("silver".to_owned()),
        tier_after: Some("silver".to_owned()),
        tier_risen: false,
        tier_lost: false,
        next_tier: Some(("gold".to_owned(), Points(3900))),
        milestone_minor: None,
        high_value: false,
        settling_seconds: 0,
        program_version: 1,
    }
}

pub(crate) fn place(mode: Mode) -> Place {
    let partition = "#payment#stripe:pi_1";
    let prefix = mode.name();
    Place { mode, account: None, payment_item: Some((format!("{prefix}{partition}"), "state".to_owned())) }
}
