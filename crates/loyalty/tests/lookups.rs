//! What is looked up counts as if the event had told it, to the last minor unit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;

use common::{customer, event};
use loyalty::{
    Happened, PaymentEvent, PaymentKey, PaymentState, Points, Program, Purchase, Snapshot,
    basket::Basket,
    decide,
    event::{InvoiceKind, InvoiceLink, Receipt, Unclaimed},
    lookup::{Found, Pays, Questions, Sold, learn, questions},
    program::Document,
};
use processor_events::{
    Currency, Money,
    event::Processor,
    ids::{EventId, InvoiceId, PaymentId},
};
use proptest::prelude::*;

fn paid(amount_minor: i64, in_doubt: bool, metadata: &[(&str, &str)]) -> PaymentEvent {
    let amount = Money::new(amount_minor, Currency::USD);
    event(Happened::Paid(Purchase { customer: customer(), amount, in_doubt, metadata: words(metadata) }))
}

fn words(metadata: &[(&str, &str)]) -> BTreeMap<String, String> {
    metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn sold(amount_minor: i64, metadata: &[(&str, &str)]) -> Sold {
    Sold { amount_minor, metadata: words(metadata) }
}

fn points(event: &PaymentEvent) -> Points {
    let decision = decide(&Program::default(), Some(&customer()), &Snapshot::default(), std::slice::from_ref(event));
    decision.plan.account.map_or(Points::ZERO, |account| account.balance)
}

fn link(kind: InvoiceKind) -> Pays {
    Pays::Invoice(InvoiceLink { invoice: InvoiceId::new("in_1").unwrap(), kind: Some(kind) })
}

#[test]
fn only_what_the_event_leaves_open_is_asked() {
    let ask = |event: &PaymentEvent| questions(&Program::default(), event, &PaymentState::default());
    let both = Questions { invoice: true, basket: true, earns_anyway: false };
    assert_eq!(ask(&paid(1000, true, &[])), Some(both));
    assert_eq!(ask(&paid(1000, false, &[])), Some(Questions { invoice: false, ..both }));
    assert_eq!(ask(&paid(1000, true, &[("paybus_premium", "false")])), Some(Questions { basket: false, ..both }));
    assert_eq!(ask(&paid(1000, false, &[("paybus_category", "books")])), None);
    assert_eq!(ask(&event(Happened::RefundedSoFar(Money::new(1, Currency::USD)))), None);
    let charge = PaymentEvent {
        payment: PaymentKey { processor: Processor::Stripe, id: PaymentId::new("ch_1").unwrap() },
        ..paid(1000, true, &[])
    };
    assert_eq!(ask(&charge), None, "a charge without a PaymentIntent has neither invoice payments nor a session");
}

#[test]
fn a_program_without_categories_asks_nothing_about_baskets() {
    let mut document = Program::default().document().clone();
    document.earning.multipliers.clear();
    let ask = |document: &Document| {
        let program = Program::new(document.clone()).unwrap();
        questions(&program, &paid(1000, false, &[]), &PaymentState::default())
    };
    assert_eq!(ask(&document), None);
    let offer = r#"{ "name": "socks", "title": "Socks", "not_bought": ["socks"], "valid_days": 30 }"#;
    document.offers.push(serde_json::from_str(offer).unwrap());
    assert!(ask(&document).is_some(), "an offer depends on what was bought");
}

#[test]
fn a_payment_that_has_its_award_is_not_asked_about_again() {
    let event = paid(1000, true, &[]);
    let decision = decide(&Program::default(), Some(&customer()), &Snapshot::default(), std::slice::from_ref(&event));
    let state = &decision.plan.payments[&event.payment];
    assert_eq!(questions(&Program::default(), &event, state), None);
}

/// The events of an invoice may come before its payment: then it is known what the payment pays, but not what was bought.
#[test]
fn a_payment_of_a_known_invoice_is_asked_about_its_basket_alone() {
    let known = |kind| PaymentState { invoice_kind: Some(kind), ..PaymentState::default() };
    let told = paid(1000, true, &[("paybus_category", "books")]);
    let both = Questions { invoice: true, basket: true, earns_anyway: false };
    let single = known(InvoiceKind::OneOff);
    assert_eq!(questions(&Program::default(), &paid(1000, true, &[]), &single), Some(both));
    assert_eq!(questions(&Program::default(), &told, &single), None);
    let subscription = known(InvoiceKind::Subscription);
    assert_eq!(questions(&Program::default(), &paid(1000, true, &[]), &subscription), None);
}

#[test]
fn where_subscriptions_earn_only_the_basket_is_asked_wherever_it_stands() {
    let mut document = Program::default().document().clone();
    document.earning.subscription_payments_earn = true;
    let program = Program::new(document).unwrap();
    let both = Questions { invoice: true, basket: true, earns_anyway: true };
    assert_eq!(questions(&program, &paid(1000, false, &[]), &PaymentState::default()), Some(both));
    assert_eq!(questions(&program, &paid(1000, false, &[("paybus_premium", "true")]), &PaymentState::default()), None);
}

#[test]
fn what_is_found_decides_whether_the_payment_earns() {
    let found = |pays| Found { pays: Some(pays), ..Found::default() };
    let doubtful = paid(1000, true, &[]);
    for (pays, expected) in
        [(Pays::NoInvoice, 10), (link(InvoiceKind::OneOff), 10), (link(InvoiceKind::Subscription), 0)]
    {
        let learned = learn(doubtful.clone(), &found(pays.clone()));
        assert_eq!(points(&learned), Points(expected), "{pays:?}");
    }
    // A hint said "it pays an invoice"; Stripe knows better.
    let hinted = event(Happened::Received(Receipt {
        payer: Some(customer()),
        capture: None,
        invoice: None,
        unclaimed: Unclaimed {
            event: EventId::new("evt_1").unwrap(),
            occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
            amount: Money::new(1000, Currency::USD),
            metadata: BTreeMap::new(),
            is_for_invoice: true,
        },
    }));
    assert_eq!(points(&hinted), Points::ZERO);
    assert_eq!(points(&learn(hinted, &found(Pays::NoInvoice))), Points(10));
}

#[test]
fn a_mixed_basket_earns_by_line() {
    let lines = vec![sold(1500, &[("paybus_premium", "true")]), sold(2500, &[("paybus_category", "books")])];
    let found = Found { sold: lines, ..Found::default() };
    assert_eq!(points(&learn(paid(5000, false, &[]), &found)), Points(65), "15 x 2 + 25 + 10 for shipping");
    let both = Found { sold: vec![sold(1000, &[("paybus_premium", "1"), ("paybus_promotion", "1")])], ..found };
    assert_eq!(points(&learn(paid(1000, false, &[]), &both)), Points(30), "the highest factor counts");
}

#[test]
fn the_word_on_the_payment_wins_over_everything_that_is_looked_up() {
    let found = Found { sold: vec![sold(1000, &[("paybus_promotion", "true")])], ..Found::default() };
    assert_eq!(points(&learn(paid(1000, false, &[("paybus_premium", "true")]), &found)), Points(20));
    let session = Found { metadata: words(&[("paybus_premium", "true")]), ..Found::default() };
    assert_eq!(points(&learn(paid(1000, false, &[]), &session)), Points(20), "a session's word counts for all of it");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever Stripe lists, the lines of the basket add up to what was paid, and lines that fit keep their amounts.
    #[test]
    fn the_parts_add_up_exactly_to_the_amount(
        amount in 0..=i64::MAX,
        lines in prop::collection::vec((any::<i64>(), 0..4_usize), 0..20),
        small in any::<bool>(),
    ) {
        let metadata = [vec![], vec![("paybus_category", "books")], vec![("paybus_premium", "true")], vec![("paybus_promotion", "yes")]];
        let amount = if small { amount % 10_000 } else { amount };
        let lines: Vec<Sold> = lines
            .into_iter()
            .map(|(line, kind)| sold(if small { line % 4_000 } else { line }, &metadata[kind]))
            .collect();
        let found = Found { sold: lines.clone(), ..Found::default() };
        let learned = learn(paid(amount, false, &[]), &found);
        let Happened::Paid(purchase) = &learned.happened else { panic!("it stays a payment") };
        let basket = Basket::of_metadata(purchase.amount, &purchase.metadata).unwrap();
        let parts: Vec<i64> = basket.lines.iter().map(|line| line.amount_minor).collect();
        prop_assert!(parts.iter().all(|part| *part >= 0));
        prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(amount));
        let positive: Vec<i64> = lines.iter().map(|sold| sold.amount_minor).filter(|line| *line > 0).collect();
        let total: i128 = positive.iter().map(|line| i128::from(*line)).sum();
        if parts.len() > 1 && total <= i128::from(amount) {
            prop_assert_eq!(&parts[..positive.len()], &positive[..]);
        }
    }
}
