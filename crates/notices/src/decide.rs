//! Which notice an event deserves, if any.

use std::fmt;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use processor_events::{
    Fact, Money, ProcessorEvent,
    event::{self, Collection, Invoice, PaymentMethod, PaymentMethodChange, Processor, UpcomingInvoice},
};

use crate::{
    message::Message,
    messages::{
        Card, CardExpiring, ExpiryMonth, InvoicePaid, InvoiceUpcoming, PaymentActionRequired, PaymentFailed,
        PaymentFailedFinal, PaymentMethodRemoved, Remaining, Retry, Settlement, UpcomingPayment,
    },
};

/// Events older than this are answered with a skip: a message about them would only confuse, and the records that keep it from
/// being said twice expire after 90 days.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What the operator decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Tell customers about invoices of nothing, such as the first one of a trial.
    pub notify_zero_invoices: bool,
    /// The merchant's page where customers manage payment methods and subscriptions. No event carries one.
    pub account_url: Option<String>,
}

/// What is known beside the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The time.
    pub now: Timestamp,
    /// The payment has been given back in full since.
    pub refunded: bool,
    /// Which payment methods are stored beside the one that the event is about.
    pub remaining: Remaining,
}

impl Circumstances {
    /// Nothing is known but the time.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, refunded: false, remaining: Remaining::Unknown }
    }
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
    /// The event is older than [`STALE_AFTER`], or what it announces is over.
    Stale,
    /// The invoice comes to nothing, and the policy keeps quiet about those.
    NothingDue,
    /// The attempt failed, but nothing is open.
    NothingOpen,
    /// The payment has been given back before its receipt was sent.
    Refunded,
    /// The event does not name the customer.
    NoCustomer,
    /// The event does not say which card it is, or when it expires.
    UnknownCard,
}

impl NoticeKey {
    /// The key of an effect on an object: an invoice's id and `paid`.
    ///
    /// Stripe's ids say by their prefix what they are; another processor's ids get its name in front. Mode and connected account
    /// are the scope in which storage keeps the key.
    #[must_use]
    pub fn of(event: &ProcessorEvent, object: &impl fmt::Display, effect: &impl fmt::Display) -> Self {
        let processor = match event.processor {
            Processor::Stripe => String::new(),
            other @ Processor::CheckoutCom => format!("{}:", other.name()),
        };
        Self(format!("{processor}{object}:{effect}"))
    }

    /// The key as a text.
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
            Self::NothingDue => "nothing_due",
            Self::NothingOpen => "nothing_open",
            Self::Refunded => "refunded",
            Self::NoCustomer => "no_customer",
            Self::UnknownCard => "unknown_card",
        }
    }
}

/// Which notice an event deserves. Reasons to say nothing are looked at in this order: no notice belongs to the event, it is
/// stale, then what the event says.
#[must_use]
pub fn notice_for(event: &ProcessorEvent, policy: &Policy, circumstances: &Circumstances) -> Decision {
    let decision = match &event.fact {
        Fact::InvoicePaid(invoice) => invoice_paid(event, invoice, policy, circumstances),
        Fact::InvoicePaymentFailed(invoice) => invoice_payment_failed(event, invoice, circumstances),
        Fact::InvoiceActionRequired(invoice) => invoice_action_required(event, invoice),
        Fact::InvoiceUpcoming(invoice) => invoice_upcoming(event, invoice, policy, circumstances),
        Fact::PaymentMethodChanged(method) => payment_method_changed(event, method, policy, circumstances),
        Fact::InvoiceVoided(_)
        | Fact::InvoiceUncollectible(_)
        | Fact::InvoicePaymentPaid(_)
        | Fact::PaymentApproved(_)
        | Fact::PaymentSucceeded(_)
        | Fact::PaymentFailed(_)
        | Fact::ChargeRefunded(_)
        | Fact::RefundChanged(_)
        | Fact::DisputeChanged(_)
        | Fact::CheckoutCompleted(_)
        | Fact::CustomerChanged(_)
        | Fact::CustomerDeleted(_)
        | Fact::SubscriptionChanged(_) => Decision::Skip(Skip::NoNotice),
    };
    let is_stale = circumstances.now.duration_since(event.occurred_at) > STALE_AFTER;
    match decision {
        Decision::Skip(Skip::NoNotice) => decision,
        Decision::Send(..) | Decision::Skip(_) if is_stale => Decision::Skip(Skip::Stale),
        Decision::Send(..) | Decision::Skip(_) => decision,
    }
}

impl Decision {
    fn send(message: impl Into<Message>, key: NoticeKey) -> Self {
        Self::Send(Box::new(message.into()), key)
    }
}

fn invoice_paid(event: &ProcessorEvent, invoice: &Invoice, policy: &Policy, circumstances: &Circumstances) -> Decision {
    let (settlement, amount_paid) = settlement(invoice);
    if settlement == Settlement::NothingDue && !policy.notify_zero_invoices {
        return Decision::Skip(Skip::NothingDue);
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
    Decision::send(message, NoticeKey::of(event, &invoice.id, &"paid"))
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
    let effect = format!("payment_failed:attempt {}", invoice.attempt_count);
    let key = NoticeKey::of(event, &invoice.id, &effect);
    match retry {
        Some(retry) => Decision::send(PaymentFailed::of(invoice, retry), key),
        None => Decision::send(PaymentFailedFinal::of(invoice), key),
    }
}

fn invoice_action_required(event: &ProcessorEvent, invoice: &Invoice) -> Decision {
    if invoice.amount_remaining.amount_minor <= 0 {
        return Decision::Skip(Skip::NothingOpen);
    }
    let message = PaymentActionRequired {
        customer_name: invoice.customer_name.clone(),
        amount: invoice.amount_remaining,
        invoice_number: invoice.number.clone(),
        confirm_url: invoice.hosted_invoice_url.clone(),
    };
    let effect = format!("payment_action_required:attempt {}", invoice.attempt_count);
    Decision::send(message, NoticeKey::of(event, &invoice.id, &effect))
}

/// An upcoming invoice has no id: its key is the subscription and the moment that it announces.
fn invoice_upcoming(
    event: &ProcessorEvent,
    invoice: &UpcomingInvoice,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Decision {
    let due_at = match invoice.collection {
        Collection::Automatic | Collection::Unknown => invoice.next_payment_attempt.or(invoice.period_end),
        Collection::SendInvoice => invoice.period_end.or(invoice.next_payment_attempt),
    };
    if invoice.amount_due.amount_minor <= 0 && !policy.notify_zero_invoices {
        return Decision::Skip(Skip::NothingDue);
    }
    if due_at.is_some_and(|moment| moment <= circumstances.now) {
        return Decision::Skip(Skip::Stale);
    }
    let object = match (&invoice.subscription, &invoice.customer) {
        (Some(subscription), _) => subscription.to_string(),
        (None, Some(customer)) => customer.to_string(),
        (None, None) => return Decision::Skip(Skip::NoCustomer),
    };
    let period = match invoice.period_end.or(invoice.next_payment_attempt) {
        Some(moment) => moment.to_string(),
        None => event.id.to_string(),
    };
    let message = InvoiceUpcoming {
        customer_name: invoice.customer_name.clone(),
        amount_due: invoice.amount_due,
        due_at,
        payment: match invoice.collection {
            Collection::Automatic | Collection::Unknown => UpcomingPayment::Automatic(None),
            Collection::SendInvoice => UpcomingPayment::ByHand,
        },
        manage_url: policy.account_url.clone(),
    };
    Decision::send(message, NoticeKey::of(event, &object, &format!("upcoming:{period}")))
}

fn payment_method_changed(
    event: &ProcessorEvent,
    method: &PaymentMethod,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Decision {
    match method.change {
        PaymentMethodChange::Attached | PaymentMethodChange::Updated | PaymentMethodChange::AutomaticallyUpdated => {
            Decision::Skip(Skip::NoNotice)
        }
        _ if method.customer.is_none() => Decision::Skip(Skip::NoCustomer),
        PaymentMethodChange::Expiring => card_expiring(event, method, policy, circumstances.now),
        PaymentMethodChange::Removed => {
            let message = PaymentMethodRemoved {
                customer_name: None,
                card: method.card.as_ref().and_then(Card::of),
                remaining: circumstances.remaining,
                removed_at: event.occurred_at,
                update_url: policy.account_url.clone(),
            };
            Decision::send(message, NoticeKey::of(event, &method.id, &"removed"))
        }
    }
}

fn card_expiring(event: &ProcessorEvent, method: &PaymentMethod, policy: &Policy, now: Timestamp) -> Decision {
    let known = method.card.as_ref().and_then(|card| Some((Card::of(card)?, ExpiryMonth::of(card)?)));
    let Some((card, expires)) = known else {
        return Decision::Skip(Skip::UnknownCard);
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let message = CardExpiring {
        customer_name: None,
        card,
        expires,
        has_expired: (today.year(), today.month()) > (expires.year(), expires.month()),
        update_url: policy.account_url.clone(),
    };
    let effect = format!("expiring:{:04}-{:02}", expires.year(), expires.month());
    Decision::send(message, NoticeKey::of(event, &method.id, &effect))
}

impl PaymentFailed {
    fn of(invoice: &Invoice, retry: Retry) -> Self {
        Self {
            customer_name: invoice.customer_name.clone(),
            amount_remaining: invoice.amount_remaining,
            invoice_number: invoice.number.clone(),
            attempt: invoice.attempt_count,
            retry,
            invoice_url: invoice.hosted_invoice_url.clone(),
        }
    }
}

impl PaymentFailedFinal {
    fn of(invoice: &Invoice) -> Self {
        Self {
            customer_name: invoice.customer_name.clone(),
            amount_remaining: invoice.amount_remaining,
            invoice_number: invoice.number.clone(),
            attempt: invoice.attempt_count,
            invoice_url: invoice.hosted_invoice_url.clone(),
        }
    }
}

impl Card {
    /// The card as far as it can be told apart from others: its last digits must be known.
    fn of(card: &event::Card) -> Option<Self> {
        Some(Self { brand: card.brand.clone().unwrap_or_default(), last4: card.last4.clone()? })
    }
}

impl ExpiryMonth {
    fn of(card: &event::Card) -> Option<Self> {
        Self::new(i16::try_from(card.exp_year?).ok()?, i8::try_from(card.exp_month?).ok()?)
    }
}
