#![doc = include_str!("../README.md")]

mod config;
mod message;

use std::rc::Rc;

use delivery::{Attempt, Courier, EmailSender, Notice, Outcome, Pace, PushSender, Recipient, Report};
use engagement::{
    Input, is_stale,
    rewards::TierReward,
    step::{Answer, Call, permanent},
};
use jiff::Timestamp;
use lambda_kit::{Clock, Failure};
use loyalty::Program;
use notices::{Message, render};
use serde::Deserialize;
use serde_json::Value;
use storage::{
    Scope, StorageError,
    customers::{CustomerKey, Devices, Profile, Profiles},
    deliveries::{ClaimOwner, Deliveries, NoticeKey, Outbox},
    ledger::{Ledger, LedgerKey},
    offers::Offers,
    program::{CachedProgram, Programs},
    rewards::{RewardKey, Rewards},
};
use unsubscribe::Membership;

pub use config::{Config, Settings};

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<D, C, E, P, K, L, G, O, R> {
    /// Takes messages to customers. Its `devices` are also where profiles are read.
    pub courier: Courier<D, C, E, P, K>,
    /// Where the balance is read for the follow-up.
    pub ledger: L,
    /// The program in force.
    pub program: CachedProgram<G>,
    /// The customer's offers.
    pub offers: O,
    /// What was granted for tiers.
    pub rewards: R,
    /// How messages look and where they lead.
    pub settings: Settings,
}

/// What to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The new tier, by push.
    TierStatus,
    /// The new tier, by email.
    TierUpgrade,
    /// Thanks for a large purchase.
    HighValuePurchase,
    /// A milestone of spend.
    Milestone,
    /// A purchase that earned points.
    PurchaseConfirmation,
    /// Some days later.
    FollowUp,
}

impl Step {
    /// The name in calls and keys. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TierStatus => "tier_status",
            Self::TierUpgrade => "tier_upgrade",
            Self::HighValuePurchase => "high_value_purchase",
            Self::Milestone => "milestone",
            Self::PurchaseConfirmation => "purchase_confirmation",
            Self::FollowUp => "follow_up",
        }
    }
}

impl<D, C, E, P, K, L, G, O, R> Handler<D, C, E, P, K, L, G, O, R>
where
    D: Deliveries + Outbox,
    C: Profiles + Devices,
    E: EmailSender,
    P: PushSender,
    K: Clock,
    L: Ledger,
    G: Programs,
    O: Offers,
    R: Rewards,
{
    /// Carries out one call of the workflow.
    pub async fn handle(&self, call: Value, deadline: Timestamp) -> Result<Answer, Failure> {
        let Call { step, engagement: input } = Call::read(call).map_err(|error| invalid(&error))?;
        let now = self.courier.clock.now();
        // The follow-up belongs to its execution, which waited for it; it is as old as its delay.
        if step != Step::FollowUp && is_stale(input.occurred_at, now) {
            return Ok(Answer { outcome: "stale" });
        }
        let scope = Scope { mode: input.mode, account: input.account_id.clone() };
        let customer = CustomerKey { scope, customer: input.customer_id.clone() };
        let profile = self.profile(&customer).await?;
        let (program, _) =
            self.program.program(now).await.map_err(|error| Failure::new("ProgramUnavailable", &error))?;
        let message = self.message(step, &input, &customer, profile.as_ref(), &program).await?;
        let report = self.tell(step, &input, customer, profile.as_ref(), &message, deadline).await?;
        report.into_result().map(|report| Answer { outcome: outcome(&report) })
    }

    async fn profile(&self, customer: &CustomerKey) -> Result<Option<Profile>, Failure> {
        let mut found =
            self.courier.devices.profiles(std::slice::from_ref(customer)).await.map_err(|error| stored(&error))?;
        found.remove(customer).transpose().map_err(|corrupt| Failure::new(permanent::ITEM_CORRUPT, &corrupt))
    }

    async fn message(
        &self,
        step: Step,
        input: &Input,
        customer: &CustomerKey,
        profile: Option<&Profile>,
        program: &Rc<Program>,
    ) -> Result<Message, Failure> {
        let about = message::About {
            input,
            program,
            settings: &self.settings,
            name: profile.and_then(|profile| profile.contact.name.clone()),
        };
        let message = match step {
            Step::TierStatus => about.tier_status(),
            Step::TierUpgrade => about.tier_upgrade(self.reward(input, customer).await?.as_ref()),
            Step::HighValuePurchase => about.high_value_purchase(),
            Step::Milestone => about.milestone(),
            Step::PurchaseConfirmation => about.purchase_confirmation(),
            Step::FollowUp => {
                let account = LedgerKey::Account(customer.scope.clone(), customer.customer.clone());
                let loaded = self.ledger.read(&[account].into()).await.map_err(|error| stored(&error))?;
                let account = loaded.account(&customer.scope, &customer.customer);
                let account = account.map_err(|corrupt| Failure::new(permanent::ITEM_CORRUPT, &corrupt))?;
                let offers = self.offers.offers(customer).await.map_err(|error| stored(&error))?;
                about.follow_up(&account, &offers, self.courier.clock.now())
            }
        };
        message.ok_or_else(|| {
            Failure::message(permanent::INVALID_REQUEST, format!("the input has nothing to say {} about", step.name()))
        })
    }

    /// What was granted for the tier, or would have been.
    async fn reward(&self, input: &Input, customer: &CustomerKey) -> Result<Option<TierReward>, Failure> {
        let Some(tier) = input.current_tier.clone() else { return Ok(None) };
        let kept = !self.courier.mode.admits_customer(Some(customer));
        let key = RewardKey { customer: customer.clone(), tier, kept };
        self.rewards.reward(&key).await.map_err(|error| stored(&error))
    }

    async fn tell(
        &self,
        step: Step,
        input: &Input,
        customer: CustomerKey,
        profile: Option<&Profile>,
        message: &Message,
        deadline: Timestamp,
    ) -> Result<Report, Failure> {
        let key = NoticeKey::new(customer.scope.clone(), format!("{}:{}", input.entry_key, step.name()))
            .map_err(|error| invalid(&error))?;
        let voice = &self.settings.voice;
        let mut audience = voice.reader(profile);
        if let Some(links) = self.settings.unsubscribe_links.as_ref().filter(|_| audience.unsubscribe.is_none()) {
            let membership = Membership { customer: customer.clone(), topic: message.topic() };
            audience.unsubscribe = links.link(&membership, audience.locale.language());
        }
        let mut recipient = Recipient::new(Some(customer), profile, None);
        match step {
            Step::TierStatus => recipient.address = None,
            Step::TierUpgrade => recipient.devices.clear(),
            Step::HighValuePurchase | Step::Milestone | Step::PurchaseConfirmation | Step::FollowUp => {}
        }
        let notice = Notice {
            message: message.kind(),
            topic: message.topic(),
            occurred_at: input.occurred_at,
            unsubscribe: audience.unsubscribe.as_ref(),
            key,
        };
        // An execution environment handles one call at a time, and the deadline tells its calls apart.
        let invocation = format!("{}@{}", voice.instance, deadline.as_millisecond());
        let pace = Pace::new();
        let attempt = Attempt { owner: ClaimOwner::new(&invocation, step.name()), deadline, pace: &pace };
        let render = || render(message, &audience, &voice.brand, &voice.link_hosts);
        Ok(self.courier.deliver(&notice, &recipient, &attempt, render).await?)
    }
}

fn outcome(report: &Report) -> &'static str {
    let any = |found: fn(&Outcome) -> bool| report.channels().any(|(_, outcome)| found(outcome));
    if any(|outcome| matches!(outcome, Outcome::Sent { .. })) {
        "sent"
    } else if any(|outcome| matches!(outcome, Outcome::Settled)) {
        "sent_before"
    } else if any(|outcome| matches!(outcome, Outcome::Kept)) {
        "kept"
    } else if any(|outcome| matches!(outcome, Outcome::Refused(_))) {
        "refused"
    } else {
        "skipped"
    }
}

fn stored(error: &StorageError) -> Failure {
    Failure::new(error.name(), error)
}

fn invalid(error: &dyn std::error::Error) -> Failure {
    Failure::new(permanent::INVALID_REQUEST, error)
}

#[cfg(test)]
mod tests;
