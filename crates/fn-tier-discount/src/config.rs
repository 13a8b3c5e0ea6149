//! What the function is told by its environment.

use delivery::OutboundMode;
use lambda_kit::{Environment, aws::AwsSettings};
use stripe_api::StripeSettings;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The table that holds the program.
    pub ledger_table: String,
    /// Where rewards are kept.
    pub customers_table: String,
    /// Whether anything may leave.
    pub mode: OutboundMode,
    /// How to reach Stripe.
    pub stripe: StripeSettings,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let ledger_table = environment.required("LEDGER_TABLE");
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let mode = OutboundMode::from_environment(environment);
        let stripe = StripeSettings::from_environment(environment);
        Some(Self {
            aws: aws?,
            ledger_table: ledger_table?,
            customers_table: customers_table?,
            mode: mode?,
            stripe: stripe?,
        })
    }
}
