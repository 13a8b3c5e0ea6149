//! Wiring.

use std::process::ExitCode;

use fn_access::{Config, Handler, NAME, SchedulerReminders};
use hub::EventBridgeHub;
use lambda_kit::{Clock, Environment, Metrics, SystemClock, TokioTimer, start};
use processor_events::ReadOptions;
use storage::{Database, access::DynamoAccess};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let database = Database::new(&aws);
    database.warm_up(&config.customers_table).await?;
    let handler = &Handler {
        store: DynamoAccess::new(database, config.customers_table),
        hub: EventBridgeHub::new(&aws, config.hub_name),
        reminders: SchedulerReminders::new(&aws, config.reminders),
        clock: SystemClock,
        timer: TokioTimer,
        policy: config.policy,
        mode: config.mode,
        read: ReadOptions::default(),
        metrics: Metrics::new(),
    };
    start::poll(async |batch, deadline| {
        let response = handler.handle(batch, deadline).await;
        handler.metrics.emit(NAME, SystemClock.now());
        Ok(response)
    })
    .await
}
