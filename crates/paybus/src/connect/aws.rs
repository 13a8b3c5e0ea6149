//! The AWS account of the stack.

use std::error::Error;

use aws_sdk_cloudwatchlogs::{
    error::{ProvideErrorMetadata, SdkError},
    operation::describe_log_streams::DescribeLogStreamsError,
    types::{LogStream, OrderBy},
};
use jiff::Timestamp;
use lambda_kit::failure::with_causes;

/// The log group in which the stack writes what is on its hub.
pub(crate) fn event_log(stack: &str) -> String {
    format!("/aws/events/{stack}")
}

/// What the event log shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventLogSeen {
    /// The stack keeps none.
    Missing,
    /// Nothing was on the hub since it is kept.
    Empty,
    /// The newest entry is of this time.
    Last(Timestamp),
}

/// Looks at the newest entry of the event log.
pub(crate) async fn event_log_seen(logs: &aws_sdk_cloudwatchlogs::Client, stack: &str) -> Result<EventLogSeen, Unseen> {
    let request = logs.describe_log_streams().log_group_name(event_log(stack)).order_by(OrderBy::LastEventTime);
    match request.descending(true).limit(1).send().await {
        Ok(answer) => {
            let newest = answer.log_streams().first().and_then(LogStream::last_event_timestamp);
            let at = newest.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
            Ok(at.map_or(EventLogSeen::Empty, EventLogSeen::Last))
        }
        Err(error)
            if error.as_service_error().is_some_and(DescribeLogStreamsError::is_resource_not_found_exception) =>
        {
            Ok(EventLogSeen::Missing)
        }
        Err(error) => Err(unseen(&error)),
    }
}

/// Why something could not be looked at, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unseen {
    /// What was said instead.
    pub(crate) reason: String,
    /// What to do about it, where that is known.
    pub(crate) next: Option<&'static str>,
}

/// AWS's own words: of a missing permission they name the action and the resource.
pub(crate) fn unseen<E, R>(error: &SdkError<E, R>) -> Unseen
where
    E: Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let SdkError::ServiceError(context) = error else {
        return Unseen { reason: with_causes(error), next: Some("check the network and AWS_REGION") };
    };
    let code = context.err().code().unwrap_or("an error without a code");
    let reason = context.err().message().map_or_else(|| code.to_owned(), |message| format!("{message} ({code})"));
    let next = match code {
        "AccessDeniedException" | "AccessDenied" => Some("docs/connect.md lists the rights that looking needs"),
        "ExpiredToken" | "ExpiredTokenException" | "UnrecognizedClientException" | "InvalidClientTokenId" => {
            Some("sign in again: eval \"$(aws configure export-credentials --format env)\"")
        }
        _ => None,
    };
    Unseen { reason, next }
}
