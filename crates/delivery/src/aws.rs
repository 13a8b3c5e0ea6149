//! What both adapters share: the errors that any AWS service can answer with, and when not to try again.

use std::error::Error;

use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    orchestrator::HttpResponse,
    result::SdkError,
    retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason},
};
use aws_smithy_types::{error::metadata::ProvideErrorMetadata, retry::ErrorKind};

use crate::SendFailure;

/// What an error means that is not the operation's own.
///
/// Sources: "Common errors" of the SES API v2 and of the SNS API reference. What is not known is [`SendFailure::Stopped`]: the
/// record comes back and ends in the dead-letter queue, where nothing is lost.
pub(crate) fn classify_common<E>(error: &SdkError<E, HttpResponse>) -> SendFailure
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let service = match error {
        SdkError::ServiceError(service) => service,
        SdkError::TimeoutError(_) => return SendFailure::Unavailable("Timeout".to_owned()),
        SdkError::DispatchFailure(_) => return SendFailure::Unavailable("ConnectionFailed".to_owned()),
        SdkError::ResponseError(_) => return SendFailure::Unavailable("UnreadableAnswer".to_owned()),
        _ => return SendFailure::Stopped("RequestNotBuilt".to_owned()),
    };
    let code = service.err().code().unwrap_or("ErrorWithoutCode").to_owned();
    let status = service.raw().status();
    match code.as_str() {
        "Throttling"
        | "ThrottlingException"
        | "Throttled"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => SendFailure::Throttled(code),
        "InternalFailure"
        | "InternalServerError"
        | "InternalServiceErrorException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "RequestAbortedException"
        | "RequestExpired" => SendFailure::Unavailable(code),
        "ValidationError"
        | "ValidationException"
        | "InvalidParameterCombination"
        | "RequestEntityTooLargeException" => SendFailure::Refused(code),
        _ if status.as_u16() == TOO_MANY_REQUESTS => SendFailure::Throttled(code),
        _ if status.is_server_error() => SendFailure::Unavailable(code),
        _ => SendFailure::Stopped(code),
    }
}

const TOO_MANY_REQUESTS: u16 = 429;

/// Keeps the SDK from repeating a call that was throttled: the rest of the batch has to slow down first.
#[derive(Debug)]
pub(crate) struct ThrottlesAreNotRetried;

impl ClassifyRetry for ThrottlesAreNotRetried {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, _: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. }) => {
                RetryAction::RetryForbidden
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "throttles are not retried"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Runs a call of a client, whose retries need a clock; waiting takes no time.
#[cfg(test)]
pub(crate) fn run<T>(call: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of one thread needs nothing").block_on(call)
}
