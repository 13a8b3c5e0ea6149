//! The rewards of a tier: what a customer gets, in the form that is of use to this customer.

use jiff::{SignedDuration, Timestamp};
use loyalty::program::{Reward, Tier};
use processor_events::{Currency, Money};
use serde::{Deserialize, Serialize};

/// How long a code is good that stands in for a credit.
const CODE_INSTEAD_OF_CREDIT_DAYS: u16 = 365;

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Grant {
    /// Credit on the balance, which the next invoice uses by itself.
    Credit {
        /// How much.
        amount: Money,
    },
    /// A code for this customer alone, to be used once.
    Code {
        /// What it takes off.
        discount: Discount,
        /// Until when.
        expires_at: Timestamp,
    },
}

/// What a code takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A part of the price, 1 to 100.
    Percent(u8),
    /// A sum.
    Amount(Money),
}

/// What the processor says of a customer that decides about the form of a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Means {
    /// The currency in which the customer is going to be invoiced; `None` where no invoice is to be expected.
    pub invoiced_in: Option<Currency>,
}

/// The grants for a tier, in the order in which the program names its rewards.
///
/// A balance credit counts on invoices only, and only in the customer's currency; to a customer without such invoices it would
/// be a gift that never arrives. That customer gets the same worth as a code.
#[must_use]
pub fn grants(tier: &Tier, means: Means, now: Timestamp) -> Vec<Grant> {
    tier.rewards.iter().map(|reward| grant(reward, means, now)).collect()
}

fn grant(reward: &Reward, means: Means, now: Timestamp) -> Grant {
    match *reward {
        Reward::Credit { amount_minor, currency } => {
            let amount = Money::new(amount_minor, currency);
            if means.invoiced_in == Some(currency) {
                return Grant::Credit { amount };
            }
            code(Discount::Amount(amount), CODE_INSTEAD_OF_CREDIT_DAYS, now)
        }
        Reward::PromotionCode { percent_off, valid_days } => code(Discount::Percent(percent_off), valid_days, now),
    }
}

fn code(discount: Discount, days: u16, now: Timestamp) -> Grant {
    let long = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
    Grant::Code { discount, expires_at: now.checked_add(long).unwrap_or(Timestamp::MAX) }
}

/// How far a reward is. It only ever goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardState {
    /// Decided, and perhaps begun.
    Planned,
    /// Given.
    Granted,
    /// Taken back.
    Revoked,
}

/// One grant of a reward and where it is at the processor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenGrant {
    /// What is given.
    pub grant: Grant,
    /// The processor's id of the balance transaction or promotion code; `None` while it is planned.
    pub processor_id: Option<String>,
    /// What the customer types; `None` for a credit and while it is planned.
    pub code: Option<String>,
}

impl std::fmt::Debug for GivenGrant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The code is worth money: it is for its customer only.
        let mut shown = formatter.debug_struct("GivenGrant");
        shown.field("grant", &self.grant).field("processor_id", &self.processor_id).finish_non_exhaustive()
    }
}

/// The reward of one customer for one tier. There is one for good, so that a tier that is reached again brings nothing again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierReward {
    /// How far it is.
    pub state: RewardState,
    /// What it consists of; decided once, so that a repetition does not decide otherwise.
    pub grants: Vec<GivenGrant>,
    /// The ledger entry that brought it.
    pub occasion: String,
    /// When it was decided.
    pub decided_at: Timestamp,
}

impl TierReward {
    /// A decided reward, of which nothing is given yet.
    #[must_use]
    pub fn planned(grants: Vec<Grant>, occasion: &str, decided_at: Timestamp) -> Self {
        let grants = grants.into_iter().map(|grant| GivenGrant { grant, processor_id: None, code: None }).collect();
        Self { state: RewardState::Planned, grants, occasion: occasion.to_owned(), decided_at }
    }
}

#[cfg(test)]
mod tests {
    use loyalty::Points;

    use super::*;

    fn check(reward: Reward, invoiced_in: Option<&str>, expected: &Grant) {
        let tier = Tier { name: "gold".to_owned(), from: Points(5_000), benefits: Vec::new(), rewards: vec![reward] };
        let means = Means { invoiced_in: invoiced_in.map(|code| Currency::new(code).unwrap()) };
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(grants(&tier, means, now), std::slice::from_ref(expected));
    }

    #[test]
    fn credit_goes_to_those_who_get_invoices_and_a_code_of_the_same_worth_to_the_others() {
        let credit = Reward::Credit { amount_minor: 2_500, currency: Currency::USD };
        let amount = Money::new(2_500, Currency::USD);
        let expires_at = "2027-01-01T00:00:00Z".parse().unwrap();
        let code = Grant::Code { discount: Discount::Amount(amount), expires_at };
        check(credit.clone(), Some("usd"), &Grant::Credit { amount });
        check(credit.clone(), Some("eur"), &code);
        check(credit, None, &code);
    }

    #[test]
    fn a_code_is_a_code_for_everybody() {
        let reward = Reward::PromotionCode { percent_off: 10, valid_days: 30 };
        let expires_at = "2026-01-31T00:00:00Z".parse().unwrap();
        let code = Grant::Code { discount: Discount::Percent(10), expires_at };
        check(reward.clone(), Some("usd"), &code);
        check(reward, None, &code);
    }

    #[test]
    fn debug_does_not_show_a_code() {
        let amount = Money::new(1, Currency::USD);
        let given = GivenGrant { grant: Grant::Credit { amount }, processor_id: None, code: Some("SECRET".into()) };
        assert!(!format!("{given:?}").contains("SECRET"));
    }
}
