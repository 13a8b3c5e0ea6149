use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    task::Poll,
    time::Duration,
};

use access::{Access, Status};
use futures_executor::block_on;
use futures_util::future::join_all;
use hub::PublishError;
use jiff::SignedDuration;
use processor_events::ids::{CustomerId, PaymentMethodId};
use serde_json::{Value, json};
use storage::access::InMemoryAccess;

use super::*;
use crate::reminder::ReminderError;

/// The outside world of the function, in memory.
#[derive(Default)]
struct World {
    store: InMemoryAccess,
    now: Cell<Timestamp>,
    published: RefCell<Vec<hub::HubEvent>>,
    is_hub_down: Cell<bool>,
    reminders: RefCell<Vec<(String, Timestamp)>>,
    /// Somebody else writes the record between the next load and save.
    is_contended: Cell<bool>,
}

impl Clock for &World {
    fn now(&self) -> Timestamp {
        self.now.get()
    }
}

/// Lets others go on before the caller does.
async fn let_others_go_on() {
    let mut turns = 5_u8;
    poll_fn(|context| {
        turns = turns.saturating_sub(1);
        context.waker().wake_by_ref();
        if turns == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Hub for World {
    async fn publish(&self, events: &[hub::HubEvent]) -> Vec<Result<(), PublishError>> {
        let_others_go_on().await;
        if self.is_hub_down.get() {
            return vec![Err(PublishError::Unavailable { reason: "down".into() }); events.len()];
        }
        self.published.borrow_mut().extend_from_slice(events);
        vec![Ok(()); events.len()]
    }
}

impl Reminders for World {
    async fn remind(&self, subject: &Subject, at: Timestamp) -> Result<(), ReminderError> {
        self.reminders.borrow_mut().push((subject.customer.to_string(), at));
        Ok(())
    }
}

/// Ports are taken by value; the tests look at the world afterwards.
struct Shared<'world>(&'world World);

impl Timer for Shared<'_> {
    async fn sleep(&self, _: Duration) {
        pending::<()>().await;
    }
}

impl AccessReader for Shared<'_> {
    async fn load(&self, key: &CustomerKey) -> Result<Option<Record>, StorageError> {
        let loaded = self.0.store.load(key).await?;
        if self.0.is_contended.take()
            && let Some(record) = &loaded
        {
            self.0.store.save(key, record).await?;
        }
        Ok(loaded)
    }
}

impl AccessWriter for Shared<'_> {
    async fn save(&self, key: &CustomerKey, record: &Record) -> Result<SaveAnswer, StorageError> {
        self.0.store.save(key, record).await
    }

    async fn forget(&self, key: &CustomerKey) -> Result<(), StorageError> {
        self.0.store.forget(key).await
    }
}

impl ExpiryIndex for Shared<'_> {
    async fn note(&self, month: access::Month, entry: &ExpiryEntry) -> Result<(), StorageError> {
        self.0.store.note(month, entry).await
    }

    async fn due(
        &self,
        mode: Mode,
        month: access::Month,
        after: Option<&CustomerKey>,
        most: u16,
    ) -> Result<Vec<ExpiryEntry>, StorageError> {
        self.0.store.due(mode, month, after, most).await
    }

    async fn settle(&self, month: access::Month, key: &CustomerKey) -> Result<(), StorageError> {
        self.0.store.settle(month, key).await
    }
}

impl World {
    fn at(now: &str) -> Self {
        let world = Self::default();
        world.now.set(at(now));
        world
    }

    fn handler(&self, policy: Policy, mode: OutboundMode) -> Handler<Shared<'_>, &Self, &Self, &Self, Shared<'_>> {
        Handler {
            store: Shared(self),
            hub: self,
            reminders: self,
            clock: self,
            timer: Shared(self),
            policy,
            mode,
            read: ReadOptions::default(),
            metrics: Metrics::new(),
        }
    }

    /// Handles one batch under a policy; returns the failed ids.
    fn handle_in(&self, policy: Policy, mode: OutboundMode, bodies: &[String]) -> Vec<String> {
        failed_ids(block_on(self.handler(policy, mode).handle(batch(bodies), self.deadline())))
    }

    /// Handles batches in as many functions at once; returns the failed ids.
    fn handle_at_once(&self, batches: &[&[String]]) -> Vec<String> {
        let handler = self.handler(STANDARD, OutboundMode::Send);
        let answers = batches.iter().map(|bodies| handler.handle(batch(bodies), self.deadline()));
        block_on(join_all(answers)).into_iter().flat_map(failed_ids).collect()
    }

    fn deadline(&self) -> Timestamp {
        self.now.get().checked_add(SignedDuration::from_secs(30)).unwrap()
    }

    fn handle(&self, policy: Policy, bodies: &[String]) {
        assert_eq!(self.handle_in(policy, OutboundMode::Send, bodies), Vec::<String>::new());
    }

    /// The detail types on the hub, in order.
    fn published(&self) -> Vec<String> {
        self.published.borrow().iter().map(|event| event.detail_type.clone()).collect()
    }

    fn ids(&self) -> Vec<String> {
        let id = |event: &hub::HubEvent| serde_json::from_str::<Value>(&event.detail).unwrap()["id"].to_string();
        self.published.borrow().iter().map(id).collect()
    }

    fn status(&self, policy: &Policy) -> Status {
        let record = block_on(self.store.load(&customer())).unwrap().unwrap();
        Access::derive(&record.facts, policy, self.now.get()).status
    }
}

fn batch(bodies: &[String]) -> SqsEvent {
    let record = |(index, body)| json!({"messageId": format!("m-{index}"), "body": body});
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    serde_json::from_value(json!({"Records": records})).unwrap()
}

fn failed_ids(response: BatchResponse) -> Vec<String> {
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier.to_string()).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn customer() -> CustomerKey {
    CustomerKey { scope: Scope { mode: Mode::Live, account: None }, customer: CustomerId::new("cus_1").unwrap() }
}

/// An event as the hub hands it to the queue.
fn event(kind: &str, created: &str, object: &Value) -> String {
    json!({
        "version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": kind,
        "source": "aws.partner/stripe.com/ed_61", "account": "123456789012", "time": created, "region": "us-east-1",
        "resources": [],
        "detail": {
            "id": format!("evt_{kind}_{created}").replace(['.', ':'], "_"), "object": "event", "api_version": "2024-06-20", "type": kind,
            "created": at(created).as_second(), "livemode": true, "data": {"object": object},
        },
    })
    .to_string()
}

fn invoice(attempt: u32) -> Value {
    json!({
        "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "usd", "amount_due": 4900,
        "amount_paid": 0, "amount_remaining": 4900, "attempt_count": attempt, "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically", "next_payment_attempt": at("2026-08-20T12:00:00Z").as_second(),
        "status": "open", "subscription": null, "hosted_invoice_url": "https://invoice.stripe.com/i/1",
    })
}

fn failed(created: &str, attempt: u32) -> String {
    event("invoice.payment_failed", created, &invoice(attempt))
}

fn paid(created: &str) -> String {
    let mut invoice = invoice(2);
    invoice["amount_paid"] = json!(4900);
    invoice["amount_remaining"] = json!(0);
    invoice["status"] = json!("paid");
    event("invoice.paid", created, &invoice)
}

fn card(id: &str, month: u8) -> Value {
    json!({"id": id, "object": "card", "customer": "cus_1", "exp_month": month, "exp_year": 2026, "brand": "Visa", "last4": "4242"})
}

fn look_again() -> String {
    let subject = Subject {
        processor: processor_events::event::Processor::Stripe,
        livemode: true,
        account: None,
        customer: customer().customer,
    };
    OwnMessage::LookAgain { subject }.body()
}

const FIRST: &str = "2026-08-01T12:00:00Z";
const STANDARD: Policy = Policy::standard();

#[test]
fn grace_hold_and_restoration_reach_the_hub_once_each() {
    let world = World::at("2026-08-01T12:00:01Z");
    world.handle(STANDARD, &[failed(FIRST, 1)]);
    world.handle(STANDARD, &[failed(FIRST, 1), failed("2026-08-01T12:00:00Z", 2)]);
    assert_eq!(world.published(), ["access.grace_started"]);
    assert_eq!(*world.reminders.borrow(), [("cus_1".to_owned(), at("2026-08-08T12:00:00Z"))]);

    world.now.set(at("2026-08-08T12:00:02Z"));
    world.handle(STANDARD, &[look_again()]);
    world.handle(STANDARD, &[look_again()]);
    assert_eq!(world.published(), ["access.grace_started", "access.held"]);
    assert_eq!(world.status(&STANDARD), Status::Held);

    world.now.set(at("2026-08-09T08:00:02Z"));
    world.handle(STANDARD, &[paid("2026-08-09T08:00:00Z"), failed(FIRST, 1)]);
    assert_eq!(world.published(), ["access.grace_started", "access.held", "access.restored"]);
    assert_eq!(world.status(&STANDARD), Status::Restored);
}

#[test]
fn the_events_of_the_reference_hold_those_who_meter_resources() {
    let metered = Policy::metered();
    let payment = json!({
        "id": "pi_1", "object": "payment_intent", "customer": "cus_1", "amount": 4900, "currency": "usd",
        "status": "requires_payment_method", "invoice": null,
        "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"},
    });
    let world = World::at("2026-08-01T12:00:01Z");
    world.handle(metered.clone(), &[event("payment_intent.payment_failed", FIRST, &payment)]);
    assert_eq!((world.published(), world.status(&metered)), (vec!["access.held".to_owned()], Status::Held));

    let world = World::at("2026-08-01T12:00:01Z");
    world.handle(metered.clone(), &[event("customer.source.deleted", FIRST, &card("card_1", 9))]);
    assert_eq!((world.published(), world.status(&metered)), (vec!["access.held".to_owned()], Status::Held));

    let world = World::at("2026-09-01T12:00:01Z");
    world.handle(metered.clone(), &[event("customer.source.expiring", "2026-09-01T12:00:00Z", &card("card_1", 9))]);
    assert_eq!(
        (world.published(), world.status(&metered)),
        (vec!["access.method_expiring".to_owned()], Status::Active)
    );
}

#[test]
fn what_the_hub_did_not_take_is_published_when_the_record_comes_again() {
    let world = World::at("2026-08-01T12:00:01Z");
    world.is_hub_down.set(true);
    assert_eq!(world.handle_in(STANDARD, OutboundMode::Send, &[failed(FIRST, 1)]), ["m-0"]);
    assert_eq!(world.published(), Vec::<String>::new());
    world.is_hub_down.set(false);
    world.handle(STANDARD, &[failed(FIRST, 1)]);
    world.handle(STANDARD, &[failed(FIRST, 1)]);
    assert_eq!(world.ids(), ["\"access.grace_started:live:cus_1:2026-08-01T12:00:00Z:1\""]);
}

#[test]
fn copies_in_several_functions_at_once_announce_once() {
    let world = World::at("2026-08-01T12:00:01Z");
    let copy = [failed(FIRST, 1)];
    assert_eq!(world.handle_at_once(&[&copy, &copy, &copy]), Vec::<String>::new());
    assert_eq!(world.published(), ["access.grace_started"]);
    assert_eq!(world.reminders.borrow().len(), 1);
}

#[test]
fn what_others_add_to_the_outbox_meanwhile_is_published_by_the_one_at_work() {
    let world = World::at("2026-08-01T12:00:01Z");
    let (trouble, payment) = ([failed(FIRST, 1)], [paid("2026-08-01T12:00:00Z")]);
    assert_eq!(world.handle_at_once(&[&trouble, &payment]), Vec::<String>::new());
    assert_eq!(world.published(), ["access.grace_started", "access.restored"]);
    let record = block_on(world.store.load(&customer())).unwrap().unwrap();
    assert_eq!((record.outbox.len(), record.claimed_until), (0, None));
}

#[test]
fn a_function_that_dies_at_work_leaves_it_to_the_next_one() {
    let world = World::at("2026-08-01T12:00:01Z");
    world.handle_in(STANDARD, OutboundMode::Record, &[failed(FIRST, 1)]);
    let mut record = block_on(world.store.load(&customer())).unwrap().unwrap();
    record.claim(world.deadline());
    block_on(world.store.save(&customer(), &record)).unwrap();

    world.handle(STANDARD, &[failed(FIRST, 1)]);
    assert_eq!(world.published(), Vec::<String>::new(), "the other one may still be at work");
    world.now.set(world.deadline());
    world.handle(STANDARD, &[failed(FIRST, 1)]);
    assert_eq!(world.published(), ["access.grace_started"]);
}

#[test]
fn a_record_that_somebody_else_wrote_meanwhile_is_decided_anew() {
    let world = World::at("2026-08-01T12:00:01Z");
    world.handle(STANDARD, &[failed(FIRST, 1)]);
    world.is_contended.set(true);
    world.handle(STANDARD, &[paid("2026-08-01T12:00:00Z")]);
    assert_eq!(world.published(), ["access.grace_started", "access.restored"]);
}

#[test]
fn record_mode_publishes_nothing_and_keeps_what_it_would_have_said() {
    let world = World::at("2026-08-01T12:00:01Z");
    assert_eq!(world.handle_in(STANDARD, OutboundMode::Record, &[failed(FIRST, 1)]), Vec::<String>::new());
    assert_eq!(world.published(), Vec::<String>::new());
    let record = block_on(world.store.load(&customer())).unwrap().unwrap();
    assert_eq!(record.held_back.len(), 1);
    // The switch loses nothing.
    world.handle(STANDARD, &[look_again()]);
    assert_eq!(world.published(), ["access.grace_started"]);
}

#[test]
fn cards_of_this_month_are_announced_by_the_sweep_and_replaced_ones_are_not() {
    let world = World::at("2026-08-15T00:00:01Z");
    let seen = |id: &str| {
        let card = json!({
            "id": id, "object": "payment_method", "type": "card", "customer": "cus_1",
            "card": {"brand": "visa", "last4": "4242", "exp_month": 9, "exp_year": 2026},
        });
        event("payment_method.attached", "2026-08-15T00:00:00Z", &card)
    };
    let replaced = json!({
        "id": "pm_2", "object": "payment_method", "type": "card", "customer": "cus_1",
        "card": {"brand": "visa", "last4": "1111", "exp_month": 9, "exp_year": 2029},
    });
    world.handle(STANDARD, &[seen("pm_1"), seen("pm_2")]);
    world.handle(STANDARD, &[event("payment_method.automatically_updated", "2026-08-20T00:00:00Z", &replaced)]);
    assert_eq!(world.published(), Vec::<String>::new());

    world.now.set(at("2026-09-01T00:30:00Z"));
    for _ in 0..3 {
        world.handle(STANDARD, &[OwnMessage::Sweep.body()]);
    }
    assert_eq!(world.ids(), ["\"access.method_expiring:live:cus_1:pm_1:2026-09\""]);
    let september = "2026-09".parse().unwrap();
    assert_eq!(block_on(world.store.due(Mode::Live, september, None, 10)).unwrap(), []);
}

#[test]
fn a_deleted_customer_is_forgotten() {
    let world = World::at("2026-08-01T12:00:01Z");
    world.handle(STANDARD, &[failed(FIRST, 1)]);
    let gone = json!({"id": "cus_1", "object": "customer", "deleted": true});
    world.handle(STANDARD, &[event("customer.deleted", "2026-08-02T12:00:00Z", &gone)]);
    assert_eq!(block_on(world.store.load(&customer())).unwrap(), None);
}

#[test]
fn what_cannot_be_read_fails_alone_and_what_is_not_for_us_is_done() {
    let world = World::at("2026-08-01T12:00:01Z");
    let upcoming = event("plan.created", FIRST, &json!({"id": "plan_1", "object": "plan"}));
    let bodies = ["no json".to_owned(), upcoming, r#"{"paybus":"access.dance"}"#.to_owned(), failed(FIRST, 1)];
    assert_eq!(world.handle_in(STANDARD, OutboundMode::Send, &bodies), ["m-0", "m-2"]);
    assert_eq!(world.published(), ["access.grace_started"]);
}

#[test]
fn methods_are_known_by_the_record() {
    let world = World::at("2026-08-01T12:00:01Z");
    world.handle(STANDARD, &[event("customer.source.expiring", FIRST, &card("card_1", 8))]);
    let record = block_on(world.store.load(&customer())).unwrap().unwrap();
    assert!(record.facts.methods.contains_key(&PaymentMethodId::new("card_1").unwrap()));
}
