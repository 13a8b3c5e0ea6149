//! Push notifications by SNS mobile push.

use aws_sdk_sns::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
};
use aws_types::SdkConfig;
use notices::Push;

use crate::{
    PushSender, SendFailure,
    aws::{ThrottlesAreNotRetried, classify_common},
};

/// Sends by SNS.
#[derive(Debug, Clone)]
pub struct SnsPush {
    client: Client,
}

impl SnsPush {
    /// Takes the function's client settings.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        let config = aws_sdk_sns::config::Builder::from(config).retry_classifier(ThrottlesAreNotRetried).build();
        Self { client: Client::from_conf(config) }
    }
}

impl PushSender for SnsPush {
    async fn send(&self, endpoint_arn: &str, push: &Push) -> Result<String, SendFailure> {
        let request =
            self.client.publish().target_arn(endpoint_arn).message_structure("json").message(push.sns_message());
        let output = request.send().await.map_err(|error| classify(&error))?;
        Ok(output.message_id.unwrap_or_else(|| "unknown".to_owned()))
    }
}

/// What each error of `Publish` means (`docs.aws.amazon.com/sns/latest/api/API_Publish.html`, "Errors").
fn classify(error: &SdkError<PublishError, HttpResponse>) -> SendFailure {
    let Some(refusal) = error.as_service_error() else { return classify_common(error) };
    let code = refusal.code().unwrap_or("ErrorWithoutCode").to_owned();
    match refusal {
        PublishError::EndpointDisabledException(_) | PublishError::NotFoundException(_) => {
            SendFailure::DeviceGone(code)
        }
        PublishError::InvalidParameterException(_) if is_about_the_target(refusal.message()) => {
            SendFailure::DeviceGone(code)
        }
        PublishError::InvalidParameterException(_)
        | PublishError::InvalidParameterValueException(_)
        | PublishError::ValidationException(_) => SendFailure::Refused(code),
        PublishError::KmsThrottlingException(_) => SendFailure::Throttled(code),
        PublishError::InternalErrorException(_) => SendFailure::Unavailable(code),
        // Credentials, permissions, or the certificate of the whole platform application.
        PublishError::AuthorizationErrorException(_)
        | PublishError::InvalidSecurityException(_)
        | PublishError::PlatformApplicationDisabledException(_)
        | PublishError::KmsAccessDeniedException(_)
        | PublishError::KmsDisabledException(_)
        | PublishError::KmsInvalidStateException(_)
        | PublishError::KmsNotFoundException(_)
        | PublishError::KmsOptInRequired(_) => SendFailure::Stopped(code),
        _ => classify_common(error),
    }
}

/// A deleted endpoint is answered with "Invalid parameter: `TargetArn` Reason: No endpoint found for the target arn specified".
fn is_about_the_target(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("TargetArn"))
}

#[cfg(test)]
mod tests;
