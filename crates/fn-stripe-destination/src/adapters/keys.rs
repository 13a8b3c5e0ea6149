//! API keys in AWS Secrets Manager.

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext, operation::get_secret_value::GetSecretValueError};
use aws_smithy_runtime_api::client::result::SdkError;
use secrecy::SecretString;

use crate::{Keys, OutsideError};

/// Reads secrets by ARN. Nothing is kept: a request is rare, and a key that was just changed must be the one that is used.
#[derive(Debug, Clone)]
pub struct SecretsManagerKeys {
    client: Client,
}

impl SecretsManagerKeys {
    /// Reads with this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Keys for SecretsManagerKeys {
    async fn secret(&self, secret_arn: &str) -> Result<SecretString, OutsideError> {
        let answer =
            self.client.get_secret_value().secret_id(secret_arn).send().await.map_err(|error| outside(&error))?;
        answer
            .secret_string
            .map(SecretString::from)
            .ok_or_else(|| OutsideError { message: "the secret holds bytes, not a text".to_owned(), passing: false })
    }
}

fn outside<R>(error: &SdkError<GetSecretValueError, R>) -> OutsideError
where
    R: std::fmt::Debug,
{
    let passing = match error {
        SdkError::ServiceError(context) => {
            let code = context.err().meta().code().unwrap_or_default();
            code == "InternalServiceError" || code.contains("Throttling")
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    };
    OutsideError { message: DisplayErrorContext(error).to_string(), passing }
}
