//! What the function is told by its environment.

use delivery::{OutboundMode, Voice, ses::SesSettings, voice::link};
use lambda_kit::{Environment, aws::AwsSettings};
use unsubscribe::UnsubscribeLinks;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The ledger table, which holds the program too.
    pub ledger_table: String,
    /// Profiles, offers and rewards.
    pub customers_table: String,
    /// Claims and records.
    pub deliveries_table: String,
    /// Whether anything may leave.
    pub mode: OutboundMode,
    /// How email is sent.
    pub email: SesSettings,
    /// How messages look and where they lead.
    pub settings: Settings,
    /// Where customers leave a topic, and the secret that signs the links; `None` where SES manages it, or nobody does.
    pub unsubscribe: Option<(String, String)>,
}

/// How messages look and where they lead.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Brand, links and languages.
    pub voice: Voice,
    /// Where customers see points and benefits.
    pub rewards_url: Option<String>,
    /// Where customers buy.
    pub shop_url: Option<String>,
    /// Our own signed links, where SES does not manage subscriptions.
    pub unsubscribe_links: Option<UnsubscribeLinks>,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let ledger_table = environment.required("LEDGER_TABLE");
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let deliveries_table = environment.required("DELIVERIES_TABLE");
        let mode = OutboundMode::from_environment(environment);
        let email = SesSettings::from_environment(environment);
        let voice = Voice::from_environment(environment);
        let rewards_url = link(environment, "REWARDS_URL", voice.as_ref());
        let shop_url = link(environment, "SHOP_URL", voice.as_ref());
        let unsubscribe = environment.optional("UNSUBSCRIBE_URL").zip(environment.optional("UNSUBSCRIBE_SECRET_ARN"));
        Some(Self {
            aws: aws?,
            ledger_table: ledger_table?,
            customers_table: customers_table?,
            deliveries_table: deliveries_table?,
            mode: mode?,
            email: email?,
            settings: Settings { voice: voice?, rewards_url, shop_url, unsubscribe_links: None },
            unsubscribe,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variable: &'static str, value: &'static str) -> Result<Config, String> {
        let complete = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("LEDGER_TABLE", "ledger"),
            ("CUSTOMERS_TABLE", "customers"),
            ("DELIVERIES_TABLE", "deliveries"),
            ("OUTBOUND_MODE", "send"),
            ("EMAIL_FROM", "Example Shop <hello@example.com>"),
            ("BRAND_NAME", "Example Shop"),
            ("LINK_HOSTS", "shop.example.com"),
        ];
        let others = complete.into_iter().filter(|(name, _)| *name != variable);
        let environment = Environment::from_pairs(others.chain([(variable, value)]));
        environment.read(Config::from_environment).map_err(|error| error.to_string())
    }

    #[test]
    fn links_must_lead_where_messages_may_lead() {
        let url = "https://shop.example.com/rewards";
        assert_eq!(with("REWARDS_URL", url).unwrap().settings.rewards_url.as_deref(), Some(url));
        assert_eq!(with("SHOP_URL", "").unwrap().settings.shop_url, None);
        assert!(with("SHOP_URL", "https://elsewhere.example").unwrap_err().contains("SHOP_URL"));
    }

    #[test]
    fn what_is_missing_stops_the_start_with_the_variable_named() {
        for variable in
            ["LEDGER_TABLE", "CUSTOMERS_TABLE", "DELIVERIES_TABLE", "OUTBOUND_MODE", "EMAIL_FROM", "BRAND_NAME"]
        {
            assert!(with(variable, "").unwrap_err().contains(variable));
        }
    }
}
