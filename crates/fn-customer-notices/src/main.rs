//! Wiring.

use std::process::ExitCode;

use delivery::{Courier, SesEmail, SnsPush};
use fn_customer_notices::{Config, Handler, NAME};
use lambda_kit::{Clock, Environment, Metrics, SystemClock, TokioTimer, start};
use storage::{Database, customers::DynamoCustomers, deliveries::DynamoDeliveries};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let database = Database::new(&aws);
    let courier = Courier {
        mode: config.mode,
        deliveries: DynamoDeliveries::new(database.clone(), config.deliveries_table),
        devices: DynamoCustomers::new(database, config.customers_table),
        email: SesEmail::new(&aws, config.email),
        push: SnsPush::new(&aws),
        clock: SystemClock,
    };
    let hindsight = config.stripe.client(&aws);
    // DynamoDB alone: every batch begins there. A first handshake with SES or SNS costs some ten milliseconds, of a minute that is
    // promised, and to warm it up would take a call that the role may not make.
    courier.devices.warm_up().await?;
    let (settings, timer, metrics) = (config.settings, TokioTimer, Metrics::new());
    let handler = &Handler { courier, hindsight, settings, timer, metrics };
    start::poll(async |batch, deadline| {
        let response = handler.handle(batch, deadline).await;
        handler.metrics.emit(NAME, SystemClock.now());
        Ok(response)
    })
    .await
}
