//! Personal offers, each with its expiry and its reasons.
//!
//! | item of the customers table | partition key | sort key |
//! |---|---|---|
//! | an offer | `live#customer#<id>` | `offer#<name>` |

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use engagement::offers::Offer;
use jiff::Timestamp;

use crate::{
    CorruptItem, Database, StorageError,
    customers::CustomerKey,
    error::classify,
    item::{Attributes, Reader, Writer, number, text},
};

/// Keeps offers. Needs `dynamodb:Query` and, to add, `dynamodb:PutItem`.
pub trait Offers {
    /// All offers of a customer, also those that have expired, read consistently, by name.
    fn offers(&self, customer: &CustomerKey) -> impl Future<Output = Result<Vec<Offer>, StorageError>>;

    /// Adds an offer unless one of that name is open; says whether it was added.
    fn add(
        &self,
        customer: &CustomerKey,
        offer: &Offer,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StorageError>>;
}

/// Offers in memory: for tests and the simulation.
#[derive(Debug, Default)]
pub struct InMemoryOffers {
    offers: Mutex<BTreeMap<(CustomerKey, String), Offer>>,
}

impl InMemoryOffers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(CustomerKey, String), Offer>> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Offers for InMemoryOffers {
    async fn offers(&self, customer: &CustomerKey) -> Result<Vec<Offer>, StorageError> {
        let offers = self.lock();
        Ok(offers.iter().filter(|((owner, _), _)| owner == customer).map(|(_, offer)| offer.clone()).collect())
    }

    async fn add(&self, customer: &CustomerKey, offer: &Offer, now: Timestamp) -> Result<bool, StorageError> {
        let mut offers = self.lock();
        let key = (customer.clone(), offer.name.clone());
        if offers.get(&key).is_some_and(|stored| stored.is_open(now)) {
            return Ok(false);
        }
        offers.insert(key, offer.clone());
        Ok(true)
    }
}

const TABLE: &str = "customers";

/// Offers in the customers table.
#[derive(Debug, Clone)]
pub struct DynamoOffers {
    database: Database,
    table: String,
}

impl DynamoOffers {
    /// Takes the connection and the name of the table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }
}

impl Offers for DynamoOffers {
    async fn offers(&self, customer: &CustomerKey) -> Result<Vec<Offer>, StorageError> {
        // One page: a program has some ten offers, and a page holds 1 MB.
        let answer = self
            .database
            .client()
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :customer AND begins_with(sk, :offer)")
            .expression_attribute_values(":customer", text(partition(customer)))
            .expression_attribute_values(":offer", text("offer#"))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| classify("Query", error))?;
        let items = answer.items.unwrap_or_default();
        Ok(items.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn add(&self, customer: &CustomerKey, offer: &Offer, now: Timestamp) -> Result<bool, StorageError> {
        let answer = self
            .database
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(customer, offer)))
            .condition_expression("attribute_not_exists(pk) OR good_until <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(classify("PutItem", error)),
            },
        }
    }
}

fn partition(customer: &CustomerKey) -> String {
    customer.scope.partition("customer", customer.customer.as_str())
}

fn write(customer: &CustomerKey, offer: &Offer) -> Attributes {
    Writer::new(partition(customer), format!("offer#{}", offer.name))
        .text("customer_id", customer.customer.as_str())
        .text("name", &offer.name)
        .text("title", &offer.title)
        .optional_text("because", offer.because.as_deref())
        .text("explanation", &offer.explanation)
        .texts("deciding_entries", offer.deciding_entries.iter().cloned())
        .text("occasion", &offer.occasion)
        .timestamp("expires_at", offer.expires_at)
        // For the condition: seconds since 1970.
        .integer("good_until", offer.expires_at.as_second())
        .finish()
}

fn read(item: &Attributes) -> Result<Offer, CorruptItem> {
    let reader = Reader::new(TABLE, item);
    Ok(Offer {
        name: reader.text("name")?.to_owned(),
        title: reader.text("title")?.to_owned(),
        because: reader.optional_text("because")?.map(str::to_owned),
        explanation: reader.text("explanation")?.to_owned(),
        deciding_entries: reader.texts("deciding_entries")?.into_iter().map(str::to_owned).collect(),
        occasion: reader.text("occasion")?.to_owned(),
        expires_at: reader.timestamp("expires_at")?,
    })
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use processor_events::{event::Mode, ids::CustomerId};

    use super::*;
    use crate::{Scope, emulator::with_table};

    fn customer(id: &str) -> CustomerKey {
        let scope = Scope { mode: Mode::Test, account: None };
        CustomerKey { scope, customer: CustomerId::new(id).unwrap() }
    }

    fn offer(name: &str, expires_at: &str) -> Offer {
        Offer {
            name: name.to_owned(),
            title: "20% off".to_owned(),
            because: (name == "a").then(|| "Because you run".to_owned()),
            explanation: "because it is for everybody".to_owned(),
            deciding_entries: vec!["stripe:pi_1/award".to_owned()],
            occasion: "stripe:pi_1/award".to_owned(),
            expires_at: expires_at.parse().unwrap(),
        }
    }

    async fn contract(offers: impl Offers) {
        let now = "2026-08-01T12:00:00Z".parse().unwrap();
        let (ada, bob) = (customer("cus_ada"), customer("cus_bob"));
        let open = offer("a", "2026-08-02T12:00:00Z");
        assert!(offers.add(&ada, &open, now).await.unwrap());
        assert!(!offers.add(&ada, &offer("a", "2026-09-01T12:00:00Z"), now).await.unwrap(), "it is open");
        assert!(offers.add(&ada, &offer("b", "2026-08-01T12:00:00Z"), now).await.unwrap());
        let renewed = offer("b", "2026-09-01T12:00:00Z");
        assert!(offers.add(&ada, &renewed, now).await.unwrap(), "it had expired");
        assert_eq!(offers.offers(&ada).await.unwrap(), [open, renewed]);
        assert_eq!(offers.offers(&bob).await.unwrap(), []);
    }

    #[test]
    fn in_memory_an_open_offer_stays() {
        block_on(contract(InMemoryOffers::default()));
    }

    #[test]
    fn in_dynamodb_an_open_offer_stays() {
        with_table(async |database, table| contract(DynamoOffers::new(database, table)).await);
    }
}
