//! The commands and what they take.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

use crate::{command, stack::Way};

/// Builds, shows and tests Paybus on this machine, without an AWS account and without Docker.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Deploy Paybus on this machine, send it real-shaped events and show what each customer got.
    Demo(DemoArguments),
    /// Send events to the stack that `demo --keep` left running, and show what they cause.
    Send {
        /// The port of the local stack; without it the one that `demo --keep` left running.
        #[arg(long)]
        port: Option<u16>,
        /// How many seconds to wait for effects.
        #[arg(long, default_value_t = 45)]
        patience: u64,
        /// Send them as Stripe sends webhooks, signed, to the stack's webhook URL.
        #[arg(long)]
        signed: bool,
        /// Files that hold one event each: an `EventBridge` envelope, as in `events/`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Measure on the local stack how long points take to be visible, and what they cost.
    Latency {
        /// How many payments to send.
        #[arg(long, default_value_t = 500)]
        payments: usize,
        /// How many of them a second.
        #[arg(long, default_value_t = 20)]
        per_second: u32,
    },
    /// Show every message in a headless browser, light and dark, on a phone and on a desktop (needs Chromium).
    Screenshots(command::screenshots::ScreenshotArguments),
    /// Stop the stack that `demo --keep` left running.
    Stop,
    /// Run every check: format, lints, documentation, tests, flows on the local stack, template.
    Test(command::test::TestArguments),
    /// Check dependencies: advisories, licences, sources, bans (installs cargo-deny first, which takes some minutes).
    Deny,
    /// Simulate the ledger under faults, crashes and replays (`cargo xtask sim --help` says how).
    #[command(disable_help_flag = true)]
    Sim {
        /// What the simulation takes: `--full`, `--seeds 90000`, `--seed 42 --trace`, `--exhaustive`, `--archive`, `--bugs`, ...
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure the functions as they are deployed: starts, CPU, calls, memory (`cargo xtask bench --help` says how).
    #[command(disable_help_flag = true)]
    Bench {
        /// What the measurement takes: `--peers` for Node beside ours, `--call-ms 5`, `--starts 15`, `--batches 300`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Print the shell settings for `sam` and `cargo lambda` against a local stack: eval "$(cargo xtask env)".
    Env {
        /// The port of the local stack.
        #[arg(long, default_value_t = DEFAULT_PORT)]
        port: u16,
    },
    /// Build and deploy to a local stack that is running already.
    Deploy {
        /// The port of the local stack.
        #[arg(long, default_value_t = DEFAULT_PORT)]
        port: u16,
        /// Deploy what was built before.
        #[arg(long)]
        no_build: bool,
    },
}

/// How to show the demo.
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    /// Leave the stack running afterwards, and say how to send more and how to stop it.
    #[arg(long)]
    pub keep: bool,
    /// The port for the stack; without it any free one, or 4566 with `--keep`.
    #[arg(long)]
    pub port: Option<u16>,
}

/// Where the stack listens when it is to be found again.
pub const DEFAULT_PORT: u16 = 4566;

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo(arguments) => command::demo::run(&arguments),
        Command::Latency { payments, per_second } => command::latency::run(payments, per_second),
        Command::Send { port, patience, signed, files } => command::send::run(
            port,
            Duration::from_secs(patience),
            if signed { Way::Webhook } else { Way::Hub },
            &files,
        ),
        Command::Screenshots(arguments) => command::screenshots::run(&arguments).map(|()| true),
        Command::Stop => command::stop::run().map(|()| true),
        Command::Test(arguments) => command::test::run(&arguments),
        Command::Deny => command::deny::run().map(|()| true),
        Command::Sim { arguments } => command::sim::run(&arguments),
        Command::Bench { arguments } => command::bench::run(&arguments),
        Command::Env { port } => command::env::run(port).map(|()| true),
        Command::Deploy { port, no_build } => command::deploy::run(port, !no_build).map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}
