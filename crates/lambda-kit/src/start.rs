//! The frame of every `main`.

use std::process::ExitCode;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;
use tracing::level_filters::LevelFilter;

use crate::{Environment, Failure};

/// The AWS clients allocate much and little at a time; the C library is slower at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs a function: logs first, then `wire`, which reads the configuration, makes the clients and polls for events.
///
/// The runtime has one thread: a function handles one batch at a time, and its concurrency is waiting, not computing. A
/// `wire` that fails ends the process with the reason in the log, so that a bad configuration is seen at the first cold start
/// and never runs half.
pub fn run<F>(wire: impl FnOnce(Environment) -> F) -> ExitCode
where
    F: Future<Output = Result<(), StartError>>,
{
    let mut environment = Environment::from_process();
    let level = environment.parsed_or("LOG_LEVEL", LevelFilter::INFO).unwrap_or(LevelFilter::INFO);
    crate::logging::init(level);
    if let Some(name) = environment.optional("AWS_LAMBDA_FUNCTION_NAME") {
        crate::metrics::deployed_as(name);
    }
    let result = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(wire(environment)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = Failure::new("StartFailed", error.as_ref());
            tracing::error!(error.name = failure.name, error.detail = failure.detail, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

/// Anything that keeps a function from starting.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// Polls for events and answers each with `handle`, which also gets the time at which the invocation ends.
pub async fn poll<E, R, F>(handle: impl Fn(E, Timestamp) -> F) -> Result<(), StartError>
where
    E: for<'de> Deserialize<'de>,
    R: Serialize,
    F: Future<Output = Result<R, Failure>>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<E>| async move {
        let deadline = deadline(event.context.deadline);
        handle(event.payload, deadline).await.map_err(Diagnostic::from)
    }))
    .await
}

/// The runtime API states the deadline in milliseconds since 1970.
fn deadline(milliseconds: u64) -> Timestamp {
    i64::try_from(milliseconds).ok().and_then(|value| Timestamp::from_millisecond(value).ok()).unwrap_or(Timestamp::MAX)
}
