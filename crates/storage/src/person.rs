//! Everything that is kept of one customer, for the person's right to see it and to have it deleted.
//!
//! Found by key, not by module: whatever a later module keeps under the customer's key is exported and erased as well.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use processor_events::ids::{CustomerId, EventId};
use serde_json::{Map, Value, json};

use crate::{
    Database, Scope, StorageError,
    customers::{ContactChange, CustomerKey, DynamoCustomers, ProfileChanges, SourceVersion},
    error::classify,
    item::{Attributes, PARTITION_KEY, Reader, SORT_KEY, text},
};

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Profiles, access, offers, rewards.
    pub customers: String,
    /// Points; `None` where loyalty is off.
    pub ledger: Option<String>,
    /// Messages that record mode kept; `None` where nothing is said.
    pub deliveries: Option<String>,
}

/// What is kept of customers, in DynamoDB.
#[derive(Debug, Clone)]
pub struct Persons {
    database: Database,
    tables: Tables,
}

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Items of the customers table, without the profile.
    pub items: usize,
    /// Messages that record mode had kept.
    pub messages: usize,
}

/// How many days a kept message can be old: it expires after 90 days, and is kept a little after its event.
const OUTBOX_DAYS: i64 = 92;

/// Which event a hand-made erasure says it comes from.
const BY_OPERATOR: &str = "erased_by_operator";

impl Persons {
    /// Takes the connection and the names of the tables.
    #[must_use]
    pub const fn new(database: Database, tables: Tables) -> Self {
        Self { database, tables }
    }

    /// Everything, as JSON: the items as they are stored, by table.
    pub async fn export(&self, key: &CustomerKey, now: Timestamp) -> Result<Value, StorageError> {
        let partition = partition(key);
        let customers = self.items(&self.tables.customers, &partition).await?;
        let mut document = json!({"customer": key.customer, "customers": as_json(&customers)});
        if let Some(ledger) = &self.tables.ledger {
            let mut items = self.items(ledger, &partition).await?;
            let of_history = self.history(ledger, &partition).await?;
            items.extend(of_history.into_iter().filter(|item| item.get(PARTITION_KEY) != Some(&text(&partition))));
            document["ledger"] = as_json(&items);
        }
        if self.tables.deliveries.is_some() {
            document["kept_messages"] = as_json(&self.messages(key, now).await?);
        }
        Ok(document)
    }

    /// Deletes everything personal. The ledger stays, as the record of what was earned and spent, under an id that names
    /// nobody once the processor has forgotten it; an empty profile says that the customer is erased, so that a late event
    /// does not bring the person back.
    ///
    /// Push endpoints are to be deleted before: the profile is where they are found. Doing it again changes nothing.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen: the event id is a constant that a test uses")]
    pub async fn erase(&self, key: &CustomerKey, now: Timestamp) -> Result<Erased, StorageError> {
        let event = EventId::new(BY_OPERATOR).expect("letters and underscores make an id");
        let source = SourceVersion { occurred_at: now, event };
        let profiles = DynamoCustomers::new(self.database.clone(), self.tables.customers.clone());
        profiles.change(key, &source, &ContactChange::Erase).await?;
        let mut erased = Erased::default();
        for item in self.items(&self.tables.customers, &partition(key)).await? {
            if item.get(SORT_KEY) != Some(&text("profile")) {
                self.delete(&self.tables.customers, &item).await?;
                erased.items = erased.items.saturating_add(1);
            }
        }
        if let Some(deliveries) = &self.tables.deliveries {
            for item in self.messages(key, now).await? {
                self.delete(deliveries, &item).await?;
                erased.messages = erased.messages.saturating_add(1);
            }
        }
        Ok(erased)
    }

    /// The customers that have a profile, in no order. Reads the whole customers table: for commands, not for functions. Needs
    /// `dynamodb:Scan`.
    pub async fn all(&self, scope: &Scope) -> Result<Vec<CustomerKey>, StorageError> {
        let prefix = scope.partition("customer", "");
        let scan = self.database.client().scan().table_name(&self.tables.customers);
        let scan = scan
            .projection_expression("pk")
            .filter_expression("sk = :profile AND begins_with(pk, :prefix)")
            .expression_attribute_values(":profile", text("profile"))
            .expression_attribute_values(":prefix", text(prefix.clone()));
        let items: Vec<Attributes> =
            scan.into_paginator().items().send().try_collect().await.map_err(|error| classify("Scan", error))?;
        let key = |item: &Attributes| {
            let reader = Reader::new("customers", item);
            let id = |key: &str| CustomerId::new(key.strip_prefix(&prefix).unwrap_or_default());
            Ok(CustomerKey { scope: scope.clone(), customer: reader.parsed(PARTITION_KEY, id)? })
        };
        items.iter().map(key).collect()
    }

    async fn items(&self, table: &str, partition: &str) -> Result<Vec<Attributes>, StorageError> {
        let query = self.database.client().query().table_name(table);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(partition));
        let pages = query.consistent_read(true).into_paginator().items().send();
        pages.try_collect().await.map_err(|error| classify("Query", error))
    }

    async fn history(&self, table: &str, partition: &str) -> Result<Vec<Attributes>, StorageError> {
        let query = self.database.client().query().table_name(table).index_name("customer-history");
        let query =
            query.key_condition_expression("customer = :pk").expression_attribute_values(":pk", text(partition));
        query.into_paginator().items().send().try_collect().await.map_err(|error| classify("Query", error))
    }

    /// What record mode kept for the customer, day by day: messages are not found by customer otherwise.
    async fn messages(&self, key: &CustomerKey, now: Timestamp) -> Result<Vec<Attributes>, StorageError> {
        let Some(table) = &self.tables.deliveries else { return Ok(Vec::new()) };
        let mut messages = Vec::new();
        for day in last_days(now) {
            let of_day = self.items(table, &key.scope.partition("outbox", &day.to_string())).await?;
            let customer = text(key.customer.as_str());
            messages.extend(of_day.into_iter().filter(|item| item.get("customer") == Some(&customer)));
        }
        Ok(messages)
    }

    async fn delete(&self, table: &str, item: &Attributes) -> Result<(), StorageError> {
        let reader = Reader::new("customers", item);
        let (partition, sort) = (reader.text(PARTITION_KEY)?, reader.text(SORT_KEY)?);
        let delete = self.database.client().delete_item().table_name(table);
        let delete = delete.key(PARTITION_KEY, text(partition)).key(SORT_KEY, text(sort));
        delete.send().await.map_err(|error| classify("DeleteItem", error))?;
        Ok(())
    }
}

fn partition(key: &CustomerKey) -> String {
    key.scope.partition("customer", key.customer.as_str())
}

/// The days whose messages may still be there, and tomorrow, for a clock that runs ahead.
fn last_days(now: Timestamp) -> impl Iterator<Item = Date> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first = today.saturating_sub(OUTBOX_DAYS.days());
    let last = today.tomorrow().unwrap_or(today);
    first.series(1.day()).take_while(move |day| *day <= last)
}

fn as_json(items: &[Attributes]) -> Value {
    items.iter().map(map_as_json).collect()
}

fn map_as_json(attributes: &Attributes) -> Value {
    let mut names: Vec<&String> = attributes.keys().collect();
    names.sort_unstable();
    let values = names.into_iter().map(|name| (name.clone(), value_as_json(&attributes[name])));
    Value::Object(values.collect::<Map<_, _>>())
}

/// Numbers stay as they are written, as texts where they are no integer of 64 bits.
fn value_as_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(digits) => digits.parse::<i64>().map_or_else(|_| json!(digits), |number| json!(number)),
        AttributeValue::Bool(flag) => json!(flag),
        AttributeValue::L(list) => list.iter().map(value_as_json).collect(),
        AttributeValue::M(map) => map_as_json(map),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => json!(texts),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use access::{Outward, Policy, Record, Signal, Subject, signal::SignalKind};
    use processor_events::{
        Personal,
        event::{Mode, Processor},
        ids::InvoiceId,
    };

    use super::*;
    use crate::{
        access::{AccessReader, AccessWriter, DynamoAccess},
        customers::{Contact, Profiles},
        emulator::with_table,
    };

    fn now() -> Timestamp {
        "2026-08-01T12:00:00Z".parse().unwrap()
    }

    fn customer(id: &str) -> CustomerKey {
        CustomerKey { scope: Scope { mode: Mode::Live, account: None }, customer: CustomerId::new(id).unwrap() }
    }

    fn record(key: &CustomerKey) -> Record {
        let customer = key.customer.clone();
        let mut record = Record::new(Subject { processor: Processor::Stripe, livemode: true, account: None, customer });
        let kind = SignalKind::InvoiceClosed { invoice: InvoiceId::new("in_1").unwrap() };
        record.advance(&[Signal { at: now(), kind }], &Policy::standard(), now(), Outward::Emit);
        record
    }

    #[test]
    fn what_is_kept_is_exported_and_erased_and_a_neighbour_stays() {
        with_table(async |database, table| {
            let profiles = DynamoCustomers::new(database.clone(), table.clone());
            let access = DynamoAccess::new(database.clone(), table.clone());
            let tables = Tables { customers: table.clone(), ledger: None, deliveries: Some(table) };
            let persons = Persons::new(database, tables);
            let source = SourceVersion { occurred_at: now(), event: EventId::new("evt_1").unwrap() };
            for id in ["cus_1", "cus_10"] {
                let contact = Contact { email: Some(Personal::new(format!("{id}@example.com"))), ..Contact::default() };
                profiles.change(&customer(id), &source, &ContactChange::Set(contact)).await.unwrap();
                access.save(&customer(id), &record(&customer(id))).await.unwrap();
            }

            let of_test_mode = CustomerKey { scope: Scope { mode: Mode::Test, account: None }, ..customer("cus_2") };
            profiles.change(&of_test_mode, &source, &ContactChange::Set(Contact::default())).await.unwrap();
            let mut all = persons.all(&customer("cus_1").scope).await.unwrap();
            all.sort_unstable();
            assert_eq!(all, [customer("cus_1"), customer("cus_10")]);

            let export = persons.export(&customer("cus_1"), now()).await.unwrap().to_string();
            assert!(export.contains("cus_1@example.com") && export.contains("in_1"), "{export}");
            assert!(!export.contains("cus_10"), "{export}");

            let erased = persons.erase(&customer("cus_1"), now()).await.unwrap();
            assert_eq!(erased, Erased { items: 1, messages: 0 });
            assert_eq!(persons.erase(&customer("cus_1"), now()).await.unwrap(), Erased::default());
            assert_eq!(access.load(&customer("cus_1")).await.unwrap(), None);
            let export = persons.export(&customer("cus_1"), now()).await.unwrap().to_string();
            assert!(!export.contains("example.com"), "{export}");
            // A late event does not bring the person back, and the neighbour is untouched.
            let late = SourceVersion { occurred_at: now(), event: EventId::new("evt_2").unwrap() };
            profiles.change(&customer("cus_1"), &late, &ContactChange::Set(Contact::default())).await.unwrap();
            let found = profiles.profiles(&[customer("cus_1"), customer("cus_10")]).await.unwrap();
            assert!(found[&customer("cus_1")].as_ref().unwrap().erased_at.is_some());
            assert!(found[&customer("cus_10")].as_ref().unwrap().contact.email.is_some());
            assert!(access.load(&customer("cus_10")).await.unwrap().is_some());
        });
    }
}
