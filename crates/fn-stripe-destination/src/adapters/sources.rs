//! Partner sources in Amazon EventBridge.

use aws_sdk_eventbridge::{
    Client, operation::describe_event_source::DescribeEventSourceError, types::EventSourceState,
};
use lambda_kit::failure::with_causes;

use crate::{OutsideError, SourceState, Sources};

/// Asks EventBridge about partner sources of its own account and region.
#[derive(Debug, Clone)]
pub struct EventBridgeSources {
    client: Client,
}

impl EventBridgeSources {
    /// Asks with this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Sources for EventBridgeSources {
    async fn state(&self, name: &str) -> Result<Option<SourceState>, OutsideError> {
        match self.client.describe_event_source().name(name).send().await {
            Ok(source) => Ok(Some(match source.state() {
                Some(EventSourceState::Pending) => SourceState::Pending,
                Some(EventSourceState::Active) => SourceState::Active,
                Some(EventSourceState::Deleted) => SourceState::Deleted,
                _ => SourceState::Unknown,
            })),
            Err(error)
                if error.as_service_error().is_some_and(DescribeEventSourceError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(OutsideError { message: with_causes(&error), passing: true }),
        }
    }
}
