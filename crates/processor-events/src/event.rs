//! The one model behind all processors: what happened, to whom, for how much.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Money, Personal,
    ids::{AccountId, ChargeId, CustomerId, EventId, InvoiceId, PaymentId, SubscriptionId},
};

/// Who processed the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Processor {
    /// Stripe.
    Stripe,
    /// Checkout.com.
    CheckoutCom,
}

impl Processor {
    /// The name in storage keys and sources: `stripe`, `checkout_com`. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::CheckoutCom => "checkout_com",
        }
    }
}

/// Real money or a test: the two never meet (part of every storage key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real money.
    Live,
    /// A test or sandbox event.
    Test,
}

/// One event, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessorEvent {
    /// Who sent it.
    pub processor: Processor,
    /// The processor's own id of the event; the envelope's id is another one.
    pub id: EventId,
    /// The processor's name for what happened, such as `invoice.paid`.
    pub kind: String,
    /// Real money or a test.
    pub mode: Mode,
    /// The connected account it happened on, if not the processor account itself.
    pub account: Option<AccountId>,
    /// The API version that shaped the payload, as the event states it.
    pub api_version: Option<String>,
    /// When it happened, by the processor's clock, to the second. Ties are common: never order by it alone.
    pub occurred_at: Timestamp,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// An invoice is settled: by a payment, out of band, or because nothing was due.
    InvoicePaid(Invoice),
    /// An attempt to collect an invoice failed.
    InvoicePaymentFailed(Invoice),
    /// A payment succeeded.
    PaymentSucceeded(Payment),
}

/// The state of an invoice at the time of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// The number on the document, once it is final.
    pub number: Option<String>,
    /// Whom it is for.
    pub customer: Option<CustomerId>,
    /// The customer's address as frozen on the invoice.
    pub customer_email: Option<Personal<String>>,
    /// The customer's name as frozen on the invoice.
    pub customer_name: Option<Personal<String>>,
    /// What was due.
    pub amount_due: Money,
    /// What has been paid.
    pub amount_paid: Money,
    /// What is still open.
    pub amount_remaining: Money,
    /// Automatic attempts so far; can be 0 on a paid invoice.
    pub attempt_count: u32,
    /// When the processor tries again; `None` when no automatic attempt is known.
    pub next_payment_attempt: Option<Timestamp>,
    /// Where the customer can see and pay it.
    pub hosted_invoice_url: Option<String>,
    /// Why it exists, in the processor's word: `subscription_cycle`, `manual`.
    pub billing_reason: Option<String>,
    /// How it is collected.
    pub collection: Collection,
    /// The subscription it is for.
    pub subscription: Option<SubscriptionId>,
    /// The merchant's public name.
    pub account_name: Option<String>,
    /// Settled outside the processor; `None` where the API version no longer says.
    pub paid_out_of_band: Option<bool>,
}

/// How an invoice is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// The stored payment method is charged.
    Automatic,
    /// The customer is sent the invoice and pays by hand.
    SendInvoice,
    /// The event does not say, or in a word that is new to us.
    Unknown,
}

/// A payment that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id: the key of everything the loyalty ledger keeps about it.
    pub id: PaymentId,
    /// The charge that moved the money, where the event names it.
    pub charge: Option<ChargeId>,
    /// Who paid; a guest payment has nobody.
    pub customer: Option<CustomerId>,
    /// What was received.
    pub amount: Money,
    /// Whether it is a one-time payment, and how sure that is.
    pub one_time: OneTime,
    /// What the merchant attached: categories, promotion codes.
    pub metadata: BTreeMap<String, String>,
}

/// Whether a payment is one-time, or pays a subscription's invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTime {
    /// The answer.
    pub answer: Answer,
    /// How sure it is.
    pub certainty: Certainty,
    /// Which field or absence it rests on, for people.
    pub reason: &'static str,
    /// The invoice it pays, where the event names one.
    pub invoice: Option<InvoiceId>,
}

/// Yes, no, or not to be told from this event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// This event cannot tell.
    Unknown,
}

/// How much an answer can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The processor's API version defines it so.
    Authoritative,
    /// It is usually so; a later event or a lookup may say otherwise.
    Hint,
}
