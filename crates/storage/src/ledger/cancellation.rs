//! What a cancelled transaction means.
//!
//! DynamoDB cancels with one reason per item (API reference, `TransactWriteItems`, `TransactionCanceledException`). The SDK
//! retries none of them, so the sorting is ours; the reason that nothing can mend comes first.

/// The reason for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancellationCode {
    /// `None`: this item was fine.
    Fine,
    /// `ConditionalCheckFailed`.
    ConditionFailed,
    /// `ItemCollectionSizeLimitExceeded`: a partition with a local index above 10 GB.
    CollectionTooLarge,
    /// `TransactionConflict`.
    Conflict,
    /// `ProvisionedThroughputExceeded`.
    ThroughputExceeded,
    /// `ThrottlingError`.
    Throttled,
    /// `ValidationError`.
    Invalid,
    /// A code that the API reference does not list.
    Unknown,
}

impl CancellationCode {
    /// The seven codes of the API reference.
    pub const ALL: [Self; 7] = [
        Self::Fine,
        Self::ConditionFailed,
        Self::CollectionTooLarge,
        Self::Conflict,
        Self::ThroughputExceeded,
        Self::Throttled,
        Self::Invalid,
    ];

    /// Reads DynamoDB's word for it.
    #[must_use]
    pub fn of(code: Option<&str>) -> Self {
        match code {
            None | Some("None") => Self::Fine,
            Some("ConditionalCheckFailed") => Self::ConditionFailed,
            Some("ItemCollectionSizeLimitExceeded") => Self::CollectionTooLarge,
            Some("TransactionConflict") => Self::Conflict,
            Some("ProvisionedThroughputExceeded") => Self::ThroughputExceeded,
            Some("ThrottlingError") => Self::Throttled,
            Some("ValidationError") => Self::Invalid,
            Some(_) => Self::Unknown,
        }
    }
}

/// What to do about a cancelled transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It will never work: fail.
    Permanent,
    /// Too fast: give the message back to the queue.
    Throttled,
    /// Another transaction was at work: try again in a moment.
    Conflict,
    /// A condition does not hold (any more): read and decide again.
    ConditionFailed,
    /// No reason that explains it: as if there had been no answer.
    Unexplained,
}

/// Sorts the reasons of one transaction.
#[must_use]
pub fn classify_cancellation(codes: &[CancellationCode]) -> Cancelled {
    let has = |wanted: &[CancellationCode]| codes.iter().any(|code| wanted.contains(code));
    if has(&[CancellationCode::Invalid, CancellationCode::CollectionTooLarge]) {
        Cancelled::Permanent
    } else if has(&[CancellationCode::ThroughputExceeded, CancellationCode::Throttled]) {
        Cancelled::Throttled
    } else if has(&[CancellationCode::Conflict]) {
        Cancelled::Conflict
    } else if has(&[CancellationCode::ConditionFailed]) {
        Cancelled::ConditionFailed
    } else {
        Cancelled::Unexplained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected answer, written as a table of ranks instead of a chain of questions.
    fn rank(code: CancellationCode) -> u8 {
        match code {
            CancellationCode::Invalid | CancellationCode::CollectionTooLarge => 4,
            CancellationCode::ThroughputExceeded | CancellationCode::Throttled => 3,
            CancellationCode::Conflict => 2,
            CancellationCode::ConditionFailed => 1,
            CancellationCode::Fine | CancellationCode::Unknown => 0,
        }
    }

    #[test]
    fn every_pair_of_reasons_is_sorted_by_the_worse_one() {
        let answers = [
            Cancelled::Unexplained,
            Cancelled::ConditionFailed,
            Cancelled::Conflict,
            Cancelled::Throttled,
            Cancelled::Permanent,
        ];
        for first in CancellationCode::ALL {
            for second in CancellationCode::ALL {
                let expected = answers[usize::from(rank(first).max(rank(second)))];
                assert_eq!(classify_cancellation(&[first, second]), expected, "{first:?}, {second:?}");
            }
        }
    }

    #[test]
    fn codes_are_read_as_dynamodb_writes_them() {
        let words = [
            "None",
            "ConditionalCheckFailed",
            "ItemCollectionSizeLimitExceeded",
            "TransactionConflict",
            "ProvisionedThroughputExceeded",
            "ThrottlingError",
            "ValidationError",
        ];
        assert_eq!(words.map(|word| CancellationCode::of(Some(word))), CancellationCode::ALL);
        assert_eq!(CancellationCode::of(None), CancellationCode::Fine);
        assert_eq!(classify_cancellation(&[CancellationCode::of(Some("Surprise"))]), Cancelled::Unexplained);
    }
}
