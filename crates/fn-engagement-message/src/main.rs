//! Wiring.

use std::process::ExitCode;

use delivery::{Courier, SesEmail, SnsPush};
use fn_engagement_message::{Config, Handler};
use lambda_kit::{Environment, SystemClock, start};
use storage::{
    Database,
    customers::DynamoCustomers,
    deliveries::DynamoDeliveries,
    ledger::DynamoLedger,
    offers::DynamoOffers,
    program::{CachedProgram, DynamoPrograms},
    rewards::DynamoRewards,
};
use unsubscribe::{KeyStore, SecretsManagerKeyStore, UnsubscribeLinks};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let mut config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    if let Some((url, secret_arn)) = config.unsubscribe {
        // Once: after a rotation this key is the previous one, which is still accepted.
        let keys = SecretsManagerKeyStore::new(&aws, secret_arn).keys().await?;
        config.settings.unsubscribe_links = Some(UnsubscribeLinks::new(&url, keys.current)?);
    }
    let database = Database::new(&aws);
    let courier = Courier {
        mode: config.mode,
        deliveries: DynamoDeliveries::new(database.clone(), config.deliveries_table),
        devices: DynamoCustomers::new(database.clone(), config.customers_table.clone()),
        email: SesEmail::new(&aws, config.email),
        push: SnsPush::new(&aws),
        clock: SystemClock,
    };
    courier.devices.warm_up().await?;
    let handler = &Handler {
        courier,
        ledger: DynamoLedger::new(database.clone(), config.ledger_table.clone()),
        program: CachedProgram::new(DynamoPrograms::new(database.clone(), config.ledger_table)),
        offers: DynamoOffers::new(database.clone(), config.customers_table.clone()),
        rewards: DynamoRewards::new(database, config.customers_table),
        settings: config.settings,
    };
    // The future of a call has some 17 KB: on the heap it does not travel by copies.
    start::poll(async |call, deadline| Box::pin(handler.handle(call, deadline)).await).await
}
