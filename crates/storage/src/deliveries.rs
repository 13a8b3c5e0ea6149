//! Deliveries: one item per notice, with what became of each channel; and the outbox, where record mode keeps what it
//! would have sent.
//!
//! A notice is claimed before it is sent and recorded afterwards. The claim has an owner and a lease: two copies of one
//! message cannot send at the same time, and a crash delays a notice by the lease, no longer. Neither SES nor SNS takes an
//! idempotency token, so one extra send is possible where a crash falls between the send and its record; nothing is lost.
//!
//! | item | partition key | sort key |
//! |---|---|---|
//! | what became of a notice | `live#notice#<notice>` | `delivery` |
//! | what record mode kept | `live#outbox#<day of the event>` | `<notice>` |

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
};

use jiff::{SignedDuration, Timestamp, civil::Date};
use processor_events::{Personal, ids::CustomerId};
use thiserror::Error;

use crate::{Scope, StorageError};

mod dynamo;
mod memory;
#[cfg(test)]
mod tests;

pub use dynamo::DynamoDeliveries;
pub use memory::InMemoryDeliveries;

/// How long an item is kept after its last write.
///
/// Longer than any repetition that could ask for it: notices of events older than about 60 days are never sent.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The longest business key of a notice. DynamoDB allows 1,024 bytes for a sort key.
pub const MAX_NOTICE_LENGTH: usize = 900;

/// Which notice: its scope and what it is about, such as `stripe:in_1:payment_failed:2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeKey {
    scope: Scope,
    notice: String,
}

/// Why a text cannot be the key of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a notice key has 1 to {MAX_NOTICE_LENGTH} bytes, this one has {length}")]
pub struct NoticeKeyError {
    /// How long it is.
    pub length: usize,
}

impl NoticeKey {
    /// A key from the business object and the effect; never from the id of a delivery.
    pub fn new(scope: Scope, notice: impl Into<String>) -> Result<Self, NoticeKeyError> {
        let notice = notice.into();
        if notice.is_empty() || notice.len() > MAX_NOTICE_LENGTH {
            return Err(NoticeKeyError { length: notice.len() });
        }
        Ok(Self { scope, notice })
    }

    /// Whose notice it is.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What the notice is about, without the scope.
    #[must_use]
    pub fn notice(&self) -> &str {
        &self.notice
    }
}

impl fmt::Display for NoticeKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.notice)
    }
}

/// How a message reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// One email to one address.
    Email,
    /// One push notification to each device.
    Push,
}

impl Channel {
    /// Every channel. A notice is settled when each of them is.
    pub const ALL: [Self; 2] = [Self::Email, Self::Push];

    /// The name in items, logs and metrics: `email`, `push`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Push => "push",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What became of one channel of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelState {
    /// Still to be sent.
    Open {
        /// The devices that have it already: when one of several fails, only that one is tried again.
        reached: BTreeSet<String>,
        /// Why the last attempt failed, for the operator who looks at a dead letter.
        last_failure: Option<String>,
    },
    /// Accepted by the provider.
    Sent {
        /// The provider's ids of the messages: one for an email, one for each device.
        message_ids: Vec<String>,
        /// When it was accepted.
        at: Timestamp,
    },
    /// Deliberately not sent.
    Skipped {
        /// Why, as a fixed word: `no_address`.
        reason: String,
        /// When that was decided.
        at: Timestamp,
    },
    /// Refused by the provider, for good.
    Failed {
        /// Why, as the provider's error name.
        reason: String,
        /// When it was refused.
        at: Timestamp,
    },
}

impl ChannelState {
    /// Nothing has been tried.
    #[must_use]
    pub const fn untouched() -> Self {
        Self::Open { reached: BTreeSet::new(), last_failure: None }
    }

    /// Whether there is still something to send.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// Who claims: unique to one invocation's handling of one message, so that two copies of a message never share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimOwner(String);

impl ClaimOwner {
    /// An owner from what makes the attempt unique: the request id and the message id.
    #[must_use]
    pub fn new(request_id: &str, message_id: &str) -> Self {
        Self(format!("{request_id}/{message_id}"))
    }

    /// The owner as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The right to send what is still open, until the lease ends or the result is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The notice.
    pub key: NoticeKey,
    /// Who holds the claim.
    pub owner: ClaimOwner,
    /// What earlier attempts achieved; a channel that is absent is untouched.
    pub channels: BTreeMap<Channel, ChannelState>,
}

impl Claim {
    /// What became of a channel so far.
    #[must_use]
    pub fn state(&self, channel: Channel) -> ChannelState {
        self.channels.get(&channel).cloned().unwrap_or_else(ChannelState::untouched)
    }
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimAnswer {
    /// Ours: send what is open, then record.
    Claimed(Claim),
    /// Somebody else is sending at this moment, or crashed a moment ago: come back when the lease is over.
    Busy,
    /// Every channel is settled.
    Settled,
}

/// The answer to recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordAnswer {
    /// Recorded, and the claim is given back.
    Recorded,
    /// The lease had ended and somebody else has claimed since; what we wanted to record is not written.
    LeaseLost,
}

/// What became of notices, and the right to send them.
///
/// | operation | permission |
/// |---|---|
/// | both | `dynamodb:UpdateItem` |
pub trait Deliveries {
    /// Claims everything that is open of a notice, from `now` until `until`, in one conditional write.
    ///
    /// Claiming again as the same owner succeeds, which makes a retry after a lost answer harmless.
    fn claim(
        &self,
        key: &NoticeKey,
        owner: &ClaimOwner,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<ClaimAnswer, StorageError>>;

    /// Records what became of channels and gives the claim back, in one write that only the claim's owner can make.
    ///
    /// A channel that is recorded as [`ChannelState::Open`] can be claimed again at once.
    fn record(
        &self,
        claim: &Claim,
        results: &BTreeMap<Channel, ChannelState>,
        now: Timestamp,
    ) -> impl Future<Output = Result<RecordAnswer, StorageError>>;
}

/// Which notices somebody has begun to send.
///
/// Needs `dynamodb:BatchGetItem`.
pub trait Begun {
    /// Those of the notices that have been claimed, however it ended: claimed once is known for [`KEPT_FOR`].
    fn begun(&self, keys: &BTreeSet<NoticeKey>) -> impl Future<Output = Result<BTreeSet<NoticeKey>, StorageError>>;
}

/// What would have been said, had the outbound mode allowed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The notice.
    pub key: NoticeKey,
    /// The kind of message, such as `payment_failed`.
    pub message: String,
    /// Whom it is for, where the processor knows the customer.
    pub customer: Option<CustomerId>,
    /// When the event happened that caused it; its day is part of the key.
    pub occurred_at: Timestamp,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// The email, if there would have been one.
    pub email: Option<Personal<OutboxEmail>>,
    /// The push notification, if there would have been one.
    pub push: Option<Personal<OutboxPush>>,
}

/// An email that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEmail {
    /// The recipient.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The plain text body.
    pub text: String,
    /// The HTML body.
    pub html: String,
}

/// A push notification that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxPush {
    /// The ids of the devices.
    pub devices: Vec<String>,
    /// The title.
    pub title: String,
    /// The body.
    pub body: String,
}

/// What record mode keeps, under keys of its own: switching to `send` later finds every notice unsent.
pub trait Outbox {
    /// Keeps an entry; `false` when it was there already. An entry is never overwritten.
    fn keep(&self, entry: &OutboxEntry) -> impl Future<Output = Result<bool, StorageError>>;

    /// Every entry whose event happened on that day (UTC), by notice.
    fn of_day(&self, scope: &Scope, day: Date) -> impl Future<Output = Result<Vec<OutboxEntry>, StorageError>>;
}

/// The day (UTC) under which an entry is kept.
fn day_of(occurred_at: Timestamp) -> Date {
    occurred_at.to_zoned(jiff::tz::TimeZone::UTC).date()
}
