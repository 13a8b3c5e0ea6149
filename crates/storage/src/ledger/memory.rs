//! The ledger in memory: for tests and the simulation, with the rules of the table.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use loyalty::{Account, Entry, PaymentKey, PaymentState, Plan};
use processor_events::ids::CustomerId;

use super::{
    Capacity, CommitAnswer, Cursor, History, HistoryPages, Ledger, LedgerItem, LedgerKey, Loaded,
    MAX_TRANSACTION_ITEMS, Page, StoredEntry, items_of, too_many_items,
};
use crate::{Scope, StorageError};

/// The ledger in memory.
#[derive(Debug, Default)]
pub struct InMemoryLedger {
    items: Mutex<BTreeMap<LedgerKey, LedgerItem>>,
}

impl InMemoryLedger {
    /// All accounts.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<(Scope, CustomerId), Account> {
        let items = self.lock();
        let accounts = items.iter().filter_map(|(key, item)| match (key, item) {
            (LedgerKey::Account(scope, customer), LedgerItem::Account(account)) => {
                Some(((scope.clone(), customer.clone()), (**account).clone()))
            }
            _ => None,
        });
        accounts.collect()
    }

    /// All payments.
    #[must_use]
    pub fn payments(&self) -> BTreeMap<(Scope, PaymentKey), PaymentState> {
        let items = self.lock();
        let payments = items.iter().filter_map(|(key, item)| match (key, item) {
            (LedgerKey::Payment(scope, payment), LedgerItem::Payment(state)) => {
                Some(((scope.clone(), payment.clone()), (**state).clone()))
            }
            _ => None,
        });
        payments.collect()
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> BTreeMap<LedgerKey, StoredEntry> {
        let items = self.lock();
        let entries = items.iter().filter_map(|(key, item)| match item {
            LedgerItem::Entry(entry) => Some((key.clone(), (**entry).clone())),
            LedgerItem::Account(_) | LedgerItem::Payment(_) => None,
        });
        entries.collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<LedgerKey, LedgerItem>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for InMemoryLedger {
    async fn read(&self, keys: &BTreeSet<LedgerKey>) -> Result<Loaded, StorageError> {
        let items = self.lock();
        let found = keys.iter().filter_map(|key| items.get(key).map(|item| (key.clone(), Ok(item.clone()))));
        Ok(Loaded { items: found.collect(), capacity: Capacity::default() })
    }

    async fn commit(&self, scope: &Scope, plan: &Plan) -> Result<CommitAnswer, StorageError> {
        let count = items_of(plan);
        if count > MAX_TRANSACTION_ITEMS {
            return Err(too_many_items(count));
        }
        let mut items = self.lock();
        let writes = writes(scope, plan);
        if writes.iter().any(|(key, item)| !may_replace(items.get(key), item)) {
            return Ok(CommitAnswer::LostRace);
        }
        items.extend(writes);
        Ok(CommitAnswer::Committed(Capacity::default()))
    }

    async fn mark_engaged(&self, key: &LedgerKey) -> Result<(), StorageError> {
        if let Some(LedgerItem::Entry(entry)) = self.lock().get_mut(key) {
            entry.engaged = true;
        }
        Ok(())
    }
}

impl History for InMemoryLedger {
    async fn latest(&self, scope: &Scope, customer: &CustomerId, most: u16) -> Result<Vec<Entry>, StorageError> {
        let items = self.lock();
        let mut found: Vec<Entry> = items
            .iter()
            .filter_map(|(key, item)| match (key, item) {
                (LedgerKey::Entry(of, ..), LedgerItem::Entry(stored)) if of == scope => Some(&stored.entry),
                _ => None,
            })
            .filter(|entry| entry.customer == *customer)
            .cloned()
            .collect();
        found.sort_by_key(|entry| std::cmp::Reverse(entry.occurred_at));
        found.truncate(usize::from(most));
        Ok(found)
    }
}

impl HistoryPages for InMemoryLedger {
    async fn page(
        &self,
        scope: &Scope,
        customer: &CustomerId,
        from: Option<&Cursor>,
        most: u16,
    ) -> Result<Page, StorageError> {
        let mut found: Vec<(Cursor, Entry)> = self
            .lock()
            .iter()
            .filter_map(|(key, item)| match (key, item) {
                (LedgerKey::Entry(of, ..), LedgerItem::Entry(stored)) if of == scope => {
                    let (partition, sort) = key.place();
                    let entry = stored.entry.clone();
                    Some((Cursor { occurred_at: entry.occurred_at.to_string(), partition, sort }, entry))
                }
                _ => None,
            })
            .filter(|(_, entry)| entry.customer == *customer)
            .collect();
        let order = |cursor: &Cursor| (cursor.occurred_at.clone(), cursor.partition.clone(), cursor.sort.clone());
        found.sort_by_key(|(cursor, _)| std::cmp::Reverse(order(cursor)));
        found.retain(|(cursor, _)| from.is_none_or(|from| order(cursor) < order(from)));
        let is_more = found.len() > usize::from(most);
        found.truncate(usize::from(most));
        let next = found.last().filter(|_| is_more).map(|(cursor, _)| cursor.clone());
        Ok(Page { entries: found.into_iter().map(|(_, entry)| entry).collect(), next })
    }
}

/// The conditions of the transaction: the next version, or a new entry.
fn may_replace(stored: Option<&LedgerItem>, new: &LedgerItem) -> bool {
    let stored_version = match stored {
        None => 0,
        Some(LedgerItem::Account(account)) => account.version,
        Some(LedgerItem::Payment(state)) => state.version,
        Some(LedgerItem::Entry(_)) => return false,
    };
    match new {
        LedgerItem::Account(account) => account.version.checked_sub(1) == Some(stored_version),
        LedgerItem::Payment(state) => state.version.checked_sub(1) == Some(stored_version),
        LedgerItem::Entry(_) => stored.is_none(),
    }
}

fn writes(scope: &Scope, plan: &Plan) -> Vec<(LedgerKey, LedgerItem)> {
    let account = plan.customer.as_ref().zip(plan.account.as_ref()).map(|(customer, account)| {
        (LedgerKey::Account(scope.clone(), customer.clone()), LedgerItem::Account(Box::new(account.clone())))
    });
    let payments = plan.payments.iter().map(|(payment, state)| {
        (LedgerKey::Payment(scope.clone(), payment.clone()), LedgerItem::Payment(Box::new(state.clone())))
    });
    let entries = plan.entries.iter().map(|entry| {
        let key = LedgerKey::Entry(scope.clone(), entry.subject.clone(), entry.effect.clone());
        (key, LedgerItem::Entry(Box::new(StoredEntry { entry: entry.clone(), engaged: false })))
    });
    account.into_iter().chain(payments).chain(entries).collect()
}
