//! The outside, for real.

use secrecy::SecretString;
use secrets::SecretReader;

use crate::signing_secrets::SecretStore;

/// One secret of AWS Secrets Manager.
#[derive(Debug, Clone)]
pub struct SecretsManagerSecret {
    reader: SecretReader,
    secret_arn: String,
}

impl SecretsManagerSecret {
    /// Reads the secret of this ARN.
    #[must_use]
    pub const fn new(reader: SecretReader, secret_arn: String) -> Self {
        Self { reader, secret_arn }
    }
}

impl SecretStore for SecretsManagerSecret {
    async fn read(&self) -> Result<SecretString, String> {
        self.reader.current(&self.secret_arn).await.map_err(|error| error.to_string())
    }
}
