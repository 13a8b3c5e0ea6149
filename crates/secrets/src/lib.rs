#![doc = include_str!("../README.md")]

use std::fmt;

use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata, operation::get_secret_value::GetSecretValueError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::SdkConfig;
use lambda_kit::failure::with_causes;
use secrecy::SecretString;

/// Reads secrets by name or ARN. Needs `secretsmanager:GetSecretValue`.
#[derive(Debug, Clone)]
pub struct SecretReader {
    client: Client,
}

/// Why a secret cannot be had. Does not quote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager knows no such secret, or it was made without a value.
    #[error("there is no such secret, or it has no value yet")]
    Absent,
    /// It was stored as bytes (`--secret-binary`).
    #[error("the secret holds bytes, not a text")]
    Binary,
    /// Secrets Manager refused, or did not answer.
    #[error("{reason}")]
    Unreadable {
        /// What it said.
        reason: String,
        /// Whether another try may have another end.
        is_passing: bool,
    },
}

impl SecretError {
    /// Whether another try may have another end.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreadable { is_passing: true, .. })
    }
}

/// The labels by which Secrets Manager tells versions apart (docs.aws.amazon.com/secretsmanager, "What's in a secret").
#[derive(Debug, Clone, Copy)]
enum Stage {
    Current,
    Previous,
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
        })
    }
}

impl SecretReader {
    /// Reads in the account and region of these settings.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// The version in force.
    pub async fn current(&self, secret_id: &str) -> Result<SecretString, SecretError> {
        self.version(secret_id, Stage::Current).await
    }

    /// The version before it; `None` for a secret that was never rotated.
    pub async fn previous(&self, secret_id: &str) -> Result<Option<SecretString>, SecretError> {
        match self.version(secret_id, Stage::Previous).await {
            Ok(text) => Ok(Some(text)),
            // A binary one was never used: only texts are.
            Err(SecretError::Absent | SecretError::Binary) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn version(&self, secret_id: &str, stage: Stage) -> Result<SecretString, SecretError> {
        let request = self.client.get_secret_value().secret_id(secret_id).version_stage(stage.to_string());
        let answer = request.send().await.map_err(|error| classified(&error))?;
        answer.secret_string.map(SecretString::from).ok_or(SecretError::Binary)
    }
}

/// After the errors of `GetSecretValue` (docs.aws.amazon.com/secretsmanager/latest/apireference).
fn classified<R: fmt::Debug>(error: &SdkError<GetSecretValueError, R>) -> SecretError {
    let is_passing = match error {
        SdkError::ServiceError(service) => match service.err() {
            GetSecretValueError::ResourceNotFoundException(_) => return SecretError::Absent,
            GetSecretValueError::InternalServiceError(_) => true,
            other => other.code().is_some_and(|code| code.contains("Throttling")),
        },
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    };
    SecretError::Unreadable { reason: reason(error), is_passing }
}

/// Of a refusal its name and words, which say who lacks which right; of anything else the chain of causes. The SDK's own way to show
/// an error ends with the answer, and an answer that was cut off still holds the secret.
fn reason<R: fmt::Debug>(error: &SdkError<GetSecretValueError, R>) -> String {
    if let SdkError::ServiceError(service) = error {
        let refusal = service.err();
        return format!(
            "{}: {}",
            refusal.code().unwrap_or("an error without a code"),
            refusal.message().unwrap_or("no further words")
        );
    }
    with_causes(error)
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::{
        error::ErrorMetadata,
        operation::get_secret_value::GetSecretValueOutput,
        primitives::Blob,
        types::error::{InternalServiceError, InvalidRequestException, ResourceNotFoundException},
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use secrecy::ExposeSecret;

    use super::*;

    fn reader(rules: &[&Rule]) -> SecretReader {
        SecretReader { client: mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, rules) }
    }

    fn holds(stage: &'static str, text: &'static str) -> Rule {
        mock!(Client::get_secret_value)
            .match_requests(move |request| {
                request.secret_id() == Some("stripe") && request.version_stage() == Some(stage)
            })
            .then_output(move || GetSecretValueOutput::builder().secret_string(text).build())
    }

    fn refuses(stage: &'static str, error: impl Fn() -> GetSecretValueError + Send + Sync + 'static) -> Rule {
        mock!(Client::get_secret_value)
            .match_requests(move |request| request.version_stage() == Some(stage))
            .then_error(error)
    }

    fn absent() -> GetSecretValueError {
        GetSecretValueError::ResourceNotFoundException(ResourceNotFoundException::builder().build())
    }

    #[tokio::test]
    async fn during_a_rotation_both_versions_are_there() {
        let reader = reader(&[&holds("AWSCURRENT", "new"), &holds("AWSPREVIOUS", "old")]);
        assert_eq!(reader.current("stripe").await.unwrap().expose_secret(), "new");
        assert_eq!(reader.previous("stripe").await.unwrap().unwrap().expose_secret(), "old");
    }

    #[tokio::test]
    async fn a_secret_that_was_never_rotated_has_no_previous_version() {
        let reader = reader(&[&holds("AWSCURRENT", "only"), &refuses("AWSPREVIOUS", absent)]);
        assert!(reader.previous("stripe").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_secret_that_is_not_there_will_not_be_there_at_the_next_try() {
        let error = reader(&[&refuses("AWSCURRENT", absent)]).current("stripe").await.unwrap_err();
        assert_eq!(error, SecretError::Absent);
        assert!(!error.is_passing());
    }

    #[tokio::test]
    async fn bytes_are_no_text() {
        let binary = mock!(Client::get_secret_value)
            .then_output(|| GetSecretValueOutput::builder().secret_binary(Blob::new([0])).build());
        let reader = reader(&[&binary]);
        assert_eq!(reader.current("stripe").await.unwrap_err(), SecretError::Binary);
        assert!(reader.previous("stripe").await.unwrap().is_none());
    }

    #[test]
    fn an_answer_that_was_cut_off_is_not_quoted() {
        let answer = r#"{"SecretString":"rk_live_canary"#;
        let error = SdkError::response_error("unexpected end", answer);
        assert_eq!(classified(&error).to_string(), "response error: unexpected end");
    }

    #[test]
    fn a_missing_right_is_told_in_the_words_of_aws() {
        let metadata =
            ErrorMetadata::builder().code("AccessDeniedException").message("not authorized to read it").build();
        let error = SdkError::service_error(GetSecretValueError::generic(metadata), "a body");
        assert_eq!(classified(&error).to_string(), "AccessDeniedException: not authorized to read it");
    }

    #[tokio::test]
    async fn what_passes_is_told_from_what_stays() {
        let broken = || GetSecretValueError::InternalServiceError(InternalServiceError::builder().build());
        let deleted = || GetSecretValueError::InvalidRequestException(InvalidRequestException::builder().build());
        let passing = |rule: Rule| async move { reader(&[&rule]).current("stripe").await.unwrap_err().is_passing() };
        assert!(passing(refuses("AWSCURRENT", broken)).await);
        assert!(!passing(refuses("AWSCURRENT", deleted)).await);
    }
}
