//! What can be news to a customer: an event of a processor, or one that our own watch over the ability to pay put on the hub.

use access::{Announcement, Change, HubEvent, Reason, announcement::SOURCE};
use jiff::{SignedDuration, Timestamp};
use processor_events::{
    Fact, Malformed, NotForUs, Personal, ProcessorEvent, ReadOptions, Reading, Unsupported, WhyNotForUs,
    event::{Mode, PaymentMethod, PaymentMethodChange, Processor},
    ids::{AccountId, CustomerId, InvoiceId},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    decide::{Circumstances, Decision, NoticeKey, Policy, notice_for, notice_for_access},
    messages::Remaining,
};

/// What can be news to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A processor's event.
    Processor(Box<ProcessorEvent>),
    /// Access, or a payment method, changed.
    Access(Box<Announced>),
}

/// An event that our own watch over the ability to pay put on the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// What it says.
    pub event: HubEvent,
    /// When it was put there.
    pub at: Timestamp,
}

/// News older than this is late: the minute in which it should have been told is over, and the world may have moved on.
///
/// What is on time is told as it is: to ask would cost every customer a call, to save very few of them a word.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What only the processor can say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Is the invoice, of which a failure is late news, paid by now, or void?
    IsSettled(InvoiceId),
    /// Has all that was paid for the invoice, of which the receipt is late, been given back?
    IsRefunded(InvoiceId),
    /// Is another payment method of the customer stored, now that one was removed?
    HasAnotherMethod(CustomerId),
}

impl Question {
    /// What is known with its answer.
    #[must_use]
    pub fn answered(&self, yes: bool, known: Circumstances) -> Circumstances {
        match self {
            Self::IsSettled(_) => Circumstances { settled_since: known.settled_since || yes, ..known },
            Self::IsRefunded(_) => Circumstances { refunded: yes, ..known },
            Self::HasAnotherMethod(_) if yes => Circumstances { remaining: Remaining::Another, ..known },
            Self::HasAnotherMethod(_) => Circumstances { remaining: Remaining::Nothing, ..known },
        }
    }
}

/// Why a message is no news.
#[derive(Debug)]
pub enum NoNews {
    /// A sound message that nobody is told about.
    NotForUs(NotForUs),
    /// A form that cannot be taken.
    Unsupported(Unsupported),
    /// A processor's event that breaks a rule.
    Malformed(Malformed),
    /// An event of our own that breaks the promise of `docs/access-events.schema.json`.
    AnnouncementMalformed(serde_json::Error),
}

/// The envelope of our own events.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Timestamp,
    detail: Value,
}

impl Announced {
    /// Reads the body of a message that is no processor's event; `None` where it is none of ours about access either.
    #[must_use]
    pub fn read(body: &str, not_for_us: &NotForUs) -> Option<Result<Self, serde_json::Error>> {
        // The door knows processors only; what Paybus publishes is a foreign source to it.
        match &not_for_us.why {
            WhyNotForUs::ForeignSource { source } if source == SOURCE => {}
            _ => return None,
        }
        let envelope: Envelope = match serde_json::from_str(body) {
            Ok(envelope) => envelope,
            Err(error) => return Some(Err(error)),
        };
        let event = HubEvent::read(&envelope.detail_type, &envelope.detail.to_string())?;
        Some(event.map(|event| Self { event, at: envelope.time }))
    }
}

impl News {
    /// Reads the body of a message.
    pub fn read(body: &str, options: &ReadOptions) -> Result<Self, Box<NoNews>> {
        let nothing = match processor_events::read(body, options) {
            Reading::Event(event) => return Ok(Self::Processor(event)),
            Reading::NotForUs(not_for_us) => match Announced::read(body, &not_for_us) {
                None => NoNews::NotForUs(not_for_us),
                Some(Ok(announced)) => return Ok(Self::Access(Box::new(announced))),
                Some(Err(error)) => NoNews::AnnouncementMalformed(error),
            },
            Reading::Unsupported(unsupported) => NoNews::Unsupported(unsupported),
            Reading::Malformed(malformed) => NoNews::Malformed(malformed),
        };
        Err(Box::new(nothing))
    }

    /// Which notice it deserves.
    #[must_use]
    pub fn decide(&self, policy: &Policy, circumstances: &Circumstances) -> Decision {
        match self {
            Self::Processor(event) => notice_for(event, policy, circumstances),
            Self::Access(announced) => notice_for_access(announced, policy, circumstances),
        }
    }

    /// When it happened.
    #[must_use]
    pub fn occurred_at(&self) -> Timestamp {
        match self {
            Self::Processor(event) => event.occurred_at,
            Self::Access(announced) => announced.at,
        }
    }

    /// Real money or a test.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self {
            Self::Processor(event) => event.mode,
            Self::Access(announced) if announced.event.subject().livemode => Mode::Live,
            Self::Access(_) => Mode::Test,
        }
    }

    /// The connected account, if not the processor account itself.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Processor(event) => event.account.as_ref(),
            Self::Access(announced) => announced.event.subject().account.as_ref(),
        }
    }

    /// Whom it is about.
    #[must_use]
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Processor(event) => event.fact.customer(),
            Self::Access(announced) => Some(&announced.event.subject().customer),
        }
    }

    /// The address that the event itself carries: for customers who are not known yet.
    #[must_use]
    pub fn address(&self) -> Option<&Personal<String>> {
        let Self::Processor(event) = self else { return None };
        match &event.fact {
            Fact::InvoicePaid(invoice) | Fact::InvoicePaymentFailed(invoice) | Fact::InvoiceActionRequired(invoice) => {
                invoice.customer_email.as_ref()
            }
            Fact::InvoiceUpcoming(invoice) => invoice.customer_email.as_ref(),
            _ => None,
        }
    }

    /// The receipt that makes this news pointless once it has been begun, or, where it says that access is back, shows that a
    /// payment brought it.
    #[must_use]
    pub fn receipt_to_look_for(&self) -> Option<NoticeKey> {
        self.invoice_in_question().map(|(processor, invoice)| NoticeKey::of_receipt(processor, invoice))
    }

    /// The invoice on which the news rests.
    fn invoice_in_question(&self) -> Option<(Processor, &InvoiceId)> {
        match self {
            Self::Processor(event) => match &event.fact {
                Fact::InvoicePaymentFailed(invoice) | Fact::InvoiceActionRequired(invoice) => {
                    Some((event.processor, &invoice.id))
                }
                _ => None,
            },
            Self::Access(announced) => match &announced.event {
                HubEvent::Change(Change {
                    subject,
                    reason: Reason::InvoiceUnpaid { invoice, .. } | Reason::InvoiceSettled { invoice },
                    ..
                }) => Some((subject.processor, invoice)),
                HubEvent::Change(_) | HubEvent::MethodExpiring(_) | HubEvent::MethodRemoved(_) => None,
            },
        }
    }

    /// What is to be asked before it is told, if somebody may ask: about what is late, and about what no event says.
    #[must_use]
    pub fn question(&self, now: Timestamp) -> Option<Question> {
        let is_late = now.duration_since(self.occurred_at()) > LATE_AFTER;
        match self {
            Self::Processor(event) => match &event.fact {
                Fact::InvoicePaid(invoice) if is_late => Some(Question::IsRefunded(invoice.id.clone())),
                Fact::PaymentMethodChanged(PaymentMethod {
                    change: PaymentMethodChange::Removed, customer, ..
                }) => customer.clone().map(Question::HasAnotherMethod),
                _ if is_late => self.invoice_in_question().map(|(_, invoice)| Question::IsSettled(invoice.clone())),
                _ => None,
            },
            Self::Access(announced) => match &announced.event {
                HubEvent::MethodRemoved(change) => Some(Question::HasAnotherMethod(change.subject.customer.clone())),
                HubEvent::Change(change) if change.announcement == Announcement::Restored => None,
                _ if is_late => self.invoice_in_question().map(|(_, invoice)| Question::IsSettled(invoice.clone())),
                _ => None,
            },
        }
    }

    /// Whether this of two events about one thing says more exactly what the customer has to do, and until when.
    #[must_use]
    pub fn says_more_than(&self, other: &Self) -> bool {
        self.asks() && !other.asks()
    }

    fn asks(&self) -> bool {
        match self {
            Self::Processor(event) => matches!(event.fact, Fact::InvoiceActionRequired(_)),
            Self::Access(announced) => matches!(announced.event, HubEvent::Change(_)),
        }
    }

    /// Who sent it, or sent what it follows from.
    #[must_use]
    pub fn processor(&self) -> Processor {
        match self {
            Self::Processor(event) => event.processor,
            Self::Access(announced) => announced.event.subject().processor,
        }
    }
}
