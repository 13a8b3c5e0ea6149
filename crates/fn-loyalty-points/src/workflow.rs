//! Starting the engagement workflow: the port and Step Functions behind it.

use std::future::Future;

use aws_sdk_sfn::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::start_execution::StartExecutionError,
};
use engagement::Start;
use lambda_kit::failure::with_causes;
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
#[expect(clippy::needless_pass_by_value, reason = "it ends here: the caller keeps nothing of it")]
fn classify<R: std::fmt::Debug>(error: SdkError<StartExecutionError, R>) -> Result<Started, StartError> {
    let Some(service) = error.as_service_error() else {
        return Err(StartError::Passing(with_causes(&error)));
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

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::{
        operation::start_execution::StartExecutionOutput,
        primitives::DateTime,
        types::error::{ExecutionAlreadyExists, ExecutionLimitExceeded, InvalidName, StateMachineDeleting},
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use engagement::Place;
    use jiff::Timestamp;
    use loyalty::{Happened, PaymentEvent, PaymentKey, Program, Purchase, Snapshot, decide};
    use processor_events::{
        Currency, Money,
        event::{Mode, Processor},
        ids::{CustomerId, EventId, PaymentId},
    };

    use super::*;

    const ARN: &str = "arn:aws:states:eu-central-1:123456789012:stateMachine:engagement";

    fn start() -> Start {
        let customer = CustomerId::new("cus_1").unwrap();
        let purchase = Purchase {
            customer: customer.clone(),
            amount: Money::new(1000, Currency::USD),
            in_doubt: false,
            metadata: std::collections::BTreeMap::new(),
        };
        let event = PaymentEvent {
            id: EventId::new("evt_1").unwrap(),
            occurred_at: Timestamp::UNIX_EPOCH,
            payment: PaymentKey { processor: Processor::Stripe, id: PaymentId::new("pi_1").unwrap() },
            happened: Happened::Paid(purchase),
        };
        let decision = decide(&Program::default(), Some(&customer), &Snapshot::default(), &[event]);
        let place = Place { mode: Mode::Live, account: None, payment_item: None };
        Start::of(&decision.plan.entries[0], &place).unwrap()
    }

    fn start_against(rule: &Rule) -> Result<Started, StartError> {
        let client = mock_client!(aws_sdk_sfn, RuleMode::MatchAny, &[rule]);
        let workflow = StepFunctions::of_client(client, ARN.to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(workflow.start(&start()))
    }

    fn start_answered_with(
        error: impl Fn() -> StartExecutionError + Send + Sync + 'static,
    ) -> Result<Started, StartError> {
        start_against(&mock!(Client::start_execution).then_error(error))
    }

    #[test]
    fn the_request_names_the_machine_the_entry_and_the_input() {
        let rule = mock!(Client::start_execution)
            .match_requests(|request| {
                request.state_machine_arn() == Some(ARN)
                    && request.name() == Some("live-stripe-pi_1-award")
                    && request.input() == serde_json::to_string(&start().input).ok().as_deref()
            })
            .then_output(|| {
                let output = StartExecutionOutput::builder().execution_arn("arn").start_date(DateTime::from_secs(0));
                output.build().unwrap()
            });
        assert_eq!(start_against(&rule), Ok(Started::Now));
        assert_eq!(rule.num_calls(), 1);
    }

    #[test]
    fn a_name_that_was_used_is_a_success() {
        let answer = start_answered_with(|| {
            StartExecutionError::ExecutionAlreadyExists(ExecutionAlreadyExists::builder().message("closed").build())
        });
        assert_eq!(answer, Ok(Started::Before));
    }

    #[test]
    fn limits_and_machines_on_the_move_pass() {
        let limit = start_answered_with(|| {
            StartExecutionError::ExecutionLimitExceeded(ExecutionLimitExceeded::builder().message("1,000,000").build())
        });
        assert!(matches!(limit, Err(StartError::Passing(_))), "{limit:?}");
        let deleting = start_answered_with(|| {
            StartExecutionError::StateMachineDeleting(StateMachineDeleting::builder().message("soon").build())
        });
        assert!(matches!(deleting, Err(StartError::Passing(_))), "{deleting:?}");
    }

    #[test]
    fn what_step_functions_can_never_take_is_refused() {
        let answer = start_answered_with(|| {
            StartExecutionError::InvalidName(InvalidName::builder().message("too long").build())
        });
        assert!(matches!(answer, Err(StartError::Refused(_))), "{answer:?}");
    }
}
