//! Past events: what the reconciler looks through. docs.stripe.com/api/events/list: the last 30 days, newest first.

use jiff::Timestamp;
use lambda_kit::{Entropy, Timer};
use processor_events::ids::EventId;
use serde_json::Value;

use crate::{KeySource, List, Stripe, StripeError, form::Form, transport::Transport};

/// The most objects that Stripe puts on one page of a v1 list.
pub(crate) const PAGE_SIZE: u8 = 100;

/// Which events to list.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Created before this time.
    pub created_before: Option<Timestamp>,
    /// Only these types, at most 20; empty: all. `invoice.*` is allowed.
    pub types: Vec<String>,
    /// Only events that some webhook endpoint or destination did not take (`false`), or that all took (`true`).
    pub delivered: Option<bool>,
    /// The page behind this event.
    pub starting_after: Option<EventId>,
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// One page of events as Stripe shaped them at the time, newest first.
    pub async fn events(&self, query: &EventQuery) -> Result<List<Value>, StripeError> {
        let mut form = Form::new()
            .with("limit", PAGE_SIZE)
            .with_some("created[gte]", query.created_from.map(Timestamp::as_second))
            .with_some("created[lt]", query.created_before.map(Timestamp::as_second))
            .with_some("delivery_success", query.delivered)
            .with_some("starting_after", query.starting_after.as_ref());
        for (index, kind) in query.types.iter().enumerate() {
            form = form.with(format!("types[{index}]"), kind);
        }
        self.get("GET /v1/events", "/v1/events", &form).await
    }
}
