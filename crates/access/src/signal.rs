//! What one event says about a customer's ability to pay.

use jiff::Timestamp;
use processor_events::{
    Currency,
    ids::{InvoiceId, PaymentId, PaymentMethodId, SubscriptionId},
};

use crate::{Decline, Month};

/// Something said at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// When it happened, by the processor's clock, to the second.
    pub at: Timestamp,
    /// What happened.
    pub kind: SignalKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalKind {
    /// An attempt to collect an invoice failed.
    InvoiceFailed {
        /// The invoice.
        invoice: InvoiceId,
        /// The subscription it is for.
        subscription: Option<SubscriptionId>,
        /// Which attempt, from 1; 0 where the processor does not count it.
        attempt: u32,
        /// Whether the processor will try again by itself.
        is_final: bool,
        /// It is the first invoice of its subscription.
        is_first: bool,
        /// What is to be paid, and where.
        demand: Demand,
    },
    /// An attempt to pay an invoice was refused for this reason. Says why, not that the invoice is in trouble: the invoice's
    /// own event does.
    InvoiceDeclined {
        /// The invoice.
        invoice: InvoiceId,
        /// Why.
        decline: Decline,
    },
    /// An invoice was paid.
    InvoicePaid {
        /// The invoice.
        invoice: InvoiceId,
        /// The subscription it is for.
        subscription: Option<SubscriptionId>,
        /// Nothing was paid: it says nothing of the ability to pay.
        is_free: bool,
    },
    /// An invoice no longer has to be paid: voided, or written off.
    InvoiceClosed {
        /// The invoice.
        invoice: InvoiceId,
    },
    /// An attempt to pay failed, with no invoice behind it.
    PaymentFailed {
        /// The payment. It can still succeed under the same id.
        payment: PaymentId,
        /// Why.
        decline: Decline,
    },
    /// A payment succeeded.
    PaymentSucceeded,
    /// A payment method is there: added, changed, or replaced by the card networks.
    MethodPresent {
        /// The method.
        method: PaymentMethodId,
        /// What may be shown of it, if it is a card.
        card: Option<Card>,
    },
    /// A payment method was removed. That is final: a removed method cannot be added again
    /// (Stripe's API reference, "Detach a PaymentMethod from a Customer").
    MethodRemoved {
        /// The method.
        method: PaymentMethodId,
    },
    /// A payment method is about to expire.
    MethodExpiring {
        /// The method.
        method: PaymentMethodId,
        /// What may be shown of it.
        card: Card,
    },
    /// A subscription has this status.
    Subscription {
        /// The subscription.
        subscription: SubscriptionId,
        /// Its status.
        standing: Standing,
    },
}

/// What is to be paid, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Demand {
    /// What is still open, in minor units.
    pub amount_minor: i64,
    /// Of which currency.
    pub currency: Currency,
    /// Where the customer can pay it.
    pub pay_url: Option<String>,
}

/// What may be shown of a card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Card {
    /// The month in which it expires.
    pub expires: Month,
    /// `visa`, `mastercard`, ...
    pub brand: Option<String>,
    /// The last digits.
    pub last4: Option<String>,
}

/// How a subscription stands, as far as it matters for access.
///
/// The order settles what holds when two events carry the same second: what was there before a payment, then the payment, then
/// the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The first payment is open: there was no access yet.
    Incomplete,
    /// A payment is late.
    PastDue,
    /// The attempts have ended, the invoices stay open.
    Unpaid,
    /// The trial ended without a payment method.
    Paused,
    /// Paid, or on trial.
    Good,
    /// Over.
    Canceled,
}

impl Standing {
    /// Whether the ability to pay is in doubt.
    #[must_use]
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::PastDue | Self::Unpaid | Self::Paused)
    }

    /// The name in storage. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Good => "good",
            Self::Canceled => "canceled",
        }
    }

    /// The standing of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Incomplete, Self::PastDue, Self::Unpaid, Self::Paused, Self::Good, Self::Canceled]
            .into_iter()
            .find(|standing| standing.name() == name)
    }
}
