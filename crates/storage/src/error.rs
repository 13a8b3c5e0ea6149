//! What can go wrong with a table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use lambda_kit::failure::with_causes;
use thiserror::Error;

/// Why a table could not be read or written.
#[derive(Debug, Error)]
pub enum StorageError {
    /// Capacity is exhausted for the moment: put the message back and come later.
    #[error("{operation} was throttled")]
    Throttled {
        /// The DynamoDB operation.
        operation: &'static str,
    },
    /// No answer, or an answer that says "try again". A write may or may not have happened.
    #[error("{operation} got no usable answer: {reason}")]
    Unavailable {
        /// The DynamoDB operation.
        operation: &'static str,
        /// What the client saw. Holds no item content.
        reason: String,
    },
    /// DynamoDB refused the call, and will refuse it again: a missing permission or table, a request beyond a limit.
    #[error("{operation} was refused: {code}: {message}")]
    Refused {
        /// The DynamoDB operation.
        operation: &'static str,
        /// The error's name, such as `AccessDeniedException`.
        code: String,
        /// DynamoDB's own words.
        message: String,
    },
    /// An item is there but cannot be understood.
    #[error(transparent)]
    Corrupt(#[from] CorruptItem),
}

impl StorageError {
    /// The stable name, for workflows, metrics and alarms.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "StorageThrottled",
            Self::Unavailable { .. } => "StorageUnavailable",
            Self::Refused { .. } => "StorageRefused",
            Self::Corrupt(_) => "ItemCorrupt",
        }
    }
}

/// An item whose content breaks the table's rules: a bug or a hand in the table, never a missing row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the item {key} of the {table} table is corrupt: attribute {attribute} {problem}")]
pub struct CorruptItem {
    /// Which table: `ledger`, `customers` or `deliveries`.
    pub table: &'static str,
    /// Partition and sort key.
    pub key: String,
    /// The attribute, with its path when it is inside a map: `channels.email.state`.
    pub attribute: String,
    /// What is wrong with it: `is missing`, `is no number`.
    pub problem: String,
}

/// Error codes that mean "too fast" (DynamoDB developer guide, "Error handling with DynamoDB").
const THROTTLES: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "ThrottlingError",
    "Throttling",
];

/// Error codes after which the same call may well succeed (same source, "Retryable" column).
const PASSING: [&str; 6] = [
    "InternalServerError",
    "InternalFailure",
    "ServiceUnavailable",
    "TransactionInProgressException",
    "ItemCollectionSizeLimitExceededException",
    "ReplicatedWriteConflictException",
];

/// Sorts an SDK error by what the caller can do about it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it ends here: callers have it from `map_err` and keep nothing of it"
)]
pub(crate) fn classify<E, R>(operation: &'static str, error: SdkError<E, R>) -> StorageError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let SdkError::ServiceError(service) = &error else {
        // The SDK's own way to show an error ends with the answer that could not be read, and with it the items that are in there.
        return StorageError::Unavailable { operation, reason: with_causes(&error) };
    };
    let code = service.err().code().unwrap_or("an error without a code");
    if THROTTLES.contains(&code) {
        StorageError::Throttled { operation }
    } else if PASSING.contains(&code) {
        StorageError::Unavailable { operation, reason: code.to_owned() }
    } else {
        StorageError::Refused {
            operation,
            code: code.to_owned(),
            message: service.err().message().unwrap_or("no further words").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::get_item::GetItemError;

    use super::*;

    #[test]
    fn an_answer_that_cannot_be_read_is_not_quoted() {
        let answer = r#"{"Item":{"email":{"S":"ada@example.com"}"#;
        let error: SdkError<GetItemError, &str> = SdkError::response_error("cut off", answer);
        assert_eq!(classify("GetItem", error).to_string(), "GetItem got no usable answer: response error: cut off");
    }
}
