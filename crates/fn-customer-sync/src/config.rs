//! What the function is told by its environment.

use delivery::OutboundMode;
use lambda_kit::{Environment, aws::AwsSettings};
use stripe_api::StripeSettings;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The table of profiles.
    pub customers_table: String,
    /// The bus for `customer.profile_changed`.
    pub hub_name: String,
    /// Whether anything may leave.
    pub mode: OutboundMode,
    /// How to reach Stripe.
    pub stripe: StripeSettings,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let hub_name = environment.required("HUB_NAME");
        let mode = OutboundMode::from_environment(environment);
        let stripe = StripeSettings::from_environment(environment);
        Some(Self { aws: aws?, customers_table: customers_table?, hub_name: hub_name?, mode: mode?, stripe: stripe? })
    }
}
