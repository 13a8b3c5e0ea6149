//! `paybus ping`: has Stripe send an event, and times its way to the hub.

use std::{io::Write, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use lambda_kit::{Clock, SystemClock, Timer, TokioTimer};
use stripe_api::IdempotencyKey;

use crate::connect::{Place, aws, stripe};

/// Which stack to ping, and how long to wait.
#[derive(Debug, clap::Args)]
pub(crate) struct PingArguments {
    #[command(flatten)]
    place: Place,
    /// How long to wait for the event on the hub, in seconds.
    #[arg(long, default_value_t = 60)]
    timeout_seconds: u16,
}

/// The pause between two looks at the event log.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs the command.
pub(crate) fn run(arguments: &PingArguments) -> Result<ExitCode> {
    crate::aws::block_on(ping(arguments))
}

async fn ping(arguments: &PingArguments) -> Result<ExitCode> {
    let place = &arguments.place;
    let secret =
        place.secret.as_deref().context("give the secret with Stripe's key: --secret, the stack's StripeSecretArn")?;
    let config = aws::settings()?;
    let stripe = stripe::client(&config, secret, &place.stripe_url)?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let destination = of_stack(&stripe, &place.stack).await?;
    let begin = SystemClock.now();
    let key = IdempotencyKey::new(format!("paybus-ping-{destination}-{begin}"))?;
    let event_id = stripe.ping_event_destination(&destination, &key).await.context("ask Stripe for a ping")?;
    let mut out = anstream::stdout().lock();
    writeln!(out, "Stripe sends {event_id} by {destination}")?;
    let wait = Duration::from_secs(arguments.timeout_seconds.into());
    if arrives(&logs, &place.stack, &event_id, begin, wait).await? {
        let took = SystemClock.now().duration_since(begin);
        writeln!(out, "on the hub after at most {} s", took.as_secs())?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "not seen in {} within {} s", aws::event_log(&place.stack), arguments.timeout_seconds)?;
    writeln!(out, "look with `paybus connect status`; the event log must not be off, and takes some seconds itself")?;
    Ok(ExitCode::FAILURE)
}

async fn of_stack(client: &stripe::Client, stack: &str) -> Result<String> {
    let all = client.event_destinations().await.context("list the destinations at Stripe")?;
    let mut own = all.into_iter().filter(|destination| stripe::is_of_stack(destination, stack));
    let Some(destination) = own.next() else {
        bail!("Stripe has no destination of the stack {stack}; `paybus connect status` says more");
    };
    ensure!(
        own.next().is_none(),
        "Stripe has several destinations of the stack {stack}; deploy once more to mend that"
    );
    Ok(destination.id)
}

/// Whether the event log shows the event before the time is over.
async fn arrives(
    logs: &aws_sdk_cloudwatchlogs::Client,
    stack: &str,
    event_id: &str,
    begin: Timestamp,
    wait: Duration,
) -> Result<bool> {
    while Duration::try_from(SystemClock.now().duration_since(begin)).unwrap_or_default() < wait {
        let request = logs
            .filter_log_events()
            .log_group_name(aws::event_log(stack))
            .start_time(begin.as_millisecond().saturating_sub(60_000))
            .filter_pattern(format!("\"{event_id}\""));
        let found = request.send().await.with_context(|| format!("read {}", aws::event_log(stack)))?;
        if !found.events().is_empty() {
            return Ok(true);
        }
        TokioTimer.sleep(PAUSE).await;
    }
    Ok(false)
}
