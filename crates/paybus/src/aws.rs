//! What the commands that look into an installation share: where it is, and whose data.

use anyhow::{Context, Result, bail, ensure};
use aws_types::SdkConfig;
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

/// What the help of a command that calls AWS ends with, behind what the command has to say itself.
macro_rules! aws_help {
    ($($own:literal)?) => {
        concat!(
            $($own, "\n\n",)?
            "AWS is asked with AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and with nothing else. ",
            "To set them from a\nprofile:\n  export AWS_REGION=eu-central-1\n  eval \"$(aws configure export-credentials --format env)\""
        )
    };
}
pub(crate) use aws_help;

/// A table of the installation, and how a command is told its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// The command's option.
    pub(crate) option: &'static str,
    /// The variable that stands in for it.
    pub(crate) variable: &'static str,
    /// The stack's output that holds the name.
    pub(crate) output: &'static str,
}

/// Points, balances, tiers, and the program.
pub(crate) const LEDGER: Table = Table { option: "--table", variable: "LEDGER_TABLE", output: "LedgerTableName" };

/// Profiles, devices, preferences.
pub(crate) const CUSTOMERS: Table =
    Table { option: "--table", variable: "CUSTOMERS_TABLE", output: "CustomersTableName" };

/// The same for a command whose `--table` is another one.
pub(crate) const CUSTOMERS_BESIDE: Table = Table { option: "--customers-table", ..CUSTOMERS };

/// What was said to whom.
pub(crate) const DELIVERIES: Table =
    Table { option: "--table", variable: "DELIVERIES_TABLE", output: "DeliveriesTableName" };

impl Table {
    fn name(self, given: Option<&str>, environment: &Variables) -> Result<String> {
        let name = given.map(str::to_owned).or_else(|| environment(self.variable));
        let Self { option, variable, output } = self;
        name.with_context(|| {
            format!("which table? Name it with {option} or in {variable}: it is the stack's output {output}")
        })
    }
}

/// The process's environment, or another one in tests. Empty counts as not set.
type Variables = dyn Fn(&'static str) -> Option<String>;

fn of_process(variable: &'static str) -> Option<String> {
    // Reading one variable that may be absent finds no problem.
    Environment::from_process().read(|environment| environment.optional(variable)).ok()
}

/// Client settings and a table's name, from the environment alone: no profile is picked up by accident.
///
/// `given` is the table's name by the command line.
pub(crate) fn connect(given: Option<&str>, table: Table) -> Result<(SdkConfig, String)> {
    let (sign_in, table) = (signed_in(&of_process), table.name(given, &of_process));
    match (sign_in, table) {
        (Ok(()), Ok(table)) => Ok((settings()?, table)),
        (Err(problem), Ok(_)) | (Ok(()), Err(problem)) => Err(problem),
        // Both at once, so that nobody comes back for the second.
        (Err(sign_in), Err(table)) => bail!("{table}\nerror: {sign_in}"),
    }
}

/// Client settings from the environment.
pub(crate) fn settings() -> Result<SdkConfig> {
    signed_in(&of_process)?;
    let settings = Environment::from_process().read(AwsSettings::from_environment).context("prepare to ask AWS")?;
    settings.sdk_config().context("prepare to ask AWS")
}

/// In the words of somebody at a terminal: what a function says about its environment would mislead.
fn signed_in(environment: &Variables) -> Result<()> {
    let needed = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let missing: Vec<_> = needed.into_iter().filter(|variable| environment(variable).is_none()).collect();
    ensure!(
        missing.is_empty(),
        "AWS cannot be asked, because the environment lacks {}. Say the region, and take the credentials from your profile:\n  \
         export AWS_REGION=eu-central-1\n  eval \"$(aws configure export-credentials --format env)\"",
        missing.join(", ")
    );
    Ok(())
}

/// Where it was looked, for an answer that nothing was found: most likely the mode is the wrong one.
pub(crate) fn in_mode(scope: &Scope) -> &'static str {
    match scope.mode {
        Mode::Live => "in live mode; --test looks into test mode",
        Mode::Test => "in test mode; without --test live mode is looked into",
    }
}

/// Runs a command that calls AWS.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &'static str) -> Option<String> {
        None
    }

    #[test]
    fn somebody_who_has_not_signed_in_is_told_what_is_missing_and_how_to_get_it() {
        let only_region = |variable| (variable == "AWS_REGION").then(|| "eu-west-1".to_owned());
        let problem = signed_in(&only_region).unwrap_err().to_string();
        assert!(problem.contains("lacks AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY."), "{problem}");
        assert!(problem.contains("export AWS_REGION=") && problem.contains("export-credentials"), "{problem}");
        assert!(signed_in(&|_| Some("x".to_owned())).is_ok());
    }

    #[test]
    fn a_table_is_named_by_option_or_variable_and_asked_for_by_its_output() {
        assert_eq!(LEDGER.name(Some("given"), &none).unwrap(), "given");
        assert_eq!(LEDGER.name(None, &|variable| Some(variable.to_lowercase())).unwrap(), "ledger_table");
        let problem = CUSTOMERS_BESIDE.name(None, &none).unwrap_err().to_string();
        for part in ["--customers-table", "CUSTOMERS_TABLE", "CustomersTableName"] {
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn who_finds_nothing_is_told_of_the_other_mode() {
        let scope = |mode| Scope { mode, account: None };
        assert!(in_mode(&scope(Mode::Live)).contains("--test looks"));
        assert!(in_mode(&scope(Mode::Test)).contains("without --test"));
    }
}
