//! Looks through the cards that expire this month.

use std::time::Duration;

use access::Month;
use futures_util::{StreamExt, stream};
use hub::Hub;
use jiff::Timestamp;
use lambda_kit::{Clock, Failure, Timer};
use processor_events::event::Mode;
use storage::access::{AccessReader, AccessWriter, ExpiryEntry, ExpiryIndex};

use crate::{Handler, Outward, Reminders, storage_failure, subject_of};

/// How many customers one query returns.
const PAGE: u16 = 100;

/// How many customers are looked at side by side.
const SIDE_BY_SIDE: usize = 10;

/// What is not done this long before the deadline is left for the next hour's sweep.
const RESERVE: Duration = Duration::from_secs(5);

impl<S, H, R, K, T> Handler<S, H, R, K, T>
where
    S: AccessReader + AccessWriter + ExpiryIndex,
    H: Hub,
    R: Reminders,
    K: Clock,
    T: Timer,
{
    /// Announces the cards that expire this month. One customer's failure does not keep the others waiting.
    pub(crate) async fn sweep(&self, deadline: Timestamp) -> Result<(), Failure> {
        let month = Month::of(self.clock.now()).map_err(|error| Failure::new("ClockUnusable", &error))?;
        let mut failure = None;
        for mode in [Mode::Live, Mode::Test] {
            let mut after = None;
            while self.has_time(deadline) {
                let due = self.store.due(mode, month, after.as_ref(), PAGE).await;
                let entries = due.map_err(|error| storage_failure(&error))?;
                let Some(last) = entries.last() else { break };
                after = Some(last.key.clone());
                let looked = stream::iter(entries.into_iter().map(|entry| self.look_at(month, entry, deadline)));
                let looked: Vec<_> = looked.buffer_unordered(SIDE_BY_SIDE).collect().await;
                failure = failure.or(looked.into_iter().find_map(Result::err));
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn look_at(&self, month: Month, entry: ExpiryEntry, deadline: Timestamp) -> Result<(), Failure> {
        let key = entry.key.clone();
        self.advance(&subject_of(entry), &[], deadline).await?;
        match self.outward(&key) {
            Outward::Emit => self.store.settle(month, &key).await.map_err(|error| storage_failure(&error)),
            // Kept for the day on which the mode is switched.
            Outward::Record => Ok(()),
        }
    }

    fn has_time(&self, deadline: Timestamp) -> bool {
        Duration::try_from(deadline.duration_since(self.clock.now())).is_ok_and(|left| left > RESERVE)
    }
}
