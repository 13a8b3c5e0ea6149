//! What the ledger takes from a processor's event.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use processor_events::{
    Money,
    event::Processor,
    ids::{CustomerId, DisputeId, EventId, InvoiceId, PaymentId, RefundId},
};

use crate::basket::Basket;

/// The processor's own name of a payment: `stripe:pi_1`. Everything the ledger keeps about a payment hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentKey {
    /// Who processed it.
    pub processor: Processor,
    /// Its id there.
    pub id: PaymentId,
}

impl fmt::Display for PaymentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.processor.name(), self.id)
    }
}

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentEvent {
    /// The event that told.
    pub id: EventId,
    /// When it happened, by the processor's clock.
    pub occurred_at: Timestamp,
    /// Which payment.
    pub payment: PaymentKey,
    /// What happened.
    pub happened: Happened,
}

/// What happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It succeeded.
    Paid(Purchase),
    /// It succeeded, but this event does not say whose it is: another one does.
    PaidBySomebody(Unclaimed),
    /// It was approved: that tells who pays.
    Approved(CustomerId),
    /// So much of it has been refunded, all refunds together.
    RefundedSoFar(Money),
    /// One of its refunds is in this state.
    Refund(Refund),
    /// A dispute about it is in this state.
    Dispute(Dispute),
    /// It turns out to pay an invoice of a subscription.
    PaysSubscription(InvoiceId),
}

impl Happened {
    /// Who pays, where it says so.
    #[must_use]
    pub const fn payer(&self) -> Option<&CustomerId> {
        match self {
            Self::Paid(purchase) => Some(&purchase.customer),
            Self::Approved(customer) => Some(customer),
            Self::PaidBySomebody(_)
            | Self::RefundedSoFar(_)
            | Self::Refund(_)
            | Self::Dispute(_)
            | Self::PaysSubscription(_) => None,
        }
    }
}

/// A payment that succeeded, and may earn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Who paid.
    pub customer: CustomerId,
    /// What was received.
    pub amount: Money,
    /// Whether it may yet turn out to pay a subscription.
    pub in_doubt: bool,
    /// What the merchant attached, for [`crate::basket`].
    pub metadata: BTreeMap<String, String>,
}

impl Purchase {
    /// The categories of everything that was bought; none where the merchant's word cannot be read.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<String> {
        let basket = Basket::of_metadata(self.amount, &self.metadata);
        basket.map(|basket| basket.lines.into_iter().flat_map(|line| line.categories).collect()).unwrap_or_default()
    }
}

/// A payment that succeeded, as an event tells it that leaves the customer out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    /// The event that told.
    pub event: EventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What was received.
    pub amount: Money,
    /// What the merchant attached.
    pub metadata: BTreeMap<String, String>,
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// How much it returns.
    pub amount: Money,
    /// How far it is.
    pub status: RefundStatus,
}

/// How far a refund is. A later state never gives way to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefundStatus {
    /// On its way; the money counts as returned.
    Pending,
    /// Done.
    Succeeded,
    /// Failed or cancelled: the merchant has the money again.
    Failed,
}

impl RefundStatus {
    /// The name in items.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// One dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// How much is disputed; can differ from the payment. `None` where the event does not say: then all of it.
    pub amount: Option<Money>,
    /// How far it is.
    pub status: DisputeStatus,
}

/// How far a dispute is. A later state never gives way to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DisputeStatus {
    /// The bank only asks, or the dispute was prevented: no money moved.
    Inquiry,
    /// The money is withdrawn until it is decided.
    Open,
    /// The customer has the money for good.
    Lost,
    /// The merchant has the money again. After a loss too: then the funds were reinstated.
    Won,
}

impl DisputeStatus {
    /// The name in items.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Open => "open",
            Self::Lost => "lost",
            Self::Won => "won",
        }
    }

    /// Whether the disputed money is gone in this state.
    #[must_use]
    pub const fn holds(self) -> bool {
        matches!(self, Self::Open | Self::Lost)
    }
}
