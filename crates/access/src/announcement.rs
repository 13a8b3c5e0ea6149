//! The events that follow from a change: for the product's own backend, and for the notices.
//!
//! They are put on the hub with source [`SOURCE`]. Their JSON is a promise to every backend that subscribes: fields are added,
//! never changed or removed. `docs/access-events.schema.json` describes them for other languages.

use jiff::Timestamp;
use processor_events::{
    Currency,
    event::Processor,
    ids::{AccountId, CustomerId, PaymentMethodId},
};
use serde::{Deserialize, Serialize};

use crate::{Access, Month, Reason, Status};

/// The source of the events on the hub.
pub const SOURCE: &str = "paybus.access";

/// What is announced of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// Access stays for a while.
    GraceStarted,
    /// Access ends.
    Held,
    /// Access is unlimited again.
    Restored,
}

impl Announcement {
    /// The `detail-type` of the event.
    #[must_use]
    pub const fn detail_type(self) -> &'static str {
        match self {
            Self::GraceStarted => "access.grace_started",
            Self::Held => "access.held",
            Self::Restored => "access.restored",
        }
    }

    /// What there is to announce, given what was announced last.
    ///
    /// Trouble that came and went before anybody heard of it is not announced: there is nothing to restore.
    #[must_use]
    pub fn due(last: Option<Self>, status: Status) -> Option<Self> {
        match (status, last) {
            (Status::Grace { .. }, Some(Self::GraceStarted))
            | (Status::Held, Some(Self::Held))
            | (Status::Active | Status::Restored, None | Some(Self::Restored)) => None,
            (Status::Grace { .. }, _) => Some(Self::GraceStarted),
            (Status::Held, _) => Some(Self::Held),
            (Status::Active | Status::Restored, _) => Some(Self::Restored),
        }
    }
}

/// Whose access, or method, it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Who sent the events that it follows from.
    pub processor: Processor,
    /// Real money, or a test.
    pub livemode: bool,
    /// The connected account, if not the processor account itself.
    pub account: Option<AccountId>,
    /// The customer.
    pub customer: CustomerId,
}

/// The detail of `access.grace_started`, `access.held` and `access.restored`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The same for every repetition of this event: keep it to take each event once.
    pub id: String,
    /// Whose access it is.
    pub subject: Subject,
    /// What is announced.
    pub announcement: Announcement,
    /// Whether the customer may be given resources now.
    pub allowed: bool,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// When access ends if nothing happens; grace only. It can come earlier, never later, while the reason stands.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// Why, in a sentence.
    pub explanation: String,
    /// What is open, where it is known.
    pub amount_open: Option<AmountOpen>,
    /// Where the customer can pay it.
    pub pay_url: Option<String>,
    /// Whether the customer is to be told of this event. False where the message about the failed payment tells it already:
    /// one failed attempt causes one message.
    pub tell_customer: bool,
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountOpen {
    /// In minor units.
    pub amount_minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// The detail of `access.method_expiring` and `access.method_removed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodChange {
    /// The same for every repetition of this event.
    pub id: String,
    /// Whose method it is.
    pub subject: Subject,
    /// The method.
    pub method: PaymentMethodId,
    /// The month in which it expires, if it is a card.
    pub expires: Option<Month>,
    /// `visa`, `mastercard`, ...
    pub brand: Option<String>,
    /// The last digits.
    pub last4: Option<String>,
}

/// An event for the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "detail")]
pub enum HubEvent {
    /// Access changed.
    #[serde(rename = "access.changed")]
    Change(Change),
    /// A card expires at the end of this month.
    #[serde(rename = "access.method_expiring")]
    MethodExpiring(MethodChange),
    /// The last payment method that is known was removed.
    #[serde(rename = "access.method_removed")]
    MethodRemoved(MethodChange),
}

impl HubEvent {
    /// The `detail-type` on the hub.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        match self {
            Self::Change(change) => change.announcement.detail_type(),
            Self::MethodExpiring(_) => "access.method_expiring",
            Self::MethodRemoved(_) => "access.method_removed",
        }
    }

    /// Whose access, or method, it is.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        match self {
            Self::Change(change) => &change.subject,
            Self::MethodExpiring(change) | Self::MethodRemoved(change) => &change.subject,
        }
    }

    /// The id that every repetition of the event carries.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Change(change) => &change.id,
            Self::MethodExpiring(change) | Self::MethodRemoved(change) => &change.id,
        }
    }

    /// The `detail` on the hub.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen: names, texts and numbers are always JSON")]
    pub fn detail(&self) -> String {
        match self {
            Self::Change(change) => serde_json::to_string(change),
            Self::MethodExpiring(change) | Self::MethodRemoved(change) => serde_json::to_string(change),
        }
        .expect("names, texts and numbers are always JSON")
    }

    /// Reads an event of the hub back; `None` for one that is not ours.
    #[must_use]
    pub fn read(detail_type: &str, detail: &str) -> Option<Result<Self, serde_json::Error>> {
        match detail_type {
            "access.grace_started" | "access.held" | "access.restored" => {
                Some(serde_json::from_str(detail).map(Self::Change))
            }
            "access.method_expiring" => Some(serde_json::from_str(detail).map(Self::MethodExpiring)),
            "access.method_removed" => Some(serde_json::from_str(detail).map(Self::MethodRemoved)),
            _ => None,
        }
    }
}

/// Whether the customer needs a message of its own for this.
///
/// The message about a failed payment tells that it failed, and access that ends or is limited by this very attempt is no
/// second piece of news. A hold that comes later is. Back again is news only for one who had lost it.
#[must_use]
pub(crate) fn tell_customer(announcement: Announcement, last: Option<Announcement>, access: &Access) -> bool {
    match announcement {
        Announcement::Restored => last == Some(Announcement::Held),
        Announcement::GraceStarted => !is_told_by_the_processors_event(&access.reason),
        Announcement::Held => {
            let comes_later = access.since > access.trouble_since;
            comes_later || !is_told_by_the_processors_event(&access.reason)
        }
    }
}

/// `invoice.payment_failed` has a notice; a subscription gets past due by the failure of an invoice.
const fn is_told_by_the_processors_event(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::InvoiceUnpaid { .. } | Reason::SubscriptionPastDue { .. } | Reason::SubscriptionUnpaid { .. }
    )
}
