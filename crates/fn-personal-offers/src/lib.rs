#![doc = include_str!("../README.md")]

mod config;

use engagement::{
    Input,
    offers::{Audience, MOST_ENTRIES, choose},
    step::{Answer, Call, permanent},
};
use lambda_kit::{Clock, Failure};
use serde::Deserialize;
use serde_json::Value;
use storage::{
    Scope, StorageError,
    customers::CustomerKey,
    ledger::History,
    offers::Offers,
    program::{CachedProgram, Programs},
};

pub use config::Config;

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<H, O, P, K> {
    /// What customers bought.
    pub history: H,
    /// Where offers are kept.
    pub offers: O,
    /// The program in force, with its catalogue of offers.
    pub program: CachedProgram<P>,
    /// Tells the time.
    pub clock: K,
}

/// The only step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Offer,
}

impl<H: History, O: Offers, P: Programs, K: Clock> Handler<H, O, P, K> {
    /// Carries out one call of the workflow.
    pub async fn handle(&self, call: Value) -> Result<Answer, Failure> {
        let Call { step: Step::Offer, engagement } =
            Call::read(call).map_err(|error| Failure::new(permanent::INVALID_REQUEST, &error))?;
        let added = self.offer(&engagement).await?;
        Ok(Answer { outcome: if added { "offered" } else { "nothing_to_offer" } })
    }

    async fn offer(&self, input: &Input) -> Result<bool, Failure> {
        let now = self.clock.now();
        let (program, _) =
            self.program.program(now).await.map_err(|error| Failure::new("ProgramUnavailable", &error))?;
        let rules = &program.document().offers;
        if rules.is_empty() {
            return Ok(false);
        }
        let scope = Scope { mode: input.mode, account: input.account_id.clone() };
        let customer = CustomerKey { scope: scope.clone(), customer: input.customer_id.clone() };
        let history =
            self.history.latest(&scope, &input.customer_id, MOST_ENTRIES).await.map_err(|error| failure(&error))?;
        let offers = self.offers.offers(&customer).await.map_err(|error| failure(&error))?;
        let audience = Audience {
            tier: input.current_tier.as_deref(),
            occasion: &input.entry_key,
            occurred_at: input.occurred_at,
            now,
        };
        for offer in choose(rules, &history, &offers, audience) {
            self.offers.add(&customer, &offer, now).await.map_err(|error| failure(&error))?;
        }
        let offers = self.offers.offers(&customer).await.map_err(|error| failure(&error))?;
        Ok(offers.iter().any(|offer| offer.occasion == input.entry_key))
    }
}

fn failure(error: &StorageError) -> Failure {
    Failure::new(error.name(), error)
}

#[cfg(test)]
mod tests;
