//! The restricted key: from Secrets Manager, the current one and, while a rotation is under way, the previous one.

use std::fmt;

use processor_events::event::Mode;
use secrecy::{ExposeSecret, SecretString};
use secrets::{SecretError, SecretReader};
use serde::Deserialize;
use thiserror::Error;

/// A key of Stripe's API: `rk_live_...`, `rk_test_...`, or a secret key (`sk_...`), which can do more than we need.
#[derive(Clone)]
pub struct SecretKey {
    text: SecretString,
    mode: Mode,
}

impl SecretKey {
    /// Reads a key. Blanks around it, which a terminal adds easily, do not count.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let mode = match text.split('_').collect::<Vec<_>>().as_slice() {
            ["rk" | "sk", "live", rest, ..] if !rest.is_empty() => Mode::Live,
            ["rk" | "sk", "test", rest, ..] if !rest.is_empty() => Mode::Test,
            _ => return Err(KeyError::NoKey),
        };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::NoKey);
        }
        Ok(Self { text: text.into(), mode })
    }

    /// Reads the text of a secret: the key itself, as the command line stores it, or a JSON object with the key under
    /// `api_key`, as the console does.
    pub fn in_secret(text: &str) -> Result<Self, KeyError> {
        #[derive(Deserialize)]
        struct Wire {
            api_key: String,
        }
        if !text.trim_start().starts_with('{') {
            return Self::new(text);
        }
        let wire: Wire = serde_json::from_str(text).map_err(|_| KeyError::NoKey)?;
        Self::new(&wire.api_key)
    }

    /// Whether it reaches real money or test data.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.text
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.text.expose_secret() == other.text.expose_secret()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretKey").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// The keys that may be used, the newest first.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The current key.
    pub current: SecretKey,
    /// The key before it, while the secret still has it.
    pub previous: Option<SecretKey>,
}

/// Why the key cannot be had.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The secret holds something else.
    #[error(
        "the secret holds no Stripe key: rk_live_..., rk_test_... or sk_... is needed, as plain text or as JSON {{\"api_key\": \"...\"}}"
    )]
    NoKey,
    /// The secret cannot be read.
    #[error("the secret cannot be read: {0}")]
    Unreadable(#[from] SecretError),
}

/// Where the keys come from.
pub trait KeySource {
    /// Reads them anew; `None` when the team has configured none.
    fn keys(&self) -> impl Future<Output = Result<Option<Keys>, KeyError>>;
}

impl<K: KeySource> KeySource for &K {
    fn keys(&self) -> impl Future<Output = Result<Option<Keys>, KeyError>> {
        (**self).keys()
    }
}

/// One key that the caller has read already.
impl KeySource for SecretKey {
    async fn keys(&self) -> Result<Option<Keys>, KeyError> {
        Ok(Some(Keys { current: self.clone(), previous: None }))
    }
}

/// No key: what needs Stripe answers "not configured".
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKey;

impl KeySource for NoKey {
    async fn keys(&self) -> Result<Option<Keys>, KeyError> {
        Ok(None)
    }
}

/// A secret of AWS Secrets Manager: its current version and the one before it.
#[derive(Debug, Clone)]
pub struct SecretsManagerKeys {
    reader: SecretReader,
    secret_id: Option<String>,
}

impl SecretsManagerKeys {
    /// Reads the secret of that name or ARN; `None`: not configured, and Secrets Manager is never called.
    #[must_use]
    pub fn new(config: &aws_types::SdkConfig, secret_id: Option<String>) -> Self {
        Self { reader: SecretReader::new(config), secret_id }
    }
}

impl KeySource for SecretsManagerKeys {
    async fn keys(&self) -> Result<Option<Keys>, KeyError> {
        let Some(secret_id) = &self.secret_id else { return Ok(None) };
        let current = SecretKey::in_secret(self.reader.current(secret_id).await?.expose_secret())?;
        // What is there but is no key cannot serve either.
        let previous = self.reader.previous(secret_id).await?;
        let previous = previous.and_then(|text| SecretKey::in_secret(text.expose_secret()).ok());
        Ok(Some(Keys { current, previous }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_and_json_hold_the_same_key() {
        for text in ["rk_test_abc", " rk_test_abc\n", r#"{"api_key":"rk_test_abc"}"#] {
            let key = SecretKey::in_secret(text).unwrap();
            assert_eq!(key.secret().expose_secret(), "rk_test_abc");
            assert_eq!(key.mode(), Mode::Test);
        }
        assert_eq!(SecretKey::in_secret("sk_live_abc").unwrap().mode(), Mode::Live);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "pk_live_abc", "rk_test_", "whsec_secret", r#"{"key":"rk_test_abc"}"#, "rk_test_a b"] {
            assert!(matches!(SecretKey::in_secret(text), Err(KeyError::NoKey)), "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_the_key() {
        assert!(!format!("{:?}", SecretKey::in_secret("rk_test_hidden").unwrap()).contains("hidden"));
    }
}
