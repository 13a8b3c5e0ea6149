//! Customers: one by one, and all of them (docs.stripe.com/api/customers).

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_kit::{Entropy, Timer};
use processor_events::{Currency, Personal, ids::CustomerId};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::{KeySource, List, Stripe, StripeError, events::PAGE_SIZE, form::Form, transport::Transport};

/// A customer, as far as we need one (`docs.stripe.com/api/customers/object`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// When it was made.
    pub created: Timestamp,
    /// Where to write to.
    pub email: Option<Personal<String>>,
    /// How to address the customer.
    pub name: Option<Personal<String>>,
    /// The number to call.
    pub phone: Option<Personal<String>>,
    /// Languages in the customer's order.
    pub preferred_locales: Vec<String>,
    /// What the merchant attached.
    pub metadata: BTreeMap<String, String>,
    /// The only currency that invoices of this customer can have, once there was one.
    pub currency: Option<Currency>,
    /// Deleted customers can still be read, and have nothing else. Lists leave them out.
    pub deleted: bool,
}

/// A page of the list of all customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerPage {
    /// The customers, newest first. One that cannot be read does not keep its neighbours back.
    pub customers: Vec<Result<Customer, UnusableCustomer>>,
    /// The id of the last one as Stripe writes it: the next page is behind it. `None` when there is no next page.
    pub next: Option<String>,
}

/// A customer that Stripe lists and that we cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct UnusableCustomer {
    /// Why, without its content.
    pub reason: String,
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// One page of all customers, newest first, behind the customer of that id.
    pub async fn customer_page(&self, starting_after: Option<&str>) -> Result<CustomerPage, StripeError> {
        const OPERATION: &str = "GET /v1/customers";
        let form = Form::new().with("limit", PAGE_SIZE).with_some("starting_after", starting_after);
        let list: List<Value> = self.get(OPERATION, "/v1/customers", &form).await?;
        let behind = list.data.last().and_then(|object| object["id"].as_str()).map(str::to_owned);
        if list.has_more && behind.is_none() {
            let reason = "there is more, and nothing to continue behind".to_owned();
            return Err(StripeError::Unreadable { operation: OPERATION, reason });
        }
        let customers = list.data.into_iter().map(read_listed).collect();
        Ok(CustomerPage { customers, next: behind.filter(|_| list.has_more) })
    }

    /// One customer.
    pub async fn customer(&self, id: &CustomerId) -> Result<Customer, StripeError> {
        const OPERATION: &str = "GET /v1/customers/{id}";
        let wire: WireCustomer = self.get(OPERATION, &format!("/v1/customers/{id}"), &Form::new()).await?;
        wire.read().map_err(|unusable| StripeError::Unreadable { operation: OPERATION, reason: unusable.reason })
    }
}

fn read_listed(object: Value) -> Result<Customer, UnusableCustomer> {
    let wire: WireCustomer = serde_json::from_value(object).map_err(|error| UnusableCustomer {
        // The message of a serde error may quote a value.
        reason: format!("it has not the shape of a customer ({:?} error)", error.classify()),
    })?;
    wire.read()
}

#[derive(Deserialize)]
struct WireCustomer {
    id: String,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    preferred_locales: Option<Vec<String>>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    currency: Option<Currency>,
    #[serde(default)]
    deleted: bool,
}

impl WireCustomer {
    fn read(self) -> Result<Customer, UnusableCustomer> {
        // Merchants could once choose ids themselves: some chose addresses, so that the id is not quoted.
        let id = CustomerId::new(self.id).map_err(|error| UnusableCustomer { reason: error.to_string() })?;
        // A deleted customer has nothing but its id.
        let created = Timestamp::from_second(self.created.unwrap_or_default())
            .map_err(|_| UnusableCustomer { reason: "created is no time".to_owned() })?;
        Ok(Customer {
            id,
            created,
            email: self.email.map(Personal::new),
            name: self.name.map(Personal::new),
            phone: self.phone.map(Personal::new),
            preferred_locales: self.preferred_locales.unwrap_or_default(),
            metadata: self.metadata.unwrap_or_default(),
            currency: self.currency,
            deleted: self.deleted,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_customer_is_personal_and_a_deleted_one_is_empty() {
        let customer = read_listed(json!({
            "id": "cus_1", "object": "customer", "created": 1_700_000_000, "email": "grace@example.com", "name": null,
            "currency": "usd", "preferred_locales": [], "metadata": {"time_zone": "Europe/Berlin"},
        }))
        .unwrap();
        assert!(!format!("{customer:?}").contains("grace"));
        assert_eq!(customer.currency, Some(Currency::USD));
        assert_eq!(customer.metadata["time_zone"], "Europe/Berlin");
        assert!(read_listed(json!({"id": "cus_2", "object": "customer", "deleted": true})).unwrap().deleted);
    }

    #[test]
    fn a_customer_that_cannot_be_taken_says_why_and_quotes_nothing() {
        for object in [json!({"id": "ada@example.com"}), json!({"email": "ada@example.com"}), json!("ada@example.com")]
        {
            let reason = read_listed(object).unwrap_err().to_string();
            assert!(!reason.contains("ada") && !reason.is_empty(), "{reason}");
        }
    }
}
