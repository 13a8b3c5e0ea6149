//! Which notice an event deserves, if any.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use processor_events::{
    Fact, Money, ProcessorEvent,
    event::{Collection, Invoice, Processor},
};

use crate::{
    message::Message,
    messages::{InvoicePaid, PaymentFailed, PaymentFailedFinal, Retry, Settlement},
};

/// Events older than this are answered with a skip: a message about them would only confuse, and the records that keep it from
/// being said twice expire after 90 days.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What the operator decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Tell customers about invoices of nothing, such as the first one of a trial.
    pub notify_zero_invoices: bool,
}

/// What is known beside the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The time.
    pub now: Timestamp,
    /// The payment has been given back in full since.
    pub refunded: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Say this, once per key.
    Send(Box<Message>, NoticeKey),
    /// Say nothing, and record why.
    Skip(Skip),
}

/// What makes a notice the same notice: the business object and the effect, such as `in_1:payment_failed:attempt 2`. Never a
/// delivery's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoticeKey(String);

/// Why nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// No notice belongs to this kind of event.
    NoNotice,
    /// The event is older than [`STALE_AFTER`].
    Stale,
    /// The invoice came to nothing, and the policy keeps quiet about those.
    NothingPaid,
    /// The attempt failed, but nothing is open.
    NothingOpen,
    /// The payment has been given back before its receipt was sent.
    Refunded,
}

impl NoticeKey {
    /// The key of an effect on an object: an invoice's id and `paid`.
    ///
    /// Stripe's ids say by their prefix what they are; another processor's ids get its name in front, and so does a connected
    /// account's.
    #[must_use]
    pub fn of(event: &ProcessorEvent, object: &impl fmt::Display, effect: &impl fmt::Display) -> Self {
        let processor = match event.processor {
            Processor::Stripe => String::new(),
            other @ Processor::CheckoutCom => format!("{}:", other.name()),
        };
        let account = event.account.as_ref().map(|account| format!("{account}:")).unwrap_or_default();
        Self(format!("{processor}{account}{object}:{effect}"))
    }

    /// The key as a text without white space at its ends.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NoticeKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Skip {
    /// The reason's stable name in records and metrics: `stale`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoNotice => "no_notice",
            Self::Stale => "stale",
            Self::NothingPaid => "nothing_paid",
            Self::NothingOpen => "nothing_open",
            Self::Refunded => "refunded",
        }
    }
}

/// Which notice an event deserves. Reasons to say nothing are looked at in this order: no notice belongs to the event, it is
/// stale, then what the invoice says.
#[must_use]
pub fn notice_for(event: &ProcessorEvent, policy: Policy, circumstances: &Circumstances) -> Decision {
    let is_stale = circumstances.now.duration_since(event.occurred_at) > STALE_AFTER;
    match &event.fact {
        Fact::PaymentSucceeded(_) => Decision::Skip(Skip::NoNotice),
        Fact::InvoicePaid(_) | Fact::InvoicePaymentFailed(_) if is_stale => Decision::Skip(Skip::Stale),
        Fact::InvoicePaid(invoice) => invoice_paid(event, invoice, policy, circumstances),
        Fact::InvoicePaymentFailed(invoice) => invoice_payment_failed(event, invoice, circumstances),
        _ => Decision::Skip(Skip::NoNotice),
    }
}

fn invoice_paid(event: &ProcessorEvent, invoice: &Invoice, policy: Policy, circumstances: &Circumstances) -> Decision {
    let (settlement, amount_paid) = settlement(invoice);
    if settlement == Settlement::NothingDue && !policy.notify_zero_invoices {
        return Decision::Skip(Skip::NothingPaid);
    }
    if circumstances.refunded {
        return Decision::Skip(Skip::Refunded);
    }
    let message = InvoicePaid {
        customer_name: invoice.customer_name.clone(),
        amount_paid,
        settlement,
        invoice_number: invoice.number.clone(),
        paid_at: event.occurred_at,
        invoice_url: invoice.hosted_invoice_url.clone(),
    };
    Decision::Send(Box::new(message.into()), NoticeKey::of(event, &invoice.id, &"paid"))
}

/// Before 2025-03-31.basil, `amount_paid` left out what was paid elsewhere; what was due is what has been paid then.
fn settlement(invoice: &Invoice) -> (Settlement, Money) {
    let is_zero = |money: Money| money.amount_minor <= 0;
    match invoice.paid_out_of_band {
        Some(true) if is_zero(invoice.amount_paid) && !is_zero(invoice.amount_due) => {
            (Settlement::Recorded, invoice.amount_due)
        }
        _ if is_zero(invoice.amount_paid) => (Settlement::NothingDue, invoice.amount_paid),
        Some(true) => (Settlement::Recorded, invoice.amount_paid),
        Some(false) | None => (Settlement::Payment, invoice.amount_paid),
    }
}

fn invoice_payment_failed(event: &ProcessorEvent, invoice: &Invoice, circumstances: &Circumstances) -> Decision {
    if invoice.amount_remaining.amount_minor <= 0 {
        return Decision::Skip(Skip::NothingOpen);
    }
    let retry = match (invoice.next_payment_attempt, invoice.collection) {
        (Some(moment), _) if moment > circumstances.now => Some(Retry::Planned(moment)),
        (Some(_), _) => Some(Retry::Due),
        (None, Collection::SendInvoice) => Some(Retry::ByHand),
        (None, Collection::Automatic | Collection::Unknown) => None,
    };
    let message = match retry {
        Some(retry) => Message::PaymentFailed(PaymentFailed {
            customer_name: invoice.customer_name.clone(),
            amount_remaining: invoice.amount_remaining,
            invoice_number: invoice.number.clone(),
            attempt: invoice.attempt_count,
            retry,
            invoice_url: invoice.hosted_invoice_url.clone(),
        }),
        None => Message::PaymentFailedFinal(PaymentFailedFinal {
            customer_name: invoice.customer_name.clone(),
            amount_remaining: invoice.amount_remaining,
            invoice_number: invoice.number.clone(),
            attempt: invoice.attempt_count,
            invoice_url: invoice.hosted_invoice_url.clone(),
        }),
    };
    let effect = format!("payment_failed:attempt {}", invoice.attempt_count);
    Decision::Send(Box::new(message), NoticeKey::of(event, &invoice.id, &effect))
}
