//! What the ledger takes from a processor's event.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use processor_events::{
    Money,
    event::Processor,
    ids::{CaptureId, CustomerId, DisputeId, EventId, InvoiceId, PaymentId, RefundId},
};

use crate::basket::Basket;

/// The processor's own name of a payment: `stripe:pi_1`. Everything the ledger keeps about a payment hangs on it.
///
/// An invoice is kept in the same way under its own id (`stripe:in_1`): it only ever has facts, never an award.
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

impl PaymentEvent {
    /// Whose facts are needed to decide about it: the payment's, and those of the invoice it names.
    #[must_use]
    pub fn concerns(&self) -> BTreeSet<PaymentKey> {
        let of_link = self.happened.link().and_then(|link| PaymentId::new(link.invoice.as_str()).ok());
        let of_invoice = match &self.happened {
            Happened::InvoiceKnown(known) => known.payment.clone(),
            _ => None,
        };
        let others = of_link.into_iter().chain(of_invoice).map(|id| self.payment.beside(id));
        others.chain([self.payment.clone()]).collect()
    }
}

impl PaymentKey {
    /// The same processor's payment or invoice of another id.
    #[must_use]
    pub const fn beside(&self, id: PaymentId) -> Self {
        Self { processor: self.processor, id }
    }
}

/// What happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It succeeded.
    Paid(Purchase),
    /// It succeeded, all of it or a part, but it takes another event to know whether it earns and for whom.
    Received(Receipt),
    /// It was approved: that tells who pays.
    Approved(CustomerId),
    /// So much of it has been refunded, all refunds together.
    RefundedSoFar(Money),
    /// One of its refunds is in this state.
    Refund(Refund),
    /// A dispute about it is in this state.
    Dispute(Dispute),
    /// It turns out to pay an invoice.
    PaysInvoice(InvoiceLink),
    /// The invoice of this id turns out to be a subscription's, or a single one. The event's payment is the invoice's own id.
    InvoiceKnown(KnownInvoice),
}

impl Happened {
    /// Who pays, where it says so.
    #[must_use]
    pub const fn payer(&self) -> Option<&CustomerId> {
        match self {
            Self::Paid(purchase) => Some(&purchase.customer),
            Self::Received(receipt) => receipt.payer.as_ref(),
            Self::Approved(customer) => Some(customer),
            Self::InvoiceKnown(known) => Some(&known.customer),
            Self::RefundedSoFar(_) | Self::Refund(_) | Self::Dispute(_) | Self::PaysInvoice(_) => None,
        }
    }

    /// Which invoice the payment pays, where it says so.
    #[must_use]
    pub const fn link(&self) -> Option<&InvoiceLink> {
        match self {
            Self::PaysInvoice(link) => Some(link),
            Self::Received(receipt) => receipt.invoice.as_ref(),
            _ => None,
        }
    }
}

/// The invoice that a payment pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLink {
    /// Its id.
    pub invoice: InvoiceId,
    /// What it is for, where that is known with the link.
    pub kind: Option<InvoiceKind>,
}

/// What an invoice is for. A later kind never gives way to an earlier one: with any evidence of a subscription it is one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvoiceKind {
    /// A single sale: sent by hand, or made by a checkout. Its payments earn like any one-time payment.
    OneOff,
    /// A subscription's.
    Subscription,
}

impl InvoiceKind {
    /// What an invoice says of itself: it is a single one when it names no subscription and was made for another reason
    /// (<https://docs.stripe.com/api/invoices/object>, `billing_reason`: `manual`, `quote_accept`, ...); `None` when it gives
    /// no reason.
    #[must_use]
    pub fn of(has_subscription: bool, billing_reason: Option<&str>) -> Option<Self> {
        match billing_reason {
            _ if has_subscription => Some(Self::Subscription),
            Some(reason) if reason.starts_with("subscription") => Some(Self::Subscription),
            Some(_) => Some(Self::OneOff),
            None => None,
        }
    }

    /// The name in items.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneOff => "one_off",
            Self::Subscription => "subscription",
        }
    }
}

/// An invoice of which it is known what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownInvoice {
    /// What for.
    pub kind: InvoiceKind,
    /// Whose it is.
    pub customer: CustomerId,
    /// What paid it, where the invoice names it (up to 2025-02-24.acacia).
    pub payment: Option<PaymentId>,
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

/// A payment that succeeded, all of it or one capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Who paid, where this event says so.
    pub payer: Option<CustomerId>,
    /// Which of several captures it is, where a payment can have several.
    pub capture: Option<CaptureId>,
    /// The invoice it pays, where this event names it.
    pub invoice: Option<InvoiceLink>,
    /// The rest.
    pub unclaimed: Unclaimed,
}

/// Received money that has not earned yet.
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
    /// Whether it pays an invoice: then it earns once the invoice is known to be a single one.
    pub is_for_invoice: bool,
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
