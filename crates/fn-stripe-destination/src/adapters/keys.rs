//! API keys in AWS Secrets Manager.

use secrecy::SecretString;
use secrets::SecretReader;

use crate::{Keys, OutsideError};

/// Nothing is kept: a request is rare, and a key that was just changed must be the one that is used.
impl Keys for SecretReader {
    async fn secret(&self, secret_arn: &str) -> Result<SecretString, OutsideError> {
        self.current(secret_arn)
            .await
            .map_err(|error| OutsideError { message: error.to_string(), passing: error.is_passing() })
    }
}
