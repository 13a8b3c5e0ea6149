//! One JSON object per line on standard output, from where CloudWatch Logs takes it.

use std::panic;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// Turns logging on. Call it first thing in `main`.
///
/// Our own crates log from `level` up, everybody else from warnings up: HTTP and SDK crates write whole requests at the finer
/// levels, and those hold addresses.
pub fn init(level: LevelFilter) {
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(OUR_CRATES.iter().map(|name| (*name, level)));
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

/// The crates whose finer levels may be shown: what `tracing` calls the target is the crate's name with underscores. A function's
/// `main` is built under the function's own name.
const OUR_CRATES: &[&str] = &[
    "access",
    "delivery",
    "engagement",
    "fn_access",
    "fn_customer_api",
    "fn_customer_notices",
    "fn_customer_sync",
    "fn_engagement_message",
    "fn_loyalty_points",
    "fn_personal_offers",
    "fn_reconciler",
    "fn_stripe_destination",
    "fn_tier_discount",
    "fn_unsubscribe",
    "fn_webhook_ingress",
    "hub",
    "lambda_kit",
    "loyalty",
    "notices",
    "processor_events",
    "storage",
    "stripe_api",
    "unsubscribe",
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_function_may_log_at_its_own_level() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folders = fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let functions: Vec<_> =
            folders.filter(|name| name.starts_with("fn-")).map(|name| name.replace('-', "_")).collect();
        assert!(!functions.is_empty());
        for function in functions {
            assert!(
                OUR_CRATES.contains(&function.as_str()),
                "{function} is not listed: its lines below warnings are lost"
            );
        }
    }
}
