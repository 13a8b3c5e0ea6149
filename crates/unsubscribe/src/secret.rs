//! The signing secret: the current version, and while older links are accepted the previous one.

use secrecy::{ExposeSecret, SecretString};
use secrets::{SecretError, SecretReader};
use thiserror::Error;

/// What links are signed with: at least 32 bytes.
#[derive(Debug, Clone)]
pub struct SigningKey(SecretString);

/// Why a text cannot sign. Does not quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the unsubscribe secret has fewer than {LEAST_LENGTH} characters: anybody could guess it")]
pub struct SigningKeyError;

/// As long as the digest (RFC 2104, section 3: shorter keys weaken the MAC).
pub(crate) const LEAST_LENGTH: usize = 32;

impl SigningKey {
    /// Takes the text of a secret. Blanks around it, which a terminal adds easily, do not count.
    pub fn new(text: &str) -> Result<Self, SigningKeyError> {
        let text = text.trim();
        if text.len() < LEAST_LENGTH { Err(SigningKeyError) } else { Ok(Self(text.into())) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// The keys in force.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs, and is accepted.
    pub current: SigningKey,
    /// Is accepted.
    pub previous: Option<SigningKey>,
}

/// Why the keys cannot be had.
#[derive(Debug, Error)]
pub enum KeyStoreError {
    /// The secret cannot be read.
    #[error("the unsubscribe secret cannot be read: {0}")]
    Unreadable(#[from] SecretError),
    /// The secret holds something that cannot sign.
    #[error(transparent)]
    Unusable(#[from] SigningKeyError),
}

/// Where the keys are kept. Needs `secretsmanager:GetSecretValue`.
pub trait KeyStore {
    /// Reads them anew.
    fn keys(&self) -> impl Future<Output = Result<Keys, KeyStoreError>>;
}

/// A secret of AWS Secrets Manager: its current version and the one before it.
#[derive(Debug, Clone)]
pub struct SecretsManagerKeyStore {
    reader: SecretReader,
    secret_arn: String,
}

impl SecretsManagerKeyStore {
    /// Reads the secret of this ARN.
    #[must_use]
    pub fn new(config: &aws_types::SdkConfig, secret_arn: String) -> Self {
        Self { reader: SecretReader::new(config), secret_arn }
    }
}

impl KeyStore for SecretsManagerKeyStore {
    async fn keys(&self) -> Result<Keys, KeyStoreError> {
        let current = SigningKey::new(self.reader.current(&self.secret_arn).await?.expose_secret())?;
        // One that cannot sign has signed nothing.
        let previous = self.reader.previous(&self.secret_arn).await?;
        let previous = previous.and_then(|text| SigningKey::new(text.expose_secret()).ok());
        Ok(Keys { current, previous })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_can_be_guessed_does_not_sign_and_none_is_shown() {
        assert!(SigningKey::new(&" ".repeat(40)).is_err());
        assert_eq!(SigningKey::new("canary").unwrap_err(), SigningKeyError);
        let key = SigningKey::new(&"canary".repeat(6)).unwrap();
        assert!(!format!("{key:?}").contains("canary"));
    }
}
