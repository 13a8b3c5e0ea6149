//! What customers have: subscriptions.

use lambda_kit::{Entropy, Timer};
use processor_events::{
    Currency,
    ids::{CustomerId, SubscriptionId},
};
use serde::Deserialize;

use crate::{KeySource, List, Stripe, StripeError, events::PAGE_SIZE, form::Form, transport::Transport};

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
    /// The customer's subscriptions that have not ended, at most 100.
    pub async fn subscriptions(&self, customer: &CustomerId) -> Result<List<Subscription>, StripeError> {
        let form = Form::new().with("customer", customer).with("limit", PAGE_SIZE);
        self.get("GET /v1/subscriptions", "/v1/subscriptions", &form).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
