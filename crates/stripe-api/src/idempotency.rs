//! What makes a repeated call one call.

use thiserror::Error;

/// The longest key that Stripe takes (`docs.stripe.com/api/idempotent_requests`).
const MAX_LENGTH: usize = 255;

/// Names one intended change. Stripe answers a second request of the same name with what it answered to the first, for at
/// least 24 hours. Made from the business object and the effect: `tier-reward:cus_1:gold`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an idempotency key has 1 to {MAX_LENGTH} printable ASCII characters")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// Takes 1 to 255 printable ASCII characters.
    pub fn new(text: impl Into<String>) -> Result<Self, IdempotencyKeyError> {
        let text = text.into();
        let fits = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(IdempotencyKeyError) }
    }

    /// The key as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
