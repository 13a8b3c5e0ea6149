//! What the function is told by its environment.

use lambda_kit::{Environment, aws::AwsSettings};

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The ledger table, which holds the program too.
    pub ledger_table: String,
    /// Where offers are kept.
    pub customers_table: String,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let ledger_table = environment.required("LEDGER_TABLE");
        let customers_table = environment.required("CUSTOMERS_TABLE");
        Some(Self { aws: aws?, ledger_table: ledger_table?, customers_table: customers_table? })
    }
}
