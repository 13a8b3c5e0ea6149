//! Wiring.

use std::process::ExitCode;

use fn_customer_sync::{Config, Handler, NAME};
use hub::EventBridgeHub;
use lambda_kit::{Clock, Environment, Metrics, SystemClock, TokioTimer, start};
use processor_events::ReadOptions;
use storage::{Database, customers::DynamoCustomers};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let handler = &Handler {
        customers: DynamoCustomers::new(Database::new(&aws), config.customers_table),
        hub: EventBridgeHub::new(&aws, config.hub_name),
        lookup: config.stripe.client(&aws),
        mode: config.mode,
        read: ReadOptions::default(),
        clock: SystemClock,
        timer: TokioTimer,
        metrics: Metrics::new(),
    };
    start::poll(async |batch, deadline| {
        // On the heap: the calls inside nest deeper than the compiler likes to lay out in one piece.
        let response = Box::pin(handler.handle(batch, deadline)).await;
        handler.metrics.emit(NAME, SystemClock.now());
        Ok(response)
    })
    .await
}
