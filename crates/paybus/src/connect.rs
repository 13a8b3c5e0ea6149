//! `paybus connect status`: whether events find their way from Stripe to the hub, and what to do if not.

use std::{io::Write, process::ExitCode};

use anyhow::Result;
use aws_types::SdkConfig;
use stripe_api::{BaseUrl, StripeClient, StripeSettings};

use crate::aws::aws_help;

pub(crate) mod aws;
pub(crate) mod destination;
mod diagnosis;
mod observe;

/// What to do about the connection.
#[derive(Debug, clap::Args)]
pub(crate) struct ConnectArguments {
    #[command(subcommand)]
    command: ConnectCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ConnectCommand {
    /// Look at the destination, its source, its bus and the last events, and say what to do next.
    Status(Place),
}

/// Which stack, and the key of the Stripe account that it is connected to.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!("Exit codes: 0 when all is well, 1 when something is to be done or could not be looked at."))]
pub(crate) struct Place {
    /// The stack's name.
    #[arg(long, default_value = "paybus")]
    pub(crate) stack: String,
    /// The secret with Stripe's API key: the stack's parameter `StripeSecretArn`. `ping` needs it; without it `connect status` looks
    /// at AWS only.
    #[arg(long, value_name = "ARN")]
    pub(crate) secret: Option<String>,
    /// Where Stripe is, for a local stack.
    #[arg(long, value_name = "URL", default_value_t)]
    pub(crate) stripe_url: BaseUrl,
}

impl Place {
    /// Stripe with the key of that secret, which is read at the first call.
    pub(crate) fn stripe(&self, aws: &SdkConfig, secret: &str) -> StripeClient {
        StripeSettings { secret: Some(secret.to_owned()), url: self.stripe_url.clone() }.client(aws)
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &ConnectArguments) -> Result<ExitCode> {
    let ConnectCommand::Status(place) = &arguments.command;
    let observed = crate::aws::block_on(observe::observe(place))?;
    let findings = diagnosis::diagnose(&observed);
    let mut out = anstream::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let is_well = findings.iter().all(|finding| finding.level == diagnosis::Level::Fine);
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
