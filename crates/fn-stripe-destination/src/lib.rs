#![doc = include_str!("../README.md")]

pub mod adapters;
pub mod answer;
pub mod decision;
pub mod destination;
pub mod ports;
pub mod properties;
pub mod request;
mod resource;

use std::{panic::AssertUnwindSafe, pin::pin, time::Duration};

use futures_util::{
    FutureExt,
    future::{Either, select},
};
use jiff::Timestamp;
use lambda_kit::{Clock, Failure, Timer};
use serde_json::Value;

pub use answer::Answer;
pub use decision::{Changes, Owner};
pub use destination::{Destination, DestinationId, Source, SourceState, Status};
pub use ports::{
    Answers, Call, Destinations, Keys, NewDestination, OutsideError, Sources, StripeError, StripeErrorKind,
};
pub use properties::{Desired, EventPayload, Fixed, InvalidProperties, Properties};
pub use request::{Action, PhysicalId, Request, ResponseUrl};
use resource::ResourceError;

/// What is kept back at the end of an invocation for the answer: several tries, each of at most [`ANSWER_TIMEOUT`].
const RESERVE: Duration = Duration::from_secs(20);
/// How long one try to answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);
/// The pause between two tries to answer.
const ANSWER_PAUSE: Duration = Duration::from_millis(500);

/// The function: carries out requests of CloudFormation and always answers.
#[derive(Debug)]
pub struct StripeDestination<D, K, S, A, C, T> {
    /// Stripe.
    pub destinations: D,
    /// Where the API keys are.
    pub keys: K,
    /// EventBridge's view.
    pub sources: S,
    /// The way back to CloudFormation.
    pub answers: A,
    /// Tells the time.
    pub clock: C,
    /// Waits.
    pub timer: T,
}

impl<D, K, S, A, C, T> StripeDestination<D, K, S, A, C, T>
where
    D: Destinations,
    K: Keys,
    S: Sources,
    A: Answers,
    C: Clock,
    T: Timer,
{
    /// Carries out one request. Fails only when it could not answer; Lambda then delivers the request again, and everything
    /// here can be repeated.
    pub async fn handle(&self, event: Value, deadline: Timestamp) -> Result<(), Failure> {
        let request = Request::parse(event)?;
        let answer = self.carry_out_guarded(&request, deadline).await;
        tell(&request, &answer);
        self.deliver(&request, &answer, deadline).await
    }

    /// A panic and the end of the time are failures like others, with a reason.
    async fn carry_out_guarded(&self, request: &Request, deadline: Timestamp) -> Answer {
        // On the heap: the calls inside nest deeper than the compiler likes to lay out in one piece.
        let work = AssertUnwindSafe(Box::pin(self.carry_out(request))).catch_unwind();
        let guard = self.timer.sleep(self.time_left(deadline).saturating_sub(RESERVE));
        let error = match select(pin!(work), pin!(guard)).await {
            Either::Left((Ok(Ok(answer)), _)) => return answer,
            Either::Left((Ok(Err(error)), _)) => error,
            Either::Left((Err(_), _)) => ResourceError::Panicked,
            Either::Right(_) => ResourceError::OutOfTime,
        };
        let failure = Failure::new(error.name(), &error);
        Answer { physical_id: request.standing_physical_id(), result: Err(failure.detail) }
    }

    async fn deliver(&self, request: &Request, answer: &Answer, deadline: Timestamp) -> Result<(), Failure> {
        let body = answer.body(request);
        let mut last = "there was no time left to try".to_owned();
        while self.time_left(deadline) > ANSWER_TIMEOUT {
            let put = self.answers.put(&request.response_url, &body);
            last = match select(pin!(put), pin!(self.timer.sleep(ANSWER_TIMEOUT))).await {
                Either::Left((Ok(()), _)) => return Ok(()),
                Either::Left((Err(error), _)) if !error.passing => {
                    last = error.to_string();
                    break;
                }
                Either::Left((Err(error), _)) => error.to_string(),
                Either::Right(_) => "no reply in time".to_owned(),
            };
            self.timer.sleep(ANSWER_PAUSE).await;
        }
        Err(Failure::message("AnswerNotDelivered", format!("CloudFormation could not be answered: {last}")))
    }

    fn time_left(&self, deadline: Timestamp) -> Duration {
        Duration::try_from(deadline.duration_since(self.clock.now())).unwrap_or_default()
    }
}

fn tell(request: &Request, answer: &Answer) {
    let (physical_id, resource) = (answer.physical_id.as_str(), request.logical_id.as_str());
    match &answer.result {
        Ok(_) => tracing::info!(destination.id = physical_id, resource, action = ?request.action, "done"),
        Err(reason) => {
            let reason = answer::without_secrets(reason);
            tracing::error!(destination.id = physical_id, resource, action = ?request.action, error.detail = reason, "failed");
        }
    }
}
