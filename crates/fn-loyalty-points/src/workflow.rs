//! Starting the engagement workflow: the port and Step Functions behind it.

use std::future::Future;

use aws_sdk_sfn::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::start_execution::StartExecutionError,
};
use engagement::Start;
use thiserror::Error;

/// What became of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// The execution is there, from this call or from an equal one while it still ran.
    Now,
    /// There was one of that name, and it has ended: the same entry started it.
    Before,
}

/// Why an execution could not be started. The record comes again, and with it the start.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StartError {
    /// Too many starts at once, or no usable answer.
    #[error("the engagement workflow could not be started for now: {0}")]
    Passing(String),
    /// Step Functions will never accept it.
    #[error("the engagement workflow was refused: {0}")]
    Refused(String),
}

/// Starts executions.
pub trait Workflow {
    /// Starts one; a name that was started before is a success.
    fn start(&self, start: &Start) -> impl Future<Output = Result<Started, StartError>>;

    /// Whether there is a workflow at all.
    fn is_on(&self) -> bool;
}

impl<W: Workflow> Workflow for &W {
    fn start(&self, start: &Start) -> impl Future<Output = Result<Started, StartError>> {
        (**self).start(start)
    }

    fn is_on(&self) -> bool {
        (**self).is_on()
    }
}

/// The workflow in Step Functions.
#[derive(Debug, Clone)]
pub struct StepFunctions {
    client: Client,
    state_machine_arn: Option<String>,
}

impl StepFunctions {
    /// Takes the function's settings and the state machine; without one nothing is started.
    #[must_use]
    pub fn new(config: &aws_types::SdkConfig, state_machine_arn: Option<String>) -> Self {
        Self { client: Client::new(config), state_machine_arn }
    }

    #[cfg(test)]
    const fn of_client(client: Client, state_machine_arn: String) -> Self {
        Self { client, state_machine_arn: Some(state_machine_arn) }
    }
}

impl Workflow for StepFunctions {
    async fn start(&self, start: &Start) -> Result<Started, StartError> {
        let input = serde_json::to_string(&start.input).map_err(|error| StartError::Refused(error.to_string()))?;
        let request = self.client.start_execution().set_state_machine_arn(self.state_machine_arn.clone());
        match request.name(&start.name).input(input).send().await {
            Ok(_) => Ok(Started::Now),
            Err(error) => classify(error),
        }
    }

    fn is_on(&self) -> bool {
        self.state_machine_arn.is_some()
    }
}

/// Sorts the errors of `StartExecution` (API reference of that name, "Errors").
fn classify<R: std::fmt::Debug>(error: SdkError<StartExecutionError, R>) -> Result<Started, StartError> {
    let Some(service) = error.as_service_error() else {
        return Err(StartError::Passing(DisplayErrorContext(error).to_string()));
    };
    let text = format!("{}: {}", service.code().unwrap_or("no code"), service.message().unwrap_or("no message"));
    match service {
        // "The execution has the same name as another execution (but a different input)", and any name of a closed one.
        StartExecutionError::ExecutionAlreadyExists(_) => Ok(Started::Before),
        StartExecutionError::InvalidArn(_)
        | StartExecutionError::InvalidExecutionInput(_)
        | StartExecutionError::InvalidName(_)
        | StartExecutionError::ValidationException(_) => Err(StartError::Refused(text)),
        // A limit passes; a machine or key that is gone may be on its way back in a deployment: the message is kept either way.
        _ => Err(StartError::Passing(text)),
    }
}
