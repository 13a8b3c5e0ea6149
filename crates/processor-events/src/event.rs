//! The one model behind all processors: what happened, to whom, for how much.

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Money, Personal,
    ids::{
        AccountId, CaptureId, ChargeId, CustomerId, DisputeId, EventId, InvoiceId, PaymentId, PaymentMethodId,
        RefundId, SubscriptionId,
    },
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

/// Why a text is no [`Mode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it is neither live nor test")]
pub struct ModeError;

impl Mode {
    /// The mode that a processor's `livemode` states.
    #[must_use]
    pub const fn of_livemode(is_live: bool) -> Self {
        if is_live { Self::Live } else { Self::Test }
    }

    /// The name in storage keys, names and configuration: `live`, `test`. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Self, ModeError> {
        [Self::Live, Self::Test].into_iter().find(|mode| mode.name() == text).ok_or(ModeError)
    }
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
    /// The customer has to confirm the payment of an invoice with the bank.
    InvoiceActionRequired(Invoice),
    /// An invoice was voided: it never has to be paid.
    InvoiceVoided(Invoice),
    /// An invoice was written off: nobody collects it any more, though it can still be paid.
    InvoiceUncollectible(Invoice),
    /// An invoice will be made in some days; it has no id yet.
    InvoiceUpcoming(UpcomingInvoice),
    /// A payment was applied to an invoice: the link between the two that newer payments no longer carry.
    InvoicePaymentPaid(InvoicePayment),
    /// A payment was approved, no money has moved yet. Only Checkout.com: it tells the customer, whom the capture leaves out.
    PaymentApproved(ApprovedPayment),
    /// A payment succeeded.
    PaymentSucceeded(Payment),
    /// An attempt to pay failed.
    PaymentFailed(FailedPayment),
    /// Money of a charge went back, in part or in full: the cumulative view.
    ChargeRefunded(ChargeRefund),
    /// One refund was made or changed its state.
    RefundChanged(Refund),
    /// A dispute (chargeback) or an inquiry was opened or moved on.
    DisputeChanged(Dispute),
    /// A customer finished a hosted checkout.
    CheckoutCompleted(Box<CheckoutSession>),
    /// A customer is new or has changed: their data as it is now.
    CustomerChanged(Box<Customer>),
    /// A customer was deleted.
    CustomerDeleted(Box<Customer>),
    /// A payment method was added, changed, removed, or is about to expire.
    PaymentMethodChanged(PaymentMethod),
    /// A subscription is new or has changed.
    SubscriptionChanged(Subscription),
}

impl Fact {
    /// The customer it is about, where the event names one.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::InvoicePaid(invoice)
            | Self::InvoicePaymentFailed(invoice)
            | Self::InvoiceActionRequired(invoice)
            | Self::InvoiceVoided(invoice)
            | Self::InvoiceUncollectible(invoice) => invoice.customer.as_ref(),
            Self::InvoiceUpcoming(invoice) => invoice.customer.as_ref(),
            Self::InvoicePaymentPaid(_) | Self::DisputeChanged(_) => None,
            Self::PaymentApproved(payment) => payment.customer.as_ref(),
            Self::PaymentSucceeded(payment) => payment.customer.as_ref(),
            Self::PaymentFailed(payment) => payment.customer.as_ref(),
            Self::ChargeRefunded(refund) => refund.customer.as_ref(),
            Self::RefundChanged(refund) => refund.customer.as_ref(),
            Self::CheckoutCompleted(session) => session.customer.as_ref(),
            Self::CustomerChanged(customer) | Self::CustomerDeleted(customer) => Some(&customer.id),
            Self::PaymentMethodChanged(method) => method.customer.as_ref(),
            Self::SubscriptionChanged(subscription) => subscription.customer.as_ref(),
        }
    }

    /// The payment it is about, where the event names one: the key of everything the ledger keeps about it.
    #[must_use]
    pub const fn payment(&self) -> Option<&PaymentId> {
        match self {
            Self::InvoicePaid(invoice)
            | Self::InvoicePaymentFailed(invoice)
            | Self::InvoiceActionRequired(invoice)
            | Self::InvoiceVoided(invoice)
            | Self::InvoiceUncollectible(invoice) => invoice.payment.as_ref(),
            Self::InvoicePaymentPaid(link) => link.payment.as_ref(),
            Self::PaymentApproved(payment) => Some(&payment.id),
            Self::PaymentSucceeded(payment) => Some(&payment.id),
            Self::PaymentFailed(payment) => Some(&payment.id),
            Self::ChargeRefunded(refund) => Some(&refund.payment),
            Self::RefundChanged(refund) => refund.payment.as_ref(),
            Self::DisputeChanged(dispute) => dispute.payment.as_ref(),
            Self::CheckoutCompleted(session) => session.payment.as_ref(),
            Self::InvoiceUpcoming(_)
            | Self::CustomerChanged(_)
            | Self::CustomerDeleted(_)
            | Self::PaymentMethodChanged(_)
            | Self::SubscriptionChanged(_) => None,
        }
    }

    /// The invoice it is about, where the event names one.
    #[must_use]
    pub const fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::InvoicePaid(invoice)
            | Self::InvoicePaymentFailed(invoice)
            | Self::InvoiceActionRequired(invoice)
            | Self::InvoiceVoided(invoice)
            | Self::InvoiceUncollectible(invoice) => Some(&invoice.id),
            Self::InvoicePaymentPaid(link) => Some(&link.invoice),
            Self::PaymentSucceeded(payment) => payment.one_time.invoice.as_ref(),
            Self::PaymentFailed(payment) => payment.one_time.invoice.as_ref(),
            Self::CheckoutCompleted(session) => session.invoice.as_ref(),
            Self::SubscriptionChanged(subscription) => subscription.latest_invoice.as_ref(),
            Self::InvoiceUpcoming(_)
            | Self::PaymentApproved(_)
            | Self::ChargeRefunded(_)
            | Self::RefundChanged(_)
            | Self::DisputeChanged(_)
            | Self::CustomerChanged(_)
            | Self::CustomerDeleted(_)
            | Self::PaymentMethodChanged(_) => None,
        }
    }

    /// The subscription it is about, where the event names one.
    #[must_use]
    pub const fn subscription(&self) -> Option<&SubscriptionId> {
        match self {
            Self::InvoicePaid(invoice)
            | Self::InvoicePaymentFailed(invoice)
            | Self::InvoiceActionRequired(invoice)
            | Self::InvoiceVoided(invoice)
            | Self::InvoiceUncollectible(invoice) => invoice.subscription.as_ref(),
            Self::InvoiceUpcoming(invoice) => invoice.subscription.as_ref(),
            Self::CheckoutCompleted(session) => session.subscription.as_ref(),
            Self::SubscriptionChanged(subscription) => Some(&subscription.id),
            Self::InvoicePaymentPaid(_)
            | Self::PaymentApproved(_)
            | Self::PaymentSucceeded(_)
            | Self::PaymentFailed(_)
            | Self::ChargeRefunded(_)
            | Self::RefundChanged(_)
            | Self::DisputeChanged(_)
            | Self::CustomerChanged(_)
            | Self::CustomerDeleted(_)
            | Self::PaymentMethodChanged(_) => None,
        }
    }

    /// The sum it is about: what was paid, is still open, went back or is disputed.
    #[must_use]
    pub const fn amount(&self) -> Option<Money> {
        match self {
            Self::InvoicePaid(invoice) => Some(invoice.amount_paid),
            Self::InvoicePaymentFailed(invoice)
            | Self::InvoiceActionRequired(invoice)
            | Self::InvoiceVoided(invoice)
            | Self::InvoiceUncollectible(invoice) => Some(invoice.amount_remaining),
            Self::InvoiceUpcoming(invoice) => Some(invoice.amount_due),
            Self::InvoicePaymentPaid(link) => link.amount_paid,
            Self::PaymentApproved(payment) => Some(payment.amount),
            Self::PaymentSucceeded(payment) => Some(payment.amount),
            Self::PaymentFailed(payment) => Some(payment.amount),
            Self::ChargeRefunded(refund) => Some(refund.refunded_so_far),
            Self::RefundChanged(refund) => Some(refund.amount),
            Self::DisputeChanged(dispute) => dispute.amount,
            Self::CheckoutCompleted(session) => session.amount_total,
            Self::CustomerChanged(_)
            | Self::CustomerDeleted(_)
            | Self::PaymentMethodChanged(_)
            | Self::SubscriptionChanged(_) => None,
        }
    }
}

/// The state of an invoice at the time of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// The number on the document, once it is final.
    pub number: Option<String>,
    /// Its state in the processor's word: `draft`, `open`, `paid`, `uncollectible`, `void`.
    pub status: Option<String>,
    /// Whom it is for. Where Stripe names only a `customer_account` (from 2025-12-15.clover on), that is the customer.
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
    /// Until when it is to be paid by hand.
    pub due_date: Option<Timestamp>,
    /// Where the customer can see and pay it.
    pub hosted_invoice_url: Option<String>,
    /// Where the document can be had.
    pub invoice_pdf: Option<String>,
    /// Why it exists, in the processor's word: `subscription_cycle`, `manual`.
    pub billing_reason: Option<String>,
    /// How it is collected.
    pub collection: Collection,
    /// The subscription it is for.
    pub subscription: Option<SubscriptionId>,
    /// The payment that settles it; no longer told from 2025-03-31.basil on.
    pub payment: Option<PaymentId>,
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

/// An invoice that is about to be made. It has no id: key it by subscription and period (or next attempt).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpcomingInvoice {
    /// Whom it is for.
    pub customer: Option<CustomerId>,
    /// The customer's address at the time.
    pub customer_email: Option<Personal<String>>,
    /// The customer's name at the time.
    pub customer_name: Option<Personal<String>>,
    /// What will be due, if nothing changes.
    pub amount_due: Money,
    /// When it will be collected.
    pub next_payment_attempt: Option<Timestamp>,
    /// The end of the period before it, which is when it will be made.
    pub period_end: Option<Timestamp>,
    /// The subscription it is for.
    pub subscription: Option<SubscriptionId>,
    /// How it will be collected.
    pub collection: Collection,
    /// The merchant's public name.
    pub account_name: Option<String>,
}

/// A payment applied to an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePayment {
    /// The invoice that was paid.
    pub invoice: InvoiceId,
    /// The payment; `None` for one outside the processor (a payment record).
    pub payment: Option<PaymentId>,
    /// How much of the invoice it paid.
    pub amount_paid: Option<Money>,
}

/// A payment that was approved and will be captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedPayment {
    /// Its id: the capture has the same.
    pub id: PaymentId,
    /// Who pays, where the merchant told the processor.
    pub customer: Option<CustomerId>,
    /// The payer's address.
    pub customer_email: Option<Personal<String>>,
    /// What was approved.
    pub amount: Money,
    /// What the merchant attached.
    pub metadata: BTreeMap<String, String>,
}

/// A payment that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id: the key of everything the loyalty ledger keeps about it.
    pub id: PaymentId,
    /// The charge that moved the money, where the event names it.
    pub charge: Option<ChargeId>,
    /// Which capture of the payment this is, at processors that tell of each capture alone: the payment is their sum. `None`: the
    /// payment as a whole.
    pub capture: Option<CaptureId>,
    /// Who paid; a guest payment has nobody.
    pub customer: Option<CustomerId>,
    /// What was received.
    pub amount: Money,
    /// Whether it is a one-time payment, and how sure that is.
    pub one_time: OneTime,
    /// What the merchant attached: categories, promotion codes.
    pub metadata: BTreeMap<String, String>,
}

/// An attempt to pay that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPayment {
    /// The payment; it can still succeed later under the same id.
    pub id: PaymentId,
    /// Who tried; a guest payment has nobody.
    pub customer: Option<CustomerId>,
    /// What was to be paid.
    pub amount: Money,
    /// Whether it is a one-time payment, and how sure that is.
    pub one_time: OneTime,
    /// The method that was refused.
    pub payment_method: Option<PaymentMethodId>,
    /// The processor's error code: `card_declined`, `authentication_required`.
    pub code: Option<String>,
    /// The bank's reason: `insufficient_funds`, `generic_decline`.
    pub decline_code: Option<String>,
}

/// Whether a payment is one-time, or pays an invoice.
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

/// What has gone back of one charge so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRefund {
    /// The charge.
    pub charge: ChargeId,
    /// The payment it belongs to; the charge itself where there is no PaymentIntent.
    pub payment: PaymentId,
    /// Who paid.
    pub customer: Option<CustomerId>,
    /// What was charged.
    pub amount: Money,
    /// The sum of all refunds of this charge so far, not only the newest one, without what was never captured.
    pub refunded_so_far: Money,
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// The payment it belongs to; the charge where there is no PaymentIntent.
    pub payment: Option<PaymentId>,
    /// The charge it belongs to.
    pub charge: Option<ChargeId>,
    /// Who gets it; told from 2026-07-29.dahlia on.
    pub customer: Option<CustomerId>,
    /// How much this refund is about.
    pub amount: Money,
    /// The sum of all refunds of the payment so far, where the processor says it (Checkout.com).
    pub refunded_so_far: Option<Money>,
    /// Where it stands.
    pub status: RefundStatus,
    /// Why, in the processor's word: `requested_by_customer`, `expired_uncaptured_charge` (then nothing had been captured).
    pub reason: Option<String>,
    /// Why it failed, in the processor's word.
    pub failure_reason: Option<String>,
}

/// Where a refund stands. Failed and canceled are final, and the money stays with the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// The customer has to do something.
    RequiresAction,
    /// The money went back.
    Succeeded,
    /// The money did not go back.
    Failed,
    /// Called off.
    Canceled,
    /// A word that is new to us, or none.
    Other(Option<String>),
}

/// A dispute, also called chargeback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its id; API versions before 2014 had none: then the charge identifies it.
    pub id: Option<DisputeId>,
    /// The payment it is about; the charge where there is no PaymentIntent.
    pub payment: Option<PaymentId>,
    /// The charge it is about.
    pub charge: Option<ChargeId>,
    /// What is disputed; can differ from what was paid.
    pub amount: Option<Money>,
    /// What this event tells.
    pub stage: DisputeStage,
    /// Where it stands.
    pub status: DisputeStatus,
    /// Why, in the processor's word: `fraudulent`, `product_not_received`.
    pub reason: Option<String>,
}

/// What an event tells about a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeStage {
    /// It was opened.
    Opened,
    /// Something about it changed.
    Updated,
    /// The money was taken from the merchant.
    FundsWithdrawn,
    /// The money came back to the merchant.
    FundsReinstated,
    /// It is over; the status says how.
    Closed,
}

/// Where a dispute stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisputeStatus {
    /// An inquiry (`warning_*`): no money moves.
    Inquiry,
    /// An inquiry that ended without a dispute.
    InquiryClosed,
    /// The merchant has to answer.
    NeedsResponse,
    /// The bank decides.
    UnderReview,
    /// The merchant keeps the money.
    Won,
    /// The customer keeps the money.
    Lost,
    /// Settled before it became a dispute.
    Prevented,
    /// A word that is new to us, or none.
    Other(Option<String>),
}

/// A finished hosted checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutSession {
    /// Its id (`cs_`), as text: nothing is stored under it.
    pub id: String,
    /// Who paid.
    pub customer: Option<CustomerId>,
    /// The address that was entered.
    pub customer_email: Option<Personal<String>>,
    /// The name that was entered.
    pub customer_name: Option<Personal<String>>,
    /// The payment it made, in payment mode.
    pub payment: Option<PaymentId>,
    /// The invoice it made.
    pub invoice: Option<InvoiceId>,
    /// The subscription it made.
    pub subscription: Option<SubscriptionId>,
    /// What it was for, in the processor's word: `payment`, `subscription`, `setup`.
    pub mode: Option<String>,
    /// `paid`, `unpaid` (a delayed method), `no_payment_required`.
    pub payment_status: Option<String>,
    /// The total; `None` in setup mode.
    pub amount_total: Option<Money>,
    /// The language the customer used, where it was not chosen by the browser.
    pub locale: Option<String>,
    /// What the merchant attached.
    pub metadata: BTreeMap<String, String>,
}

/// A customer as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Their id.
    pub id: CustomerId,
    /// Their address.
    pub email: Option<Personal<String>>,
    /// Their name.
    pub name: Option<Personal<String>>,
    /// Their phone number.
    pub phone: Option<Personal<String>>,
    /// Their languages, best first, in the processor's spelling (`de`, `pt-BR`).
    pub preferred_locales: Vec<String>,
    /// The latest automatic charge failed.
    pub delinquent: Option<bool>,
    /// The method or source that is charged by default.
    pub default_payment_method: Option<PaymentMethodId>,
    /// What the merchant attached.
    pub metadata: BTreeMap<String, String>,
}

/// A payment method, card or source, and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    /// Its id.
    pub id: PaymentMethodId,
    /// Whose it is, or was before it was removed.
    pub customer: Option<CustomerId>,
    /// What happened.
    pub change: PaymentMethodChange,
    /// `card`, `sepa_debit`, ...
    pub kind: Option<String>,
    /// The card, where it is one.
    pub card: Option<Card>,
}

/// What happened to a payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethodChange {
    /// It was added to the customer.
    Attached,
    /// The merchant or the customer changed it.
    Updated,
    /// The card networks replaced its number or expiry.
    AutomaticallyUpdated,
    /// It was removed from the customer.
    Removed,
    /// It expires at the end of this month (legacy cards and sources only).
    Expiring,
}

/// What may be shown of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// `visa`, `mastercard`, ...
    pub brand: Option<String>,
    /// The last digits.
    pub last4: Option<String>,
    /// The month in which it expires, 1 to 12.
    pub exp_month: Option<u8>,
    /// The year in which it expires.
    pub exp_year: Option<u16>,
}

/// A subscription as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// What this event tells.
    pub change: SubscriptionChange,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// It ends with the current period.
    pub cancel_at_period_end: bool,
    /// When the current period ends; on the items from 2025-03-31.basil on, then the latest of them.
    pub current_period_end: Option<Timestamp>,
    /// When the trial ends.
    pub trial_end: Option<Timestamp>,
    /// Its newest invoice.
    pub latest_invoice: Option<InvoiceId>,
    /// The method it is charged to, if not the customer's default.
    pub default_payment_method: Option<PaymentMethodId>,
}

/// What an event tells about a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// It is new.
    Created,
    /// Something about it changed.
    Updated,
    /// It ended.
    Deleted,
    /// It is paused: the trial ended without a payment method.
    Paused,
    /// It runs again.
    Resumed,
    /// Its trial ends in three days.
    TrialWillEnd,
    /// A change that waited for a payment was applied.
    PendingUpdateApplied,
    /// A change that waited for a payment was dropped.
    PendingUpdateExpired,
}

/// Where a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionStatus {
    /// The first payment is open.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// On trial.
    Trialing,
    /// Paid.
    Active,
    /// A payment is late.
    PastDue,
    /// Attempts have ended, invoices stay open.
    Unpaid,
    /// Over.
    Canceled,
    /// Paused.
    Paused,
    /// A word that is new to us, or none.
    Other(Option<String>),
}
