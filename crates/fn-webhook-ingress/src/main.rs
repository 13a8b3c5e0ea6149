//! The function's wiring.

use std::process::ExitCode;

use fn_webhook_ingress::{Config, Ingress, NAME, adapters::SecretsManagerSecret, signing_secrets::SecretCache};
use hub::EventBridgeHub;
use lambda_kit::{Clock, Environment, Metrics, SystemClock, start};
use secrets::SecretReader;

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let config = environment.read(Config::from_environment)?;
    let aws = config.aws.sdk_config()?;
    let secret = SecretsManagerSecret::new(SecretReader::new(&aws), config.secret_arn);
    let ingress = &Ingress {
        secrets: SecretCache::new(secret, config.mode),
        hub: EventBridgeHub::new(&aws, config.hub_name),
        clock: SystemClock,
        mode: config.mode,
        metrics: Metrics::new(),
    };
    start::poll(async |event, _| {
        // On the heap: the calls inside nest deeper than the compiler likes to lay out in one piece.
        let response = Box::pin(ingress.handle(event)).await;
        ingress.metrics.emit(NAME, SystemClock.now());
        Ok(response)
    })
    .await
}
