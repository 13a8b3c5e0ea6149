//! The function's wiring.

use std::process::ExitCode;

use fn_reconciler::{Config, NAME, Reconciler, StripeEvents};
use hub::EventBridgeHub;
use lambda_kit::{Clock, Environment, Metrics, SystemClock, start};
use serde_json::Value;

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let reconciler = &Reconciler {
        list: StripeEvents::new(config.stripe.client(&aws)),
        hub: EventBridgeHub::new(&aws, config.hub_name),
        clock: SystemClock,
        settings: config.settings,
        metrics: Metrics::new(),
    };
    start::poll(async |_: Value, deadline| {
        let result = Box::pin(reconciler.run(deadline)).await;
        reconciler.metrics.emit(NAME, SystemClock.now());
        result
    })
    .await
}
