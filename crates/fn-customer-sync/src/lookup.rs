//! Asking the processor which state of a customer is the newest.

use lambda_kit::{Entropy, Timer};
use storage::customers::{Contact, CustomerKey};
use stripe_api::{KeySource, Stripe, StripeError, Transport};

use crate::state::contact_of_stripe;

/// A customer as the processor shows one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Current {
    /// The whole contact.
    Exists(Contact),
    /// The customer has been deleted.
    Deleted,
}

/// Asks the processor.
pub trait Lookup {
    /// The customer now; `None` when the processor cannot be asked about this customer. An error may pass.
    fn current(&self, key: &CustomerKey) -> impl Future<Output = Result<Option<Current>, StripeError>>;
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Lookup for Stripe<T, K, W, E> {
    async fn current(&self, key: &CustomerKey) -> Result<Option<Current>, StripeError> {
        // The key is the platform's and of one mode; others' customers are unknown to it.
        let passing = |error: StripeError| match error {
            StripeError::RateLimited { .. } | StripeError::Unavailable { .. } => Err(error),
            error => {
                tracing::warn!(error.name = error.name(), "the processor cannot be asked for a customer");
                Ok(None)
            }
        };
        match self.mode().await {
            Ok(Some(mode)) if mode == key.scope.mode && key.scope.account.is_none() => {}
            Ok(_) => return Ok(None),
            Err(error) => return passing(error),
        }
        match self.customer(&key.customer).await {
            Ok(customer) if customer.deleted => Ok(Some(Current::Deleted)),
            Ok(customer) => Ok(Some(Current::Exists(contact_of_stripe(&customer)))),
            Err(error) => passing(error),
        }
    }
}

/// Nobody to ask: for tests, and for processors without an API that we know.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLookup;

impl Lookup for NoLookup {
    async fn current(&self, _: &CustomerKey) -> Result<Option<Current>, StripeError> {
        Ok(None)
    }
}
