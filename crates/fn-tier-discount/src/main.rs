//! Wiring.

use std::process::ExitCode;

use fn_tier_discount::{Config, Handler};
use lambda_kit::{Clock, Environment, SystemClock, start};
use storage::{
    Database,
    program::{CachedProgram, DynamoPrograms},
    rewards::DynamoRewards,
};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let database = Database::new(&aws);
    let handler = &Handler {
        stripe: config.stripe.client(&aws),
        rewards: DynamoRewards::new(database.clone(), config.customers_table),
        program: CachedProgram::new(DynamoPrograms::new(database, config.ledger_table)),
        mode: config.mode,
        clock: SystemClock,
    };
    // Reading the program now opens the connection while the CPU is free, and shows a broken program at the start.
    handler.program.program(SystemClock.now()).await?;
    start::poll(async |call, _| handler.handle(call).await).await
}
