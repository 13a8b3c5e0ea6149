//! The ids that processors give their objects, each a type of its own, in alphabetical order.
//!
//! An id is 1 to 255 characters of `[A-Za-z0-9_.-]`. That keeps `#` and white space out of storage keys. (Execution names of
//! Step Functions allow no `.` and 80 characters only: they are derived, not copied.)
//! Prefixes (`in_`, `cus_`) are not checked: merchants moved old customers over with ids of their own. The readers check the kind
//! of object instead.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Nothing there.
    #[error("the id is empty")]
    Empty,
    /// Longer than [`MAX_ID_LENGTH`].
    #[error("the id has {length} characters, more than {MAX_ID_LENGTH}")]
    TooLong {
        /// How long it is, in bytes.
        length: usize,
    },
    /// A character outside `[A-Za-z0-9_.-]`.
    #[error("the id has the character {character:?}, only letters, digits, `_`, `.` and `-` are allowed")]
    Character {
        /// The first character that is not allowed.
        character: char,
    },
}

/// The longest id Stripe promises: "no longer than 255 characters" (docs.stripe.com/upgrades, backwards-compatible changes).
pub const MAX_ID_LENGTH: usize = 255;

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_ID_LENGTH {
        return Err(IdError::TooLong { length: text.len() });
    }
    // All are looked at in any case: so it is done many at a time, and nearly every id is sound.
    if text.bytes().fold(true, |all, byte| all & is_allowed(byte)) {
        return Ok(());
    }
    let character = text.chars().find(|character| !u8::try_from(*character).is_ok_and(is_allowed));
    Err(IdError::Character { character: character.unwrap_or_default() })
}

const fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'.' | b'-')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text that keeps the rules of the module.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            /// The id as the processor writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A connected account on whose behalf an event happened (`acct_`).
    AccountId;
    /// One capture of a payment that can have several (Checkout.com: `act_`).
    CaptureId;
    /// A charge (`ch_`, `py_`).
    ChargeId;
    /// A customer (`cus_`; Stripe also has `gcus_` for guests).
    CustomerId;
    /// A dispute (`dp_`, `du_`).
    DisputeId;
    /// An event of the processor (`evt_`), not of EventBridge.
    EventId;
    /// An invoice (`in_`).
    InvoiceId;
    /// What was paid: a PaymentIntent (`pi_`), a charge without one (`ch_`, `py_`), or another processor's payment (`pay_`).
    PaymentId;
    /// A payment method, source or card (`pm_`, `src_`, `card_`).
    PaymentMethodId;
    /// A refund (`re_`, `pyr_`).
    RefundId;
    /// A subscription (`sub_`).
    SubscriptionId;
}
