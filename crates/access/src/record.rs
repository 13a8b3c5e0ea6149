//! What is stored of a customer: the facts, and what was made of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor_events::{
    event::Mode,
    ids::{InvoiceId, PaymentMethodId},
};

use crate::{
    Access, Announcement, Change, Effect, Facts, Month, Policy, Reason, Signal, Status,
    announcement::{AmountOpen, HubEvent, MethodChange, Subject, tell_customer},
    signal::{Card, Demand},
};

/// How many events are kept that record mode held back.
pub const MOST_HELD_BACK: usize = 20;

/// Whether what is announced really leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outward {
    /// It does.
    Emit,
    /// It is only kept, so that a team can see what would have happened. What was announced for real stays as it was: once
    /// the mode is switched, nothing has been lost.
    Record,
}

/// What is stored of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose record it is.
    pub subject: Subject,
    /// What is known.
    pub facts: Facts,
    /// What was announced.
    pub told: Told,
    /// What would have been announced, in record mode.
    pub recorded: Told,
    /// Decided, and not yet on the hub.
    pub outbox: Vec<HubEvent>,
    /// What record mode held back, oldest first.
    pub held_back: Vec<HubEvent>,
    /// The end of grace for which a reminder is set.
    pub reminder_at: Option<Timestamp>,
    /// Until when somebody is at work on the outbox and the reminder. Only they act; see [`Record::claim`].
    pub claimed_until: Option<Timestamp>,
    /// How many events were made: part of their ids.
    pub sequence: u64,
    /// Counts the writes: a write that was decided on an older record is refused.
    pub version: u64,
}

/// What was announced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The last announcement of access.
    pub access: Option<Announcement>,
    /// The expiry that was announced of each card.
    pub expiring: BTreeMap<PaymentMethodId, Month>,
    /// The removal that was announced last.
    pub removed: Option<PaymentMethodId>,
}

impl Record {
    /// The record of a customer of whom nothing is known.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            facts: Facts::default(),
            told: Told::default(),
            recorded: Told::default(),
            outbox: Vec::new(),
            held_back: Vec::new(),
            reminder_at: None,
            claimed_until: None,
            sequence: 0,
            version: 0,
        }
    }

    /// Learns what the signals say and decides what is to be announced. Done again with the same signals it changes nothing.
    pub fn advance(&mut self, signals: &[Signal], policy: &Policy, now: Timestamp, outward: Outward) -> Access {
        for signal in signals {
            self.facts.learn(signal, now);
        }
        let access = Access::derive(&self.facts, policy, now);
        self.announce_access(&access, outward);
        self.announce_expiring(now, outward);
        self.announce_removed(policy, outward);
        access
    }

    /// The time at which somebody has to look again, if no reminder is set for it.
    #[must_use]
    pub fn reminder_needed(&self, access: &Access) -> Option<Timestamp> {
        match access.status {
            Status::Grace { until } if self.reminder_at != Some(until) => Some(until),
            Status::Grace { .. } | Status::Active | Status::Held | Status::Restored => None,
        }
    }

    /// Whether somebody else is at work on the outbox and the reminder.
    ///
    /// Events of one customer come in bundles, to several functions at once. Each of them learns, but one acts: it publishes
    /// what is in the outbox, also what others add meanwhile, because its last write is refused until it has seen all. If it
    /// dies, its message comes again after the claim has ended.
    #[must_use]
    pub fn is_claimed(&self, now: Timestamp) -> bool {
        self.claimed_until.is_some_and(|until| now < until)
    }

    /// Claims outbox and reminder until a time at which this function is certainly over.
    pub const fn claim(&mut self, until: Timestamp) {
        self.claimed_until = Some(until);
    }

    /// Gives the claim back.
    pub const fn release(&mut self) {
        self.claimed_until = None;
    }

    fn announce_access(&mut self, access: &Access, outward: Outward) {
        let last = self.told_to(outward).access;
        let Some(announcement) = Announcement::due(last, access.status) else { return };
        let demand = self.demand(&access.reason);
        let change = Change {
            id: self.next_id(announcement.detail_type(), access.since),
            subject: self.subject.clone(),
            announcement,
            allowed: access.status.is_allowed(),
            since: access.since,
            until: match access.status {
                Status::Grace { until } => Some(until),
                Status::Active | Status::Held | Status::Restored => None,
            },
            reason: access.reason.clone(),
            explanation: access.reason.explain(),
            amount_open: demand
                .as_ref()
                .map(|demand| AmountOpen { amount_minor: demand.amount_minor, currency: demand.currency }),
            pay_url: demand.and_then(|demand| demand.pay_url),
            tell_customer: tell_customer(announcement, last, access),
        };
        self.told_to(outward).access = Some(announcement);
        self.put(HubEvent::Change(change), outward);
    }

    fn announce_expiring(&mut self, now: Timestamp, outward: Outward) {
        let Ok(month) = Month::of(now) else { return };
        let cards: Vec<_> = self.facts.expiring_in(month).map(|(id, card)| (id.clone(), card.clone())).collect();
        let told = self.told_to(outward);
        told.expiring.retain(|_, told| *told >= month);
        let new: Vec<_> = cards.into_iter().filter(|(id, _)| told.expiring.get(id) != Some(&month)).collect();
        for (method, card) in new {
            self.told_to(outward).expiring.insert(method.clone(), month);
            let change = self.method_change("access.method_expiring", method, Some(card));
            self.put(HubEvent::MethodExpiring(change), outward);
        }
    }

    /// Where the removal of the last method limits access, that is the news.
    fn announce_removed(&mut self, policy: &Policy, outward: Outward) {
        if policy.last_method_removed != Effect::Nothing {
            return;
        }
        let Some(method) = self.facts.last_method_removed().map(|(_, id)| id.clone()) else { return };
        if self.told_to(outward).removed.as_ref() == Some(&method) {
            return;
        }
        self.told_to(outward).removed = Some(method.clone());
        let card = self.facts.methods.get(&method).and_then(|facts| facts.card.as_ref());
        let card = card.map(|(_, card)| card.clone());
        let change = self.method_change("access.method_removed", method, card);
        self.put(HubEvent::MethodRemoved(change), outward);
    }

    fn method_change(&self, kind: &str, method: PaymentMethodId, card: Option<Card>) -> MethodChange {
        let subject = self.subject.clone();
        let month = card.as_ref().map(|card| format!(":{}", card.expires)).unwrap_or_default();
        MethodChange {
            id: format!("{kind}:{}:{method}{month}", self.whose()),
            subject,
            method,
            expires: card.as_ref().map(|card| card.expires),
            brand: card.as_ref().and_then(|card| card.brand.clone()),
            last4: card.and_then(|card| card.last4),
        }
    }

    fn demand(&self, reason: &Reason) -> Option<Demand> {
        let of_invoice = |id: &InvoiceId| Some(self.facts.invoices.get(id)?.demand.as_ref()?.2.clone());
        match reason {
            Reason::InvoiceUnpaid { invoice, .. } => of_invoice(invoice),
            Reason::SubscriptionPastDue { subscription } | Reason::SubscriptionUnpaid { subscription } => {
                let open = self.facts.invoices.values().filter(|invoice| invoice.is_open());
                let mut of_subscription = open.filter(|invoice| invoice.subscription.as_ref() == Some(subscription));
                Some(of_subscription.next()?.demand.as_ref()?.2.clone())
            }
            Reason::NoTrouble
            | Reason::PaymentFailed { .. }
            | Reason::NoPaymentMethod { .. }
            | Reason::SubscriptionPaused { .. }
            | Reason::SubscriptionCanceled { .. }
            | Reason::InvoiceSettled { .. }
            | Reason::PaidSince { .. }
            | Reason::MethodAdded { .. }
            | Reason::SubscriptionRecovered { .. } => None,
        }
    }

    fn told_to(&mut self, outward: Outward) -> &mut Told {
        match outward {
            Outward::Emit => &mut self.told,
            Outward::Record => &mut self.recorded,
        }
    }

    fn put(&mut self, event: HubEvent, outward: Outward) {
        match outward {
            Outward::Emit => self.outbox.push(event),
            Outward::Record => {
                self.held_back.push(event);
                let surplus = self.held_back.len().saturating_sub(MOST_HELD_BACK);
                self.held_back.drain(..surplus);
            }
        }
    }

    /// The id of an announcement: fixed when it is decided, together with the record, and repeated with it.
    fn next_id(&mut self, kind: &str, since: Option<Timestamp>) -> String {
        self.sequence = self.sequence.saturating_add(1);
        let since = since.map(|since| format!(":{since}")).unwrap_or_default();
        format!("{kind}:{}{since}:{}", self.whose(), self.sequence)
    }

    fn whose(&self) -> String {
        let mode = Mode::of_livemode(self.subject.livemode).name();
        match &self.subject.account {
            Some(account) => format!("{mode}:{account}:{}", self.subject.customer),
            None => format!("{mode}:{}", self.subject.customer),
        }
    }
}

#[cfg(test)]
mod tests;
