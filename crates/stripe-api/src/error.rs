//! How a call to Stripe can end badly.

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

use crate::keys::KeyError;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum StripeError {
    /// No key is configured: the team has not connected this capability.
    #[error("no Stripe key is configured")]
    NotConfigured,
    /// The key cannot be read.
    #[error("read the Stripe key")]
    Key(#[from] KeyError),
    /// Stripe refuses the key, the current and the previous one.
    #[error("{operation}: Stripe does not accept the key: {refusal}")]
    Unauthorized {
        /// Method and route.
        operation: &'static str,
        /// What Stripe said.
        refusal: Box<Refusal>,
    },
    /// Nothing of that id.
    #[error("{operation}: not found: {refusal}")]
    NotFound {
        /// Method and route.
        operation: &'static str,
        /// What Stripe said.
        refusal: Box<Refusal>,
    },
    /// Stripe refused the call and will refuse it again.
    #[error("{operation} was refused: {refusal}")]
    Refused {
        /// Method and route.
        operation: &'static str,
        /// What Stripe said.
        refusal: Box<Refusal>,
    },
    /// Too many calls at once, for longer than we wait.
    #[error("{operation} was rate limited {attempts} times")]
    RateLimited {
        /// Method and route.
        operation: &'static str,
        /// How often it was tried.
        attempts: u32,
    },
    /// No answer, or one that says "try again". The call may have had its effect.
    #[error("{operation} got no usable answer in {attempts} attempts: {reason}")]
    Unavailable {
        /// Method and route.
        operation: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// What was seen last.
        reason: String,
    },
    /// Stripe keeps answering with the server error it once gave under this idempotency key. Look whether the effect is there;
    /// if not, ask under another key.
    #[error("{operation}: the idempotency key is bound to a server error")]
    KeySpent {
        /// Method and route.
        operation: &'static str,
    },
    /// An answer that does not have the documented shape.
    #[error("{operation}: the answer cannot be read: {reason}")]
    Unreadable {
        /// Method and route.
        operation: &'static str,
        /// Which field, without its content.
        reason: String,
    },
}

impl StripeError {
    /// Whether the same call may get its answer in a minute, without anybody doing anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Key(KeyError::Unreadable { .. }) => true,
            Self::NotConfigured
            | Self::Key(KeyError::NoKey)
            | Self::Unauthorized { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::KeySpent { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// The stable name, for workflows, metrics and alarms.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotConfigured => "StripeNotConfigured",
            Self::Key(_) => "StripeKeyUnreadable",
            Self::Unauthorized { .. } => "StripeUnauthorized",
            Self::NotFound { .. } | Self::Refused { .. } => "StripeRefused",
            Self::RateLimited { .. } => "StripeRateLimited",
            Self::Unavailable { .. } | Self::KeySpent { .. } => "StripeUnavailable",
            Self::Unreadable { .. } => "StripeUnreadable",
        }
    }
}

/// What Stripe says about a call that it refuses (docs.stripe.com/api/errors; v2 may leave the type out).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Such as `invalid_request_error`.
    pub kind: Option<String>,
    /// Such as `resource_already_exists`.
    pub code: Option<String>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// Stripe's words for developers.
    pub message: Option<String>,
    /// Names the request in Stripe's own logs.
    pub request_id: Option<String>,
}

impl Refusal {
    /// Reads an error body; a body of another shape leaves only the status.
    pub(crate) fn read(status: u16, body: &[u8], request_id: Option<&str>) -> Self {
        let error = serde_json::from_slice::<Wire>(body).map(|wire| wire.error).unwrap_or_default();
        Self {
            status,
            kind: error.kind,
            code: error.code,
            param: error.param,
            message: error.message,
            request_id: request_id.map(str::to_owned),
        }
    }

    /// Whether Stripe gave this code.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

#[derive(Deserialize)]
struct Wire {
    error: WireError,
}

#[derive(Deserialize, Default)]
struct WireError {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "status {}", self.status)?;
        for (name, value) in [
            ("type", &self.kind),
            ("code", &self.code),
            ("parameter", &self.param),
            ("request", &self.request_id),
            ("message", &self.message),
        ] {
            if let Some(value) = value {
                write!(formatter, ", {name} {value:?}")?;
            }
        }
        Ok(())
    }
}
