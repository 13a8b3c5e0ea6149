//! Access: what is known of each customer's ability to pay, and which cards expire when.
//!
//! | item | partition key | sort key |
//! |---|---|---|
//! | facts, announcements, outbox | `live#customer#<id>` | `access` |
//! | index of expiring cards | `live#expiry#2026-09` | `<account>#customer#<id>` |
//!
//! Both lie in the customers table. An index entry is a hint that is looked at in its month: whether the card is still there
//! and still expires then is decided by the record.

use std::future::Future;

use access::{Month, Record};
use processor_events::event::{Mode, Processor};

use crate::{StorageError, customers::CustomerKey};

mod dynamo;
mod memory;
#[cfg(test)]
mod tests;

pub use dynamo::DynamoAccess;
pub use memory::InMemoryAccess;

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveAnswer {
    /// The record is stored, and its version is one higher.
    Saved,
    /// Somebody else was faster: read again and decide again.
    Conflict,
}

/// Reads a customer's record. Needs `dynamodb:GetItem`.
pub trait AccessReader {
    /// The record as it is now; `None` for a customer of whom nothing is known.
    fn load(&self, key: &CustomerKey) -> impl Future<Output = Result<Option<Record>, StorageError>>;
}

/// Keeps a customer's record. Needs `dynamodb:PutItem` and `dynamodb:DeleteItem`.
pub trait AccessWriter {
    /// Stores a record that was decided on the stored one (`record.version` is the version that was read, 0 for none).
    fn save(&self, key: &CustomerKey, record: &Record) -> impl Future<Output = Result<SaveAnswer, StorageError>>;

    /// Removes the record: the customer is to be forgotten.
    fn forget(&self, key: &CustomerKey) -> impl Future<Output = Result<(), StorageError>>;
}

/// A customer with a card that may expire in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryEntry {
    /// The customer.
    pub key: CustomerKey,
    /// Whose processor it is.
    pub processor: Processor,
}

/// Finds customers by the month in which a card expires. Needs `dynamodb:PutItem`, `dynamodb:DeleteItem` and
/// `dynamodb:Query`.
pub trait ExpiryIndex {
    /// Notes that a card of the customer expires in a month; noting it again is fine.
    fn note(&self, month: Month, entry: &ExpiryEntry) -> impl Future<Output = Result<(), StorageError>>;

    /// Up to `most` entries of a month, of all accounts of a mode, that come after an entry (`None`: from the first one).
    fn due(
        &self,
        mode: Mode,
        month: Month,
        after: Option<&CustomerKey>,
        most: u16,
    ) -> impl Future<Output = Result<Vec<ExpiryEntry>, StorageError>>;

    /// Removes an entry that was looked at.
    fn settle(&self, month: Month, key: &CustomerKey) -> impl Future<Output = Result<(), StorageError>>;
}
