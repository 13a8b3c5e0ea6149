//! The ledger: accounts, payments and entries.
//!
//! | item | partition key | sort key |
//! |---|---|---|
//! | account | `live#customer#<customer>` | `account` |
//! | payment: its facts and what they count for | `live#payment#<processor>:<payment>` | `state` |
//! | invoice: what it is for, and which payments pay it | `live#payment#<processor>:<invoice>` | `state` |
//! | entry about a payment | `live#payment#<processor>:<payment>` | `entry#<effect>` |
//! | entry about a customer | `live#customer#<customer>` | `entry#<effect>` |
//!
//! Account and payments carry a version; a [`Plan`] is written in one transaction that succeeds only if every version is
//! still the one that was read and every entry is new. Entries also carry `customer` and `occurred_at`, the keys of the index
//! `customer-history`, which is for people to read and never for decisions.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use jiff::Timestamp;
use loyalty::{Account, Entry, PaymentKey, PaymentState, Plan, Subject};
use processor_events::ids::CustomerId;
use thiserror::Error;

use crate::{CorruptItem, Scope, StorageError};

mod cancellation;
mod dynamo;
mod items;
mod memory;
#[cfg(test)]
mod tests;

pub use cancellation::{CancellationCode, Cancelled, classify_cancellation};
pub use dynamo::DynamoLedger;
pub use memory::InMemoryLedger;

/// The most items one transaction may touch (DynamoDB developer guide, "Quotas": 100 unique items, 4 MB together).
pub const MAX_TRANSACTION_ITEMS: usize = 100;

/// One item of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerKey {
    /// A customer's account.
    Account(Scope, CustomerId),
    /// A payment's facts.
    Payment(Scope, PaymentKey),
    /// An entry, by its effect.
    Entry(Scope, Subject, String),
}

impl LedgerKey {
    /// The partition and sort key of the item, for those who read it from outside of this crate.
    #[must_use]
    pub fn place(&self) -> (String, String) {
        match self {
            Self::Account(scope, customer) => (scope.partition("customer", customer.as_str()), "account".to_owned()),
            Self::Payment(scope, payment) => (scope.partition("payment", &payment.to_string()), "state".to_owned()),
            Self::Entry(scope, subject, effect) => {
                let partition = match subject {
                    Subject::Payment(payment) => scope.partition("payment", &payment.to_string()),
                    Subject::Customer(customer) => scope.partition("customer", customer.as_str()),
                };
                (partition, format!("entry#{effect}"))
            }
        }
    }
}

/// What the ledger holds under the keys that were asked for. What is absent is not there.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    items: BTreeMap<LedgerKey, Result<LedgerItem, CorruptItem>>,
    capacity: Capacity,
}

/// One item, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
enum LedgerItem {
    Account(Box<Account>),
    Payment(Box<PaymentState>),
    Entry(Box<StoredEntry>),
}

/// An entry, and whether its engagement is known to have been started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The entry.
    pub entry: Entry,
    /// Whether somebody has seen the execution exist. Set lazily, by a redelivery: not set does not mean not started.
    pub engaged: bool,
}

impl Loaded {
    /// An account; a new one if there is none.
    pub fn account(&self, scope: &Scope, customer: &CustomerId) -> Result<Account, CorruptItem> {
        match self.items.get(&LedgerKey::Account(scope.clone(), customer.clone())) {
            Some(Ok(LedgerItem::Account(account))) => Ok((**account).clone()),
            Some(Err(corrupt)) => Err(corrupt.clone()),
            _ => Ok(Account::default()),
        }
    }

    /// A payment; an unknown one if there is none.
    pub fn payment(&self, scope: &Scope, payment: &PaymentKey) -> Result<PaymentState, CorruptItem> {
        match self.items.get(&LedgerKey::Payment(scope.clone(), payment.clone())) {
            Some(Ok(LedgerItem::Payment(state))) => Ok((**state).clone()),
            Some(Err(corrupt)) => Err(corrupt.clone()),
            _ => Ok(PaymentState::default()),
        }
    }

    /// An entry.
    pub fn entry(&self, key: &LedgerKey) -> Result<Option<StoredEntry>, CorruptItem> {
        match self.items.get(key) {
            Some(Ok(LedgerItem::Entry(entry))) => Ok(Some((**entry).clone())),
            Some(Err(corrupt)) => Err(corrupt.clone()),
            _ => Ok(None),
        }
    }

    /// What the reading cost.
    #[must_use]
    pub const fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Takes in what another read found.
    pub fn absorb(&mut self, other: Self) {
        self.items.extend(other.items);
        self.capacity = self.capacity.and(other.capacity);
    }
}

/// Capacity that DynamoDB counted, in tenths of a unit (a consistent read of 4 KB costs 1 unit, an eventual one 0.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capacity {
    /// Read units, in tenths.
    pub read_tenths: i64,
    /// Write units, in tenths.
    pub write_tenths: i64,
}

impl Capacity {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            read_tenths: self.read_tenths.saturating_add(other.read_tenths),
            write_tenths: self.write_tenths.saturating_add(other.write_tenths),
        }
    }
}

/// What became of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitAnswer {
    /// Written, all of it.
    Committed(Capacity),
    /// Somebody else wrote first: nothing is written; read again and decide again.
    LostRace,
    /// Another transaction holds an item right now: nothing is written; try again in a moment.
    Busy,
}

/// The ledger.
pub trait Ledger {
    /// Reads items, consistently: what was committed before is seen.
    fn read(&self, keys: &BTreeSet<LedgerKey>) -> impl Future<Output = Result<Loaded, StorageError>>;

    /// Writes a plan, all or nothing. At most [`MAX_TRANSACTION_ITEMS`] items.
    ///
    /// An error may come after the write has happened ([`StorageError::Unavailable`]): reading again tells.
    fn commit(&self, scope: &Scope, plan: &Plan) -> impl Future<Output = Result<CommitAnswer, StorageError>>;

    /// Notes on an entry that its engagement has been started. Doing it again changes nothing.
    fn mark_engaged(&self, key: &LedgerKey) -> impl Future<Output = Result<(), StorageError>>;
}

/// What a customer did lately: for what is chosen, never for what is counted. It may lag behind by a moment.
pub trait History {
    /// The customer's latest entries, newest first.
    fn latest(
        &self,
        scope: &Scope,
        customer: &CustomerId,
        most: u16,
    ) -> impl Future<Output = Result<Vec<Entry>, StorageError>>;
}

/// A part of a customer's history, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in a customer's history. Its text is for the one who asked, to be given back unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    occurred_at: String,
    partition: String,
    sort: String,
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this is no cursor that an earlier answer gave")]
pub struct CursorError;

impl Cursor {
    /// Reads the text of [`Cursor::to_text`].
    pub fn from_text(text: &str) -> Result<Self, CursorError> {
        let bytes = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
        let plain = String::from_utf8(bytes.collect::<Option<_>>().ok_or(CursorError)?).map_err(|_| CursorError)?;
        let mut parts = plain.split('\n').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(occurred_at), Some(partition), Some(sort), None)
                if occurred_at.parse::<Timestamp>().is_ok() && !partition.is_empty() && !sort.is_empty() =>
            {
                Ok(Self { occurred_at, partition, sort })
            }
            _ => Err(CursorError),
        }
    }

    /// The cursor as text: hexadecimal, so that it can stand in a URL as it is.
    #[must_use]
    pub fn to_text(&self) -> String {
        let plain = format!("{}\n{}\n{}", self.occurred_at, self.partition, self.sort);
        let mut text = String::with_capacity(plain.len().saturating_mul(2));
        for half in plain.bytes().flat_map(|byte| [byte >> 4, byte & 0x0f]) {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    }
}

/// Reads a customer's whole history in parts. It may lag behind by a moment. Needs `dynamodb:Query` on the history index.
pub trait HistoryPages {
    /// Up to `most` entries, newest first, from the beginning or from a cursor.
    fn page(
        &self,
        scope: &Scope,
        customer: &CustomerId,
        from: Option<&Cursor>,
        most: u16,
    ) -> impl Future<Output = Result<Page, StorageError>>;
}

impl<L: Ledger> Ledger for &L {
    fn read(&self, keys: &BTreeSet<LedgerKey>) -> impl Future<Output = Result<Loaded, StorageError>> {
        (**self).read(keys)
    }

    fn commit(&self, scope: &Scope, plan: &Plan) -> impl Future<Output = Result<CommitAnswer, StorageError>> {
        (**self).commit(scope, plan)
    }

    fn mark_engaged(&self, key: &LedgerKey) -> impl Future<Output = Result<(), StorageError>> {
        (**self).mark_engaged(key)
    }
}

/// How many items a plan touches.
fn items_of(plan: &Plan) -> usize {
    let accounts = usize::from(plan.account.is_some());
    accounts.saturating_add(plan.payments.len()).saturating_add(plan.entries.len())
}

fn too_many_items(count: usize) -> StorageError {
    StorageError::Refused {
        operation: "TransactWriteItems",
        code: "ValidationException".to_owned(),
        message: format!("{count} items in one transaction, {MAX_TRANSACTION_ITEMS} are allowed"),
    }
}
