//! A task that dies at any moment, and the one that the workflow starts after it.

use std::{collections::BTreeMap, rc::Rc};

use delivery::OutgoingEmail;
use futures_util::FutureExt;
use jiff::{SignedDuration, civil::Date};
use notices::Push;
use storage::deliveries::{Channel, ChannelState, Claim, ClaimAnswer, OutboxEntry, RecordAnswer};

use super::*;

/// What outlives every task.
#[derive(Default)]
struct World {
    deliveries: InMemoryDeliveries,
    email: InMemoryEmail,
    push: InMemoryPush,
}

/// The way of a task to the world: after so many moments, one before and one after each call, it is dead.
#[derive(Clone)]
struct Mortal<'w> {
    world: &'w World,
    moments_left: Rc<Cell<u32>>,
}

impl Mortal<'_> {
    async fn call<T>(&self, act: impl Future<Output = T>) -> T {
        self.live().await;
        let done = act.await;
        self.live().await;
        done
    }

    async fn live(&self) {
        match self.moments_left.get().checked_sub(1) {
            Some(left) => self.moments_left.set(left),
            None => std::future::pending().await,
        }
    }
}

impl Deliveries for Mortal<'_> {
    async fn claim(
        &self,
        key: &NoticeKey,
        owner: &ClaimOwner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<ClaimAnswer, StorageError> {
        self.call(self.world.deliveries.claim(key, owner, now, until)).await
    }

    async fn record(
        &self,
        claim: &Claim,
        results: &BTreeMap<Channel, ChannelState>,
        now: Timestamp,
    ) -> Result<RecordAnswer, StorageError> {
        self.call(self.world.deliveries.record(claim, results, now)).await
    }
}

impl Outbox for Mortal<'_> {
    async fn keep(&self, entry: &OutboxEntry) -> Result<bool, StorageError> {
        self.call(self.world.deliveries.keep(entry)).await
    }

    async fn of_day(&self, scope: &Scope, day: Date) -> Result<Vec<OutboxEntry>, StorageError> {
        self.call(self.world.deliveries.of_day(scope, day)).await
    }
}

impl EmailSender for Mortal<'_> {
    async fn send(&self, email: &OutgoingEmail<'_>) -> Result<String, SendFailure> {
        self.call(self.world.email.send(email)).await
    }
}

impl PushSender for Mortal<'_> {
    async fn send(&self, endpoint_arn: &str, push: &Push) -> Result<String, SendFailure> {
        self.call(self.world.push.send(endpoint_arn, push)).await
    }
}

impl World {
    /// Runs one task that lives so many moments, `seconds` after noon; `None` when it died.
    fn run(&self, step: &str, moments: u32, seconds: i64) -> Option<Result<&'static str, Failure>> {
        let mortal = Mortal { world: self, moments_left: Rc::new(Cell::new(moments)) };
        let Speaking { courier, ledger, program, offers, rewards, settings } = handler(OutboundMode::Send);
        let now = courier.clock.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        courier.clock.0.set(now);
        let courier = Courier {
            mode: courier.mode,
            deliveries: mortal.clone(),
            devices: courier.devices,
            email: mortal.clone(),
            push: mortal,
            clock: courier.clock,
        };
        let handler = Handler { courier, ledger, program, offers, rewards, settings };
        let deadline = now.checked_add(SignedDuration::from_secs(20)).unwrap();
        handler.handle(call(step), deadline).now_or_never().map(|answer| answer.map(|answer| answer.outcome))
    }

    fn sent(&self) -> (usize, usize) {
        (self.email.sent().len(), self.push.sent().len())
    }
}

fn check(step: &str, once: (usize, usize)) {
    let mut died = 0;
    for moments in 0.. {
        let world = World::default();
        if world.run(step, moments, 0).is_some() {
            assert_eq!(world.sent(), once, "{step} lives {moments} moments");
            break;
        }
        died = moments;
        let before = world.sent();
        // The claim of the dead has a lease of 15 seconds; the workflow tries again beyond that.
        assert_eq!(world.run(step, u32::MAX, 16).unwrap().unwrap().split('_').next(), Some("sent"), "{step} {moments}");
        let after = world.sent();
        // What had left before the death could be noted leaves once more: SES and SNS cannot tell. Nothing is lost.
        assert!(
            after.0 >= once.0 && after.0 <= before.0.saturating_add(once.0),
            "{step} {moments}: {before:?} {after:?}"
        );
        assert!(
            after.1 >= once.1 && after.1 <= before.1.saturating_add(once.1),
            "{step} {moments}: {before:?} {after:?}"
        );
        assert_eq!(world.run(step, u32::MAX, 40), Some(Ok("sent_before")), "{step} {moments}");
        assert_eq!(world.sent(), after, "{step} {moments}: it is settled");
    }
    assert!(died >= 5, "{step} dies before and after its claim, its sends and its record");
}

#[test]
fn a_task_killed_at_any_moment_comes_to_the_same_end() {
    check("tier_status", (0, 1));
    check("tier_upgrade", (1, 0));
    for step in ["high_value_purchase", "milestone", "purchase_confirmation", "follow_up"] {
        check(step, (1, 1));
    }
}
