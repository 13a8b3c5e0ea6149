//! What the resource needs from outside.

use std::collections::BTreeMap;

use secrecy::SecretString;
use stripe_api::SecretKey;
use thiserror::Error;

use crate::{Changes, Desired, Destination, DestinationId, SourceState, request::ResponseUrl};

/// Stripe's event destinations. Every call says for whom, because one function serves several destinations.
pub trait Destinations {
    /// All destinations of the type `amazon_eventbridge`, from all pages.
    fn list(&self, call: &Call<'_>) -> impl Future<Output = Result<Vec<Destination>, StripeError>>;

    /// One destination; `None` when there is no such.
    fn retrieve(
        &self,
        call: &Call<'_>,
        id: &DestinationId,
    ) -> impl Future<Output = Result<Option<Destination>, StripeError>>;

    /// Makes a destination; with a known idempotency key it answers what it made before.
    fn create(
        &self,
        call: &Call<'_>,
        new: &NewDestination<'_>,
    ) -> impl Future<Output = Result<Destination, StripeError>>;

    /// Changes a destination.
    fn update(
        &self,
        call: &Call<'_>,
        id: &DestinationId,
        changes: &Changes,
    ) -> impl Future<Output = Result<Destination, StripeError>>;

    /// Switches a destination on.
    fn enable(&self, call: &Call<'_>, id: &DestinationId) -> impl Future<Output = Result<Destination, StripeError>>;

    /// Removes a destination. That there is none is success.
    fn delete(&self, call: &Call<'_>, id: &DestinationId) -> impl Future<Output = Result<(), StripeError>>;
}

/// For whom and why Stripe is called.
#[derive(Debug)]
pub struct Call<'a> {
    /// The key of the merchant's account.
    pub key: SecretKey,
    /// CloudFormation's request: part of every idempotency key, because the same change may be wanted again later.
    pub request_id: &'a str,
}

/// A destination to be made.
#[derive(Debug)]
pub struct NewDestination<'a> {
    /// Makes the call repeatable.
    pub idempotency_key: String,
    /// What the template asks for.
    pub desired: &'a Desired,
    /// The merchant's metadata with our marks.
    pub metadata: BTreeMap<String, String>,
}

/// Why a call to Stripe did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct StripeError {
    /// What Stripe or the network said.
    pub message: String,
    /// What can be done about it.
    pub kind: StripeErrorKind,
}

/// What can be done about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripeErrorKind {
    /// It may succeed later: no answer, too many requests, a server error.
    Passing,
    /// Stripe does not take the key, or the key may not do this.
    KeyRefused,
    /// It will fail again.
    Permanent,
}

/// Where Stripe's API key is kept.
pub trait Keys {
    /// The text of a secret.
    fn secret(&self, secret_arn: &str) -> impl Future<Output = Result<SecretString, OutsideError>>;
}

/// EventBridge's own view of a partner source: only what it knows can be taken by a bus.
pub trait Sources {
    /// The state of a source; `None` when there is no such.
    fn state(&self, name: &str) -> impl Future<Output = Result<Option<SourceState>, OutsideError>>;
}

/// The way back to CloudFormation.
pub trait Answers {
    /// Puts an answer to where CloudFormation waits for it. The URL must not appear in the error.
    fn put(&self, url: &ResponseUrl, body: &str) -> impl Future<Output = Result<(), OutsideError>>;
}

/// Why something outside did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct OutsideError {
    /// What it said.
    pub message: String,
    /// Whether the same call may succeed later.
    pub passing: bool,
}
