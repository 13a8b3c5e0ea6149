//! The ledger's promises, against a reference that is too small to be wrong.
//!
//! The reference looks at all events at once and computes each account from nothing; the decisions see them in some order,
//! some of them twice, in batches of any size. Both must agree.

#![expect(clippy::arithmetic_side_effects, reason = "the generated numbers are small")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use loyalty::{
    Entry, EntryKind, Happened, PaymentEvent, PaymentKey, Points, Program, Purchase, Snapshot, Verdict, decide,
    event::{Dispute, DisputeStatus, InvoiceKind, InvoiceLink, KnownInvoice, Receipt, Refund, RefundStatus, Unclaimed},
    program::{DailyCap, Multiplier, Stacking, TierPolicy},
};
use processor_events::{
    Currency, Money,
    event::Processor,
    ids::{CaptureId, CustomerId, DisputeId, EventId, InvoiceId, PaymentId, RefundId},
};
use proptest::prelude::*;

/// A store that writes plans as the table would, and remembers all entries.
#[derive(Default)]
struct Store {
    accounts: BTreeMap<CustomerId, loyalty::Account>,
    payments: BTreeMap<PaymentKey, loyalty::PaymentState>,
    entries: Vec<Entry>,
}

impl Store {
    /// Delivers events of one customer as one group, in the way of the function.
    fn deliver(&mut self, program: &Program, customer: &CustomerId, events: &[PaymentEvent]) -> Vec<Verdict> {
        let stored = |key: &PaymentKey| self.payments.get(key).cloned().unwrap_or_default();
        let named: BTreeSet<PaymentKey> = events.iter().flat_map(PaymentEvent::concerns).collect();
        let told = named.iter().flat_map(|key| stored(key).paid_by.into_iter().map(|id| key.beside(id)));
        let keys: BTreeSet<PaymentKey> = told.chain(named.iter().cloned()).collect();
        let snapshot = Snapshot {
            account: self.accounts.get(customer).cloned().unwrap_or_default(),
            payments: keys.into_iter().map(|key| (key.clone(), stored(&key))).collect(),
        };
        let decision = decide(program, Some(customer), &snapshot, events);
        if let Some(account) = decision.plan.account {
            assert_eq!(account.version, snapshot.account.version + 1);
            self.accounts.insert(customer.clone(), account);
        }
        for (key, state) in decision.plan.payments {
            assert_eq!(state.version, snapshot.payments[&key].version + 1);
            self.payments.insert(key, state);
        }
        self.entries.extend(decision.plan.entries);
        decision.verdicts.into_iter().map(Result::unwrap).collect()
    }
}

#[derive(Debug, Clone)]
struct Scenario {
    events: Vec<PaymentEvent>,
}

const AMOUNTS: [i64; 6] = [0, 1, 99, 1050, 123_456, 2_000_000];

fn payment(number: usize) -> PaymentKey {
    payment_key(&format!("pi_{number}"))
}

fn payment_key(id: &str) -> PaymentKey {
    PaymentKey { processor: Processor::Stripe, id: PaymentId::new(id).unwrap() }
}

fn customer() -> CustomerId {
    CustomerId::new("cus_1").unwrap()
}

fn usd(amount_minor: i64) -> Money {
    Money::new(amount_minor, Currency::USD)
}

fn happened(amount: i64) -> impl Strategy<Value = Happened> {
    let refund_status =
        prop_oneof![Just(RefundStatus::Pending), Just(RefundStatus::Succeeded), Just(RefundStatus::Failed)];
    let dispute_status = prop_oneof![
        Just(DisputeStatus::Inquiry),
        Just(DisputeStatus::Open),
        Just(DisputeStatus::Lost),
        Just(DisputeStatus::Won)
    ];
    prop_oneof![
        3 => (0..=amount).prop_map(|so_far| Happened::RefundedSoFar(usd(so_far))),
        // A refund's amount is a function of its id: a processor does not change it.
        3 => (1..4_i64, refund_status).prop_map(move |(number, status)| Happened::Refund(Refund {
            id: RefundId::new(format!("re_{number}")).unwrap(),
            amount: usd(amount / (number + 1)),
            status,
        })),
        2 => (1..3_i64, dispute_status).prop_map(move |(number, status)| Happened::Dispute(Dispute {
            id: DisputeId::new(format!("dp_{number}")).unwrap(),
            amount: if number == 1 { Some(usd(amount / 2)) } else { None },
            status,
        })),
    ]
}

fn metadata() -> impl Strategy<Value = BTreeMap<String, String>> {
    let one = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    prop_oneof![
        Just(BTreeMap::new()),
        Just(one("paybus_premium", "true")),
        Just(one("paybus_promotion", "true")),
        Just(one("paybus_lines", "premium:33,promotion:17")),
        Just(one("paybus_lines", "cannot be read")),
    ]
}

/// How a payment is told of.
#[derive(Debug, Clone, Copy)]
enum Telling {
    /// As a whole, by one who pays.
    Whole,
    /// Not at all.
    Never,
    /// As a capture that leaves out who pays, which an approval tells.
    Capture,
    /// As a capture whose approval never comes.
    CaptureOfNobody,
    /// As two captures and an approval.
    TwoCaptures,
    /// As one that names its invoice.
    ForInvoice,
}

/// What becomes known of the invoice that a payment pays.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Invoice {
    /// There is none.
    None,
    /// That the payment pays it.
    Linked,
    /// What it is for, but not who pays it.
    Known(InvoiceKind),
    /// Both, by two events.
    LinkedAndKnown(InvoiceKind),
    /// Both, by an invoice that names its payment.
    NamesPayment(InvoiceKind),
}

fn telling() -> impl Strategy<Value = Telling> {
    prop_oneof![
        4 => Just(Telling::Whole),
        1 => Just(Telling::Never),
        1 => Just(Telling::Capture),
        1 => Just(Telling::CaptureOfNobody),
        2 => Just(Telling::TwoCaptures),
        3 => Just(Telling::ForInvoice),
    ]
}

fn invoice() -> impl Strategy<Value = Invoice> {
    let kind = || prop_oneof![Just(InvoiceKind::OneOff), Just(InvoiceKind::Subscription)];
    prop_oneof![
        4 => Just(Invoice::None),
        1 => Just(Invoice::Linked),
        1 => kind().prop_map(Invoice::Known),
        2 => kind().prop_map(Invoice::LinkedAndKnown),
        1 => kind().prop_map(Invoice::NamesPayment),
    ]
}

/// The events of up to three payments: each told of in one way, with what becomes known of its invoice, and up to four facts.
fn scenario() -> impl Strategy<Value = Scenario> {
    let of_payment = |number: usize| {
        (0..AMOUNTS.len())
            .prop_flat_map(move |index| {
                let amount = AMOUNTS[index];
                let paid =
                    (metadata().boxed(), metadata().boxed(), any::<bool>(), telling().boxed(), invoice().boxed());
                let paid = paid.prop_map(move |(metadata, second, in_doubt, telling, invoice)| {
                    let mut events = told(number, amount, [metadata, second], in_doubt, telling);
                    events.extend(of_invoice(number, invoice));
                    events
                });
                (paid, prop::collection::vec(happened(amount).boxed(), 0..5)).prop_map(move |(mut events, facts)| {
                    events.extend(facts.into_iter().map(|happened| event(number, happened)));
                    events
                })
            })
            // On the heap: three of them side by side are more than a test's stack holds.
            .boxed()
    };
    (of_payment(0), of_payment(1), of_payment(2))
        .prop_map(|(first, second, third)| Scenario { events: [first, second, third].concat() })
}

fn told(
    number: usize,
    amount: i64,
    [metadata, second]: [BTreeMap<String, String>; 2],
    in_doubt: bool,
    telling: Telling,
) -> Vec<PaymentEvent> {
    let receipt = |capture: Option<&str>, part: i64, metadata: &BTreeMap<String, String>| Receipt {
        payer: None,
        capture: capture.map(|id| CaptureId::new(id).unwrap()),
        invoice: None,
        unclaimed: Unclaimed {
            event: event_id(),
            occurred_at: noon(),
            amount: usd(part),
            metadata: metadata.clone(),
            is_for_invoice: false,
        },
    };
    let happened = match telling {
        Telling::Whole => {
            vec![Happened::Paid(Purchase { customer: customer(), amount: usd(amount), in_doubt, metadata })]
        }
        Telling::Never => vec![],
        Telling::Capture => {
            vec![Happened::Received(receipt(Some("act_1"), amount, &metadata)), Happened::Approved(customer())]
        }
        Telling::CaptureOfNobody => vec![Happened::Received(receipt(None, amount, &metadata))],
        Telling::TwoCaptures => {
            let part = amount / 3;
            let first = receipt(Some("act_1"), part, &metadata);
            let last = receipt(Some("act_2"), amount - part, &second);
            vec![Happened::Received(first), Happened::Received(last), Happened::Approved(customer())]
        }
        Telling::ForInvoice => {
            let mut receipt = receipt(None, amount, &metadata);
            receipt.payer = Some(customer());
            receipt.invoice = Some(link(number));
            receipt.unclaimed.is_for_invoice = true;
            vec![Happened::Received(receipt)]
        }
    };
    happened.into_iter().map(|happened| event(number, happened)).collect()
}

fn link(number: usize) -> InvoiceLink {
    InvoiceLink { invoice: InvoiceId::new(format!("in_{number}")).unwrap(), kind: None }
}

fn of_invoice(number: usize, invoice: Invoice) -> Vec<PaymentEvent> {
    let linked = || event(number, Happened::PaysInvoice(link(number)));
    let known = |kind, payment: Option<PaymentKey>| PaymentEvent {
        payment: payment_key(&format!("in_{number}")),
        ..event(
            number,
            Happened::InvoiceKnown(KnownInvoice { kind, customer: customer(), payment: payment.map(|key| key.id) }),
        )
    };
    match invoice {
        Invoice::None => vec![],
        Invoice::Linked => vec![linked()],
        Invoice::Known(kind) => vec![known(kind, None)],
        Invoice::LinkedAndKnown(kind) => vec![linked(), known(kind, None)],
        Invoice::NamesPayment(kind) => vec![known(kind, Some(payment(number)))],
    }
}

fn event(number: usize, happened: Happened) -> PaymentEvent {
    PaymentEvent { id: event_id(), occurred_at: noon(), payment: payment(number), happened }
}

fn event_id() -> EventId {
    EventId::new("evt_1").unwrap()
}

fn noon() -> jiff::Timestamp {
    "2026-08-01T12:00:00Z".parse().unwrap()
}

/// The same events in another order, with some of them repeated, cut into batches.
fn schedule(events: Vec<PaymentEvent>) -> impl Strategy<Value = Vec<Vec<PaymentEvent>>> {
    let count = events.len();
    let repeats = prop::collection::vec(0..count.max(1), 0..4);
    (repeats, 1..6_usize).prop_flat_map(move |(repeats, size)| {
        let mut all = events.clone();
        all.extend(repeats.into_iter().filter_map(|index| events.get(index).cloned()));
        Just(all).prop_shuffle().prop_map(move |all| all.chunks(size).map(<[_]>::to_vec).collect())
    })
}

/// Balance and lifetime spend, computed from all events at once with whole numbers only.
fn reference(events: &[PaymentEvent], multiply: bool) -> (i64, i64) {
    let worth = (0..3).map(|number| {
        let about = [payment(number), payment_key(&format!("in_{number}"))];
        let facts: Vec<_> =
            events.iter().filter(|event| about.contains(&event.payment)).map(|event| &event.happened).collect();
        worth_of(&facts, multiply)
    });
    worth.fold((0, 0), |sum, worth| (sum.0 + worth.0, sum.1 + worth.1))
}

fn worth_of(facts: &[&Happened], multiply: bool) -> (i64, i64) {
    let parts = parts_of(facts);
    let amount: i64 = parts.iter().map(|(amount, _)| amount).sum();
    if amount == 0 || pays_subscription(facts) {
        return (0, 0);
    }
    let kept = (amount - refunded(facts) - disputed(facts, amount)).max(0);
    // Points per cent are 1/100; lines weigh by their factor.
    let weighted: i64 = parts.iter().map(|(amount, metadata)| weighted_cents(*amount, metadata, multiply)).sum();
    let points = i128::from(weighted) * i128::from(kept) / (i128::from(amount) * 100);
    (i64::try_from(points).unwrap(), kept)
}

/// A payment that pays an invoice counts as a subscription's unless the invoice is known to be a single one.
fn pays_subscription(facts: &[&Happened]) -> bool {
    let names = |fact: &&&Happened| match fact {
        Happened::PaysInvoice(_) => true,
        Happened::Received(receipt) => receipt.invoice.is_some(),
        Happened::InvoiceKnown(known) => known.payment.is_some(),
        _ => false,
    };
    let one_off =
        |fact: &&&Happened| matches!(fact, Happened::InvoiceKnown(known) if known.kind == InvoiceKind::OneOff);
    facts.iter().any(|fact| names(&fact)) && !facts.iter().any(|fact| one_off(&fact))
}

/// What was received by somebody who is known: amounts in cents, and what is attached to each.
fn parts_of(facts: &[&Happened]) -> Vec<(i64, BTreeMap<String, String>)> {
    let is_told = |fact: &&Happened| match fact {
        Happened::Approved(_) => true,
        Happened::Received(receipt) => receipt.payer.is_some(),
        _ => false,
    };
    let has_payer = facts.iter().any(is_told);
    let parts = facts.iter().filter_map(|fact| match fact {
        Happened::Paid(purchase) => Some((purchase.amount.amount_minor, purchase.metadata.clone())),
        Happened::Received(Receipt { unclaimed, .. }) if has_payer => {
            Some((unclaimed.amount.amount_minor, unclaimed.metadata.clone()))
        }
        _ => None,
    });
    parts.collect()
}

fn weighted_cents(amount: i64, metadata: &BTreeMap<String, String>, multiply: bool) -> i64 {
    let is_set = |key: &str| metadata.contains_key(key);
    match metadata.get("paybus_lines").map(String::as_str) {
        Some("premium:33,promotion:17") if amount >= 50 => 33 * 2 + 17 * 3 + (amount - 50),
        None if is_set("paybus_premium") && is_set("paybus_promotion") => amount * if multiply { 6 } else { 3 },
        None if is_set("paybus_premium") => amount * 2,
        None if is_set("paybus_promotion") => amount * 3,
        _ => amount,
    }
}

fn refunded(facts: &[&Happened]) -> i64 {
    let so_far = facts.iter().filter_map(|fact| match fact {
        Happened::RefundedSoFar(amount) => Some(amount.amount_minor),
        _ => None,
    });
    let mut single: BTreeMap<&RefundId, (i64, bool)> = BTreeMap::new();
    for fact in facts {
        if let Happened::Refund(refund) = fact {
            let known = single.entry(&refund.id).or_insert((refund.amount.amount_minor, false));
            known.1 |= refund.status == RefundStatus::Failed;
        }
    }
    let sum = |failed: bool| single.values().filter(|refund| refund.1 == failed).map(|refund| refund.0).sum::<i64>();
    (so_far.max().unwrap_or(0) - sum(true)).max(sum(false)).max(0)
}

fn disputed(facts: &[&Happened], amount: i64) -> i64 {
    let mut disputes: BTreeMap<&DisputeId, (i64, Vec<DisputeStatus>)> = BTreeMap::new();
    for fact in facts {
        if let Happened::Dispute(dispute) = fact {
            let held = dispute.amount.map_or(amount, |amount| amount.amount_minor);
            disputes.entry(&dispute.id).or_insert((held, Vec::new())).1.push(dispute.status);
        }
    }
    let holds = |statuses: &[DisputeStatus]| {
        !statuses.contains(&DisputeStatus::Won)
            && (statuses.contains(&DisputeStatus::Lost) || statuses.contains(&DisputeStatus::Open))
    };
    disputes.values().filter(|dispute| holds(&dispute.1)).map(|dispute| dispute.0).sum()
}

fn multiplying() -> Program {
    let mut document = Program::default().document().clone();
    document.earning.stacking = Stacking::Multiply;
    Program::new(document).unwrap()
}

fn run(program: &Program, batches: &[Vec<PaymentEvent>]) -> Store {
    let mut store = Store::default();
    for batch in batches {
        store.deliver(program, &customer(), batch);
    }
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_number_of_deliveries_makes_the_accounts_of_the_reference(
        (scenario, batches) in scenario().prop_flat_map(|scenario| {
            let batches = schedule(scenario.events.clone());
            (Just(scenario), batches)
        }),
        multiply in any::<bool>(),
    ) {
        let program = if multiply { multiplying() } else { Program::default() };
        prop_assert!(program.is_order_free());
        let store = run(&program, &batches);
        let (balance, lifetime_minor) = reference(&scenario.events, multiply);
        let account = store.accounts.get(&customer()).cloned().unwrap_or_default();
        prop_assert_eq!(account.balance, Points(balance));
        prop_assert_eq!(account.qualifying, Points(balance));
        prop_assert_eq!(account.lifetime_minor, lifetime_minor);
        prop_assert_eq!(account.tier.as_deref(), program.tier_of(Points(balance)).map(|tier| tier.name.as_str()));
    }

    #[test]
    fn the_balance_is_the_sum_of_the_entries_and_each_entry_says_so(
        batches in scenario().prop_flat_map(|scenario| schedule(scenario.events)),
    ) {
        let store = run(&Program::default(), &batches);
        let mut balance = 0;
        let mut effects = BTreeSet::new();
        for entry in &store.entries {
            balance += entry.points.0;
            prop_assert_eq!(entry.balance_after, Points(balance));
            prop_assert!(!entry.reason.is_empty());
            prop_assert!(effects.insert((entry.subject.clone(), entry.effect.clone())), "an entry is never written twice");
        }
        let account = store.accounts.get(&customer()).cloned().unwrap_or_default();
        prop_assert_eq!(account.balance, Points(balance));
    }

    #[test]
    fn everything_delivered_once_more_is_known_and_changes_nothing(
        batches in scenario().prop_flat_map(|scenario| schedule(scenario.events)),
    ) {
        let program = Program::default();
        let mut store = run(&program, &batches);
        let (accounts, payments) = (store.accounts.clone(), store.payments.clone());
        for batch in batches.iter().rev() {
            let verdicts = store.deliver(&program, &customer(), batch);
            prop_assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Known));
        }
        prop_assert_eq!(store.accounts, accounts);
        prop_assert_eq!(store.payments, payments);
    }

    /// Any amount, any rate, any currency: an answer or an error, never a wrapped number (R19).
    #[test]
    fn extreme_amounts_are_counted_exactly_or_refused(
        amounts in prop::collection::vec(any::<i64>(), 1..6),
        code in "[a-z]{3}",
        above in 1..=1_000_000_000_000_u64,
        below in 1..=1_000_000_000_000_u64,
    ) {
        let currency = Currency::new(&code).unwrap();
        let mut document = Program::default().document().clone();
        if currency != Currency::USD {
            document.currency.rates.insert(currency, format!("{above}/{below}").parse().unwrap());
        }
        let program = Program::new(document).unwrap();
        let events: Vec<_> = amounts.iter().enumerate().map(|(number, amount)| {
            let amount = Money::new(*amount, currency);
            let metadata = BTreeMap::new();
            event(number, Happened::Paid(Purchase { customer: customer(), amount, in_doubt: false, metadata }))
        }).collect();
        let decision = decide(&program, Some(&customer()), &Snapshot::default(), &events);
        let sum: i128 = decision.plan.entries.iter().map(|entry| i128::from(entry.points.0)).sum();
        let balance = decision.plan.account.map_or(0, |account| i128::from(account.balance.0));
        prop_assert_eq!(balance, sum);
        let accepted = decision.verdicts.iter().filter(|verdict| verdict.is_ok()).count();
        prop_assert_eq!(accepted, decision.plan.entries.len());
        for (amount, verdict) in amounts.iter().zip(&decision.verdicts) {
            prop_assert!(*amount >= 0 || verdict.is_err(), "a negative amount is refused");
        }
    }
}

/// The rules that look at what came before are not free of order, and the program says so.
#[test]
fn a_daily_cap_and_kept_tiers_depend_on_order() {
    let paid = |number, amount| {
        let metadata = BTreeMap::new();
        event(number, Happened::Paid(Purchase { customer: customer(), amount: usd(amount), in_doubt: false, metadata }))
    };
    let refund = event(0, Happened::RefundedSoFar(usd(100_000)));
    let tier = |program: &Program, events: &[PaymentEvent]| {
        let store = run(program, &[events.to_vec()]);
        store.accounts[&customer()].tier.clone()
    };
    let mut keep = Program::default().document().clone();
    keep.tiers.policy = TierPolicy::Keep;
    let keep = Program::new(keep).unwrap();
    assert!(!keep.is_order_free());
    assert_eq!(tier(&keep, &[paid(0, 100_000), refund.clone()]).as_deref(), Some("silver"));
    assert_eq!(tier(&keep, &[refund, paid(0, 100_000)]), None);

    let mut capped = Program::default().document().clone();
    capped.earning.cap_per_day = Some(DailyCap { points: Points(15), utc_offset_minutes: 0 });
    let capped = Program::new(capped).unwrap();
    assert!(!capped.is_order_free());
    let after_refund = |events: &[PaymentEvent]| run(&capped, &[events.to_vec()]).accounts[&customer()].balance;
    let refund = event(0, Happened::RefundedSoFar(usd(1000)));
    assert_eq!(after_refund(&[paid(0, 1000), paid(1, 1000), refund.clone()]), Points(5));
    assert_eq!(after_refund(&[paid(1, 1000), paid(0, 1000), refund]), Points(10));
}

#[test]
fn the_highest_factor_counts_alone_and_a_factor_of_zero_earns_nothing() {
    let mut document = Program::default().document().clone();
    let zero = Multiplier { category: "gift-card".to_owned(), factor: "0".parse().unwrap() };
    document.earning.multipliers.push(zero);
    let program = Program::new(document).unwrap();
    let metadata = BTreeMap::from([("paybus_category".to_owned(), "gift-card".to_owned())]);
    let purchase = Purchase { customer: customer(), amount: usd(5000), in_doubt: false, metadata };
    let store = run(&program, &[vec![event(0, Happened::Paid(purchase))]]);
    assert_eq!(store.entries[0].points, Points::ZERO);
    assert_eq!(store.entries[0].kind, EntryKind::Award);
}

/// Every order of payment, refunds, dispute and proof of a subscription, each with one repetition, ends in one account (R11).
#[test]
fn every_permutation_of_six_facts_ends_in_one_account() {
    let metadata = BTreeMap::new();
    let paid = Happened::Paid(Purchase { customer: customer(), amount: usd(10_000), in_doubt: true, metadata });
    let refund = |status| Happened::Refund(Refund { id: RefundId::new("re_1").unwrap(), amount: usd(3000), status });
    let dispute =
        |status| Happened::Dispute(Dispute { id: DisputeId::new("dp_1").unwrap(), amount: Some(usd(2000)), status });
    let facts = [
        paid,
        Happened::RefundedSoFar(usd(3000)),
        refund(RefundStatus::Pending),
        refund(RefundStatus::Failed),
        dispute(DisputeStatus::Open),
        dispute(DisputeStatus::Lost),
    ];
    let program = Program::default();
    let mut permutations = 0;
    permute(&mut (0..facts.len()).collect::<Vec<_>>(), 0, &mut |order| {
        permutations += 1;
        let mut events: Vec<_> = order.iter().map(|index| event(0, facts[*index].clone())).collect();
        events.push(events[2].clone());
        let store = run(&program, &events.into_iter().map(|event| vec![event]).collect::<Vec<_>>());
        assert_eq!(store.accounts[&customer()].balance, Points(80), "{order:?}");
    });
    assert_eq!(permutations, 720);
}

fn permute(order: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == order.len() {
        return visit(order);
    }
    for index in from..order.len() {
        order.swap(from, index);
        permute(order, from + 1, visit);
        order.swap(from, index);
    }
}
