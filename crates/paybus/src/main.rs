//! The command line for users and operators.
//!
//! A command is one module with a `run` and one line in [`Command`] and in [`main`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod aws;
mod connect;
mod device;
mod explain;
mod outbox;
mod ping;
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
    /// Look at the connection to Stripe.
    Connect(connect::ConnectArguments),
    /// Add, list or remove the devices that get a customer's push notifications.
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Say what events are, which consumers take them and what each would do.
    Explain(explain::ExplainArguments),
    /// List what the outbound modes `record` and `allowlist` kept instead of sending it.
    Outbox(outbox::OutboxArguments),
    /// Have Stripe send an event, and time its way to the hub.
    Ping(ping::PingArguments),
    /// Render every message with its samples to files, to look at.
    Preview(preview::PreviewArguments),
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Connect(arguments) => connect::run(&arguments),
        Command::Device(command) => device::run(&command).map(|()| ExitCode::SUCCESS),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Outbox(arguments) => outbox::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Ping(arguments) => ping::run(&arguments),
        Command::Preview(arguments) => preview::run(&arguments).map(|()| ExitCode::SUCCESS),
    }
}
