//! Deliveries in memory: for tests and the simulation, with the rules of the table.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{Timestamp, civil::Date};

use super::{
    Begun, Channel, ChannelState, Claim, ClaimAnswer, ClaimOwner, Deliveries, NoticeKey, Outbox, OutboxEntry,
    RecordAnswer, day_of,
};
use crate::{Scope, StorageError};

/// Deliveries and outbox in memory.
#[derive(Debug, Default)]
pub struct InMemoryDeliveries {
    notices: Mutex<BTreeMap<NoticeKey, Delivery>>,
    outbox: Mutex<BTreeMap<(Scope, Date, String), OutboxEntry>>,
}

#[derive(Debug, Default)]
struct Delivery {
    claim: Option<(ClaimOwner, Timestamp)>,
    channels: BTreeMap<Channel, ChannelState>,
}

impl Delivery {
    fn is_settled(&self) -> bool {
        Channel::ALL.iter().all(|channel| self.channels.get(channel).is_some_and(|state| !state.is_open()))
    }

    fn is_held_against(&self, owner: &ClaimOwner, now: Timestamp) -> bool {
        self.claim.as_ref().is_some_and(|(holder, until)| holder != owner && *until > now)
    }
}

impl InMemoryDeliveries {
    /// What became of a channel of a notice; `None` while nothing is recorded of it.
    #[must_use]
    pub fn state(&self, key: &NoticeKey, channel: Channel) -> Option<ChannelState> {
        lock(&self.notices).get(key).and_then(|delivery| delivery.channels.get(&channel).cloned())
    }
}

impl Deliveries for InMemoryDeliveries {
    async fn claim(
        &self,
        key: &NoticeKey,
        owner: &ClaimOwner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<ClaimAnswer, StorageError> {
        let mut notices = lock(&self.notices);
        let delivery = notices.entry(key.clone()).or_default();
        if delivery.is_settled() {
            return Ok(ClaimAnswer::Settled);
        }
        if delivery.is_held_against(owner, now) {
            return Ok(ClaimAnswer::Busy);
        }
        delivery.claim = Some((owner.clone(), until));
        Ok(ClaimAnswer::Claimed(Claim { key: key.clone(), owner: owner.clone(), channels: delivery.channels.clone() }))
    }

    async fn record(
        &self,
        claim: &Claim,
        results: &BTreeMap<Channel, ChannelState>,
        _now: Timestamp,
    ) -> Result<RecordAnswer, StorageError> {
        let mut notices = lock(&self.notices);
        let delivery = notices.entry(claim.key.clone()).or_default();
        let is_ours = delivery.claim.as_ref().is_some_and(|(holder, _)| *holder == claim.owner);
        let is_there_already = results.iter().all(|(channel, state)| delivery.channels.get(channel) == Some(state));
        if is_ours {
            delivery.channels.extend(results.iter().map(|(channel, state)| (*channel, state.clone())));
            delivery.claim = None;
            Ok(RecordAnswer::Recorded)
        } else if is_there_already {
            Ok(RecordAnswer::Recorded)
        } else {
            Ok(RecordAnswer::LeaseLost)
        }
    }
}

impl Begun for InMemoryDeliveries {
    async fn begun(&self, keys: &BTreeSet<NoticeKey>) -> Result<BTreeSet<NoticeKey>, StorageError> {
        let notices = lock(&self.notices);
        Ok(keys.iter().filter(|key| notices.contains_key(key)).cloned().collect())
    }
}

impl Outbox for InMemoryDeliveries {
    async fn keep(&self, entry: &OutboxEntry) -> Result<bool, StorageError> {
        let key = (entry.key.scope().clone(), day_of(entry.occurred_at), entry.key.notice().to_owned());
        let mut outbox = lock(&self.outbox);
        if outbox.contains_key(&key) {
            return Ok(false);
        }
        outbox.insert(key, entry.clone());
        Ok(true)
    }

    async fn of_day(&self, scope: &Scope, day: Date) -> Result<Vec<OutboxEntry>, StorageError> {
        let outbox = lock(&self.outbox);
        let of_day = outbox.iter().filter(|((of, on, _), _)| of == scope && *on == day);
        Ok(of_day.map(|(_, entry)| entry.clone()).collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds a lock, and each change is one insertion.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
