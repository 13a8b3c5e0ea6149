//! Wiring.

use std::process::ExitCode;

use fn_loyalty_points::{Config, Handler, NAME, StepFunctions, StripeLookup};
use lambda_kit::{Clock, Environment, Metrics, SystemClock, SystemEntropy, TokioTimer, start};
use processor_events::ReadOptions;
use storage::{
    Database,
    ledger::DynamoLedger,
    program::{CachedProgram, DynamoPrograms},
};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let database = Database::new(&aws);
    let is_asked = config.stripe.is_configured();
    let handler = &Handler {
        ledger: DynamoLedger::new(database.clone(), config.ledger_table.clone()),
        program: CachedProgram::new(DynamoPrograms::new(database, config.ledger_table)),
        workflow: StepFunctions::new(&aws, config.state_machine_arn),
        lookup: StripeLookup::new(config.stripe.client(&aws), TokioTimer, is_asked),
        read: ReadOptions::default(),
        clock: SystemClock,
        timer: TokioTimer,
        entropy: SystemEntropy,
        metrics: Metrics::new(),
    };
    // Reading the program now opens the connection while the CPU is free, and shows a broken program at the start.
    handler.program.program(SystemClock.now()).await?;
    start::poll(async |batch, deadline| {
        let response = handler.handle(batch, deadline).await;
        handler.metrics.emit(NAME, SystemClock.now());
        Ok(response)
    })
    .await
}
