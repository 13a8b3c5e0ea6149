//! The outside, for real.

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use secrecy::SecretString;

use crate::secrets::SecretStore;

/// One secret of AWS Secrets Manager.
#[derive(Debug, Clone)]
pub struct SecretsManagerSecret {
    client: Client,
    secret_arn: String,
}

impl SecretsManagerSecret {
    /// Reads the secret of this ARN.
    #[must_use]
    pub const fn new(client: Client, secret_arn: String) -> Self {
        Self { client, secret_arn }
    }
}

impl SecretStore for SecretsManagerSecret {
    async fn read(&self) -> Result<SecretString, String> {
        let answer = self.client.get_secret_value().secret_id(&self.secret_arn).send().await;
        let answer = answer.map_err(|error| DisplayErrorContext(error).to_string())?;
        answer.secret_string.map(SecretString::from).ok_or_else(|| "the secret holds bytes, not a text".to_owned())
    }
}
