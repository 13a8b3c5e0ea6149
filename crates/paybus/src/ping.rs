//! `paybus ping`: has Stripe send an event, and times its way to the hub.

use std::{io::Write, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use lambda_kit::{Clock, SystemClock, Timer, TokioTimer};
use stripe_api::{IdempotencyKey, StripeClient};

use crate::connect::{
    Place,
    aws::{self, EventLogSeen},
    destination::is_of_stack,
};

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
    let config = crate::aws::settings()?;
    let stripe = place.stripe(&config, secret);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    ensure_event_log(&logs, &place.stack).await?;
    let destination = of_stack(&stripe, &place.stack).await?;
    let begin = SystemClock.now();
    let key = IdempotencyKey::new(format!("paybus-ping-{destination}-{begin}"))?;
    let event_id = stripe.ping_event_destination(&destination, &key).await.context("ask Stripe for a ping")?;
    let mut out = anstream::stdout().lock();
    writeln!(out, "Stripe sends {event_id} by {destination}")?;
    let wait = Duration::from_secs(arguments.timeout_seconds.into());
    if let Some(took) = arrival(&logs, &place.stack, &event_id, begin, wait).await? {
        let milliseconds = took.as_millis();
        writeln!(out, "on the hub after {}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "not seen in {} within {} s", aws::event_log(&place.stack), arguments.timeout_seconds)?;
    writeln!(out, "look for the reason with `paybus connect status`, or wait longer with --timeout-seconds")?;
    Ok(ExitCode::FAILURE)
}

async fn of_stack(client: &StripeClient, stack: &str) -> Result<String> {
    let all = client.event_destinations().await.context("list the destinations at Stripe")?;
    let mut own = all.into_iter().filter(|destination| is_of_stack(destination, stack));
    let Some(destination) = own.next() else {
        bail!("Stripe has no destination of the stack {stack}; `paybus connect status` says more");
    };
    ensure!(
        own.next().is_none(),
        "Stripe has several destinations of the stack {stack}; deploy once more to mend that"
    );
    Ok(destination.id)
}

/// Without an event log nothing would be seen, so nothing is sent.
async fn ensure_event_log(logs: &aws_sdk_cloudwatchlogs::Client, stack: &str) -> Result<()> {
    match aws::event_log_seen(logs, stack).await {
        Ok(EventLogSeen::Missing) => bail!(
            "there is no {} in this account and region: name the stack and the region (--stack, AWS_REGION), or deploy with \
             EventLog=ids",
            aws::event_log(stack)
        ),
        Ok(EventLogSeen::Empty | EventLogSeen::Last(_)) => Ok(()),
        Err(unseen) => {
            let advice = unseen.next.map(|next| format!("; {next}")).unwrap_or_default();
            bail!("{} could not be looked at: {}{advice}", aws::event_log(stack), unseen.reason)
        }
    }
}

/// How long the event took to the event log, by the log's own note; `None` when the time is over before it is there.
async fn arrival(
    logs: &aws_sdk_cloudwatchlogs::Client,
    stack: &str,
    event_id: &str,
    begin: Timestamp,
    wait: Duration,
) -> Result<Option<Duration>> {
    loop {
        let elapsed = since(begin, SystemClock.now());
        let request = logs
            .filter_log_events()
            .log_group_name(aws::event_log(stack))
            .start_time(begin.as_millisecond().saturating_sub(60_000))
            .filter_pattern(format!("\"{event_id}\""));
        let found = request.send().await.with_context(|| format!("read {}", aws::event_log(stack)))?;
        if let Some(event) = found.events().first() {
            let noted = event.ingestion_time().and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
            // This machine's clock may be ahead of AWS's: then only the upper bound is known.
            let noted = noted.filter(|at| *at > begin).map(|at| since(begin, at));
            return Ok(Some(noted.map_or(elapsed, |noted| noted.min(elapsed))));
        }
        if elapsed >= wait {
            return Ok(None);
        }
        TokioTimer.sleep(PAUSE.min(wait.saturating_sub(elapsed))).await;
    }
}

fn since(begin: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(begin)).unwrap_or_default()
}
