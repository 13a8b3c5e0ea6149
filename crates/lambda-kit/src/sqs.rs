//! The batch that Lambda hands over from SQS, and the answer it expects.
//!
//! Shapes: docs.aws.amazon.com/lambda/latest/dg/with-sqs.html ("Example Amazon SQS message event") and
//! services-sqs-errorhandling.html ("Implementing partial batch responses").

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// The id of a message in its queue: names a failed record, and is never a key of anything else (a redelivery keeps it, a
/// second event about the same thing does not).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// Takes an id that is not empty: answering with an empty id would fail the whole batch.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Option<Self> {
        let id = id.into();
        (!id.is_empty()).then_some(Self(id))
    }

    /// The id as SQS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::new(id).ok_or_else(|| serde::de::Error::custom("messageId is empty"))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A batch of messages.
#[derive(Debug, Clone, Deserialize)]
pub struct SqsEvent {
    /// The messages, at least one.
    #[serde(rename = "Records")]
    pub records: Vec<SqsRecord>,
}

/// One message. Its body stays a plain text here: each is parsed on its own, so that a bad one fails alone.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqsRecord {
    /// Names the record in the answer.
    pub message_id: MessageId,
    /// What was sent.
    pub body: String,
    /// What SQS says about it.
    #[serde(default)]
    pub attributes: SqsAttributes,
}

impl SqsRecord {
    /// When the message was put on the queue, for measuring how long it has waited. Absent in hand-written samples.
    #[must_use]
    pub fn sent_at(&self) -> Option<Timestamp> {
        let milliseconds = self.attributes.sent_timestamp.as_deref()?.parse().ok()?;
        Timestamp::from_millisecond(milliseconds).ok()
    }

    /// How often the message was handed out, this time included. Absent in hand-written samples, which nobody hands out again.
    #[must_use]
    pub fn deliveries(&self) -> Option<u32> {
        self.attributes.approximate_receive_count.as_deref()?.parse().ok()
    }
}

impl fmt::Debug for SqsRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body holds personal data.
        formatter.debug_struct("SqsRecord").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// What SQS says about a message. All values are texts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SqsAttributes {
    /// Milliseconds since 1970, when it was put on the queue.
    #[serde(default)]
    pub sent_timestamp: Option<String>,
    /// How often it was handed out, this time included.
    #[serde(default)]
    pub approximate_receive_count: Option<String>,
}

/// The answer: exactly the records that must come again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Empty when all records are done.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// One record that must come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Its message id.
    pub item_identifier: MessageId,
}

impl FromIterator<MessageId> for BatchResponse {
    fn from_iter<I: IntoIterator<Item = MessageId>>(ids: I) -> Self {
        let batch_item_failures = ids.into_iter().map(|item_identifier| BatchItemFailure { item_identifier }).collect();
        Self { batch_item_failures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_read_and_its_answer_names_the_failed_ids() {
        let event: SqsEvent = serde_json::from_str(
            r#"{"Records":[{"messageId":"m-1","receiptHandle":"r","body":"not json","attributes":{"SentTimestamp":"1700000000123","ApproximateReceiveCount":"2"},"eventSource":"aws:sqs"}]}"#,
        )
        .unwrap();
        let record = &event.records[0];
        assert_eq!(record.body, "not json");
        assert_eq!(record.sent_at().unwrap().as_millisecond(), 1_700_000_000_123);
        assert_eq!(record.deliveries(), Some(2));
        let response: BatchResponse = [record.message_id.clone()].into_iter().collect();
        assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"batchItemFailures":[{"itemIdentifier":"m-1"}]}"#);
    }

    #[test]
    fn a_record_without_an_id_is_refused() {
        for record in [r#"{"body":""}"#, r#"{"messageId":"","body":""}"#] {
            let event: Result<SqsEvent, _> = serde_json::from_str(&format!(r#"{{"Records":[{record}]}}"#));
            assert!(event.is_err(), "{record}");
        }
    }

    #[test]
    fn debug_does_not_show_the_body() {
        let record = SqsRecord {
            message_id: MessageId::new("m").unwrap(),
            body: "ada@example.com".into(),
            attributes: SqsAttributes::default(),
        };
        assert!(!format!("{record:?}").contains("ada"));
    }
}
