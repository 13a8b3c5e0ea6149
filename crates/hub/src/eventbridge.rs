//! The hub for real.

use std::fmt::Debug;

use aws_sdk_eventbridge::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::put_events::PutEventsError,
    primitives::DateTime,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use aws_types::SdkConfig;
use lambda_kit::failure::with_causes;

use crate::{Hub, HubEvent, LARGEST_ENTRY_BYTES, PublishError};

/// `PutEvents` takes at most so many entries (its API reference, "Entries").
const MOST_ENTRIES: usize = 10;

/// Publishes by `PutEvents`.
#[derive(Debug, Clone)]
pub struct EventBridgeHub {
    client: Client,
    bus_name: String,
}

impl EventBridgeHub {
    /// Publishes on the bus of that name.
    #[must_use]
    pub fn new(config: &SdkConfig, bus_name: String) -> Self {
        Self { client: Client::new(config), bus_name }
    }

    async fn call(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        match self.client.put_events().set_entries(Some(entries)).send().await {
            // An answer that leaves entries out has not said that they were taken.
            Ok(answer) => (0..events.len()).map(|index| entry_result(answer.entries().get(index))).collect(),
            Err(error) => vec![Err(call_error(&error)); events.len()],
        }
    }

    fn entry(&self, event: &HubEvent) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus_name)
            .source(&event.source)
            .detail_type(&event.detail_type)
            .detail(&event.detail)
            .set_time(event.occurred_at.map(|time| DateTime::from_secs(time.as_second())))
            .build()
    }
}

impl Hub for EventBridgeHub {
    async fn publish(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
        let mut results = Vec::with_capacity(events.len());
        let mut rest = events;
        while let Some(first) = rest.first() {
            if first.size_bytes() > LARGEST_ENTRY_BYTES {
                results.push(Err(PublishError::TooLarge { bytes: first.size_bytes() }));
                rest = &rest[1..];
                continue;
            }
            let (call, later) = rest.split_at(fitting(rest));
            results.extend(self.call(call).await);
            rest = later;
        }
        results
    }
}

/// How many of the events fit into one call; the first one does.
fn fitting(events: &[HubEvent]) -> usize {
    let mut bytes: usize = 0;
    let fits = events.iter().take(MOST_ENTRIES).take_while(|event| {
        bytes = bytes.saturating_add(event.size_bytes());
        bytes <= LARGEST_ENTRY_BYTES
    });
    fits.count().max(1)
}

fn entry_result(entry: Option<&PutEventsResultEntry>) -> Result<(), PublishError> {
    let Some(entry) = entry else {
        return Err(PublishError::Unavailable { reason: "the answer does not mention the event".to_owned() });
    };
    match (entry.error_code(), entry.event_id()) {
        (None, Some(_)) => Ok(()),
        (None, None) => Err(PublishError::Unavailable { reason: "the answer has no id for the event".to_owned() }),
        // The message may quote the event; the code does not.
        (Some(code), _) => Err(by_code(code, code.to_owned())),
    }
}

fn call_error<R: Debug>(error: &SdkError<PutEventsError, R>) -> PublishError {
    match error {
        SdkError::ServiceError(_) => by_code(error.code().unwrap_or_default(), service_reason(error)),
        SdkError::ConstructionFailure(_) => PublishError::Refused { reason: with_causes(error) },
        _ => PublishError::Unavailable { reason: with_causes(error) },
    }
}

/// Of a missing right the words name who lacks it; of anything else they may quote the event.
fn service_reason<R>(error: &SdkError<PutEventsError, R>) -> String {
    match (error.code(), error.message()) {
        (Some(code @ "AccessDeniedException"), Some(message)) => format!("{code}: {message}"),
        (Some(code), _) => code.to_owned(),
        (None, _) => "an error without a code".to_owned(),
    }
}

/// The codes that say "not now", of entries and of calls
/// (the API reference of `PutEvents`, and its common errors).
fn by_code(code: &str, reason: String) -> PublishError {
    match code {
        "InternalFailure"
        | "InternalException"
        | "ServiceUnavailable"
        | "ThrottlingException"
        | "Throttling"
        | "RequestLimitExceeded"
        | "ConcurrentModificationException" => PublishError::Unavailable { reason },
        _ => PublishError::Refused { reason },
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::{error::ErrorMetadata, operation::put_events::PutEventsOutput};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;

    fn event(detail_bytes: usize) -> HubEvent {
        HubEvent {
            source: "paybus.webhook.stripe".into(),
            detail_type: "invoice.paid".into(),
            detail: "x".repeat(detail_bytes),
            occurred_at: None,
        }
    }

    fn taken(count: usize) -> PutEventsOutput {
        let entry = PutEventsResultEntry::builder().event_id("id").build();
        PutEventsOutput::builder().set_entries(Some(vec![entry; count])).failed_entry_count(0).build()
    }

    fn hub(client: Client) -> EventBridgeHub {
        EventBridgeHub { client, bus_name: "shop-payment-events".into() }
    }

    #[tokio::test]
    async fn eleven_events_go_in_two_calls_to_the_hub() {
        let ten = mock!(Client::put_events)
            .match_requests(|request| {
                request.entries().len() == 10
                    && request.entries().iter().all(|entry| entry.event_bus_name() == Some("shop-payment-events"))
            })
            .then_output(|| taken(10));
        let one =
            mock!(Client::put_events).match_requests(|request| request.entries().len() == 1).then_output(|| taken(1));
        let client = mock_client!(aws_sdk_eventbridge, RuleMode::MatchAny, [&ten, &one]);
        let results = hub(client).publish(&vec![event(10); 11]).await;
        assert_eq!(results, vec![Ok(()); 11]);
        assert_eq!((ten.num_calls(), one.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn large_events_do_not_share_a_call() {
        let one =
            mock!(Client::put_events).match_requests(|request| request.entries().len() == 1).then_output(|| taken(1));
        let client = mock_client!(aws_sdk_eventbridge, RuleMode::MatchAny, [&one]);
        let results = hub(client).publish(&[event(600_000), event(600_000)]).await;
        assert_eq!(results, [Ok(()), Ok(())]);
        assert_eq!(one.num_calls(), 2);
    }

    #[tokio::test]
    async fn an_event_too_large_for_the_bus_is_not_sent_and_does_not_hold_up_the_others() {
        let one =
            mock!(Client::put_events).match_requests(|request| request.entries().len() == 1).then_output(|| taken(1));
        let client = mock_client!(aws_sdk_eventbridge, RuleMode::MatchAny, [&one]);
        let results = hub(client).publish(&[event(LARGEST_ENTRY_BYTES), event(10)]).await;
        assert!(matches!(results.as_slice(), [Err(PublishError::TooLarge { .. }), Ok(())]), "{results:?}");
    }

    #[tokio::test]
    async fn an_entry_that_failed_is_not_taken_for_published() {
        let partly = mock!(Client::put_events).then_output(|| {
            PutEventsOutput::builder()
                .failed_entry_count(2)
                .entries(PutEventsResultEntry::builder().event_id("id").build())
                .entries(
                    PutEventsResultEntry::builder()
                        .error_code("ThrottlingException")
                        .error_message("ada@example.com")
                        .build(),
                )
                .entries(PutEventsResultEntry::builder().error_code("MalformedDetail").build())
                .build()
        });
        let client = mock_client!(aws_sdk_eventbridge, [&partly]);
        let results = hub(client).publish(&vec![event(10); 4]).await;
        assert!(
            matches!(
                results.as_slice(),
                [
                    Ok(()),
                    Err(PublishError::Unavailable { .. }),
                    Err(PublishError::Refused { .. }),
                    Err(PublishError::Unavailable { .. })
                ]
            ),
            "{results:?}"
        );
        assert!(!format!("{results:?}").contains("ada@example.com"));
    }

    #[tokio::test]
    async fn a_missing_permission_will_not_pass_by_itself() {
        let denied = mock!(Client::put_events)
            .then_error(|| PutEventsError::generic(ErrorMetadata::builder().code("AccessDeniedException").build()));
        let client = mock_client!(aws_sdk_eventbridge, [&denied]);
        let results = hub(client).publish(&[event(10)]).await;
        assert!(matches!(results.as_slice(), [Err(PublishError::Refused { .. })]), "{results:?}");
    }

    #[test]
    fn an_error_of_the_call_does_not_quote_the_event() {
        let quoting = |code: &str| {
            let metadata = ErrorMetadata::builder().code(code).message("Value 'ada@example.com' failed").build();
            call_error(&SdkError::service_error(PutEventsError::generic(metadata), "ada@example.com")).to_string()
        };
        for code in ["ValidationException", "ThrottlingException"] {
            let text = quoting(code);
            assert!(text.ends_with(code), "{text}");
        }
        assert!(quoting("AccessDeniedException").ends_with("failed"), "who lacks which right is needed to mend it");
        let unreadable = call_error(&SdkError::response_error("cut off", "ada@example.com")).to_string();
        assert_eq!(unreadable, "EventBridge did not take the event this time: response error: cut off");
    }

    #[test]
    fn debug_does_not_show_the_event() {
        let mut hidden = event(1);
        hidden.detail = r#"{"email":"ada@example.com"}"#.into();
        assert!(!format!("{hidden:?}").contains("ada"));
    }
}
