//! The workflow's input: this type is its schema.

use jiff::Timestamp;
use loyalty::{Entry, Subject};
use processor_events::{
    Currency,
    event::Mode,
    ids::{AccountId, CustomerId},
};
use serde::{Deserialize, Serialize};

use crate::Occasion;

/// The input of one execution of the engagement workflow, derived from one ledger entry.
///
/// Every field is always present; what does not apply is `null`. `statemachines/engagement.asl.json` reads these names, and a
/// test walks each reference in it against this type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The edition of this type; 1.
    pub schema: u32,
    /// Why there is an execution: `tier_upgrade`, `high_value_purchase`, `milestone`, `standard` or `tier_changed`.
    pub engagement: Occasion,
    /// `live` or `test`.
    pub mode: Mode,
    /// The connected account, if not the processor account itself.
    pub account_id: Option<AccountId>,
    /// Who it is about, by the processor's id.
    pub customer_id: CustomerId,
    /// The entry's identity, `stripe:pi_1/award`: the root of every idempotency key in the workflow.
    pub entry_key: String,
    /// The payment, `stripe:pi_1`; `null` for an operator's correction.
    pub payment_key: Option<String>,
    /// The partition key of the payment's item in the ledger table, to see whether the purchase still stands; `null` without
    /// a payment.
    pub payment_partition: Option<String>,
    /// Its sort key.
    pub payment_sort: Option<String>,
    /// How many seconds to wait before speaking, because the payment may turn out to pay a subscription; 0: do not wait.
    pub settle_seconds: u32,
    /// The points of this entry.
    pub points: i64,
    /// The account's balance with it.
    pub total_points: i64,
    /// The account's qualifying points with it.
    pub qualifying_points: i64,
    /// The tier before; `null` for none.
    pub previous_tier: Option<String>,
    /// The tier with it; `null` for none.
    pub current_tier: Option<String>,
    /// Whether that is an upgrade to announce.
    pub tier_risen: bool,
    /// Whether a tier was lost and what was given for it is taken back. Executions of the time before this field have none.
    #[serde(default)]
    pub rewards_lost: bool,
    /// The tier above and what is missing; `null` at the top.
    pub next_tier: Option<NextTier>,
    /// The milestone of lifetime spend that was reached, in minor units of `base_currency`; `null` if none.
    pub milestone_minor: Option<i64>,
    /// The lifetime spend with this entry, in minor units of `base_currency`.
    pub lifetime_minor: i64,
    /// The program's base currency.
    pub base_currency: Currency,
    /// The payment's amount in minor units of `currency`; `null` without a payment.
    pub amount_minor: Option<i64>,
    /// The payment's currency; `null` without a payment.
    pub currency: Option<Currency>,
    /// When the purchase happened, by the processor's clock.
    pub occurred_at: Timestamp,
    /// Which edition of the program decided.
    pub program_version: u64,
}

/// The tier above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextTier {
    /// Its name.
    pub name: String,
    /// The qualifying points still missing.
    pub missing_points: i64,
}

/// Where the ledger table keeps what an entry is about, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `live` or `test`.
    pub mode: Mode,
    /// The connected account.
    pub account: Option<AccountId>,
    /// Partition and sort key of the payment's item.
    pub payment_item: Option<(String, String)>,
}

impl Input {
    /// The input for an entry; `None` if it deserves no engagement.
    #[must_use]
    pub fn of(entry: &Entry, place: &Place) -> Option<Self> {
        let engagement = Occasion::of(entry)?;
        let (payment_partition, payment_sort) = place.payment_item.clone().unzip();
        Some(Self {
            schema: 1,
            engagement,
            mode: place.mode,
            account_id: place.account.clone(),
            customer_id: entry.customer.clone(),
            entry_key: entry_key(entry),
            payment_key: match &entry.subject {
                Subject::Payment(payment) => Some(payment.to_string()),
                Subject::Customer(_) => None,
            },
            payment_partition,
            payment_sort,
            settle_seconds: entry.settling_seconds,
            points: entry.points.0,
            total_points: entry.balance_after.0,
            qualifying_points: entry.qualifying_after.0,
            previous_tier: entry.tier_before.clone(),
            current_tier: entry.tier_after.clone(),
            tier_risen: entry.tier_risen,
            rewards_lost: entry.tier_lost,
            next_tier: entry
                .next_tier
                .as_ref()
                .map(|(name, missing)| NextTier { name: name.clone(), missing_points: missing.0 }),
            milestone_minor: entry.milestone_minor,
            lifetime_minor: entry.lifetime_after_minor,
            base_currency: entry.currency,
            amount_minor: entry.amount.map(|amount| amount.amount_minor),
            currency: entry.amount.map(|amount| amount.currency),
            occurred_at: entry.occurred_at,
            program_version: entry.program_version,
        })
    }
}

/// The identity of an entry, readable: `stripe:pi_1/award`, `cus_1/adjustment-k1`.
#[must_use]
pub fn entry_key(entry: &Entry) -> String {
    match &entry.subject {
        Subject::Payment(payment) => format!("{payment}/{}", entry.effect),
        Subject::Customer(customer) => format!("{customer}/{}", entry.effect),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{entry, place};

    #[test]
    fn the_input_has_every_field_and_no_personal_data() {
        let input = Input::of(&entry("pi_1"), &place(Mode::Live)).unwrap();
        let json = serde_json::to_value(&input).unwrap();
        let expected = serde_json::json!({
            "schema": 1,
            "engagement": "standard",
            "mode": "live",
            "account_id": null,
            "customer_id": "cus_1",
            "entry_key": "stripe:pi_1/award",
            "payment_key": "stripe:pi_1",
            "payment_partition": "live#payment#stripe:pi_1",
            "payment_sort": "state",
            "settle_seconds": 0,
            "points": 100,
            "total_points": 1100,
            "qualifying_points": 1100,
            "previous_tier": "silver",
            "current_tier": "silver",
            "tier_risen": false,
            "rewards_lost": false,
            "next_tier": { "name": "gold", "missing_points": 3900 },
            "milestone_minor": null,
            "lifetime_minor": 110_000,
            "base_currency": "usd",
            "amount_minor": 10_000,
            "currency": "usd",
            "occurred_at": "2026-08-01T12:00:00Z",
            "program_version": 1,
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_input_of_an_execution_that_runs_since_before_an_update_is_read() {
        let mut json = serde_json::to_value(Input::of(&entry("pi_1"), &place(Mode::Live)).unwrap()).unwrap();
        json.as_object_mut().unwrap().remove("rewards_lost");
        json["engagement"] = serde_json::json!("tier_lost");
        let input: Input = serde_json::from_value(json).unwrap();
        assert_eq!((input.engagement, input.rewards_lost), (Occasion::TierChanged, false));
    }

    #[test]
    fn the_longest_ids_stay_far_below_the_limit_of_an_input() {
        let input = Input::of(&entry(&"x".repeat(255)), &place(Mode::Live)).unwrap();
        assert!(serde_json::to_vec(&input).unwrap().len() < 4096, "Step Functions takes 262,144 bytes");
    }
}
