//! What the function is told by its environment.

use access::Policy;
use lambda_kit::{Environment, aws::AwsSettings};
use storage::Scope;

use crate::Authorization;

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The table of profiles and access records.
    pub customers_table: String,
    /// The ledger; `None` where loyalty is off.
    pub ledger_table: Option<String>,
    /// Who may ask for whom.
    pub authorization: Authorization,
    /// Real customers or those of a test.
    pub scope: Scope,
    /// The rules of access.
    pub policy: Policy,
    /// The SNS platform applications.
    pub push_applications: Vec<String>,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let ledger_table = environment.optional("LEDGER_TABLE");
        let authorization = authorization(environment);
        let mode = environment.parsed("PAYMENT_MODE");
        let policy = environment.parsed_or("ACCESS_POLICY", Policy::standard());
        let applications = ["APPLE_PUSH_APPLICATION_ARN", "GOOGLE_PUSH_APPLICATION_ARN"];
        let push_applications = applications.into_iter().filter_map(|name| environment.optional(name)).collect();
        Some(Self {
            aws: aws?,
            customers_table: customers_table?,
            ledger_table,
            authorization: authorization?,
            scope: Scope { mode: mode?, account: None },
            policy: policy?,
            push_applications,
        })
    }
}

fn authorization(environment: &mut Environment) -> Option<Authorization> {
    match environment.required("API_AUTH")?.as_str() {
        "iam" => Some(Authorization::Iam),
        "jwt" => Some(Authorization::Jwt { customer_claim: environment.required("API_CUSTOMER_CLAIM")? }),
        other => {
            environment.problem("API_AUTH", format!("is {other:?}, neither iam nor jwt"));
            None
        }
    }
}
