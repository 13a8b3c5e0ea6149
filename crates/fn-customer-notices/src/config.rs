//! What the function is told by its environment.

use delivery::{OutboundMode, Voice, ses::SesSettings, voice};
use lambda_kit::{Environment, aws::AwsSettings};
use notices::decide::Policy;
use processor_events::ReadOptions;
use stripe_api::StripeSettings;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The table of profiles.
    pub customers_table: String,
    /// The table of claims and records.
    pub deliveries_table: String,
    /// Whether anything may leave.
    pub mode: OutboundMode,
    /// How email is sent.
    pub email: SesSettings,
    /// Who is asked whether late news still holds.
    pub stripe: StripeSettings,
    /// What is said, and how it looks.
    pub settings: Settings,
}

/// What decides about the content of messages.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How events are read.
    pub read: ReadOptions,
    /// Which events deserve a notice.
    pub policy: Policy,
    /// Brand, links and languages.
    pub voice: Voice,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let deliveries_table = environment.required("DELIVERIES_TABLE");
        let mode = OutboundMode::from_environment(environment);
        let email = SesSettings::from_environment(environment);
        let stripe = StripeSettings::from_environment(environment);
        let settings = Settings::from_environment(environment);
        Some(Self {
            aws: aws?,
            customers_table: customers_table?,
            deliveries_table: deliveries_table?,
            mode: mode?,
            email: email?,
            stripe: stripe?,
            settings: settings?,
        })
    }
}

impl Settings {
    fn from_environment(environment: &mut Environment) -> Option<Self> {
        let voice = Voice::from_environment(environment);
        let notify_zero_invoices = environment.parsed_or("NOTIFY_ZERO_INVOICES", false);
        let account_url = voice::link(environment, "ACCOUNT_URL", voice.as_ref());
        Some(Self {
            read: ReadOptions::default(),
            policy: Policy { notify_zero_invoices: notify_zero_invoices?, account_url },
            voice: voice?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 10] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("CUSTOMERS_TABLE", "customers"),
        ("DELIVERIES_TABLE", "deliveries"),
        ("OUTBOUND_MODE", "send"),
        ("EMAIL_FROM", "Example Shop <billing@example.com>"),
        ("BRAND_NAME", "Example Shop"),
        ("BRAND_SUPPORT_EMAIL", ""),
        ("LINK_HOSTS", "invoice.stripe.com"),
    ];

    /// The configuration with one variable changed.
    fn with(variable: &str, value: &str) -> Result<Config, String> {
        let others = COMPLETE.iter().filter(|(name, _)| *name != variable);
        let environment = Environment::from_pairs(others.copied().chain([(variable, value)]));
        environment.read(Config::from_environment).map_err(|error| error.to_string())
    }

    #[test]
    fn a_complete_environment_starts_the_function() {
        let config = with("BRAND_COLOR", "#ff0000").unwrap();
        assert_eq!(config.mode, OutboundMode::Send);
        assert_eq!(config.settings.voice.brand.color.to_string(), "#ff0000");
        assert!(config.settings.voice.link_hosts.admit("https://invoice.stripe.com/i/1").is_some());
    }

    #[test]
    fn what_cannot_be_used_stops_the_start_with_the_variable_named() {
        for (variable, value) in [
            ("CUSTOMERS_TABLE", ""),
            ("DELIVERIES_TABLE", ""),
            ("OUTBOUND_MODE", "loud"),
            ("EMAIL_FROM", "billing"),
            ("BRAND_NAME", ""),
            ("BRAND_COLOR", "mauve"),
            ("BRAND_SUPPORT_EMAIL", "everybody"),
            ("DEFAULT_LOCALE", "tlh"),
            ("LINK_HOSTS", "https://invoice.stripe.com"),
            ("NOTIFY_ZERO_INVOICES", "maybe"),
            ("STRIPE_API_URL", "ftp://stripe"),
            ("ACCOUNT_URL", "https://elsewhere.example/account"),
        ] {
            let error = with(variable, value).unwrap_err();
            assert!(error.contains(variable), "{variable}={value:?}: {error}");
        }
    }
}
