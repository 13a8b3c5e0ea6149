//! Wiring.

use std::process::ExitCode;

use delivery::devices::SnsEndpoints;
use fn_customer_api::{Config, Handler, Loyalty, http::Request};
use lambda_kit::{Environment, SystemClock, start};
use storage::{
    Database,
    access::DynamoAccess,
    customers::DynamoCustomers,
    ledger::DynamoLedger,
    offers::DynamoOffers,
    program::{CachedProgram, DynamoPrograms},
};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let database = Database::new(&aws);
    database.warm_up(&config.customers_table).await?;
    let loyalty = config.ledger_table.map(|table| Loyalty {
        ledger: DynamoLedger::new(database.clone(), table.clone()),
        offers: DynamoOffers::new(database.clone(), config.customers_table.clone()),
        program: CachedProgram::new(DynamoPrograms::new(database.clone(), table)),
    });
    let handler = &Handler {
        access: DynamoAccess::new(database.clone(), config.customers_table.clone()),
        customers: DynamoCustomers::new(database, config.customers_table),
        loyalty,
        endpoints: SnsEndpoints::new(&aws, config.push_applications),
        clock: SystemClock,
        policy: config.policy,
        scope: config.scope,
        authorization: config.authorization,
    };
    start::poll(async |request: Request, _| Ok(handler.handle(&request).await)).await
}
