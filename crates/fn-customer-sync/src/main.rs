//! Wiring.

use std::process::ExitCode;

use fn_customer_sync::{Config, Handler, NAME};
use lambda_kit::{Clock, Environment, Metrics, SystemClock, TokioTimer, start};
use processor_events::ReadOptions;
use storage::{Database, customers::DynamoCustomers};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let customers = DynamoCustomers::new(Database::new(&config.aws.sdk_config()?), config.customers_table);
    let handler = &Handler {
        customers,
        read: ReadOptions::default(),
        clock: SystemClock,
        timer: TokioTimer,
        metrics: Metrics::new(),
    };
    start::poll(async |batch, deadline| {
        let response = handler.handle(batch, deadline).await;
        handler.metrics.emit(NAME, SystemClock.now());
        Ok(response)
    })
    .await
}
