//! The command line for users and operators.
//!
//! A command is one module with a `run` and one line in [`Command`] and in [`main`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod explain;
mod preview;

/// The command line for users and operators of Paybus.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what events are, which consumers take them and what each would do.
    Explain(explain::ExplainArguments),
    /// Render every message with its samples to files, to look at.
    Preview(preview::PreviewArguments),
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Preview(arguments) => preview::run(&arguments).map(|()| ExitCode::SUCCESS),
    }
}
