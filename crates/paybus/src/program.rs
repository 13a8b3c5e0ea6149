//! `paybus program`: the rules of the loyalty program, checked and put into force.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use loyalty::{Program, program};
use storage::{
    Database,
    program::{DynamoPrograms, Programs},
};

use crate::{
    aws::{LEDGER, aws_help, block_on, connect},
    explain::messages,
    output::say,
};

/// What to do with a program.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ProgramCommand {
    /// Say whether a file is a program, and if not, everything that is wrong with it.
    Check {
        /// The program: one JSON document.
        file: PathBuf,
    },
    /// Print the JSON Schema of a program.
    Schema,
    /// Print the program that is in force where none was ever stored: a good start for one's own.
    Default,
    /// Print the program in force.
    Show(TableArguments),
    /// Put a program into force, within seconds and without a deployment. Its version must be above that of the one in force.
    Put {
        /// The program: one JSON document.
        file: PathBuf,
        /// Changes the base currency. Payments of customers who have an account in the old one are refused from then on.
        #[arg(long)]
        new_base_currency: bool,
        #[command(flatten)]
        table: TableArguments,
    },
}

/// Where the program is kept.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!())]
pub(crate) struct TableArguments {
    /// The ledger table (output `LedgerTableName`); the variable `LEDGER_TABLE` stands in for it.
    #[arg(long)]
    table: Option<String>,
}

/// Runs the command. Exit code 1: the file is no valid program.
pub(crate) fn run(command: &ProgramCommand) -> Result<ExitCode> {
    match command {
        ProgramCommand::Check { file } => {
            let program = read(file)?;
            let document = program.document();
            let tiers = document.tiers.levels.len();
            say(&format!(
                "{} is a valid program: version {}, base currency {}, {tiers} tiers; {}",
                file.display(),
                document.version,
                document.currency.base,
                if program.is_order_free() {
                    "accounts do not depend on the order of events"
                } else {
                    "its daily cap or its kept tiers make accounts depend on the order of events"
                }
            ))?;
        }
        ProgramCommand::Schema => say(program::SCHEMA.trim_end())?,
        ProgramCommand::Default => say(program::DEFAULT.trim_end())?,
        ProgramCommand::Show(table) => say(&block_on(current(table))?)?,
        ProgramCommand::Put { file, new_base_currency, table } => {
            let program = read(file)?;
            block_on(async { put(&programs(table)?, &program, *new_base_currency).await })?;
            say(&format!("version {} is in force within seconds", program.document().version))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a program from a file; the error lists every problem.
pub(crate) fn read(file: &Path) -> Result<Program> {
    let bytes = fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
    let cannot_be_used = || format!("{} cannot be used", file.display());
    let bytes = messages::as_utf8(&bytes);
    let text = str::from_utf8(&bytes).context("it is not UTF-8 text").with_context(cannot_be_used)?;
    Program::parse(text).with_context(cannot_be_used)
}

/// Puts a program into force, unless the one in force says that this cannot be meant.
async fn put(programs: &impl Programs, program: &Program, is_new_base_meant: bool) -> Result<()> {
    if let Some(stored) = programs.current().await? {
        let version = program.document().version;
        if version <= stored.version {
            bail!("version {version} is not above {}, which is in force: raise it", stored.version);
        }
        // A broken program has no base that could be kept.
        let before = Program::parse(&stored.json).map(|stored| stored.document().currency.base);
        let base = program.document().currency.base;
        if let Some(before) = before.ok().filter(|before| *before != base && !is_new_base_meant) {
            bail!(
                "the base currency would change from {before} to {base}, and accounts count their spend in {before}: payments of \
                 everybody who has one would be refused. Keep the base and add a rate for {base}, or say --new-base-currency"
            );
        }
    }
    Ok(programs.put(program).await?)
}

async fn current(table: &TableArguments) -> Result<String> {
    let stored = programs(table)?.current().await?;
    Ok(stored.map_or_else(|| program::DEFAULT.trim_end().to_owned(), |stored| stored.json))
}

fn programs(table: &TableArguments) -> Result<DynamoPrograms> {
    let (config, table) = connect(table.table.as_deref(), LEDGER)?;
    Ok(DynamoPrograms::new(Database::new(&config), table))
}

#[cfg(test)]
mod tests {
    use storage::program::InMemoryPrograms;

    use super::*;

    fn program(version: u64, base: &str) -> Program {
        let text = program::DEFAULT.replace("\"version\": 1", &format!("\"version\": {version}"));
        Program::parse(&text.replace("\"usd\"", &format!("\"{base}\""))).unwrap()
    }

    #[test]
    fn a_program_that_would_have_payments_refused_is_put_into_force_on_request_only() {
        let programs = InMemoryPrograms::default();
        let ask = |version, base, is_meant| {
            block_on(put(&programs, &program(version, base), is_meant)).map_err(|error| error.to_string())
        };
        assert_eq!(ask(2, "eur", false), Ok(()), "the first one may have any base");
        let refused = ask(2, "eur", false).unwrap_err();
        assert_eq!(refused, "version 2 is not above 2, which is in force: raise it");
        let refused = ask(3, "usd", false).unwrap_err();
        assert!(refused.starts_with("the base currency would change from eur to usd"), "{refused}");
        assert_eq!(ask(3, "usd", true), Ok(()));
    }

    #[test]
    fn a_broken_program_can_be_replaced() {
        let programs = InMemoryPrograms::default();
        programs.force(7, "{}");
        assert!(block_on(put(&programs, &program(8, "eur"), false)).is_ok());
    }
}
