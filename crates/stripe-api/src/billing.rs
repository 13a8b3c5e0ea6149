//! What customers are and have: themselves, their subscriptions.

use jiff::Timestamp;
use lambda_kit::{Entropy, Timer};
use processor_events::{
    Currency, Personal,
    ids::{CustomerId, SubscriptionId},
};
use serde::Deserialize;

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
    /// The only currency that invoices of this customer can have, once there was one.
    pub currency: Option<Currency>,
    /// Deleted customers can still be read, and have nothing else.
    pub deleted: bool,
}

/// A subscription, as far as we need one (`docs.stripe.com/api/subscriptions/object`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Stripe's word: `active`, `trialing`, `past_due`, `canceled`.
    pub status: String,
    /// The currency of its invoices.
    pub currency: Currency,
}

impl Subscription {
    /// Whether another invoice is to be expected, on which a balance credit counts.
    #[must_use]
    pub fn bills(&self) -> bool {
        matches!(self.status.as_str(), "active" | "trialing" | "past_due")
    }
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// One page of customers, newest first.
    pub async fn customers(&self, starting_after: Option<&CustomerId>) -> Result<List<Customer>, StripeError> {
        let form = Form::new().with("limit", PAGE_SIZE).with_some("starting_after", starting_after);
        let list: List<WireCustomer> = self.get("GET /v1/customers", "/v1/customers", &form).await?;
        let data = list.data.into_iter().map(|wire| wire.read("GET /v1/customers")).collect::<Result<_, _>>()?;
        Ok(List { data, has_more: list.has_more })
    }

    /// One customer.
    pub async fn customer(&self, id: &CustomerId) -> Result<Customer, StripeError> {
        const OPERATION: &str = "GET /v1/customers/{id}";
        let wire: WireCustomer = self.get(OPERATION, &format!("/v1/customers/{id}"), &Form::new()).await?;
        wire.read(OPERATION)
    }

    /// The customer's subscriptions that have not ended, at most 100.
    pub async fn subscriptions(&self, customer: &CustomerId) -> Result<List<Subscription>, StripeError> {
        let form = Form::new().with("customer", customer).with("limit", PAGE_SIZE);
        self.get("GET /v1/subscriptions", "/v1/subscriptions", &form).await
    }
}

#[derive(Deserialize)]
struct WireCustomer {
    id: CustomerId,
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
    currency: Option<Currency>,
    #[serde(default)]
    deleted: bool,
}

impl WireCustomer {
    fn read(self, operation: &'static str) -> Result<Customer, StripeError> {
        // A deleted customer has nothing but its id.
        let created = Timestamp::from_second(self.created.unwrap_or_default())
            .map_err(|_| StripeError::Unreadable { operation, reason: "created is no time".to_owned() })?;
        Ok(Customer {
            id: self.id,
            created,
            email: self.email.map(Personal::new),
            name: self.name.map(Personal::new),
            phone: self.phone.map(Personal::new),
            preferred_locales: self.preferred_locales.unwrap_or_default(),
            currency: self.currency,
            deleted: self.deleted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_personal_and_a_deleted_one_is_empty() {
        let wire: WireCustomer = serde_json::from_str(
            r#"{"id":"cus_1","object":"customer","created":1700000000,"email":"ada@example.com","name":null,"currency":"usd","preferred_locales":[]}"#,
        )
        .unwrap();
        let customer = wire.read("o").unwrap();
        assert!(!format!("{customer:?}").contains("ada"));
        assert_eq!(customer.currency, Some(Currency::USD));
        let wire: WireCustomer = serde_json::from_str(r#"{"id":"cus_2","object":"customer","deleted":true}"#).unwrap();
        assert!(wire.read("o").unwrap().deleted);
    }

    #[test]
    fn only_a_subscription_that_goes_on_bills() {
        for (status, bills) in [
            ("active", true),
            ("trialing", true),
            ("past_due", true),
            ("canceled", false),
            ("paused", false),
            ("unpaid", false),
        ] {
            let id = SubscriptionId::new("sub_1").unwrap();
            let subscription = Subscription { id, status: status.to_owned(), currency: Currency::USD };
            assert_eq!(subscription.bills(), bills, "{status}");
        }
    }
}
