//! Which notice an event deserves, if any.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use processor_events::{Fact, ProcessorEvent, event::Processor, ids::InvoiceId};

use crate::{message::Message, messages::Remaining, news::Announced};

mod changes;
mod invoices;
mod methods;

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

/// What is known beside the event. It can silence a notice or change its words; never its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The time.
    pub now: Timestamp,
    /// The invoice has been paid since, or has not to be any more: events overtake each other.
    pub settled_since: bool,
    /// The payment has been given back in full since.
    pub refunded: bool,
    /// Which payment methods are stored beside the one that the event is about.
    pub remaining: Remaining,
}

impl Circumstances {
    /// Nothing is known but the time.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, settled_since: false, refunded: false, remaining: Remaining::Unknown }
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
    /// The invoice was settled before anybody could be told that it was not.
    SettledSince,
    /// The message about what caused it tells it already.
    ToldByItsCause,
    /// Grace whose end is not said.
    NoEnd,
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
    pub fn of(processor: Processor, object: &impl fmt::Display, effect: &impl fmt::Display) -> Self {
        Self::within(processor, format!("{object}:{effect}"))
    }

    /// The key of an invoice's receipt. Once it has been begun, nobody is told any more that the invoice is open.
    #[must_use]
    pub fn of_receipt(processor: Processor, invoice: &InvoiceId) -> Self {
        Self::of(processor, invoice, &"paid")
    }

    fn within(processor: Processor, key: String) -> Self {
        match processor {
            Processor::Stripe => Self(key),
            other @ Processor::CheckoutCom => Self(format!("{}:{key}", other.name())),
        }
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
            Self::SettledSince => "settled_since",
            Self::ToldByItsCause => "told_by_its_cause",
            Self::NoEnd => "no_end",
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
        Fact::InvoicePaid(invoice) => invoices::paid(event, invoice, policy, circumstances),
        Fact::InvoicePaymentFailed(invoice) => invoices::payment_failed(event, invoice, circumstances),
        Fact::InvoiceActionRequired(invoice) => invoices::action_required(event, invoice, circumstances),
        Fact::InvoiceUpcoming(invoice) => invoices::upcoming(event, invoice, policy, circumstances),
        Fact::PaymentMethodChanged(method) => methods::changed(event, method, policy, circumstances),
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
    decision.unless_stale(event.occurred_at, circumstances.now)
}

/// Which notice an event deserves that our own watch over the ability to pay has put on the hub.
#[must_use]
pub fn notice_for_access(announced: &Announced, policy: &Policy, circumstances: &Circumstances) -> Decision {
    let decision = match &announced.event {
        access::HubEvent::Change(change) => changes::of_access(change, policy, circumstances),
        access::HubEvent::MethodExpiring(method) => methods::announced_expiring(method, policy, circumstances),
        access::HubEvent::MethodRemoved(method) => {
            methods::announced_removed(method, announced.at, policy, circumstances)
        }
    };
    decision.unless_stale(announced.at, circumstances.now)
}

impl Decision {
    fn send(message: impl Into<Message>, key: NoticeKey) -> Self {
        Self::Send(Box::new(message.into()), key)
    }

    fn unless_stale(self, occurred_at: Timestamp, now: Timestamp) -> Self {
        let is_stale = now.duration_since(occurred_at) > STALE_AFTER;
        match self {
            Self::Skip(Skip::NoNotice) => self,
            Self::Send(..) | Self::Skip(_) if is_stale => Self::Skip(Skip::Stale),
            Self::Send(..) | Self::Skip(_) => self,
        }
    }
}
