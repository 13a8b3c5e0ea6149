//! What is known of a customer: learned in any order and any number of times with one result.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{SignedDuration, Timestamp};
use processor_events::ids::{InvoiceId, PaymentId, PaymentMethodId, SubscriptionId};

use crate::{
    Decline, Month, Signal,
    signal::{Card, Demand, SignalKind, Standing},
};

/// What is older than this when it arrives says nothing any more, so that a replay of an archive starts nothing. Processors
/// deliver and resend within 30 days, a dead-letter queue keeps 14.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(60 * 24);

/// How many invoices, payments, subscriptions and methods are kept, each. A customer has some of them in [`HORIZON`]; the bound
/// is for the one whose stolen cards are tried out a thousand times. A stored item stays below 40 KB.
pub const MOST_KEPT: usize = 100;

/// How many events of one subscription are kept.
pub const MOST_STANDINGS: usize = 50;

/// What is known of one customer's ability to pay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The first time anything was said of the customer.
    pub known_since: Option<Timestamp>,
    /// The last time a payment or an invoice of the customer was paid.
    pub last_paid_at: Option<Timestamp>,
    /// What is known of each invoice.
    pub invoices: BTreeMap<InvoiceId, InvoiceFacts>,
    /// What is known of each payment that failed without an invoice behind it.
    pub payments: BTreeMap<PaymentId, PaymentFacts>,
    /// Every standing that was said of each subscription, and when.
    pub subscriptions: BTreeMap<SubscriptionId, BTreeSet<(Timestamp, Standing)>>,
    /// What is known of each payment method.
    pub methods: BTreeMap<PaymentMethodId, MethodFacts>,
}

/// What is known of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceFacts {
    /// The first failed attempt.
    pub failed_since: Option<Timestamp>,
    /// The highest number of an attempt that failed.
    pub attempt: u32,
    /// The first failure after which the processor no longer tries by itself.
    pub final_since: Option<Timestamp>,
    /// The most hopeless reason that was given.
    pub decline: Option<Decline>,
    /// Paid, voided or written off: it stays so.
    pub settled_at: Option<Timestamp>,
    /// It was paid, not only closed.
    pub is_paid: bool,
    /// It is the first of its subscription.
    pub is_first: bool,
    /// The subscription it is for.
    pub subscription: Option<SubscriptionId>,
    /// What was to be paid at the last attempt, with its number and time.
    pub demand: Option<(u32, Timestamp, Demand)>,
    /// The last time anything was said of it.
    pub last_said_at: Timestamp,
}

/// What is known of a payment without an invoice.
///
/// Its success needs no place of its own: any payment after the failure shows that the customer can pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFacts {
    /// The first failed attempt.
    pub failed_since: Timestamp,
    /// The last failed attempt.
    pub last_failed_at: Timestamp,
    /// The most hopeless reason that was given.
    pub decline: Decline,
}

impl PaymentFacts {
    const fn failed(at: Timestamp, decline: Decline) -> Self {
        Self { failed_since: at, last_failed_at: at, decline }
    }
}

/// What is known of a payment method.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodFacts {
    /// The first time it was there.
    pub present_since: Option<Timestamp>,
    /// Removed: it stays so.
    pub removed_at: Option<Timestamp>,
    /// What may be shown of the card, and when that was said. A replaced card says it anew.
    pub card: Option<(Timestamp, Card)>,
    /// The last time anything was said of it.
    pub last_said_at: Timestamp,
}

impl Facts {
    /// Learns what a signal says. Learning it again, or in another order, makes no difference.
    ///
    /// `now` only decides whether it is too old to say anything ([`HORIZON`]), and what may be forgotten.
    pub fn learn(&mut self, signal: &Signal, now: Timestamp) {
        let oldest = now.checked_sub(HORIZON).unwrap_or(Timestamp::MIN);
        if signal.at < oldest {
            return;
        }
        earliest(&mut self.known_since, signal.at);
        self.learn_kind(signal.at, &signal.kind);
        self.forget(oldest);
    }

    fn learn_kind(&mut self, at: Timestamp, kind: &SignalKind) {
        match kind {
            SignalKind::InvoiceFailed { invoice, subscription, attempt, is_final, is_first, demand } => {
                let facts = self.invoice(invoice, subscription.as_ref(), at);
                earliest(&mut facts.failed_since, at);
                facts.attempt = facts.attempt.max(*attempt);
                facts.is_first |= is_first;
                facts.demand = facts.demand.take().max(Some((*attempt, at, demand.clone())));
                if *is_final {
                    earliest(&mut facts.final_since, at);
                }
            }
            SignalKind::InvoiceDeclined { invoice, decline } => {
                let facts = self.invoice(invoice, None, at);
                facts.decline = facts.decline.max(Some(*decline));
            }
            SignalKind::InvoicePaid { invoice, subscription, is_free } => {
                let facts = self.invoice(invoice, subscription.as_ref(), at);
                earliest(&mut facts.settled_at, at);
                facts.is_paid = true;
                if !is_free {
                    self.last_paid_at = self.last_paid_at.max(Some(at));
                }
            }
            SignalKind::InvoiceClosed { invoice } => earliest(&mut self.invoice(invoice, None, at).settled_at, at),
            SignalKind::PaymentFailed { payment, decline } => {
                let facts = self.payments.entry(payment.clone()).or_insert(PaymentFacts::failed(at, *decline));
                facts.failed_since = facts.failed_since.min(at);
                facts.last_failed_at = facts.last_failed_at.max(at);
                facts.decline = facts.decline.max(*decline);
            }
            SignalKind::PaymentSucceeded => self.last_paid_at = self.last_paid_at.max(Some(at)),
            SignalKind::MethodPresent { method, card } => {
                let facts = self.method(method, at);
                earliest(&mut facts.present_since, at);
                facts.card = facts.card.take().max(card.clone().map(|card| (at, card)));
            }
            SignalKind::MethodRemoved { method } => earliest(&mut self.method(method, at).removed_at, at),
            SignalKind::MethodExpiring { method, card } => {
                // In one second a replacement wins over the warning: its month is the later one.
                let facts = self.method(method, at);
                facts.card = facts.card.take().max(Some((at, card.clone())));
            }
            SignalKind::Subscription { subscription, standing } => {
                self.subscriptions.entry(subscription.clone()).or_default().insert((at, *standing));
            }
        }
    }

    fn invoice(&mut self, id: &InvoiceId, subscription: Option<&SubscriptionId>, at: Timestamp) -> &mut InvoiceFacts {
        let facts = self.invoices.entry(id.clone()).or_default();
        facts.last_said_at = facts.last_said_at.max(at);
        // Events of one invoice name one subscription; the larger of two keeps even a contradiction free of order.
        facts.subscription = facts.subscription.take().max(subscription.cloned());
        facts
    }

    fn method(&mut self, id: &PaymentMethodId, at: Timestamp) -> &mut MethodFacts {
        let facts = self.methods.entry(id.clone()).or_default();
        facts.last_said_at = facts.last_said_at.max(at);
        facts
    }

    /// Drops what can no longer change anything, and the oldest of too much.
    fn forget(&mut self, oldest: Timestamp) {
        self.invoices.retain(|_, facts| facts.is_open() || facts.last_said_at >= oldest);
        keep_most(&mut self.invoices, |facts| match facts.failed_since {
            // Of too many open invoices the newest say least: the first one decides.
            Some(since) if facts.is_open() => (true, Reverse(since)),
            _ => (false, Reverse(facts.last_said_at)),
        });
        let last_paid_at = self.last_paid_at;
        self.payments.retain(|_, facts| Some(facts.last_failed_at) > last_paid_at || facts.last_failed_at >= oldest);
        keep_most(&mut self.payments, |facts| (Some(facts.last_failed_at) > last_paid_at, Reverse(facts.failed_since)));
        for standings in self.subscriptions.values_mut() {
            forget_standings(standings, oldest);
        }
        self.subscriptions.retain(|_, standings| match standings.last() {
            Some((at, Standing::Good | Standing::Incomplete)) => *at >= oldest,
            Some((_, Standing::PastDue | Standing::Unpaid | Standing::Paused | Standing::Canceled)) => true,
            None => false,
        });
        keep_most(&mut self.subscriptions, |standings| {
            let last = standings.last();
            (last.is_some_and(|(_, standing)| standing.is_trouble()), Reverse(last.map(|(at, _)| *at)))
        });
        self.forget_methods(oldest);
    }

    fn forget_methods(&mut self, oldest: Timestamp) {
        // While all are removed, the one that went last says since when.
        let last_removed = self.last_method_removed().map(|(_, id)| id.clone());
        self.methods.retain(|id, facts| {
            facts.removed_at.is_none() || facts.last_said_at >= oldest || Some(id) == last_removed.as_ref()
        });
        keep_most(&mut self.methods, |facts| (facts.removed_at.is_none(), Reverse(facts.last_said_at)));
    }

    /// The cards that are there and expire in this month.
    pub fn expiring_in(&self, month: Month) -> impl Iterator<Item = (&PaymentMethodId, &Card)> {
        self.cards().filter(move |(_, card)| card.expires == month)
    }

    /// The cards that are there.
    pub fn cards(&self) -> impl Iterator<Item = (&PaymentMethodId, &Card)> {
        let present = self.methods.iter().filter(|(_, method)| method.removed_at.is_none());
        present.filter_map(|(id, method)| Some((id, &method.card.as_ref()?.1)))
    }

    /// The method that was removed last, if none that is known is left.
    pub(crate) fn last_method_removed(&self) -> Option<(Timestamp, &PaymentMethodId)> {
        let removals = self.methods.iter().map(|(id, facts)| facts.removed_at.map(|at| (at, id)));
        removals.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

impl InvoiceFacts {
    /// It failed, and is neither paid nor closed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.failed_since.is_some() && self.settled_at.is_none()
    }
}

fn earliest(known: &mut Option<Timestamp>, at: Timestamp) {
    *known = Some(known.map_or(at, |known| known.min(at)));
}

/// Keeps the [`MOST_KEPT`] entries with the greatest rank; the id decides between equals.
fn keep_most<K: Ord + Clone, V, R: Ord>(entries: &mut BTreeMap<K, V>, rank: impl Fn(&V) -> R) {
    while entries.len() > MOST_KEPT {
        let least = entries.iter().min_by_key(|(id, value)| (rank(value), Reverse(*id))).map(|(id, _)| id.clone());
        let Some(least) = least else { return };
        entries.remove(&least);
    }
}

/// Of what is older than the horizon only the start of its last run says something: since when it has been so.
fn forget_standings(standings: &mut BTreeSet<(Timestamp, Standing)>, oldest: Timestamp) {
    let old: Vec<_> = standings.iter().take_while(|(at, _)| *at < oldest).copied().collect();
    if let Some((_, last)) = old.last() {
        let start = old.iter().rev().take_while(|(_, standing)| standing == last).last().copied();
        standings.retain(|entry| entry.0 >= oldest || Some(*entry) == start);
    }
    while standings.len() > MOST_STANDINGS {
        let entries: Vec<_> = standings.iter().copied().collect();
        let repeated = entries.windows(2).find(|pair| pair[0].1 == pair[1].1).map(|pair| pair[1]);
        let Some(least) = repeated.or_else(|| entries.first().copied()) else { return };
        standings.remove(&least);
    }
}
