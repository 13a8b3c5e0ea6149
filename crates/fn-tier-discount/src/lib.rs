#![doc = include_str!("../README.md")]

mod config;
mod stripe;

use delivery::OutboundMode;
use engagement::{
    Input,
    rewards::{Means, RewardState, TierReward, grants},
    step::{Answer, Call, permanent},
};
use lambda_kit::{Clock, Entropy, Failure, Timer};
use loyalty::program::Tier;
use serde::Deserialize;
use serde_json::Value;
use storage::{
    Scope, StorageError,
    customers::CustomerKey,
    program::{CachedProgram, Programs},
    rewards::{RewardKey, Rewards},
};
use stripe_api::{KeySource, Stripe, StripeError, Transport};

pub use config::Config;

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<T, S, W, E, R, P, K> {
    /// Where rewards are given.
    pub stripe: Stripe<T, S, W, E>,
    /// Where decisions are kept.
    pub rewards: R,
    /// The program in force, with the rewards of its tiers.
    pub program: CachedProgram<P>,
    /// Whether anything may leave.
    pub mode: OutboundMode,
    /// Tells the time.
    pub clock: K,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Grant,
    Reverse,
}

impl<T, S, W, E, R, P, K> Handler<T, S, W, E, R, P, K>
where
    T: Transport,
    S: KeySource,
    W: Timer,
    E: Entropy,
    R: Rewards,
    P: Programs,
    K: Clock,
{
    /// Carries out one call of the workflow.
    pub async fn handle(&self, call: Value) -> Result<Answer, Failure> {
        let Call { step, engagement: input } =
            Call::read(call).map_err(|error| Failure::new(permanent::INVALID_REQUEST, &error))?;
        let outcome = match step {
            Step::Grant => self.grant(&input).await?,
            Step::Reverse => self.reverse(&input).await?,
        };
        Ok(Answer { outcome })
    }

    async fn grant(&self, input: &Input) -> Result<&'static str, Failure> {
        let Some(name) = input.current_tier.as_deref() else { return Ok("nothing_to_grant") };
        let (program, _) =
            self.program.program(self.clock.now()).await.map_err(|error| Failure::new("ProgramUnavailable", &error))?;
        let tier = program.document().tiers.levels.iter().find(|tier| tier.name == name);
        let Some(tier) = tier.filter(|tier| !tier.rewards.is_empty()) else { return Ok("nothing_to_grant") };
        if !is_stripes(input) {
            return Ok("other_processor");
        }
        let key = self.key(input, name);
        match self.rewards.reward(&key).await.map_err(|error| stored(&error))? {
            Some(reward) if reward.state == RewardState::Granted => return Ok("granted"),
            Some(reward) if reward.state == RewardState::Revoked => return Ok("revoked"),
            Some(reward) if !key.kept => return self.carry_out(input, &key, reward).await,
            Some(_) => return Ok("kept"),
            None => {}
        }
        if !self.is_configured(input).await? {
            return Ok("not_configured");
        }
        let planned = self.decide(input, tier).await?;
        let reward = self.rewards.decide(&key, &planned).await.map_err(|error| stored(&error))?;
        if key.kept { Ok("kept") } else { self.carry_out(input, &key, reward).await }
    }

    /// Decides in which form this customer gets the rewards.
    async fn decide(&self, input: &Input, tier: &Tier) -> Result<TierReward, Failure> {
        let subscriptions = self.stripe.subscriptions(&input.customer_id).await.map_err(|error| refused(&error))?;
        let invoiced_in = subscriptions.data.iter().find(|subscription| subscription.bills());
        let means = Means { invoiced_in: invoiced_in.map(|subscription| subscription.currency) };
        let now = self.clock.now();
        Ok(TierReward::planned(grants(tier, means, now), &input.entry_key, now))
    }

    /// Gives what is decided and not given yet.
    async fn carry_out(&self, input: &Input, key: &RewardKey, mut reward: TierReward) -> Result<&'static str, Failure> {
        if !self.is_configured(input).await? {
            return Ok("not_configured");
        }
        for (index, given) in reward.grants.iter_mut().enumerate() {
            if given.processor_id.is_none() {
                let mark = mark(key, index);
                stripe::give(&self.stripe, &key.customer.customer, &key.tier, &mark, given)
                    .await
                    .map_err(|error| refused(&error))?;
            }
        }
        reward.state = RewardState::Granted;
        self.rewards.advance(key, &reward).await.map_err(|error| stored(&error))?;
        Ok("granted")
    }

    /// Takes back the rewards of every tier between the one that is left and the one that was lost.
    async fn reverse(&self, input: &Input) -> Result<&'static str, Failure> {
        let (program, _) =
            self.program.program(self.clock.now()).await.map_err(|error| Failure::new("ProgramUnavailable", &error))?;
        let kept_rank = program.rank(input.current_tier.as_deref()).unwrap_or(0);
        let mut outcome = "nothing_to_revoke";
        for tier in program.document().tiers.levels.iter().skip(kept_rank) {
            let key = self.key(input, &tier.name);
            let reward = self.rewards.reward(&key).await.map_err(|error| stored(&error))?;
            let Some(mut reward) = reward.filter(|reward| reward.state != RewardState::Revoked) else { continue };
            if !key.kept {
                if !self.is_configured(input).await? {
                    return Ok("not_configured");
                }
                for (index, given) in reward.grants.iter_mut().enumerate() {
                    let mark = mark(&key, index);
                    stripe::take_back(&self.stripe, &key.customer.customer, &key.tier, &mark, given)
                        .await
                        .map_err(|error| refused(&error))?;
                }
            }
            reward.state = RewardState::Revoked;
            self.rewards.advance(&key, &reward).await.map_err(|error| stored(&error))?;
            outcome = "revoked";
        }
        Ok(outcome)
    }

    fn key(&self, input: &Input, tier: &str) -> RewardKey {
        let scope = Scope { mode: input.mode, account: input.account_id.clone() };
        let customer = CustomerKey { scope, customer: input.customer_id.clone() };
        let kept = !self.mode.admits_customer(Some(&customer));
        RewardKey { customer, tier: tier.to_owned(), kept }
    }

    /// Whether there is a key. One of the other mode is a mistake that must not move money.
    async fn is_configured(&self, input: &Input) -> Result<bool, Failure> {
        match self.stripe.mode().await.map_err(|error| refused(&error))? {
            None => Ok(false),
            Some(mode) if mode == input.mode => Ok(true),
            Some(mode) => Err(Failure::message(
                permanent::STRIPE_REFUSED,
                format!("the Stripe key is for {} mode, the customer is of {} mode", mode.name(), input.mode.name()),
            )),
        }
    }
}

/// An operator's correction names no payment; then the customer is taken to be Stripe's.
fn is_stripes(input: &Input) -> bool {
    input.payment_key.as_deref().is_none_or(|payment| payment.starts_with("stripe:"))
}

/// What marks a grant at Stripe for good: customer, tier and place in the reward. The mode is that of the key.
fn mark(key: &RewardKey, index: usize) -> String {
    format!("tier-reward:{}:{}:{index}", key.customer.customer, key.tier)
}

fn stored(error: &StorageError) -> Failure {
    Failure::new(error.name(), error)
}

fn refused(error: &StripeError) -> Failure {
    Failure::new(error.name(), error)
}

#[cfg(test)]
mod tests;
