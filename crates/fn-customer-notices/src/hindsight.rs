//! What the processor knows by now: asked before something is told that may be over.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{FutureExt, pin_mut, select_biased};
use lambda_kit::{Entropy, Failure, Timer};
use notices::{News, decide::Circumstances, news::Question};
use processor_events::event::Processor;
use stripe_api::{KeySource, Stripe, StripeError, Transport};

/// How long an answer is waited for. The function lives for six seconds, and a notice needs two of them to be sent.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Somebody who can say what has become of things.
pub trait Hindsight {
    /// The answer; `None` where nobody may be asked.
    fn ask(&self, news: &News, question: &Question) -> impl Future<Output = Result<Option<bool>, StripeError>>;
}

/// Stripe, with the key that the installation has; without one nothing is asked.
impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Hindsight for Stripe<T, K, W, E> {
    async fn ask(&self, news: &News, question: &Question) -> Result<Option<bool>, StripeError> {
        // The key is the platform's own: what happened at a connected account it cannot see without being told whose.
        if news.processor() != Processor::Stripe || news.account().is_some() {
            return Ok(None);
        }
        if self.mode().await? != Some(news.mode()) {
            return Ok(None);
        }
        let answer = match question {
            Question::IsSettled(invoice) => self.is_settled(invoice).await?,
            Question::IsRefunded(invoice) => self.is_refunded(invoice).await?,
            Question::HasAnotherMethod(customer) => self.has_payment_method(customer).await?,
        };
        Ok(Some(answer))
    }
}

/// Answers that are known beforehand, for tests and the simulation.
#[derive(Debug, Clone, Default)]
pub struct KnownAnswers(pub BTreeMap<Question, bool>);

impl Hindsight for KnownAnswers {
    async fn ask(&self, _: &News, question: &Question) -> Result<Option<bool>, StripeError> {
        Ok(self.0.get(question).copied())
    }
}

/// What is known with the answer. An answer that does not come is no reason to keep the customer waiting: then what the event says
/// is told. The failure is for the log and the metrics.
pub(crate) async fn look(
    hindsight: &impl Hindsight,
    timer: &impl Timer,
    news: &News,
    known: Circumstances,
) -> (Circumstances, Option<Failure>) {
    let Some(question) = news.question(known.now) else { return (known, None) };
    let (answer, patience) = (hindsight.ask(news, &question).fuse(), timer.sleep(PATIENCE).fuse());
    pin_mut!(answer, patience);
    let answer = select_biased! {
        answer = answer => answer.map_err(|error| Failure::new(error.name(), &error)),
        () = patience => Err(Failure::message("StripeSlow", "Stripe has not answered in time")),
    };
    match answer {
        Ok(Some(yes)) => (question.answered(yes, known), None),
        Ok(None) => (known, None),
        Err(failure) => (known, Some(failure)),
    }
}
