//! The ledger in DynamoDB.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{AttributeValue, ConsumedCapacity, KeysAndAttributes, Put, ReturnConsumedCapacity, TransactWriteItem},
};
use loyalty::{Entry, Plan};
use processor_events::ids::CustomerId;

use super::{
    CancellationCode, Cancelled, Capacity, CommitAnswer, Cursor, History, HistoryPages, Ledger, LedgerKey, Loaded,
    MAX_TRANSACTION_ITEMS, Page, classify_cancellation,
    items::{TABLE, read_entry, read_item, write_account, write_entry, write_payment},
    items_of, too_many_items,
};
use crate::{
    CorruptItem, Database, Scope, StorageError,
    error::classify,
    item::{Attributes, PARTITION_KEY, Reader, SORT_KEY, key, number, text},
};

const BATCH_GET: &str = "BatchGetItem";
const TRANSACT: &str = "TransactWriteItems";

/// The most keys one `BatchGetItem` takes (API reference: "up to 100 items").
const MAX_BATCH_KEYS: usize = 100;

/// The ledger in a DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoLedger {
    database: Database,
    table: String,
}

impl DynamoLedger {
    /// Takes the connection and the name of the table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }

    async fn read_some(&self, keys: &[&LedgerKey]) -> Result<Loaded, StorageError> {
        let mut wanted: BTreeMap<(String, String), &LedgerKey> = keys.iter().map(|key| (key.place(), *key)).collect();
        let mut open: Vec<Attributes> = wanted.keys().map(|(partition, sort)| key(partition, sort)).collect();
        let mut loaded = Loaded::default();
        // What DynamoDB leaves out for lack of capacity is asked for once more; then it is a throttle.
        for _ in 0..2 {
            if open.is_empty() {
                return Ok(loaded);
            }
            let (items, rest, capacity) = self.batch_get(open).await?;
            loaded.capacity = loaded.capacity.and(capacity);
            for item in &items {
                let place = place_of(item)?;
                if let Some(key) = wanted.remove(&place) {
                    loaded.items.insert(key.clone(), read_item(key, item));
                }
            }
            open = rest;
        }
        if open.is_empty() { Ok(loaded) } else { Err(StorageError::Throttled { operation: BATCH_GET }) }
    }

    async fn batch_get(
        &self,
        keys: Vec<Attributes>,
    ) -> Result<(Vec<Attributes>, Vec<Attributes>, Capacity), StorageError> {
        let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let request = request.expect("the keys are set, the only thing that is required");
        let output = self
            .database
            .client()
            .batch_get_item()
            .request_items(&self.table, request)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| classify(BATCH_GET, error))?;
        let read_tenths = tenths(output.consumed_capacity.as_deref().unwrap_or_default());
        let items = output.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default();
        let rest = output.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
        let rest = rest.map(|rest| rest.keys).unwrap_or_default();
        Ok((items, rest, Capacity { read_tenths, write_tenths: 0 }))
    }

    fn writes(&self, scope: &Scope, plan: &Plan) -> Vec<TransactWriteItem> {
        let mut writes = Vec::with_capacity(items_of(plan));
        if let Some((customer, account)) = plan.customer.as_ref().zip(plan.account.as_ref()) {
            writes.push(self.put_version(write_account(scope, customer, account), account.version));
        }
        for (payment, state) in &plan.payments {
            writes.push(self.put_version(write_payment(scope, payment, state), state.version));
        }
        for entry in &plan.entries {
            writes.push(self.put_new(write_entry(scope, entry)));
        }
        writes
    }

    /// Writes an item whose stored version must be the one before.
    fn put_version(&self, item: Attributes, version: u64) -> TransactWriteItem {
        let stored = version.saturating_sub(1);
        if stored == 0 {
            return self.put_new(item);
        }
        self.put(item, "version = :stored", Some(HashMap::from([(":stored".to_owned(), number(stored))])))
    }

    /// Writes an item that must not be there yet.
    fn put_new(&self, item: Attributes) -> TransactWriteItem {
        self.put(item, "attribute_not_exists(pk)", None)
    }

    fn put(
        &self,
        item: Attributes,
        condition: &str,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .build()
            .expect("table and item are set, all that is required");
        TransactWriteItem::builder().put(put).build()
    }
}

impl Ledger for DynamoLedger {
    async fn read(&self, keys: &BTreeSet<LedgerKey>) -> Result<Loaded, StorageError> {
        let keys: Vec<&LedgerKey> = keys.iter().collect();
        let mut loaded = Loaded::default();
        for some in keys.chunks(MAX_BATCH_KEYS) {
            loaded.absorb(self.read_some(some).await?);
        }
        Ok(loaded)
    }

    async fn commit(&self, scope: &Scope, plan: &Plan) -> Result<CommitAnswer, StorageError> {
        let count = items_of(plan);
        if count > MAX_TRANSACTION_ITEMS {
            return Err(too_many_items(count));
        }
        let answer = self
            .database
            .client()
            .transact_write_items()
            .set_transact_items(Some(self.writes(scope, plan)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let error = match answer {
            Ok(output) => {
                let write_tenths = tenths(output.consumed_capacity.as_deref().unwrap_or_default());
                return Ok(CommitAnswer::Committed(Capacity { read_tenths: 0, write_tenths }));
            }
            Err(error) => error,
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Err(classify(TRANSACT, error));
        };
        let reasons = cancelled.cancellation_reasons();
        let codes: Vec<_> = reasons.iter().map(|reason| CancellationCode::of(reason.code())).collect();
        match classify_cancellation(&codes) {
            Cancelled::ConditionFailed => Ok(CommitAnswer::LostRace),
            Cancelled::Conflict => Ok(CommitAnswer::Busy),
            Cancelled::Throttled => Err(StorageError::Throttled { operation: TRANSACT }),
            Cancelled::Permanent => {
                let message = reasons.iter().filter_map(|reason| reason.message()).collect::<Vec<_>>().join("; ");
                let code = "TransactionCanceledException".to_owned();
                Err(StorageError::Refused { operation: TRANSACT, code, message })
            }
            Cancelled::Unexplained => {
                let reason = "the transaction was cancelled for no reason that is known".to_owned();
                Err(StorageError::Unavailable { operation: TRANSACT, reason })
            }
        }
    }

    async fn mark_engaged(&self, key: &LedgerKey) -> Result<(), StorageError> {
        let (partition, sort) = key.place();
        let answer = self
            .database
            .client()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(partition))
            .key(SORT_KEY, text(sort))
            .update_expression("SET engaged = :yes")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // An entry that is not there has nothing to note.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(classify("UpdateItem", error)),
            },
        }
    }
}

/// The index of entries by customer and time. It is not consistent: good for choosing, not for counting.
const HISTORY_INDEX: &str = "customer-history";

impl History for DynamoLedger {
    async fn latest(&self, scope: &Scope, customer: &CustomerId, most: u16) -> Result<Vec<Entry>, StorageError> {
        let (partition, _) = LedgerKey::Account(scope.clone(), customer.clone()).place();
        // One page: most entries are below 1 KB, and a page holds 1 MB.
        let answer = self
            .database
            .client()
            .query()
            .table_name(&self.table)
            .index_name(HISTORY_INDEX)
            .key_condition_expression("customer = :customer")
            .expression_attribute_values(":customer", text(partition))
            .scan_index_forward(false)
            .limit(i32::from(most))
            .send()
            .await
            .map_err(|error| classify("Query", error))?;
        let items = answer.items.unwrap_or_default();
        let entries = items.iter().map(|item| read_entry(&Reader::new(TABLE, item)).map(|stored| stored.entry));
        Ok(entries.collect::<Result<_, _>>()?)
    }
}

impl HistoryPages for DynamoLedger {
    async fn page(
        &self,
        scope: &Scope,
        customer: &CustomerId,
        from: Option<&Cursor>,
        most: u16,
    ) -> Result<Page, StorageError> {
        let (partition, _) = LedgerKey::Account(scope.clone(), customer.clone()).place();
        let start = from.map(|cursor| {
            let mut start = key(&cursor.partition, &cursor.sort);
            start.insert("customer".to_owned(), text(&partition));
            start.insert("occurred_at".to_owned(), text(&cursor.occurred_at));
            start
        });
        let query = self
            .database
            .client()
            .query()
            .table_name(&self.table)
            .index_name(HISTORY_INDEX)
            .key_condition_expression("customer = :customer")
            .expression_attribute_values(":customer", text(partition))
            .set_exclusive_start_key(start)
            .scan_index_forward(false)
            .limit(i32::from(most));
        let answer = query.send().await.map_err(|error| classify("Query", error))?;
        let next = answer.last_evaluated_key.as_ref().map(cursor_of).transpose()?;
        let items = answer.items.unwrap_or_default();
        let entries = items.iter().map(|item| read_entry(&Reader::new(TABLE, item)).map(|stored| stored.entry));
        Ok(Page { entries: entries.collect::<Result<_, _>>()?, next })
    }
}

fn cursor_of(item: &Attributes) -> Result<Cursor, CorruptItem> {
    let occurred_at = Reader::new(TABLE, item).text("occurred_at")?.to_owned();
    let (partition, sort) = place_of(item)?;
    Ok(Cursor { occurred_at, partition, sort })
}

fn place_of(item: &Attributes) -> Result<(String, String), CorruptItem> {
    let reader = Reader::new(TABLE, item);
    Ok((reader.text(PARTITION_KEY)?.to_owned(), reader.text(SORT_KEY)?.to_owned()))
}

/// DynamoDB counts in halves of a unit; its JSON has them as floating point numbers.
fn tenths(capacity: &[ConsumedCapacity]) -> i64 {
    capacity.iter().filter_map(ConsumedCapacity::capacity_units).fold(0, |sum, units| {
        let digits = format!("{units:.1}").replace('.', "");
        sum.saturating_add(digits.parse().unwrap_or(0))
    })
}
