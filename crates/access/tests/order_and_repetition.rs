//! Yardstick R11: every permutation of up to seven events of one invoice, with one of them twice, ends in one state.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "what the helpers make is always valid, and the counts are small"
)]

use std::collections::BTreeSet;

use access::{
    Access, Decline, Facts, Policy, Signal,
    signal::{Demand, SignalKind, Standing},
};
use jiff::{SignedDuration, Timestamp};
use processor_events::{
    Currency,
    ids::{InvoiceId, SubscriptionId},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn invoice() -> InvoiceId {
    InvoiceId::new("in_1").unwrap()
}

fn subscription() -> SubscriptionId {
    SubscriptionId::new("sub_1").unwrap()
}

fn failed(at: Timestamp, attempt: u32, is_final: bool) -> Signal {
    let demand = Demand { amount_minor: 4_900, currency: Currency::USD, pay_url: None };
    let subscription = Some(subscription());
    let kind =
        SignalKind::InvoiceFailed { invoice: invoice(), subscription, attempt, is_final, is_first: false, demand };
    Signal { at, kind }
}

fn standing(at: Timestamp, standing: Standing) -> Signal {
    Signal { at, kind: SignalKind::Subscription { subscription: subscription(), standing } }
}

/// All that happens to one invoice in three weeks; the refusal and the subscription's event share a second with an attempt.
fn seven_events() -> Vec<Signal> {
    let decline = SignalKind::InvoiceDeclined { invoice: invoice(), decline: Decline::Hard };
    let paid = SignalKind::InvoicePaid { invoice: invoice(), subscription: Some(subscription()), is_free: false };
    vec![
        failed(at("2026-08-01T12:00:00Z"), 1, false),
        Signal { at: at("2026-08-01T12:00:00Z"), kind: decline },
        standing(at("2026-08-01T12:00:00Z"), Standing::PastDue),
        failed(at("2026-08-04T12:00:00Z"), 2, false),
        failed(at("2026-08-08T12:00:00Z"), 3, true),
        Signal { at: at("2026-08-20T12:00:00Z"), kind: paid },
        standing(at("2026-08-20T12:00:00Z"), Standing::Good),
    ]
}

/// Times at which the state is asked for: before, in and after grace, and after the payment.
fn moments() -> Vec<Timestamp> {
    ["2026-08-02T00:00:00Z", "2026-08-05T00:00:00Z", "2026-08-10T00:00:00Z", "2026-08-21T00:00:00Z"].map(at).to_vec()
}

struct Walk<'signals> {
    signals: &'signals [Signal],
    now: Timestamp,
    ends: Vec<Facts>,
    sequences: u64,
}

impl Walk<'_> {
    /// Learns what is left in every order. `left` says how often each signal is still to come.
    fn go(&mut self, facts: &Facts, left: &mut [u8]) {
        if left.iter().all(|count| *count == 0) {
            self.sequences += 1;
            if !self.ends.contains(facts) {
                self.ends.push(facts.clone());
            }
            return;
        }
        for index in 0..left.len() {
            if left[index] == 0 {
                continue;
            }
            left[index] -= 1;
            let mut next = facts.clone();
            next.learn(&self.signals[index], self.now);
            self.go(&next, left);
            left[index] += 1;
        }
    }
}

/// Every order of these signals with each of them twice in turn; returns how many sequences there were.
fn check_every_order(signals: &[Signal]) -> u64 {
    let now = at("2026-08-22T00:00:00Z");
    let mut walk = Walk { signals, now, ends: Vec::new(), sequences: 0 };
    for twice in 0..signals.len() {
        let mut left = vec![1_u8; signals.len()];
        left[twice] = 2;
        walk.go(&Facts::default(), &mut left);
    }
    assert_eq!(walk.ends.len(), 1, "one set of facts, whatever the order: {:#?}", walk.ends);
    for policy in [Policy::standard(), Policy::metered()] {
        for moment in moments() {
            let states: Vec<_> = walk.ends.iter().map(|facts| Access::derive(facts, &policy, moment)).collect();
            assert!(states.windows(2).all(|pair| pair[0] == pair[1]), "{states:?}");
        }
    }
    walk.sequences
}

#[test]
fn every_permutation_of_seven_events_with_one_duplicate_ends_in_one_state() {
    // 7 choices of the duplicate, 8! / 2! orders each.
    assert_eq!(check_every_order(&seven_events()), 7 * 20_160);
}

#[test]
fn every_selection_of_up_to_six_events_in_every_order_ends_in_one_state() {
    let all = seven_events();
    let mut selections = BTreeSet::new();
    for mask in 1_u8..128 {
        let chosen: Vec<_> = (0..7).filter(|bit| mask & (1 << bit) != 0).collect();
        if chosen.len() <= 6 && selections.insert(chosen.clone()) {
            let signals: Vec<_> = chosen.iter().map(|index| all[*index].clone()).collect();
            check_every_order(&signals);
        }
    }
    assert_eq!(selections.len(), 126);
}

#[test]
fn a_replay_of_everything_never_moves_the_end_of_grace() {
    let trouble = &seven_events()[..5];
    let mut facts = Facts::default();
    for signal in trouble {
        facts.learn(signal, at("2026-08-08T12:00:01Z"));
    }
    let before = facts.clone();
    for days in 0..50 {
        let now = at("2026-08-08T12:00:01Z").saturating_add(SignedDuration::from_hours(24 * days)).unwrap();
        for signal in trouble {
            facts.learn(signal, now);
        }
        assert_eq!(facts, before, "replayed after {days} days");
    }
}

#[test]
fn a_replay_beyond_the_horizon_starts_nothing() {
    let mut facts = Facts::default();
    for signal in &seven_events() {
        facts.learn(signal, at("2026-12-01T00:00:00Z"));
    }
    assert_eq!(facts, Facts::default());
}
