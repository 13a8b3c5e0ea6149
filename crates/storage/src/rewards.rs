//! What was given to a customer for a tier: decided once, given once.
//!
//! | item of the customers table | partition key | sort key |
//! |---|---|---|
//! | reward of a tier | `live#customer#<id>` | `reward#<tier>` |
//! | what would have been given, while nothing may leave | `live#customer#<id>` | `kept_reward#<tier>` |

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use engagement::rewards::{RewardState, TierReward};

use crate::{
    CorruptItem, Database, StorageError,
    customers::CustomerKey,
    error::classify,
    item::{Attributes, Reader, Writer, key, text},
};

/// Which reward: of whom, for which tier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RewardKey {
    /// Whose.
    pub customer: CustomerKey,
    /// For which tier, by its name in the program.
    pub tier: String,
    /// Whether it is only kept, because nothing may leave. It has a key of its own, so that turning to `send` loses nothing.
    pub kept: bool,
}

/// Keeps rewards. Needs `dynamodb:GetItem` and `dynamodb:PutItem`.
pub trait Rewards {
    /// A reward as it is now, read consistently.
    fn reward(&self, key: &RewardKey) -> impl Future<Output = Result<Option<TierReward>, StorageError>>;

    /// Decides a reward, unless it was decided before: the one that holds is returned.
    fn decide(&self, key: &RewardKey, reward: &TierReward) -> impl Future<Output = Result<TierReward, StorageError>>;

    /// Takes a reward forward. A reward that is further already stays as it is.
    fn advance(&self, key: &RewardKey, reward: &TierReward) -> impl Future<Output = Result<(), StorageError>>;
}

/// Rewards in memory: for tests and the simulation.
#[derive(Debug, Default)]
pub struct InMemoryRewards {
    rewards: Mutex<BTreeMap<RewardKey, TierReward>>,
}

impl InMemoryRewards {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<RewardKey, TierReward>> {
        self.rewards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rewards for InMemoryRewards {
    async fn reward(&self, key: &RewardKey) -> Result<Option<TierReward>, StorageError> {
        Ok(self.lock().get(key).cloned())
    }

    async fn decide(&self, key: &RewardKey, reward: &TierReward) -> Result<TierReward, StorageError> {
        Ok(self.lock().entry(key.clone()).or_insert_with(|| reward.clone()).clone())
    }

    async fn advance(&self, key: &RewardKey, reward: &TierReward) -> Result<(), StorageError> {
        let mut rewards = self.lock();
        let is_further = rewards.get(key).is_some_and(|stored| stored.state > reward.state);
        if !is_further {
            rewards.insert(key.clone(), reward.clone());
        }
        Ok(())
    }
}

const TABLE: &str = "customers";

/// Rewards in the customers table.
#[derive(Debug, Clone)]
pub struct DynamoRewards {
    database: Database,
    table: String,
}

impl DynamoRewards {
    /// Takes the connection and the name of the table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }
}

impl Rewards for DynamoRewards {
    async fn reward(&self, reward: &RewardKey) -> Result<Option<TierReward>, StorageError> {
        let (partition, sort) = place(reward);
        let request = self.database.client().get_item().table_name(&self.table).set_key(Some(key(partition, sort)));
        let answer = request.consistent_read(true).send().await.map_err(|error| classify("GetItem", error))?;
        Ok(answer.item.as_ref().map(read).transpose()?)
    }

    async fn decide(&self, key: &RewardKey, reward: &TierReward) -> Result<TierReward, StorageError> {
        let put = self.database.client().put_item().table_name(&self.table).set_item(Some(write(key, reward)?));
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(reward.clone()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => {
                    let stored = self.reward(key).await?;
                    stored.ok_or(StorageError::Unavailable {
                        operation: "PutItem",
                        reason: "the reward was there and is gone".to_owned(),
                    })
                }
                _ => Err(classify("PutItem", error)),
            },
        }
    }

    async fn advance(&self, key: &RewardKey, reward: &TierReward) -> Result<(), StorageError> {
        let item = write(key, reward)?;
        let rank = item.get("rank").cloned();
        let answer = self
            .database
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#rank) OR #rank <= :rank")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":rank", rank.unwrap_or_else(|| text("0")))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // Somebody took it further.
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(classify("PutItem", error)),
            },
        }
    }
}

fn place(key: &RewardKey) -> (String, String) {
    let kind = if key.kept { "kept_reward" } else { "reward" };
    (key.customer.scope.partition("customer", key.customer.customer.as_str()), format!("{kind}#{}", key.tier))
}

fn write(key: &RewardKey, reward: &TierReward) -> Result<Attributes, StorageError> {
    let (partition, sort) = place(key);
    let document = serde_json::to_string(reward).map_err(|error| StorageError::Refused {
        operation: "PutItem",
        code: "NotJson".to_owned(),
        message: error.to_string(),
    })?;
    let rank = match reward.state {
        RewardState::Planned => 1_i64,
        RewardState::Granted => 2,
        RewardState::Revoked => 3,
    };
    let writer = Writer::new(partition, sort)
        .text("customer_id", key.customer.customer.as_str())
        .text("tier", &key.tier)
        .integer("rank", rank)
        .text("reward", document);
    Ok(writer.finish())
}

fn read(item: &Attributes) -> Result<TierReward, CorruptItem> {
    Reader::new(TABLE, item).parsed("reward", serde_json::from_str)
}

#[cfg(test)]
mod tests {
    use engagement::rewards::Grant;
    use futures_executor::block_on;
    use processor_events::{Currency, Money, event::Mode, ids::CustomerId};

    use super::*;
    use crate::{Scope, emulator::with_table};

    fn gold(kept: bool) -> RewardKey {
        let scope = Scope { mode: Mode::Test, account: None };
        let customer = CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() };
        RewardKey { customer, tier: "gold".to_owned(), kept }
    }

    fn credit(amount_minor: i64) -> TierReward {
        let amount = Money::new(amount_minor, Currency::USD);
        let now = "2026-08-01T12:00:00Z".parse().unwrap();
        TierReward::planned(vec![Grant::Credit { amount }], "stripe:pi_1/award", now)
    }

    async fn contract(rewards: impl Rewards) {
        let key = gold(false);
        assert_eq!(rewards.reward(&key).await.unwrap(), None);
        assert_eq!(rewards.decide(&key, &credit(1)).await.unwrap(), credit(1));
        assert_eq!(rewards.decide(&key, &credit(2)).await.unwrap(), credit(1), "the first decision holds");
        let granted = TierReward { state: RewardState::Granted, ..credit(1) };
        let revoked = TierReward { state: RewardState::Revoked, ..credit(1) };
        rewards.advance(&key, &granted).await.unwrap();
        rewards.advance(&key, &granted).await.unwrap();
        assert_eq!(rewards.reward(&key).await.unwrap(), Some(granted.clone()));
        rewards.advance(&key, &revoked).await.unwrap();
        rewards.advance(&key, &granted).await.unwrap();
        assert_eq!(rewards.reward(&key).await.unwrap(), Some(revoked), "a late writer takes nothing back");
        assert_eq!(rewards.reward(&gold(true)).await.unwrap(), None, "what is kept has a key of its own");
    }

    #[test]
    fn in_memory_a_reward_is_decided_once_and_goes_forward_only() {
        block_on(contract(InMemoryRewards::default()));
    }

    #[test]
    fn in_dynamodb_a_reward_is_decided_once_and_goes_forward_only() {
        with_table(async |database, table| contract(DynamoRewards::new(database, table)).await);
    }
}
