#![doc = include_str!("../README.md")]

mod eventbridge;

use jiff::Timestamp;
use thiserror::Error;

pub use eventbridge::EventBridgeHub;

/// The largest entry, and the largest sum of entries in one call, in bytes: "less than 1MB" (the API reference of `PutEvents`, as
/// the SDK quotes it; 256 KB until January 2026, aws.amazon.com/blogs/compute, "More room to build"), read as the smaller megabyte.
/// It also leaves room for the envelope in the consumers' queues, which take 1,048,576 bytes.
pub const LARGEST_ENTRY_BYTES: usize = 1_000_000;

/// The longest detail type that EventBridge takes, in characters.
pub const LONGEST_DETAIL_TYPE: usize = 128;

/// An event to be published.
#[derive(Clone, PartialEq, Eq)]
pub struct HubEvent {
    /// Who says so: `paybus.webhook.stripe`.
    pub source: String,
    /// What happened: `invoice.paid`.
    pub detail_type: String,
    /// The whole event as a JSON object; may hold personal data.
    pub detail: String,
    /// When it happened; `None` lets EventBridge put its own time.
    pub occurred_at: Option<Timestamp>,
}

impl std::fmt::Debug for HubEvent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { source, detail_type, .. } = self;
        formatter
            .debug_struct("HubEvent")
            .field("source", source)
            .field("detail_type", detail_type)
            .finish_non_exhaustive()
    }
}

impl HubEvent {
    /// The size that EventBridge counts, in bytes
    /// (docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html).
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        const TIME_BYTES: usize = 14;
        [self.source.len(), self.detail_type.len(), self.detail.len(), TIME_BYTES]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

/// Why an event is not on the hub.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishError {
    /// Larger than [`LARGEST_ENTRY_BYTES`].
    #[error("the event has {bytes} bytes, more than the {LARGEST_ENTRY_BYTES} that EventBridge takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It will be refused again: something is wrong with it, or with our permission.
    #[error("EventBridge refused the event: {reason}")]
    Refused {
        /// The code, and for a whole call the message.
        reason: String,
    },
    /// The same event may be taken later.
    #[error("EventBridge did not take the event this time: {reason}")]
    Unavailable {
        /// What was seen.
        reason: String,
    },
}

/// The hub bus.
pub trait Hub {
    /// Publishes events; answers for each, in their order.
    fn publish(&self, events: &[HubEvent]) -> impl Future<Output = Vec<Result<(), PublishError>>>;
}

impl<H: Hub> Hub for &H {
    fn publish(&self, events: &[HubEvent]) -> impl Future<Output = Vec<Result<(), PublishError>>> {
        (**self).publish(events)
    }
}
