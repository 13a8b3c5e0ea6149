//! Access in memory: for tests and the simulation, with the rules of the table.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use access::{Month, Record};
use processor_events::event::{Mode, Processor};

use super::{AccessReader, AccessWriter, ExpiryEntry, ExpiryIndex, SaveAnswer};
use crate::{StorageError, customers::CustomerKey};

/// Access in memory.
#[derive(Debug, Default)]
pub struct InMemoryAccess {
    records: Mutex<BTreeMap<CustomerKey, Record>>,
    expiries: Mutex<BTreeMap<(Mode, Month, CustomerKey), Processor>>,
}

/// The order of the entries of a month.
fn order(key: &CustomerKey) -> (Option<String>, String) {
    (key.scope.account.as_ref().map(ToString::to_string), key.customer.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock, and each change is complete when it is given back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AccessReader for InMemoryAccess {
    async fn load(&self, key: &CustomerKey) -> Result<Option<Record>, StorageError> {
        Ok(lock(&self.records).get(key).cloned())
    }
}

impl AccessWriter for InMemoryAccess {
    async fn save(&self, key: &CustomerKey, record: &Record) -> Result<SaveAnswer, StorageError> {
        let mut records = lock(&self.records);
        if records.get(key).map_or(0, |stored| stored.version) != record.version {
            return Ok(SaveAnswer::Conflict);
        }
        let stored = Record { version: record.version.saturating_add(1), ..record.clone() };
        records.insert(key.clone(), stored);
        Ok(SaveAnswer::Saved)
    }

    async fn forget(&self, key: &CustomerKey) -> Result<(), StorageError> {
        lock(&self.records).remove(key);
        Ok(())
    }
}

impl ExpiryIndex for InMemoryAccess {
    async fn note(&self, month: Month, entry: &ExpiryEntry) -> Result<(), StorageError> {
        lock(&self.expiries).insert((entry.key.scope.mode, month, entry.key.clone()), entry.processor);
        Ok(())
    }

    async fn due(
        &self,
        mode: Mode,
        month: Month,
        after: Option<&CustomerKey>,
        most: u16,
    ) -> Result<Vec<ExpiryEntry>, StorageError> {
        let expiries = lock(&self.expiries);
        let of_month = expiries.iter().filter(|((of_mode, of_month, key), _)| {
            *of_mode == mode && *of_month == month && after.is_none_or(|after| order(key) > order(after))
        });
        let mut entries: Vec<_> =
            of_month.map(|((_, _, key), processor)| ExpiryEntry { key: key.clone(), processor: *processor }).collect();
        entries.sort_by_key(|entry| order(&entry.key));
        entries.truncate(usize::from(most));
        Ok(entries)
    }

    async fn settle(&self, month: Month, key: &CustomerKey) -> Result<(), StorageError> {
        lock(&self.expiries).remove(&(key.scope.mode, month, key.clone()));
        Ok(())
    }
}
