//! `paybus program`: the rules of the loyalty program, checked and put into force.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
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
        ProgramCommand::Put { file, table } => {
            let program = read(file)?;
            block_on(async { Ok(programs(table)?.put(&program).await?) })?;
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

async fn current(table: &TableArguments) -> Result<String> {
    let stored = programs(table)?.current().await?;
    Ok(stored.map_or_else(|| program::DEFAULT.trim_end().to_owned(), |stored| stored.json))
}

fn programs(table: &TableArguments) -> Result<DynamoPrograms> {
    let (config, table) = connect(table.table.as_deref(), LEDGER)?;
    Ok(DynamoPrograms::new(Database::new(&config), table))
}
