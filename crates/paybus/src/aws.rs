//! What the commands that look into an installation share: where it is, and whose data.

use anyhow::{Context, Result};
use lambda_kit::{Environment, aws::AwsSettings};
use processor_events::{event::Mode, ids::AccountId};
use storage::Scope;

/// Whose data.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ScopeArguments {
    /// Test mode; without it, live mode.
    #[arg(long)]
    test: bool,
    /// The connected account, if it is not the processor account itself.
    #[arg(long, value_parser = account)]
    account: Option<AccountId>,
}

impl ScopeArguments {
    pub(crate) fn scope(&self) -> Scope {
        let mode = if self.test { Mode::Test } else { Mode::Live };
        Scope { mode, account: self.account.clone() }
    }
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::new(text).map_err(|error| error.to_string())
}

/// Client settings and a table's name, from the environment alone: no profile is picked up by accident.
///
/// `table` is the option given on the command line, `variable` the one that stands in for it.
pub(crate) fn connect(table: Option<&str>, variable: &'static str) -> Result<(aws_types::SdkConfig, String)> {
    let read = Environment::from_process().read(|environment| {
        let settings = AwsSettings::from_environment(environment);
        let table = table.map(str::to_owned).or_else(|| environment.required(variable));
        Some((settings?, table?))
    });
    let (settings, table) = read.context(
        "find the installation. Put its region and credentials into the environment, for example with \
         `eval \"$(aws configure export-credentials --format env)\"`; the table's name is an output of the stack",
    )?;
    Ok((settings.sdk_config()?, table))
}

/// Runs a command that calls AWS.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}
