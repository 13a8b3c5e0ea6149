//! Whatever is said, in whatever order and however often: one set of facts, one state; and nothing grows without bound.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "what the helpers make is always valid, and the numbers are small"
)]

use access::{
    Access, Decline, Facts, Policy, Signal, Status,
    facts::{MOST_KEPT, MOST_STANDINGS},
    signal::{Card, Demand, SignalKind, Standing},
};
use jiff::{SignedDuration, Timestamp};
use processor_events::{
    Currency,
    ids::{InvoiceId, PaymentId, PaymentMethodId, SubscriptionId},
};
use proptest::prelude::*;

fn start() -> Timestamp {
    "2026-08-01T00:00:00Z".parse().unwrap()
}

fn hours_later(hours: i64) -> Timestamp {
    start().checked_add(SignedDuration::from_hours(hours)).unwrap()
}

fn decline() -> impl Strategy<Value = Decline> {
    prop_oneof![
        Just(Decline::AuthenticationRequired),
        Just(Decline::Soft),
        Just(Decline::NoMethod),
        Just(Decline::Hard)
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Incomplete),
        Just(Standing::PastDue),
        Just(Standing::Unpaid),
        Just(Standing::Paused),
        Just(Standing::Good),
        Just(Standing::Canceled)
    ]
}

fn card() -> impl Strategy<Value = Card> {
    (1_u8..=12).prop_map(|month| Card { expires: access::Month::new(2026, month).unwrap(), brand: None, last4: None })
}

prop_compose! {
    fn invoice_failed()(
        id in 0..3,
        of in proptest::option::of(0..2),
        attempt in 0_u32..4,
        is_final: bool,
        is_first: bool,
        amount_minor in 1_i64..3,
    ) -> SignalKind {
        SignalKind::InvoiceFailed {
            invoice: InvoiceId::new(format!("in_{id}")).unwrap(),
            subscription: of.map(|id| SubscriptionId::new(format!("sub_{id}")).unwrap()),
            attempt,
            is_final,
            is_first,
            demand: Demand { amount_minor, currency: Currency::USD, pay_url: None },
        }
    }
}

fn kind() -> impl Strategy<Value = SignalKind> {
    let invoice = || (0..3).prop_map(|id| InvoiceId::new(format!("in_{id}")).unwrap());
    let payment = || (0..2).prop_map(|id| PaymentId::new(format!("pi_{id}")).unwrap());
    let method = || (0..3).prop_map(|id| PaymentMethodId::new(format!("pm_{id}")).unwrap());
    let subscription = || (0..2).prop_map(|id| SubscriptionId::new(format!("sub_{id}")).unwrap());
    prop_oneof![
        3 => invoice_failed(),
        1 => (invoice(), decline()).prop_map(|(invoice, decline)| SignalKind::InvoiceDeclined { invoice, decline }),
        2 => (invoice(), proptest::option::of(subscription()), any::<bool>())
            .prop_map(|(invoice, subscription, is_free)| SignalKind::InvoicePaid { invoice, subscription, is_free }),
        1 => invoice().prop_map(|invoice| SignalKind::InvoiceClosed { invoice }),
        1 => (payment(), decline()).prop_map(|(payment, decline)| SignalKind::PaymentFailed { payment, decline }),
        1 => Just(SignalKind::PaymentSucceeded),
        1 => (method(), proptest::option::of(card()))
            .prop_map(|(method, card)| SignalKind::MethodPresent { method, card }),
        1 => method().prop_map(|method| SignalKind::MethodRemoved { method }),
        1 => (method(), card()).prop_map(|(method, card)| SignalKind::MethodExpiring { method, card }),
        3 => (subscription(), standing())
            .prop_map(|(subscription, standing)| SignalKind::Subscription { subscription, standing }),
    ]
}

fn signal() -> impl Strategy<Value = Signal> {
    // Few different hours: events of one second are common.
    (0_i64..24, kind()).prop_map(|(hour, kind)| Signal { at: hours_later(hour * 24), kind })
}

fn signals() -> impl Strategy<Value = (Vec<Signal>, Vec<Signal>)> {
    proptest::collection::vec(signal(), 0..14).prop_flat_map(|signals| {
        let repeated = proptest::collection::vec(proptest::sample::select(with_one(&signals)), 0..6);
        (Just(signals.clone()), repeated).prop_flat_map(move |(once, repeated)| {
            let repeated = if once.is_empty() { Vec::new() } else { repeated };
            let all: Vec<_> = once.iter().cloned().chain(repeated).collect();
            (Just(once), Just(all).prop_shuffle())
        })
    })
}

fn with_one(signals: &[Signal]) -> Vec<Signal> {
    if signals.is_empty() { vec![Signal { at: start(), kind: SignalKind::PaymentSucceeded }] } else { signals.to_vec() }
}

fn learned<'signal>(signals: impl IntoIterator<Item = &'signal Signal>) -> Facts {
    let mut facts = Facts::default();
    for signal in signals {
        facts.learn(signal, hours_later(30 * 24));
    }
    facts
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_ends_in_one_state((once, shuffled) in signals()) {
        let (one, other) = (learned(&once), learned(&shuffled));
        prop_assert_eq!(&one, &other);
        for policy in [Policy::standard(), Policy::metered()] {
            for day in [0, 5, 12, 30, 90] {
                let now = hours_later(day * 24);
                prop_assert_eq!(Access::derive(&one, &policy, now), Access::derive(&other, &policy, now));
            }
        }
    }

    #[test]
    fn one_more_failed_attempt_never_extends_grace(
        before in proptest::collection::vec(signal(), 0..12),
        hour in 0_i64..30,
        more in invoice_failed(),
    ) {
        // A failure shows trouble; only what says that an invoice is the first of its subscription can end some.
        let SignalKind::InvoiceFailed { is_first: false, subscription: None, .. } = &more else { return Ok(()) };
        let policy = Policy::standard();
        let now = hours_later(30 * 24);
        let mut facts = learned(&before);
        let end = |facts: &Facts| match Access::derive(facts, &policy, start()).status {
            Status::Grace { until } => until,
            Status::Held => Timestamp::MIN,
            Status::Active | Status::Restored => Timestamp::MAX,
        };
        let earlier = end(&facts);
        facts.learn(&Signal { at: hours_later(hour * 24), kind: more }, now);
        prop_assert!(end(&facts) <= earlier);
    }
}

#[test]
fn a_thousand_tried_out_cards_do_not_grow_the_facts_without_bound() {
    let mut facts = Facts::default();
    for number in 0..1_000_i32 {
        let at = hours_later(i64::from(number));
        let demand = Demand { amount_minor: 1, currency: Currency::USD, pay_url: None };
        let invoice = InvoiceId::new(format!("in_{number}")).unwrap();
        let payment = PaymentId::new(format!("pi_{number}")).unwrap();
        let method = PaymentMethodId::new(format!("pm_{number}")).unwrap();
        let subscription = SubscriptionId::new("sub_1").unwrap();
        let standing = if number % 2 == 0 { Standing::PastDue } else { Standing::Good };
        let kinds = [
            SignalKind::InvoiceFailed {
                invoice,
                subscription: None,
                attempt: 1,
                is_final: false,
                is_first: false,
                demand,
            },
            SignalKind::PaymentFailed { payment, decline: Decline::Hard },
            SignalKind::MethodPresent { method, card: None },
            SignalKind::Subscription { subscription, standing },
        ];
        for kind in kinds {
            facts.learn(&Signal { at, kind }, at);
        }
    }
    assert_eq!((facts.invoices.len(), facts.payments.len(), facts.methods.len()), (MOST_KEPT, MOST_KEPT, MOST_KEPT));
    assert_eq!(facts.subscriptions.values().map(std::collections::BTreeSet::len).sum::<usize>(), MOST_STANDINGS);
    let first = InvoiceId::new("in_0").unwrap();
    assert!(facts.invoices.contains_key(&first), "the oldest open invoice decides, so it is kept");
}
