//! How a function reaches Stripe.

use aws_types::SdkConfig;
use lambda_kit::{Environment, SystemEntropy, TokioTimer};

use crate::{BaseUrl, HttpTransport, SecretsManagerKeys, Stripe};

/// Stripe over the network, with the key of one secret.
pub type StripeClient = Stripe<HttpTransport, SecretsManagerKeys, TokioTimer, SystemEntropy>;

/// Which key is used, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StripeSettings {
    /// The name or ARN of the secret with the restricted key; `None`: not configured, Stripe is asked nothing.
    pub secret: Option<String>,
    /// Where Stripe is.
    pub url: BaseUrl,
}

impl StripeSettings {
    /// Reads `STRIPE_SECRET_ARN` and `STRIPE_API_URL`, both of which may be empty.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let secret = environment.optional("STRIPE_SECRET_ARN");
        let url = environment.parsed_or("STRIPE_API_URL", BaseUrl::default());
        Some(Self { secret, url: url? })
    }

    /// Whether there is a key.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.secret.is_some()
    }

    /// A client. The key is read, and a connection opened, at the first call.
    #[must_use]
    pub fn client(self, aws: &SdkConfig) -> StripeClient {
        let keys = SecretsManagerKeys::new(aws, self.secret);
        Stripe::new(HttpTransport::new(self.url), keys, TokioTimer, SystemEntropy)
    }
}
