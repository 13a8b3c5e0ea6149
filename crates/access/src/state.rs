//! The state that follows from what is known, the policy and the time.

use jiff::Timestamp;
use processor_events::ids::{InvoiceId, PaymentId, PaymentMethodId, SubscriptionId};
use serde::{Deserialize, Serialize};

use crate::{
    Decline, Effect, Facts, Policy,
    facts::{InvoiceFacts, PaymentFacts},
    signal::Standing,
};

/// May this customer be given resources now? Why, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The answer.
    pub status: Status,
    /// Since when it is so; `None` for a customer of whom nothing is known.
    pub since: Option<Timestamp>,
    /// When the trouble began that the state rests on: the first failed attempt. Grace and held only.
    pub trouble_since: Option<Timestamp>,
    /// Why it is so.
    pub reason: Reason,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Yes.
    Active,
    /// Yes, but not for long.
    Grace {
        /// When access ends if nothing happens.
        until: Timestamp,
    },
    /// No.
    Held,
    /// Yes again: a trouble of the last weeks is over.
    Restored,
}

impl Status {
    /// Whether the customer may be given resources.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        match self {
            Self::Active | Self::Grace { .. } | Self::Restored => true,
            Self::Held => false,
        }
    }

    /// The name in answers: `active`, `grace`, `held`, `restored`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Grace { .. } => "grace",
            Self::Held => "held",
            Self::Restored => "restored",
        }
    }
}

/// Why a state is as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// No trouble is known.
    NoTrouble,
    /// An invoice is not paid.
    InvoiceUnpaid {
        /// The invoice.
        invoice: InvoiceId,
        /// The highest number of an attempt that failed; 0 where the processor does not count.
        attempt: u32,
        /// Why it was refused, where that was said.
        decline: Option<Decline>,
        /// The processor no longer tries by itself.
        is_final: bool,
    },
    /// A payment failed that has no invoice behind it.
    PaymentFailed {
        /// The payment.
        payment: PaymentId,
        /// Why it was refused.
        decline: Decline,
    },
    /// The last payment method that is known was removed.
    NoPaymentMethod {
        /// The method that went last.
        method: PaymentMethodId,
    },
    /// A subscription is past due.
    SubscriptionPastDue {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// The attempts for a subscription have ended.
    SubscriptionUnpaid {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// A subscription is paused for want of a payment method.
    SubscriptionPaused {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// A subscription was canceled.
    SubscriptionCanceled {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// An invoice that had failed was paid, or no longer has to be.
    InvoiceSettled {
        /// The invoice.
        invoice: InvoiceId,
    },
    /// The customer has paid since a payment failed.
    PaidSince {
        /// The payment that had failed.
        payment: PaymentId,
    },
    /// A payment method is there again.
    MethodAdded {
        /// The method.
        method: PaymentMethodId,
    },
    /// A subscription is in good standing again.
    SubscriptionRecovered {
        /// The subscription.
        subscription: SubscriptionId,
    },
}

impl Reason {
    /// One sentence for people who look after customers. Holds ids only, nothing personal.
    #[must_use]
    pub fn explain(&self) -> String {
        match self {
            Self::NoTrouble => "no trouble is known".to_owned(),
            Self::InvoiceUnpaid { invoice, attempt, decline, is_final } => {
                let attempt = if *attempt == 0 { String::new() } else { format!(" after attempt {attempt}") };
                let decline = decline.map(|decline| format!(": {}", decline.words())).unwrap_or_default();
                let last = if *is_final { ", and no further attempt is planned" } else { "" };
                format!("invoice {invoice} is unpaid{attempt}{decline}{last}")
            }
            Self::PaymentFailed { payment, decline } => {
                format!("payment {payment} failed: {}", decline.words())
            }
            Self::NoPaymentMethod { method } => {
                format!("{method} was removed, and no other payment method is known")
            }
            Self::SubscriptionPastDue { subscription } => format!("subscription {subscription} is past due"),
            Self::SubscriptionUnpaid { subscription } => {
                format!("subscription {subscription} is unpaid and no further attempt is planned")
            }
            Self::SubscriptionPaused { subscription } => {
                format!("subscription {subscription} is paused: its trial ended without a payment method")
            }
            Self::SubscriptionCanceled { subscription } => format!("subscription {subscription} was canceled"),
            Self::InvoiceSettled { invoice } => format!("invoice {invoice} is settled"),
            Self::PaidSince { payment } => format!("the customer has paid since payment {payment} failed"),
            Self::MethodAdded { method } => format!("payment method {method} was added"),
            Self::SubscriptionRecovered { subscription } => {
                format!("subscription {subscription} is in good standing again")
            }
        }
    }
}

impl Access {
    /// Derives the state. Of several troubles the one that ends access first decides.
    #[must_use]
    pub fn derive(facts: &Facts, policy: &Policy, now: Timestamp) -> Self {
        let findings = findings(facts, policy);
        let worst = findings.troubles.into_iter().min();
        let recovered = findings.recoveries.into_iter().max();
        match (worst, recovered) {
            (Some(Trouble { held_from, since, reason }), _) => {
                let is_held = held_from <= now;
                Self {
                    status: if is_held { Status::Held } else { Status::Grace { until: held_from } },
                    since: Some(if is_held { held_from } else { since }),
                    trouble_since: Some(since),
                    reason,
                }
            }
            (None, Some((since, reason))) => {
                Self { status: Status::Restored, since: Some(since), trouble_since: None, reason }
            }
            (None, None) => Self {
                status: Status::Active,
                since: facts.known_since,
                trouble_since: None,
                reason: Reason::NoTrouble,
            },
        }
    }
}

/// A reason to hold access, now or later. The order of the fields is the order in which troubles decide.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Trouble {
    held_from: Timestamp,
    since: Timestamp,
    reason: Reason,
}

/// What there is to say of a customer: what is wrong, and what is right again.
#[derive(Default)]
struct Findings {
    troubles: Vec<Trouble>,
    recoveries: Vec<(Timestamp, Reason)>,
}

impl Findings {
    fn trouble(&mut self, since: Timestamp, held_from: Option<Timestamp>, reason: Reason) {
        if let Some(held_from) = held_from {
            self.troubles.push(Trouble { held_from, since, reason });
        }
    }

    fn recovery(&mut self, effect: Effect, since: Timestamp, reason: Reason) {
        if effect != Effect::Nothing {
            self.recoveries.push((since, reason));
        }
    }
}

fn findings(facts: &Facts, policy: &Policy) -> Findings {
    let mut findings = Findings::default();
    for (id, invoice) in &facts.invoices {
        look_at_invoice(facts, policy, id, invoice, &mut findings);
    }
    for (id, payment) in &facts.payments {
        look_at_payment(facts, policy, id, payment, &mut findings);
    }
    for id in facts.subscriptions.keys() {
        look_at_subscription(facts, policy, id, &mut findings);
    }
    look_at_methods(facts, policy, &mut findings);
    findings
}

fn look_at_invoice(facts: &Facts, policy: &Policy, id: &InvoiceId, invoice: &InvoiceFacts, findings: &mut Findings) {
    let Some(since) = invoice.failed_since else { return };
    let effect = if invoice.is_first { policy.first_invoice_failed } else { policy.invoice_failed };
    let settled_at = invoice.settled_at.or_else(|| left_behind(facts, invoice, since));
    if let Some(at) = settled_at {
        findings.recovery(effect, at.max(since), Reason::InvoiceSettled { invoice: id.clone() });
        return;
    }
    let held_from = policy.held_from_final(effect, since, invoice.decline, invoice.final_since);
    let reason = Reason::InvoiceUnpaid {
        invoice: id.clone(),
        attempt: invoice.attempt,
        decline: invoice.decline,
        is_final: invoice.final_since.is_some(),
    };
    findings.trouble(since, held_from, reason);
}

/// An open invoice of a canceled subscription no longer counts once the customer has paid for something else: they came back.
fn left_behind(facts: &Facts, invoice: &InvoiceFacts, failed_since: Timestamp) -> Option<Timestamp> {
    let standings = facts.subscriptions.get(invoice.subscription.as_ref()?)?;
    match standings.last()? {
        (canceled_at, Standing::Canceled) => {
            facts.last_paid_at.filter(|paid_at| paid_at > canceled_at && *paid_at > failed_since)
        }
        _ => None,
    }
}

fn look_at_payment(facts: &Facts, policy: &Policy, id: &PaymentId, payment: &PaymentFacts, findings: &mut Findings) {
    let effect = policy.standalone_payment_failed;
    match facts.last_paid_at {
        Some(paid_at) if paid_at >= payment.last_failed_at => {
            findings.recovery(effect, paid_at, Reason::PaidSince { payment: id.clone() });
        }
        paid_at => {
            let is_anew = paid_at.is_some_and(|paid_at| paid_at >= payment.failed_since);
            let since = if is_anew { payment.last_failed_at } else { payment.failed_since };
            let reason = Reason::PaymentFailed { payment: id.clone(), decline: payment.decline };
            findings.trouble(since, policy.held_from(effect, since, Some(payment.decline)), reason);
        }
    }
}

fn look_at_subscription(facts: &Facts, policy: &Policy, id: &SubscriptionId, findings: &mut Findings) {
    let standings = standings_with_payments(facts, id);
    let Some((_, standing)) = standings.last().copied() else { return };
    let run = standings.iter().rev().take_while(|(_, other)| *other == standing).count();
    let start = standings.len().saturating_sub(run);
    let Some((since, _)) = standings.get(start).copied() else { return };
    let subscription = id.clone();
    let (effect, reason) = match standing {
        Standing::PastDue => (policy.subscription_past_due, Reason::SubscriptionPastDue { subscription }),
        Standing::Unpaid => (policy.subscription_unpaid, Reason::SubscriptionUnpaid { subscription }),
        Standing::Paused => (policy.subscription_paused, Reason::SubscriptionPaused { subscription }),
        Standing::Canceled => (policy.subscription_canceled, Reason::SubscriptionCanceled { subscription }),
        Standing::Good | Standing::Incomplete => {
            let before = standings[..start].iter().rev().map(|(_, standing)| effect_of(policy, *standing));
            if let Some(effect) = before.into_iter().next() {
                findings.recovery(effect, since, Reason::SubscriptionRecovered { subscription });
            }
            return;
        }
    };
    let final_since = (standing == Standing::Unpaid).then_some(since);
    findings.trouble(since, policy.held_from_final(effect, since, None, final_since), reason);
}

/// What was said of a subscription, and its paid invoices: a payment ends the trouble even if the subscription's own event is
/// still on its way.
fn standings_with_payments(facts: &Facts, id: &SubscriptionId) -> Vec<(Timestamp, Standing)> {
    let said = facts.subscriptions.get(id).into_iter().flatten().copied();
    let paid = facts.invoices.values().filter(|invoice| invoice.is_paid && invoice.subscription.as_ref() == Some(id));
    let paid = paid.filter_map(|invoice| invoice.settled_at.map(|at| (at, Standing::Good)));
    let mut standings: Vec<_> = said.chain(paid).collect();
    standings.sort_unstable();
    // Over is over, whatever is paid afterwards.
    if let Some(end) = standings.iter().position(|(_, standing)| *standing == Standing::Canceled) {
        standings.truncate(end.saturating_add(1));
    }
    standings
}

const fn effect_of(policy: &Policy, standing: Standing) -> Effect {
    match standing {
        Standing::PastDue => policy.subscription_past_due,
        Standing::Unpaid => policy.subscription_unpaid,
        Standing::Paused => policy.subscription_paused,
        Standing::Canceled => policy.subscription_canceled,
        Standing::Good | Standing::Incomplete => Effect::Nothing,
    }
}

fn look_at_methods(facts: &Facts, policy: &Policy, findings: &mut Findings) {
    let effect = policy.last_method_removed;
    if let Some((since, method)) = facts.last_method_removed() {
        let reason = Reason::NoPaymentMethod { method: method.clone() };
        findings.trouble(since, policy.held_from(effect, since, None), reason);
        return;
    }
    // A gap lies between the last removal and the first method that came after it, if none was there in between.
    let present = || facts.methods.iter().filter(|(_, method)| method.removed_at.is_none());
    let first_present = present().filter_map(|(id, method)| Some((method.present_since?, id))).min();
    let last_removed = facts.methods.values().filter_map(|method| method.removed_at).max();
    if let (Some((since, id)), Some(removed_at)) = (first_present, last_removed)
        && since > removed_at
    {
        findings.recovery(effect, since, Reason::MethodAdded { method: id.clone() });
    }
}

#[cfg(test)]
mod tests;
