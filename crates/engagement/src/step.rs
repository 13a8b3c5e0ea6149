//! How the workflow's steps talk with it: what they answer, and the errors that no repetition mends.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::Input;

/// The names of errors that no repetition mends. The first `Retry` of each task names those its function can have; everything
/// else is tried again, because every step may run twice.
pub mod permanent {
    /// The step was called with something else than it takes.
    pub const INVALID_REQUEST: &str = "InvalidRequest";
    /// An item in a table cannot be understood.
    pub const ITEM_CORRUPT: &str = "ItemCorrupt";
    /// A table refuses the call: a permission or the table is missing.
    pub const STORAGE_REFUSED: &str = "StorageRefused";
    /// Stripe refuses the call.
    pub const STRIPE_REFUSED: &str = "StripeRefused";
    /// Stripe refuses the key.
    pub const STRIPE_UNAUTHORIZED: &str = "StripeUnauthorized";

    /// All of them.
    pub const ALL: [&str; 5] = [INVALID_REQUEST, ITEM_CORRUPT, STORAGE_REFUSED, STRIPE_REFUSED, STRIPE_UNAUTHORIZED];
}

/// What a step answers. The machine keeps the outcome and shows it; nothing else travels back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// One word: `sent`, `granted`, `nothing_to_offer`.
    pub outcome: &'static str,
}

/// A call that is none.
#[derive(Debug, Error)]
#[error("the step was called with something that it cannot read")]
pub struct RequestError(#[source] serde_json::Error);

/// A call of the machine: the input of its execution and, where a function has several steps, which one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call<S> {
    /// Which step.
    pub step: S,
    /// The input of the execution.
    pub engagement: Input,
}

impl<S: for<'de> Deserialize<'de>> Call<S> {
    /// Reads a call.
    pub fn read(value: Value) -> Result<Self, RequestError> {
        serde_json::from_value(value).map_err(RequestError)
    }
}
