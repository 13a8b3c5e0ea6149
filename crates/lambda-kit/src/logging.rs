//! One JSON object per line on standard output, from where CloudWatch Logs takes it.

use std::panic;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// Turns logging on. Call it first thing in `main`.
///
/// Our own crates log from `level` up, everybody else from warnings up: HTTP and SDK crates write whole requests at the finer
/// levels, and those hold addresses.
pub fn init(level: LevelFilter) {
    let targets =
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_targets(OUR_CRATES.map(|name| (name, level)));
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let installed = tracing_subscriber::registry().with(lines).with(targets).try_init();
    if installed.is_err() {
        tracing::debug!("logging is on already");
    }
    panic::set_hook(Box::new(|panic| {
        // The message may quote a record, so only the place is told.
        let place = panic.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        tracing::error!(panic.place = place, "panicked");
    }));
}

/// The crates whose finer levels may be shown.
const OUR_CRATES: [&str; 12] = [
    "delivery",
    "engagement",
    "fn_customer_notices",
    "fn_loyalty_points",
    "lambda_kit",
    "loyalty",
    "notices",
    "processor_events",
    "storage",
    "stripe_api",
    "access",
    "bootstrap",
];
