//! Wiring.

use std::process::ExitCode;

use fn_unsubscribe::{Config, Handler, KeyCache, NAME};
use lambda_kit::{Clock, Environment, Metrics, SystemClock, start};
use storage::{Database, customers::DynamoCustomers};
use unsubscribe::SecretsManagerKeyStore;

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let handler = &Handler {
        keys: KeyCache::new(SecretsManagerKeyStore::new(&aws, config.secret_arn)),
        customers: DynamoCustomers::new(Database::new(&aws), config.customers_table),
        clock: SystemClock,
        brand: config.brand,
        default_locale: config.default_locale,
        metrics: Metrics::new(),
    };
    start::poll(async |event, _| {
        let response = Box::pin(handler.handle(event)).await;
        handler.metrics.emit(NAME, SystemClock.now());
        Ok(response.into_json())
    })
    .await
}
