//! The command line for users and operators.

use clap::{Parser, Subcommand};

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
    /// Render every message with its samples to files, to look at.
    Preview(preview::PreviewArguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Preview(arguments) => preview::run(&arguments),
    }
}
