//! Signing secrets: read rarely, and again when a rotation may be under way.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};

use jiff::Timestamp;
use processor_events::event::{Mode, Processor};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use thiserror::Error;

/// The least time between two readings, whatever happens: a flood of bad signatures costs one call a minute.
pub const LEAST_PAUSE: Duration = Duration::from_mins(1);

/// After this time the secrets are read again although they still match: a secret that was taken out because it leaked must
/// stop working.
pub const LONGEST_AGE: Duration = Duration::from_mins(5);

/// Where the secrets are kept.
pub trait SecretStore {
    /// The text of the secret. The error must not quote it.
    fn read(&self) -> impl Future<Output = Result<SecretString, String>>;
}

impl<S: SecretStore> SecretStore for &S {
    fn read(&self) -> impl Future<Output = Result<SecretString, String>> {
        (**self).read()
    }
}

/// The signing secrets of each processor.
#[derive(Debug, Default)]
pub struct SigningSecrets {
    by_processor: BTreeMap<Processor, Vec<SecretString>>,
}

/// Why a text holds no signing secrets. Does not quote it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the secret must be a JSON object such as {{\"stripe\": [\"whsec_...\"]}}: {problem}")]
pub struct SecretsError {
    problem: String,
}

/// Stripe's limit is 16 endpoints for an account; more secrets than that would only cost time on every bad request.
const MOST_SECRETS: usize = 16;

impl SigningSecrets {
    /// Reads the secret's text and keeps what is of the stack's mode.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, SecretsError> {
        let problem = |problem: String| SecretsError { problem };
        let document: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| problem("it is no JSON object".to_owned()))?;
        let mut by_processor = BTreeMap::new();
        for (name, value) in &document {
            let processor = by_name(name).ok_or_else(|| problem(format!("{name:?} is no processor")))?;
            let secrets = secrets_in(of_mode(value, mode)).map_err(|what| problem(format!("{name} {what}")))?;
            by_processor.insert(processor, secrets);
        }
        Ok(Self { by_processor })
    }

    /// The secrets of a processor, the newest first as the merchant wrote them; empty when there are none.
    #[must_use]
    pub fn of(&self, processor: Processor) -> &[SecretString] {
        self.by_processor.get(&processor).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The processor behind a path or a key of the secret.
#[must_use]
pub fn by_name(name: &str) -> Option<Processor> {
    [Processor::Stripe, Processor::CheckoutCom].into_iter().find(|processor| processor.name() == name)
}

fn of_mode(value: &Value, mode: Mode) -> &Value {
    match value {
        Value::Object(modes) => modes.get(mode.name()).unwrap_or(&Value::Null),
        value => value,
    }
}

fn secrets_in(value: &Value) -> Result<Vec<SecretString>, &'static str> {
    let texts: Vec<&str> = match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text],
        Value::Array(items) => {
            items.iter().map(Value::as_str).collect::<Option<_>>().ok_or("holds something that is no text")?
        }
        _ => return Err("is neither a text nor a list of texts"),
    };
    if texts.len() > MOST_SECRETS {
        return Err("has more than 16 secrets");
    }
    let trimmed: Vec<&str> = texts.into_iter().map(str::trim).collect();
    // An empty secret would accept what anybody can sign.
    if trimmed.iter().any(|text| text.is_empty()) {
        return Err("has an empty secret");
    }
    Ok(trimmed.into_iter().map(SecretString::from).collect())
}

/// Keeps the secrets between requests.
#[derive(Debug)]
pub struct SecretCache<S> {
    store: S,
    mode: Mode,
    kept: RefCell<Option<Rc<SigningSecrets>>>,
    read_at: Cell<Option<Timestamp>>,
}

impl<S: SecretStore> SecretCache<S> {
    /// Reads nothing yet.
    pub const fn new(store: S, mode: Mode) -> Self {
        Self { store, mode, kept: RefCell::new(None), read_at: Cell::new(None) }
    }

    /// The secrets, read if they are not there or old, but at most once in [`LEAST_PAUSE`]; `None` when they cannot be had.
    pub async fn current(&self, now: Timestamp) -> Option<Rc<SigningSecrets>> {
        let absent = self.kept.borrow().is_none();
        if absent || self.age(now) >= LONGEST_AGE {
            self.read(now).await;
        }
        self.kept.borrow().clone()
    }

    /// The secrets read anew, for a signature that none of the kept ones made; `None` when it is too early for that.
    pub async fn renewed(&self, now: Timestamp) -> Option<Rc<SigningSecrets>> {
        if self.read(now).await { self.kept.borrow().clone() } else { None }
    }

    /// Whether new secrets were read. What is kept stays when they cannot be: the processor's events must not wait for that.
    async fn read(&self, now: Timestamp) -> bool {
        if self.age(now) < LEAST_PAUSE {
            return false;
        }
        self.read_at.set(Some(now));
        let text = match self.store.read().await {
            Ok(text) => text,
            Err(reason) => {
                tracing::error!(
                    error.name = "SecretsUnreadable",
                    error.detail = reason,
                    "the signing secrets cannot be read"
                );
                return false;
            }
        };
        match SigningSecrets::parse(text.expose_secret(), self.mode) {
            Ok(secrets) => {
                self.kept.replace(Some(Rc::new(secrets)));
                true
            }
            Err(error) => {
                let detail = error.to_string();
                tracing::error!(
                    error.name = "SecretsInvalid",
                    error.detail = detail,
                    "the signing secrets cannot be used"
                );
                false
            }
        }
    }

    fn age(&self, now: Timestamp) -> Duration {
        let read_at = self.read_at.get();
        read_at.map_or(Duration::MAX, |read_at| Duration::try_from(now.duration_since(read_at)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(document: &str, mode: Mode, processor: Processor) -> Vec<String> {
        let secrets = SigningSecrets::parse(document, mode).unwrap();
        secrets.of(processor).iter().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    #[test]
    fn a_processor_has_one_secret_or_several() {
        let document = r#"{"stripe": [" whsec_new\n", "whsec_old"], "checkout_com": "key"}"#;
        assert_eq!(texts(document, Mode::Live, Processor::Stripe), ["whsec_new", "whsec_old"]);
        assert_eq!(texts(document, Mode::Live, Processor::CheckoutCom), ["key"]);
        assert!(texts("{}", Mode::Live, Processor::Stripe).is_empty());
    }

    #[test]
    fn live_and_test_secrets_do_not_mix() {
        let document = r#"{"stripe": {"live": "whsec_live", "test": ["whsec_test"]}}"#;
        assert_eq!(texts(document, Mode::Live, Processor::Stripe), ["whsec_live"]);
        assert_eq!(texts(document, Mode::Test, Processor::Stripe), ["whsec_test"]);
        assert!(texts(r#"{"stripe": {"live": "whsec_live"}}"#, Mode::Test, Processor::Stripe).is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_being_quoted() {
        for document in [
            "whsec_canary",
            r#"["whsec_canary"]"#,
            r#"{"stripes": "whsec_canary"}"#,
            r#"{"stripe": ["whsec_canary", 7]}"#,
            r#"{"stripe": ["whsec_canary", " "]}"#,
            r#"{"stripe": {"live": {"a": "whsec_canary"}}}"#,
        ] {
            let error = SigningSecrets::parse(document, Mode::Live).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
