//! What the function is told by its environment.

use lambda_kit::{Environment, aws::AwsSettings};
use stripe_api::StripeSettings;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The ledger table, which holds the program too.
    pub ledger_table: String,
    /// The engagement workflow; `None`: points only.
    pub state_machine_arn: Option<String>,
    /// Who is asked what events leave open; without a key it stays open.
    pub stripe: StripeSettings,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let ledger_table = environment.required("LEDGER_TABLE");
        let state_machine_arn = environment.optional("ENGAGEMENT_STATE_MACHINE_ARN");
        if let Some(arn) = state_machine_arn.as_deref().filter(|arn| !arn.starts_with("arn:")) {
            environment.problem("ENGAGEMENT_STATE_MACHINE_ARN", format!("is {arn:?}, not an ARN"));
        }
        let stripe = StripeSettings::from_environment(environment);
        Some(Self { aws: aws?, ledger_table: ledger_table?, state_machine_arn, stripe: stripe? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(ledger: &str, workflow: &str) -> Result<Config, String> {
        let pairs = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("LEDGER_TABLE", ledger),
            ("ENGAGEMENT_STATE_MACHINE_ARN", workflow),
        ];
        Environment::from_pairs(pairs).read(Config::from_environment).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_workflow_means_points_only() {
        assert_eq!(with("ledger", "").unwrap().state_machine_arn, None);
    }

    #[test]
    fn what_cannot_be_used_stops_the_start_with_the_variable_named() {
        assert!(with("", "").unwrap_err().contains("LEDGER_TABLE"));
        assert!(with("ledger", "engagement").unwrap_err().contains("ENGAGEMENT_STATE_MACHINE_ARN"));
    }
}
