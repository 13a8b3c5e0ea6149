//! The command line for users and operators.
//!
//! A command is one module with a `run` and one line in [`Command`] and in [`main`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod aws;
mod device;
mod explain;
mod outbox;
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
    /// Add, list or remove the devices that get a customer's push notifications.
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Say what events are, which consumers take them and what each would do.
    Explain(explain::ExplainArguments),
    /// List what the outbound modes `record` and `allowlist` kept instead of sending it.
    Outbox(outbox::OutboxArguments),
    /// Render every message with its samples to files, to look at.
    Preview(preview::PreviewArguments),
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Device(command) => device::run(&command).map(|()| ExitCode::SUCCESS),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Outbox(arguments) => outbox::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Preview(arguments) => preview::run(&arguments).map(|()| ExitCode::SUCCESS),
    }
}
