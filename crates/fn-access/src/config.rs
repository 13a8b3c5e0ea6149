//! What the function is told by its environment.

use access::Policy;
use delivery::OutboundMode;
use lambda_kit::{Environment, aws::AwsSettings};

use crate::reminder::ReminderSettings;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The table of records.
    pub customers_table: String,
    /// The bus for announcements.
    pub hub_name: String,
    /// Whether announcements leave.
    pub mode: OutboundMode,
    /// The rules.
    pub policy: Policy,
    /// Where reminders go.
    pub reminders: ReminderSettings,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let hub_name = environment.required("HUB_NAME");
        let mode = OutboundMode::from_environment(environment);
        let policy = environment.parsed_or("ACCESS_POLICY", Policy::standard());
        let queue_arn = environment.required("REMINDER_QUEUE_ARN");
        let role_arn = environment.required("REMINDER_ROLE_ARN");
        let group = environment.required("REMINDER_GROUP");
        Some(Self {
            aws: aws?,
            customers_table: customers_table?,
            hub_name: hub_name?,
            mode: mode?,
            policy: policy?,
            reminders: ReminderSettings { queue_arn: queue_arn?, role_arn: role_arn?, group: group? },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: [(&str, &str); 9] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("CUSTOMERS_TABLE", "customers"),
        ("HUB_NAME", "shop-payment-events"),
        ("OUTBOUND_MODE", "record"),
        ("REMINDER_QUEUE_ARN", "arn:aws:sqs:eu-central-1:1:access"),
        ("REMINDER_ROLE_ARN", "arn:aws:iam::1:role/reminders"),
        ("REMINDER_GROUP", "shop"),
    ];

    fn read(more: &[(&'static str, &'static str)]) -> Result<Config, lambda_kit::ConfigError> {
        Environment::from_pairs(VARIABLES.iter().chain(more).copied()).read(Config::from_environment)
    }

    #[test]
    fn without_a_policy_the_standard_one_holds() {
        assert_eq!(read(&[]).unwrap().policy, Policy::standard());
        assert_eq!(read(&[("ACCESS_POLICY", r#"{"base":"metered"}"#)]).unwrap().policy, Policy::metered());
    }

    #[test]
    fn a_policy_that_cannot_be_used_stops_the_start_and_says_why() {
        let error = read(&[("ACCESS_POLICY", r#"{"grace_days":7}"#)]).unwrap_err().to_string();
        assert!(error.contains("ACCESS_POLICY cannot be used") && error.contains("grace_days"), "{error}");
    }
}
