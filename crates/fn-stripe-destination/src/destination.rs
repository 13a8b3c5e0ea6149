//! A destination as Stripe keeps it.

use std::{collections::BTreeMap, fmt};

/// The id of a destination: `ed_...`, in test mode `ed_test_...`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationId(String);

impl DestinationId {
    /// Takes a text that begins with `ed_` and goes on with letters, digits and `_` only, so that it is safe in a path.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("ed_")?;
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (plain && !rest.is_empty() && text.len() <= 255).then(|| Self(text.to_owned()))
    }

    /// The id as Stripe writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DestinationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What Stripe says about a destination of the type `amazon_eventbridge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its id.
    pub id: DestinationId,
    /// When it was made, in Stripe's words (RFC 3339): sorts by time.
    pub created: String,
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub description: String,
    /// Which events it sends.
    pub enabled_events: Vec<String>,
    /// What was attached, by us or by hand.
    pub metadata: BTreeMap<String, String>,
    /// Whether it sends.
    pub status: Status,
    /// The partner source in the AWS account, as far as Stripe knows.
    pub source: Source,
}

/// Whether a destination sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It sends.
    Enabled,
    /// Somebody switched it off; it can be switched on again.
    DisabledByUser,
    /// Stripe switched it off because its partner source is gone: AWS deletes a source that no bus takes within 7 days.
    /// Only a new destination gets a new source.
    SourceMissing,
}

/// The partner source of a destination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// Its ARN, once there is one.
    pub arn: Option<String>,
    /// How it is, by Stripe's knowledge.
    pub state: SourceState,
}

impl Source {
    /// The source's name, which is also the bus's: `aws.partner/stripe.com/<destination id>`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.arn.as_deref()?.split_once(":event-source/").map(|(_, name)| name)
    }
}

/// The state of a partner source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SourceState {
    /// Not known yet.
    #[default]
    Unknown,
    /// There, and waiting for a bus.
    Pending,
    /// There, and taken by a bus.
    Active,
    /// Gone for good.
    Deleted,
}

impl Destination {
    /// Whether it can never send again.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.status == Status::SourceMissing || self.source.state == SourceState::Deleted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_that_are_safe_in_a_path_are_taken() {
        assert!(DestinationId::new("ed_test_61RTByo4").is_some());
        for text in ["", "ed_", "we_1", "ed_1/../x", "ed_1?x", "ed_ü"] {
            assert!(DestinationId::new(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_source_is_the_end_of_its_arn() {
        let arn = "arn:aws:events:us-east-1::event-source/aws.partner/stripe.com/ed_test_61R".to_owned();
        let source = Source { arn: Some(arn), state: SourceState::Pending };
        assert_eq!(source.name(), Some("aws.partner/stripe.com/ed_test_61R"));
        assert_eq!(Source::default().name(), None);
    }
}
