//! `paybus import customers`: profiles of the customers that were there before Paybus.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write as _},
    num::NonZeroU32,
    time::Duration,
};

use anyhow::{Context, Result};
use importer::{Importer, Outcome, Step};
use lambda_kit::{Environment, SystemClock, SystemEntropy, TokioTimer};
use processor_events::event::Mode;
use storage::{
    Database, Scope,
    customers::{DynamoCustomers, Imported},
};
use stripe_api::{BaseUrl, HttpTransport, KeyError, KeySource, Keys, SecretKey, SecretsManagerKeys, Stripe};

use crate::{
    aws::{CUSTOMERS, aws_help, block_on, connect},
    output::write,
};

mod importer;
#[cfg(test)]
mod tests;

/// What to import.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ImportCommand {
    /// Fill the profiles from Stripe's list of customers. Sends nothing and starts nothing.
    Customers(ImportArguments),
}

/// From where, to where, and how fast.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!(
    "The key comes from the secret that --secret names, or from the variable STRIPE_API_KEY; there is no option for it, because options
stay in the shell's history. A restricted key that may read customers is enough. To type it without an echo:
  read -rs STRIPE_API_KEY; export STRIPE_API_KEY
The key decides whether live or test customers are imported.

The import writes down how far it is, in the customers table. One that was broken off goes on there; one that is repeated
changes nothing. Events that arrive meanwhile win over what was listed before them."
))]
pub(crate) struct ImportArguments {
    /// The secret with Stripe's key in AWS Secrets Manager: the stack's parameter `StripeSecretArn`.
    #[arg(long, value_name = "ARN")]
    secret: Option<String>,
    /// The customers table (output `CustomersTableName`); the variable `CUSTOMERS_TABLE` stands in for it.
    #[arg(long)]
    table: Option<String>,
    /// At most so many requests a second to Stripe, each for 100 customers. Stripe allows 25 with a test key and 100 with a live
    /// one (docs.stripe.com/rate-limits), for everything that uses the account.
    #[arg(long, default_value = "10")]
    rate: NonZeroU32,
    /// Say what would be done, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where Stripe is, for a local stack.
    #[arg(long, value_name = "URL", default_value_t)]
    stripe_url: BaseUrl,
}

/// Imports and says what was done.
pub(crate) fn run(command: &ImportCommand) -> Result<()> {
    let ImportCommand::Customers(arguments) = command;
    let (config, table) = connect(arguments.table.as_deref(), CUSTOMERS)?;
    let transport = HttpTransport::new(arguments.stripe_url.clone());
    let stripe = Stripe::new(transport, key(arguments, &config)?, TokioTimer, SystemEntropy);
    let customers = DynamoCustomers::new(Database::new(&config), table);
    block_on(async {
        let mode = stripe.mode().await?.context("the key says neither live nor test")?;
        let importer = Importer {
            stripe: &stripe,
            customers: &customers,
            clock: SystemClock,
            timer: TokioTimer,
            scope: Scope { mode, account: None },
            pause: pause(arguments.rate),
            is_dry: arguments.dry_run,
        };
        let mut line = ProgressLine::new();
        let result = importer.run(|step| line.show(step)).await;
        line.clear();
        let outcome = result?;
        Ok(write(&summary(&outcome, mode, arguments.dry_run))?)
    })
}

/// The time between two requests.
fn pause(rate: NonZeroU32) -> Duration {
    Duration::from_secs(1).checked_div(rate.get()).unwrap_or_default()
}

/// Where the key comes from: never an argument.
enum Key {
    Secret(SecretsManagerKeys),
    Environment(SecretKey),
}

impl KeySource for Key {
    async fn keys(&self) -> Result<Option<Keys>, KeyError> {
        match self {
            Self::Secret(secret) => secret.keys().await,
            Self::Environment(key) => key.keys().await,
        }
    }
}

fn key(arguments: &ImportArguments, config: &aws_types::SdkConfig) -> Result<Key> {
    if let Some(secret) = &arguments.secret {
        return Ok(Key::Secret(SecretsManagerKeys::new(config, Some(secret.clone()))));
    }
    let text = Environment::from_process().read(|environment| Some(environment.optional("STRIPE_API_KEY")))?;
    let text = text.context("there is no key: set STRIPE_API_KEY, or name a secret with --secret")?;
    let key = SecretKey::new(&text);
    // The secret is not in a secret here: the error's own words would mislead.
    let key =
        key.ok().context("STRIPE_API_KEY holds no key of Stripe: rk_live_..., rk_test_... or sk_... is needed")?;
    Ok(Key::Environment(key))
}

/// One line on a terminal that shows how far it is; nothing where nobody looks.
struct ProgressLine {
    is_shown: bool,
}

impl ProgressLine {
    fn new() -> Self {
        Self { is_shown: io::stderr().is_terminal() }
    }

    fn show(&mut self, step: &Step<'_>) {
        match step {
            Step::Resumed { behind } => self.say(&format!("going on behind {behind}, where the last run stopped")),
            Step::Restarted => self.say("the customer at which the last run stopped is gone: beginning anew"),
            Step::Page(done) => self.replace(&format!("{} customers, {}", total(done), counts(done))),
            Step::Waiting { seconds } => {
                self.replace(&format!("Stripe does not answer usably; trying again in {seconds} s"));
            }
        }
    }

    /// A line that stays, on any standard error.
    fn say(&mut self, text: &str) {
        self.replace("");
        self.put(&format!("{text}\n"));
    }

    fn replace(&mut self, text: &str) {
        if self.is_shown {
            self.put(&format!("\r\x1b[2K{text}"));
        }
    }

    fn clear(&mut self) {
        self.replace("");
    }

    /// Standard error that is closed is no reason to stop an import: nobody looks then.
    fn put(&mut self, text: &str) {
        let mut error = io::stderr().lock();
        if error.write_all(text.as_bytes()).and_then(|()| error.flush()).is_err() {
            self.is_shown = false;
        }
    }
}

fn total(done: &Imported) -> u64 {
    let Imported { new, updated, unchanged, skipped } = *done;
    [new, updated, unchanged, skipped].into_iter().fold(0, u64::saturating_add)
}

fn counts(done: &Imported) -> String {
    let Imported { new, updated, unchanged, skipped } = done;
    format!("{new} new, {updated} updated, {unchanged} unchanged, {skipped} skipped")
}

fn summary(outcome: &Outcome, mode: Mode, is_dry: bool) -> String {
    let mode = mode.name();
    let verb = if is_dry { "would be imported" } else { "imported" };
    let mut text = format!("{} {mode} customers {verb}: {}\n", total(&outcome.run), counts(&outcome.run));
    for (reason, count) in &outcome.skipped {
        writeln!(text, "  {count} skipped: {reason}").expect("a string takes any text");
    }
    if outcome.is_resumed {
        writeln!(text, "With the runs before it: {} customers, {}", total(&outcome.all), counts(&outcome.all))
            .expect("a string takes any text");
    }
    text.push_str(if is_dry { "Nothing was written.\n" } else { "Nobody was written to.\n" });
    text
}
