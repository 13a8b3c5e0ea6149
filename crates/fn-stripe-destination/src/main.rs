//! The function's wiring.

use std::process::ExitCode;

use fn_stripe_destination::{
    StripeDestination,
    adapters::{EventBridgeSources, HttpAnswers, StripeDestinations},
};
use lambda_kit::{Environment, SystemClock, TokioTimer, aws::AwsSettings, start};
use secrets::SecretReader;
use stripe_api::{BaseUrl, HttpTransport};

fn main() -> ExitCode {
    start::run(wire)
}

async fn wire(environment: Environment) -> Result<(), start::StartError> {
    let (settings, stripe_url) = environment.read(|environment| {
        let settings = AwsSettings::from_environment(environment);
        let stripe_url = environment.parsed_or("STRIPE_API_URL", BaseUrl::default());
        Some((settings?, stripe_url?))
    })?;
    let aws = settings.sdk_config()?;
    let function = &StripeDestination {
        destinations: StripeDestinations::new(HttpTransport::new(stripe_url)),
        keys: SecretReader::new(&aws),
        sources: EventBridgeSources::new(aws_sdk_eventbridge::Client::new(&aws)),
        answers: HttpAnswers::new(),
        clock: SystemClock,
        timer: TokioTimer,
    };
    start::poll(async |event, deadline| function.handle(event, deadline).await).await
}
