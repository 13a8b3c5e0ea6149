//! Access in DynamoDB.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use access::{
    Announcement, Decline, Facts, Month, Record,
    announcement::{HubEvent, Subject},
    facts::{InvoiceFacts, MethodFacts, PaymentFacts},
    record::Told,
    signal::{Card, Demand, Standing},
};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;
use processor_events::{
    Currency,
    event::{Mode, Processor},
    ids::{AccountId, CustomerId, IdError, InvoiceId, PaymentId, PaymentMethodId, SubscriptionId},
};

use super::{AccessReader, AccessWriter, ExpiryEntry, ExpiryIndex, SaveAnswer};
use crate::{
    CorruptItem, Database, Scope, StorageError,
    customers::CustomerKey,
    error::classify,
    item::{Attributes, PARTITION_KEY, Reader, SORT_KEY, Writer, key, number, text},
};

const TABLE: &str = "customers";
const ACCESS: &str = "access";

/// Access in a DynamoDB table, which is the customers table.
#[derive(Debug, Clone)]
pub struct DynamoAccess {
    database: Database,
    table: String,
}

impl DynamoAccess {
    /// Takes the connection and the name of the customers table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }
}

impl AccessReader for DynamoAccess {
    async fn load(&self, key: &CustomerKey) -> Result<Option<Record>, StorageError> {
        let answer = self
            .database
            .client()
            .get_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(partition(key)))
            .key(SORT_KEY, text(ACCESS))
            // Consistent: a decision on an old record would be refused, and the API must see a hold at once.
            .consistent_read(true)
            .send()
            .await;
        let item = answer.map_err(|error| classify("GetItem", error))?.item;
        item.map(|item| Ok(read_record(key, &Reader::new(TABLE, &item))?)).transpose()
    }
}

impl AccessWriter for DynamoAccess {
    async fn save(&self, key: &CustomerKey, record: &Record) -> Result<SaveAnswer, StorageError> {
        let put = self
            .database
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_record(key, record)))
            .condition_expression("version = :read OR (:read = :none AND attribute_not_exists(pk))")
            .expression_attribute_values(":read", number(record.version))
            .expression_attribute_values(":none", number(0));
        match put.send().await {
            Ok(_) => Ok(SaveAnswer::Saved),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(SaveAnswer::Conflict),
                _ => Err(classify("PutItem", error)),
            },
        }
    }

    async fn forget(&self, key: &CustomerKey) -> Result<(), StorageError> {
        self.delete(partition(key), ACCESS.to_owned()).await
    }
}

impl ExpiryIndex for DynamoAccess {
    async fn note(&self, month: Month, entry: &ExpiryEntry) -> Result<(), StorageError> {
        let account = entry.key.scope.account.as_ref().map(AccountId::as_str);
        let item = Writer::new(expiry_partition(entry.key.scope.mode, month), expiry_sort(&entry.key))
            .text("customer", entry.key.customer.as_str())
            .optional_text("account", account)
            .text("processor", entry.processor.name())
            .finish();
        let put = self.database.client().put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(|error| classify("PutItem", error))?;
        Ok(())
    }

    async fn due(
        &self,
        mode: Mode,
        month: Month,
        after: Option<&CustomerKey>,
        most: u16,
    ) -> Result<Vec<ExpiryEntry>, StorageError> {
        let partition = expiry_partition(mode, month);
        let start = after.map(|after| key(partition.clone(), expiry_sort(after)));
        let query = self
            .database
            .client()
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :month")
            .expression_attribute_values(":month", text(partition))
            .set_exclusive_start_key(start)
            // Consistent: an entry that was settled a moment ago must not come again.
            .consistent_read(true)
            .limit(i32::from(most));
        let answer = query.send().await.map_err(|error| classify("Query", error))?;
        let items = answer.items.unwrap_or_default();
        items.iter().map(|item| Ok(read_entry(mode, &Reader::new(TABLE, item))?)).collect()
    }

    async fn settle(&self, month: Month, key: &CustomerKey) -> Result<(), StorageError> {
        self.delete(expiry_partition(key.scope.mode, month), expiry_sort(key)).await
    }
}

impl DynamoAccess {
    async fn delete(&self, partition: String, sort: String) -> Result<(), StorageError> {
        let delete = self
            .database
            .client()
            .delete_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(partition))
            .key(SORT_KEY, text(sort));
        delete.send().await.map_err(|error| classify("DeleteItem", error))?;
        Ok(())
    }
}

fn partition(key: &CustomerKey) -> String {
    key.scope.partition("customer", key.customer.as_str())
}

/// All accounts of a mode share a month, so that one sweep finds them all.
fn expiry_partition(mode: Mode, month: Month) -> String {
    Scope { mode, account: None }.partition("expiry", &month.to_string())
}

fn expiry_sort(key: &CustomerKey) -> String {
    let account = key.scope.account.as_ref().map(AccountId::as_str).unwrap_or_default();
    format!("{account}#customer#{}", key.customer)
}

fn write_record(key: &CustomerKey, record: &Record) -> Attributes {
    Writer::new(partition(key), ACCESS)
        .text("processor", record.subject.processor.name())
        .nested("facts", write_facts(&record.facts))
        .nested("told", write_told(&record.told))
        .nested("recorded", write_told(&record.recorded))
        .texts("outbox", record.outbox.iter().map(write_event))
        .texts("held_back", record.held_back.iter().map(write_event))
        .optional_timestamp("reminder_at", record.reminder_at)
        .optional_timestamp("claimed_until", record.claimed_until)
        .integer("sequence", record.sequence)
        .integer("version", record.version.saturating_add(1))
        .finish()
}

fn read_record(key: &CustomerKey, item: &Reader<'_>) -> Result<Record, CorruptItem> {
    let subject = Subject {
        processor: read_processor(item)?,
        livemode: key.scope.mode == Mode::Live,
        account: key.scope.account.clone(),
        customer: key.customer.clone(),
    };
    Ok(Record {
        subject,
        facts: read_facts(&item.map("facts")?)?,
        told: read_told(&item.map("told")?)?,
        recorded: read_told(&item.map("recorded")?)?,
        outbox: read_events(item, "outbox")?,
        held_back: read_events(item, "held_back")?,
        reminder_at: item.optional_timestamp("reminder_at")?,
        claimed_until: item.optional_timestamp("claimed_until")?,
        sequence: item.integer("sequence")?,
        version: item.integer("version")?,
    })
}

/// An event is kept as the JSON that it is on the hub: what was decided is what is sent, also by a newer function.
fn write_event(event: &HubEvent) -> String {
    serde_json::to_string(event).expect("names, texts and numbers are always JSON")
}

fn read_events(item: &Reader<'_>, name: &str) -> Result<Vec<HubEvent>, CorruptItem> {
    let events = item.texts(name)?.into_iter().map(serde_json::from_str).collect::<Result<_, _>>();
    events.map_err(|error| item.corrupt(name, &format!("cannot be read: {error}")))
}

fn read_processor(item: &Reader<'_>) -> Result<Processor, CorruptItem> {
    let known = [Processor::Stripe, Processor::CheckoutCom];
    let processor = known.into_iter().find(|processor| item.optional_text("processor") == Ok(Some(processor.name())));
    processor.ok_or_else(|| item.corrupt("processor", "is none of stripe, checkout_com"))
}

fn read_entry(mode: Mode, item: &Reader<'_>) -> Result<ExpiryEntry, CorruptItem> {
    let account = item.optional_parsed("account", AccountId::new)?;
    let customer = item.parsed("customer", CustomerId::new)?;
    Ok(ExpiryEntry { key: CustomerKey { scope: Scope { mode, account }, customer }, processor: read_processor(item)? })
}

fn write_told(told: &Told) -> Writer {
    let months = told.expiring.iter().fold(Writer::map(), |map, (id, month)| map.text(id.as_str(), month.to_string()));
    Writer::map()
        .optional_text("access", told.access.map(announcement_name))
        .nested("expiring", months)
        .optional_text("removed", told.removed.as_ref().map(PaymentMethodId::as_str))
}

fn read_told(item: &Reader<'_>) -> Result<Told, CorruptItem> {
    let access = match item.optional_text("access")? {
        None => None,
        Some(name) => Some(
            [Announcement::GraceStarted, Announcement::Held, Announcement::Restored]
                .into_iter()
                .find(|announcement| announcement_name(*announcement) == name)
                .ok_or_else(|| item.corrupt("access", "is none of grace_started, held, restored"))?,
        ),
    };
    let months = item.map("expiring")?;
    let mut expiring = BTreeMap::new();
    for name in months.names() {
        expiring.insert(id(&months, name, PaymentMethodId::new)?, months.parsed(name, str::parse::<Month>)?);
    }
    Ok(Told { access, expiring, removed: item.optional_parsed("removed", PaymentMethodId::new)? })
}

const fn announcement_name(announcement: Announcement) -> &'static str {
    match announcement {
        Announcement::GraceStarted => "grace_started",
        Announcement::Held => "held",
        Announcement::Restored => "restored",
    }
}

fn write_facts(facts: &Facts) -> Writer {
    Writer::map()
        .optional_timestamp("known_since", facts.known_since)
        .optional_timestamp("last_paid_at", facts.last_paid_at)
        .nested("invoices", write_all(facts.invoices.iter().map(|(id, it)| (id.as_str(), write_invoice(it)))))
        .nested("payments", write_all(facts.payments.iter().map(|(id, it)| (id.as_str(), write_payment(it)))))
        .nested("methods", write_all(facts.methods.iter().map(|(id, it)| (id.as_str(), write_method(it)))))
        .nested(
            "subscriptions",
            facts.subscriptions.iter().fold(Writer::map(), |map, (id, standings)| {
                map.texts(id.as_str(), standings.iter().map(|(at, standing)| format!("{at} {}", standing.name())))
            }),
        )
}

fn write_all<'id>(entries: impl Iterator<Item = (&'id str, Writer)>) -> Writer {
    entries.fold(Writer::map(), |map, (id, entry)| map.nested(id, entry))
}

fn read_facts(item: &Reader<'_>) -> Result<Facts, CorruptItem> {
    Ok(Facts {
        known_since: item.optional_timestamp("known_since")?,
        last_paid_at: item.optional_timestamp("last_paid_at")?,
        invoices: read_all(item, "invoices", InvoiceId::new, read_invoice)?,
        payments: read_all(item, "payments", PaymentId::new, read_payment)?,
        methods: read_all(item, "methods", PaymentMethodId::new, read_method)?,
        subscriptions: read_subscriptions(&item.map("subscriptions")?)?,
    })
}

fn read_all<I: Ord, T>(
    item: &Reader<'_>,
    name: &str,
    new_id: fn(String) -> Result<I, IdError>,
    read: fn(&Reader<'_>) -> Result<T, CorruptItem>,
) -> Result<BTreeMap<I, T>, CorruptItem> {
    let entries = item.map(name)?;
    let mut all = BTreeMap::new();
    for name in entries.names() {
        all.insert(id(&entries, name, new_id)?, read(&entries.map(name)?)?);
    }
    Ok(all)
}

fn id<I>(item: &Reader<'_>, name: &str, new: fn(String) -> Result<I, IdError>) -> Result<I, CorruptItem> {
    new(name.to_owned()).map_err(|error| item.corrupt(name, &error.to_string()))
}

fn write_invoice(invoice: &InvoiceFacts) -> Writer {
    let demand = invoice.demand.as_ref();
    let writer = Writer::map()
        .optional_timestamp("failed_since", invoice.failed_since)
        .integer("attempt", invoice.attempt)
        .optional_timestamp("final_since", invoice.final_since)
        .optional_text("decline", invoice.decline.map(decline_name))
        .optional_timestamp("settled_at", invoice.settled_at)
        .flag("is_paid", invoice.is_paid)
        .flag("is_first", invoice.is_first)
        .optional_text("subscription", invoice.subscription.as_ref().map(SubscriptionId::as_str))
        .timestamp("last_said_at", invoice.last_said_at);
    let Some((attempt, at, demand)) = demand else { return writer };
    writer.nested(
        "demand",
        Writer::map()
            .integer("attempt", *attempt)
            .timestamp("at", *at)
            .integer("amount_minor", demand.amount_minor)
            .text("currency", demand.currency.code())
            .optional_text("pay_url", demand.pay_url.as_deref()),
    )
}

fn read_invoice(item: &Reader<'_>) -> Result<InvoiceFacts, CorruptItem> {
    let demand = match item.optional_map("demand")? {
        None => None,
        Some(map) => {
            let demand = Demand {
                amount_minor: map.integer("amount_minor")?,
                currency: map.parsed("currency", Currency::new)?,
                pay_url: map.optional_text("pay_url")?.map(str::to_owned),
            };
            Some((map.integer("attempt")?, map.timestamp("at")?, demand))
        }
    };
    Ok(InvoiceFacts {
        failed_since: item.optional_timestamp("failed_since")?,
        attempt: item.integer("attempt")?,
        final_since: item.optional_timestamp("final_since")?,
        decline: read_decline(item)?,
        settled_at: item.optional_timestamp("settled_at")?,
        is_paid: item.flag("is_paid")?,
        is_first: item.flag("is_first")?,
        subscription: item.optional_parsed("subscription", SubscriptionId::new)?,
        demand,
        last_said_at: item.timestamp("last_said_at")?,
    })
}

fn write_payment(payment: &PaymentFacts) -> Writer {
    Writer::map()
        .timestamp("failed_since", payment.failed_since)
        .timestamp("last_failed_at", payment.last_failed_at)
        .text("decline", decline_name(payment.decline))
}

fn read_payment(item: &Reader<'_>) -> Result<PaymentFacts, CorruptItem> {
    Ok(PaymentFacts {
        failed_since: item.timestamp("failed_since")?,
        last_failed_at: item.timestamp("last_failed_at")?,
        decline: read_decline(item)?.ok_or_else(|| item.corrupt("decline", "is missing"))?,
    })
}

fn write_method(method: &MethodFacts) -> Writer {
    let writer = Writer::map()
        .optional_timestamp("present_since", method.present_since)
        .optional_timestamp("removed_at", method.removed_at)
        .timestamp("last_said_at", method.last_said_at);
    let Some((at, card)) = &method.card else { return writer };
    writer.nested(
        "card",
        Writer::map()
            .timestamp("said_at", *at)
            .text("expires", card.expires.to_string())
            .optional_text("brand", card.brand.as_deref())
            .optional_text("last4", card.last4.as_deref()),
    )
}

fn read_method(item: &Reader<'_>) -> Result<MethodFacts, CorruptItem> {
    let card = match item.optional_map("card")? {
        None => None,
        Some(map) => {
            let card = Card {
                expires: map.parsed("expires", str::parse)?,
                brand: map.optional_text("brand")?.map(str::to_owned),
                last4: map.optional_text("last4")?.map(str::to_owned),
            };
            Some((map.timestamp("said_at")?, card))
        }
    };
    Ok(MethodFacts {
        present_since: item.optional_timestamp("present_since")?,
        removed_at: item.optional_timestamp("removed_at")?,
        card,
        last_said_at: item.timestamp("last_said_at")?,
    })
}

fn read_subscriptions(
    item: &Reader<'_>,
) -> Result<BTreeMap<SubscriptionId, BTreeSet<(Timestamp, Standing)>>, CorruptItem> {
    let mut subscriptions = BTreeMap::new();
    for name in item.names() {
        let standings = item.texts(name)?.into_iter().map(read_standing).collect::<Option<_>>();
        let standings = standings.ok_or_else(|| item.corrupt(name, "is no list of times and standings"))?;
        subscriptions.insert(id(item, name, SubscriptionId::new)?, standings);
    }
    Ok(subscriptions)
}

fn read_standing(text: &str) -> Option<(Timestamp, Standing)> {
    let (at, standing) = text.split_once(' ')?;
    Some((at.parse().ok()?, Standing::of_name(standing)?))
}

const fn decline_name(decline: Decline) -> &'static str {
    match decline {
        Decline::AuthenticationRequired => "authentication_required",
        Decline::Soft => "soft",
        Decline::NoMethod => "no_method",
        Decline::Hard => "hard",
    }
}

fn read_decline(item: &Reader<'_>) -> Result<Option<Decline>, CorruptItem> {
    item.optional_parsed("decline", |name| {
        [Decline::AuthenticationRequired, Decline::Soft, Decline::NoMethod, Decline::Hard]
            .into_iter()
            .find(|decline| decline_name(*decline) == name)
            .ok_or(Unknown)
    })
}

/// A word that is not in the list.
struct Unknown;

impl Display for Unknown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the word is not known")
    }
}
