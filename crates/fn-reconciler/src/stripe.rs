//! The events that Stripe keeps.

use lambda_kit::{Entropy, Failure, Timer};
use processor_events::event::Mode;
use stripe_api::{EventQuery, KeySource, Stripe, Transport};

use crate::{EventList, Page, Query};

/// Stripe filters by at most so many types (docs.stripe.com/api/events/list).
const MOST_TYPES: usize = 20;

/// Stripe's list of events.
#[derive(Debug)]
pub struct StripeEvents<T, K, W, E> {
    stripe: Stripe<T, K, W, E>,
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> StripeEvents<T, K, W, E> {
    /// Lists with this client.
    pub const fn new(stripe: Stripe<T, K, W, E>) -> Self {
        Self { stripe }
    }
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> EventList for StripeEvents<T, K, W, E> {
    async fn mode(&self) -> Result<Mode, Failure> {
        let mode = self.stripe.mode().await.map_err(|error| Failure::new("StripeUnavailable", &error))?;
        mode.ok_or_else(|| Failure::message("NoKey", "no key of Stripe is configured"))
    }

    async fn page(&self, query: &Query<'_>) -> Result<Page, Failure> {
        // More types than Stripe filters by: all are listed, and the others left out here.
        let types = if query.types.len() > MOST_TYPES { Vec::new() } else { query.types.to_vec() };
        let asked = EventQuery {
            created_from: Some(query.from),
            created_before: Some(query.before),
            types,
            delivered: None,
            starting_after: query.after.clone(),
        };
        let list = self.stripe.events(&asked).await.map_err(|error| Failure::new("StripeUnavailable", &error))?;
        Ok(Page { events: list.data, has_more: list.has_more })
    }
}
