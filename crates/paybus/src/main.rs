//! The command line for users and operators.
//!
//! A command is one module with a `run` and one line in [`Command`] and in [`run`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod aws;
mod connect;
mod crm;
mod customer;
mod device;
mod explain;
mod import;
mod ledger;
mod outbox;
mod output;
mod ping;
mod points;
mod preview;
mod program;

/// The command line for users and operators of Paybus.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add points to an account, or take them, with a reason.
    Adjust(ledger::AdjustArguments),
    /// Look at the connection to Stripe.
    Connect(connect::ConnectArguments),
    /// List what the CRM has not been told yet, and tell it.
    Crm(crm::CrmArguments),
    /// Show what a customer has: points, tier, spend; or export or erase everything that is kept of one.
    Customer(customer::PersonArguments),
    /// Add, list or remove the devices that get a customer's push notifications.
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Say what events are, which consumers take them and what each would do.
    Explain(explain::ExplainArguments),
    /// Fill the profiles of customers that were there before Paybus.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// List a customer's ledger, newest entry first.
    Ledger(ledger::LedgerArguments),
    /// List what the outbound modes `record` and `allowlist` kept instead of sending it.
    Outbox(outbox::OutboxArguments),
    /// Have Stripe send an event, and time its way to the hub.
    Ping(ping::PingArguments),
    /// Count the points that a program makes of events.
    Points(points::PointsArguments),
    /// Render every message with its samples to files, to look at.
    Preview(preview::PreviewArguments),
    /// Check a loyalty program, print its schema, put it into force.
    #[command(subcommand)]
    Program(program::ProgramCommand),
    /// Spend points of an account.
    Redeem(ledger::RedeemArguments),
}

fn main() -> ExitCode {
    run(Arguments::parse().command).unwrap_or_else(|error| {
        output::complain(&error);
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Adjust(arguments) => ledger::adjust(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Connect(arguments) => connect::run(&arguments),
        Command::Crm(arguments) => crm::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Customer(arguments) => customer::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Device(command) => device::run(&command).map(|()| ExitCode::SUCCESS),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Import(command) => import::run(&command).map(|()| ExitCode::SUCCESS),
        Command::Ledger(arguments) => ledger::ledger(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Outbox(arguments) => outbox::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Ping(arguments) => ping::run(&arguments),
        Command::Points(arguments) => points::run(&arguments),
        Command::Preview(arguments) => preview::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Program(command) => program::run(&command),
        Command::Redeem(arguments) => ledger::redeem(&arguments).map(|()| ExitCode::SUCCESS),
    }
}
