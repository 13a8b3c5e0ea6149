//! The handler over ports in memory: plain cases, repetitions, crashes, and the defects of the reference as regression tests.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    time::Duration,
};

use futures_executor::block_on;
use loyalty::Plan;
use processor_events::{event::Mode, ids::PaymentId};
use serde_json::{Value, json};
use storage::{
    StorageError,
    ledger::{CommitAnswer, InMemoryLedger},
    program::InMemoryPrograms,
};

use super::*;

mod asked;

const NOON: &str = "2026-08-01T12:00:00Z";

struct FixedClock(Cell<Timestamp>);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}

/// Waiting takes no time; only the wait for the deadline never ends.
struct NoWait;

impl Timer for NoWait {
    async fn sleep(&self, duration: Duration) {
        if duration > Duration::from_secs(5) {
            std::future::pending::<()>().await;
        }
    }
}

struct NoChance;

impl Entropy for NoChance {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

/// What shall happen to the next commits, in turn; then they work.
#[derive(Clone, Copy)]
enum CommitFault {
    /// Throttled before anything is written.
    Before,
    /// Written, but the answer is lost.
    AnswerLost,
    /// Another transaction is at work.
    Busy,
    /// DynamoDB calls the whole transaction invalid.
    Refused,
}

#[derive(Default)]
struct FaultyLedger {
    inner: InMemoryLedger,
    faults: RefCell<VecDeque<CommitFault>>,
    reads: Cell<u32>,
    commits: Cell<u32>,
}

impl Ledger for FaultyLedger {
    async fn read(&self, keys: &BTreeSet<LedgerKey>) -> Result<Loaded, StorageError> {
        self.reads.set(self.reads.get().saturating_add(1));
        self.inner.read(keys).await
    }

    async fn commit(&self, scope: &Scope, plan: &Plan) -> Result<CommitAnswer, StorageError> {
        self.commits.set(self.commits.get().saturating_add(1));
        let operation = "TransactWriteItems";
        let fault = self.faults.borrow_mut().pop_front();
        match fault {
            None => self.inner.commit(scope, plan).await,
            Some(CommitFault::Before) => Err(StorageError::Throttled { operation }),
            Some(CommitFault::Busy) => Ok(CommitAnswer::Busy),
            Some(CommitFault::AnswerLost) => {
                self.inner.commit(scope, plan).await?;
                Err(StorageError::Unavailable { operation, reason: "the answer was lost".to_owned() })
            }
            Some(CommitFault::Refused) => Err(StorageError::Refused {
                operation,
                code: "TransactionCanceledException".to_owned(),
                message: "one item is not valid".to_owned(),
            }),
        }
    }

    async fn mark_engaged(&self, key: &LedgerKey) -> Result<(), StorageError> {
        self.inner.mark_engaged(key).await
    }
}

/// Remembers executions by name, as Step Functions does.
struct FakeWorkflow {
    executions: RefCell<BTreeMap<String, String>>,
    calls: RefCell<Vec<Start>>,
    failing: Cell<u32>,
    is_on: bool,
}

impl Workflow for FakeWorkflow {
    async fn start(&self, start: &Start) -> Result<Started, StartError> {
        if self.failing.get() > 0 {
            self.failing.set(self.failing.get().saturating_sub(1));
            return Err(StartError::Passing("ThrottlingException".to_owned()));
        }
        self.calls.borrow_mut().push(start.clone());
        let input = serde_json::to_string(&start.input).unwrap();
        match self.executions.borrow_mut().insert(start.name.clone(), input) {
            None => Ok(Started::Now),
            Some(_) => Ok(Started::Before),
        }
    }

    fn is_on(&self) -> bool {
        self.is_on
    }
}

type World = Handler<FaultyLedger, InMemoryPrograms, FakeWorkflow, InMemoryLookup, FixedClock, NoWait, NoChance>;

fn world() -> World {
    let workflow =
        FakeWorkflow { executions: RefCell::default(), calls: RefCell::default(), failing: Cell::new(0), is_on: true };
    Handler {
        ledger: FaultyLedger::default(),
        program: CachedProgram::new(InMemoryPrograms::default()),
        workflow,
        lookup: InMemoryLookup::default(),
        read: ReadOptions::default(),
        clock: FixedClock(Cell::new(NOON.parse().unwrap())),
        timer: NoWait,
        entropy: NoChance,
        metrics: Metrics::new(),
    }
}

fn world_with(faults: &[CommitFault]) -> World {
    let world = world();
    world.ledger.faults.borrow_mut().extend(faults);
    world
}

impl World {
    /// Delivers bodies as one batch; the answer is the positions of the failed ones.
    fn deliver(&self, bodies: &[Value]) -> Vec<usize> {
        let records: Vec<Value> = bodies
            .iter()
            .enumerate()
            .map(|(position, body)| {
                let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
                let attributes = json!({ "SentTimestamp": "1785585599900", "ApproximateReceiveCount": "1" });
                json!({ "messageId": position.to_string(), "body": body, "attributes": attributes })
            })
            .collect();
        let batch: SqsEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
        let deadline = Timestamp::MAX;
        let response = block_on(self.handle(batch, deadline));
        let failed = response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str());
        failed.map(|id| id.parse().unwrap()).collect()
    }

    fn delivers(&self, bodies: &[Value]) {
        assert_eq!(self.deliver(bodies), Vec::<usize>::new());
    }

    fn balance(&self, customer: &str) -> i64 {
        self.balance_in(&live(), customer)
    }

    fn balance_in(&self, scope: &Scope, customer: &str) -> i64 {
        let accounts = self.ledger.inner.accounts();
        let account = accounts.get(&(scope.clone(), CustomerId::new(customer).unwrap()));
        account.map_or(0, |account| account.balance.0)
    }

    fn entries(&self) -> Vec<Entry> {
        self.ledger.inner.entries().into_values().map(|stored| stored.entry).collect()
    }

    fn executions(&self) -> Vec<String> {
        self.workflow.executions.borrow().keys().cloned().collect()
    }

    /// The executions that have something to say: all but those that tell the hub of a tier that went, or came back.
    fn speaking(&self) -> Vec<String> {
        let calls = self.workflow.calls.borrow();
        let speaking = calls.iter().filter(|start| start.input.engagement != engagement::Occasion::TierChanged);
        let names: BTreeSet<String> = speaking.map(|start| start.name.clone()).collect();
        names.into_iter().collect()
    }

    fn counted(&self, metric: &str, reason: &str) -> bool {
        let lines = self.metrics.take_lines(NAME, self.clock.now());
        lines.iter().any(|line| line.contains(&format!("\"{metric}\"")) && line.contains(&format!("\"{reason}\"")))
    }
}

fn live() -> Scope {
    Scope { mode: Mode::Live, account: None }
}

fn event(kind: &str, object: &Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "type": kind, "created": 1_785_585_000, "livemode": true,
        "api_version": "2024-06-20", "data": { "object": object },
    })
}

fn paid(payment: &str, customer: &str, amount: i64) -> Value {
    event(
        "payment_intent.succeeded",
        &json!({
            "id": payment, "object": "payment_intent", "amount": amount, "amount_received": amount, "currency": "usd",
            "customer": customer, "invoice": null, "latest_charge": null, "metadata": {}, "status": "succeeded",
        }),
    )
}

fn with(mut event: Value, field: &str, value: Value) -> Value {
    event["data"]["object"][field] = value;
    event
}

fn refunded(payment: &str, amount: i64, so_far: i64) -> Value {
    event(
        "charge.refunded",
        &json!({
            "id": "ch_1", "object": "charge", "amount": amount, "amount_refunded": so_far, "currency": "usd",
            "payment_intent": payment, "customer": null, "refunded": amount == so_far,
        }),
    )
}

fn disputed(payment: &str, amount: i64, status: &str) -> Value {
    let kind = if status == "needs_response" { "charge.dispute.created" } else { "charge.dispute.closed" };
    event(
        kind,
        &json!({
            "id": "dp_1", "object": "dispute", "amount": amount, "currency": "usd", "charge": "ch_1",
            "payment_intent": payment, "status": status, "reason": "fraudulent",
        }),
    )
}

#[test]
fn a_payment_earns_and_starts_one_execution() {
    let world = world();
    world.delivers(&[paid("pi_1", "cus_1", 2599)]);
    assert_eq!(world.balance("cus_1"), 25);
    assert_eq!(world.executions(), ["live-stripe-pi_1-award"]);
}

#[test]
fn premium_and_promotion_multiply_and_the_higher_counts() {
    let world = world();
    world.delivers(&[
        with(paid("pi_1", "cus_1", 1000), "metadata", json!({ "paybus_premium": "true" })),
        with(paid("pi_2", "cus_2", 1000), "metadata", json!({ "paybus_promotion": "true" })),
        with(paid("pi_3", "cus_3", 1000), "metadata", json!({ "paybus_promotion": "true", "paybus_premium": "true" })),
    ]);
    assert_eq!([world.balance("cus_1"), world.balance("cus_2"), world.balance("cus_3")], [20, 30, 30]);
}

#[test]
fn a_batch_reads_once_and_writes_once_per_customer() {
    let world = world();
    let bodies: Vec<Value> =
        (0..10).map(|number| paid(&format!("pi_{number}"), &format!("cus_{}", number % 5), 1000)).collect();
    world.delivers(&bodies);
    assert_eq!((world.ledger.reads.get(), world.ledger.commits.get()), (1, 5));
    assert_eq!(world.balance("cus_3"), 20);
}

#[test]
fn duplicates_in_a_batch_and_across_batches_change_nothing() {
    let world = world();
    let body = paid("pi_1", "cus_1", 1000);
    world.delivers(&[body.clone(), body.clone()]);
    world.delivers(&[body]);
    assert_eq!((world.balance("cus_1"), world.entries().len(), world.executions().len()), (10, 1, 1));
}

#[test]
fn writers_at_the_same_time_lose_the_race_and_decide_again() {
    let world = world_with(&[CommitFault::Busy, CommitFault::Busy, CommitFault::Busy]);
    world.delivers(&[paid("pi_1", "cus_1", 1000), paid("pi_2", "cus_1", 500)]);
    assert_eq!(world.balance("cus_1"), 15);
    assert!(world.counted("RaceLost", "Count"));
}

#[test]
fn a_group_that_loses_every_round_comes_again() {
    let world = world_with(&[CommitFault::Busy; 20]);
    assert_eq!(world.deliver(&[paid("pi_1", "cus_1", 1000)]), [0]);
    world.delivers(&[paid("pi_1", "cus_1", 1000)]);
    assert_eq!(world.balance("cus_1"), 10);
}

#[test]
fn a_poison_record_fails_alone() {
    let world = world();
    let failed = world.deliver(&[
        paid("pi_1", "cus_1", 1000),
        json!("this is no JSON"),
        paid("pi_2", "cus_1", 1000),
        with(paid("pi_3", "cus_1", 1000), "currency", json!("chf")),
        paid("pi_4", "cus_1", -5),
        json!("{}"),
    ]);
    assert_eq!(failed, [1, 3, 4, 5]);
    assert_eq!(world.balance("cus_1"), 20);
}

#[test]
fn a_transaction_that_is_refused_as_a_whole_is_tried_record_by_record() {
    let world = world_with(&[CommitFault::Refused, CommitFault::Refused]);
    assert_eq!(world.deliver(&[paid("pi_1", "cus_1", 1000), paid("pi_2", "cus_1", 500)]), [0]);
    assert_eq!(world.balance("cus_1"), 5);
}

#[test]
fn a_lost_answer_is_found_out_by_the_redelivery() {
    let world = world_with(&[CommitFault::AnswerLost]);
    let body = paid("pi_1", "cus_1", 1000);
    assert_eq!(world.deliver(std::slice::from_ref(&body)), [0]);
    assert_eq!(world.executions().len(), 0, "the function did not get that far");
    world.delivers(&[body]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 1));
}

#[test]
fn a_throttled_write_comes_again_and_loses_nothing() {
    let world = world_with(&[CommitFault::Before]);
    let body = paid("pi_1", "cus_1", 1000);
    assert_eq!(world.deliver(std::slice::from_ref(&body)), [0]);
    world.delivers(&[body]);
    assert_eq!((world.balance("cus_1"), world.entries().len()), (10, 1));
}

/// Row 5 of the reference's defects: the points are there, the start fails, and nobody ever hears of it.
#[test]
fn a_start_that_fails_after_the_award_comes_again_and_starts_once() {
    let world = world();
    world.workflow.failing.set(1);
    let body = paid("pi_1", "cus_1", 1000);
    assert_eq!(world.deliver(std::slice::from_ref(&body)), [0]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 0));
    for _ in 0..3 {
        world.delivers(std::slice::from_ref(&body));
    }
    assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 1));
    assert_eq!(world.workflow.calls.borrow().len(), 1, "once it is noted as started, it is not started again");
}

/// Row 9: a PaymentIntent may pay a subscription's invoice.
#[test]
fn a_payment_that_names_its_invoice_earns_nothing() {
    let world = world();
    world.delivers(&[with(paid("pi_1", "cus_1", 1000), "invoice", json!("in_1"))]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (0, 0));
    assert!(world.entries().is_empty() && world.counted("Outcome", "noted"));
}

fn invoice_paid(payment: Option<&str>, billing_reason: &str, amount: i64) -> Value {
    let subscription = billing_reason.starts_with("subscription").then_some("sub_1");
    let parent = subscription
        .map(|id| json!({ "type": "subscription_details", "subscription_details": { "subscription": id } }));
    event(
        "invoice.paid",
        &json!({
            "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "usd", "amount_due": amount,
            "amount_paid": amount, "amount_remaining": 0, "status": "paid", "billing_reason": billing_reason,
            "parent": parent, "payment_intent": payment,
        }),
    )
}

fn linked(payment: &str, amount: i64) -> Value {
    event(
        "invoice_payment.paid",
        &json!({
            "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "amount_paid": amount, "currency": "usd",
            "status": "paid", "payment": { "type": "payment_intent", "payment_intent": payment },
        }),
    )
}

/// A payment as the API tells it since 2025-03-31: it does not name an invoice.
fn paid_since_basil(payment: &str, amount: i64) -> Value {
    let mut body = paid(payment, "cus_1", amount);
    body["api_version"] = json!("2025-09-30.clover");
    body["data"]["object"].as_object_mut().unwrap().remove("invoice");
    body
}

/// Every order of the bodies, one by one and all in one batch.
fn in_every_order(bodies: &[Value], check: impl Fn(&World, &str)) {
    for order in orders(bodies.len()) {
        let bodies: Vec<Value> = order.iter().map(|index| bodies[*index].clone()).collect();
        let (one_by_one, at_once) = (world(), world());
        for body in bodies.iter().chain(&bodies) {
            one_by_one.delivers(std::slice::from_ref(body));
        }
        at_once.delivers(&bodies);
        check(&one_by_one, &format!("{order:?} one by one"));
        check(&at_once, &format!("{order:?} at once"));
    }
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![vec![]] };
    let insert = |order: Vec<usize>| {
        (0..count).map(move |place| {
            let mut longer = order.clone();
            longer.insert(place, last);
            longer
        })
    };
    orders(last).into_iter().flat_map(insert).collect()
}

/// An invoice sent by hand, or made by a checkout, is a sale like any other, in whatever order its events come.
#[test]
fn a_single_invoice_earns_in_any_order_and_a_subscriptions_never() {
    let named = with(paid("pi_1", "cus_1", 200_000), "invoice", json!("in_1"));
    let hinted = with(paid_since_basil("pi_1", 200_000), "description", json!("Payment for Invoice"));
    for payment in [named, hinted, paid_since_basil("pi_1", 200_000)] {
        for (reason, points) in [("manual", 2000), ("subscription_cycle", 0)] {
            let bodies = [payment.clone(), linked("pi_1", 200_000), invoice_paid(None, reason, 200_000)];
            in_every_order(&bodies, |world, order| {
                assert_eq!(world.balance("cus_1"), points, "{reason} {order}");
                assert!(points == 0 || world.speaking() == ["live-stripe-pi_1-award"], "{reason} {order}");
            });
        }
    }
}

/// Up to 2025-02-24.acacia the payment names the invoice and the invoice the payment: no third event is needed.
#[test]
fn an_invoice_that_names_its_payment_needs_no_other_event() {
    let payment = with(paid("pi_1", "cus_1", 1000), "invoice", json!("in_1"));
    in_every_order(&[payment, invoice_paid(Some("pi_1"), "manual", 1000)], |world, order| {
        assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 1), "{order}");
    });
}

/// The award is the work of the invoice's event then, and so is seeing to its start.
#[test]
fn a_start_that_fails_after_an_invoice_released_the_payment_comes_again() {
    let world = world();
    world.delivers(&[with(paid("pi_1", "cus_1", 1000), "invoice", json!("in_1"))]);
    world.workflow.failing.set(1);
    let invoice = invoice_paid(Some("pi_1"), "manual", 1000);
    assert_eq!(world.deliver(std::slice::from_ref(&invoice)), [0]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 0));
    world.delivers(&[invoice]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 1));
}

#[test]
fn an_invoice_of_another_customer_than_its_payments_is_an_alarm() {
    let world = world();
    world.delivers(&[with(paid("pi_1", "cus_2", 1000), "invoice", json!("in_1"))]);
    assert_eq!(world.deliver(&[invoice_paid(None, "manual", 1000)]), [0]);
    assert!(world.counted("RecordFailed", "LedgerContradiction"));
    assert_eq!((world.balance("cus_1"), world.balance("cus_2")), (0, 0));
}

/// Row 9 since 2025-03-31: the PaymentIntent no longer says; the link comes in an event of its own.
#[test]
fn a_payment_that_turns_out_to_pay_a_subscription_is_taken_back_in_either_order() {
    let mut payment = paid("pi_1", "cus_1", 200_000);
    payment["api_version"] = json!("2025-09-30.clover");
    payment["data"]["object"].as_object_mut().unwrap().remove("invoice");
    let link = event(
        "invoice_payment.paid",
        &json!({
            "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "amount_paid": 200_000, "currency": "usd",
            "status": "paid", "payment": { "type": "payment_intent", "payment_intent": "pi_1" },
        }),
    );
    let first = world();
    first.delivers(std::slice::from_ref(&payment));
    assert_eq!(first.balance("cus_1"), 2000);
    let settle_seconds = first.workflow.calls.borrow()[0].input.settle_seconds;
    assert!(settle_seconds > 0, "the workflow waits before it speaks");
    first.delivers(std::slice::from_ref(&link));
    assert_eq!(first.balance("cus_1"), 0);
    let state = first.ledger.inner.payments().into_values().next().unwrap();
    assert_eq!(state.counted.points, Points::ZERO, "what the waiting workflow reads");

    let second = world();
    second.delivers(&[link]);
    second.delivers(&[payment]);
    assert_eq!((second.balance("cus_1"), second.executions().len()), (0, 0));
}

/// A renewal across a tier threshold, as each API version since 2025-03-31 tells it: whatever comes first, nobody is spoken to.
#[test]
fn a_renewed_subscription_says_nothing_in_any_api_version() {
    let versions = ["2025-03-31.basil", "2025-09-30.clover", "2025-11-17.clover", "2026-06-24.dahlia"];
    let hints = [
        ("description", Value::Null),
        ("description", json!("Subscription update")),
        ("payment_details", json!({ "order_reference": "in_1" })),
    ];
    for (version, (field, hint)) in versions.iter().flat_map(|version| hints.iter().map(move |hint| (version, hint))) {
        let told = [
            with(paid_since_basil("pi_1", 200_000), field, hint.clone()),
            linked("pi_1", 200_000),
            invoice_paid(None, "subscription_cycle", 200_000),
        ];
        let told = told.map(|mut body| {
            body["api_version"] = json!(version);
            body
        });
        in_every_order(&told, |world, order| {
            let account = world.ledger.inner.accounts().into_values().next().unwrap_or_default();
            assert_eq!((account.balance, account.tier), (Points::ZERO, None), "{version} {hint} {order}");
            // What the workflow does: wait, read the payment again, and end if it counts for nothing.
            let payments = world.ledger.inner.payments();
            let points = payments.values().map(|state| state.counted.points.0).sum::<i64>();
            let calls = world.workflow.calls.borrow();
            // The tier that is taken back with the award is told to the hub alone.
            let told = calls.iter().filter(|start| start.input.engagement != engagement::Occasion::TierChanged);
            let messages = told.filter(|start| start.input.settle_seconds == 0 || points != 0).count();
            assert_eq!(messages, 0, "{version} {hint} {order}");
            // Where the event itself hints at an invoice, or the link came first, not even an execution waits.
            assert!(*hint == Value::Null || calls.is_empty(), "{version} {hint} {order}");
        });
    }
}

/// Row 10: buy, earn, refund, keep.
#[test]
fn refunded_money_keeps_no_points_in_any_order() {
    for amounts in [[500, 1050], [1050, 500]] {
        let world = world();
        world.delivers(&[refunded("pi_1", 1050, amounts[0])]);
        world.delivers(&[paid("pi_1", "cus_1", 1050)]);
        world.delivers(&[refunded("pi_1", 1050, amounts[1])]);
        assert_eq!(world.balance("cus_1"), 0);
    }
    let world = world();
    world.delivers(&[paid("pi_1", "cus_1", 1050), refunded("pi_1", 1050, 50)]);
    assert_eq!(world.balance("cus_1"), 10, "10.00 USD are kept, which earn 10 points");
    world.delivers(&[refunded("pi_1", 1050, 525)]);
    assert_eq!(world.balance("cus_1"), 5);
}

#[test]
fn a_dispute_holds_points_until_it_is_won_and_for_good_when_it_is_lost() {
    for (end, expected) in [("won", 10), ("lost", 0)] {
        let world = world();
        world.delivers(&[paid("pi_1", "cus_1", 1000)]);
        world.delivers(&[disputed("pi_1", 1000, "needs_response")]);
        assert_eq!(world.balance("cus_1"), 0);
        world.delivers(&[disputed("pi_1", 1000, end)]);
        world.delivers(&[disputed("pi_1", 1000, "needs_response")]);
        assert_eq!(world.balance("cus_1"), expected, "{end}");
    }
}

/// Row 10: JPY has no minor unit.
#[test]
fn yen_are_not_taken_for_cents() {
    let world = world();
    let mut document = Program::default().document().clone();
    document.version = 2;
    document.currency.rates.insert("jpy".to_owned().try_into().unwrap(), "0.0065".parse().unwrap());
    let programs = InMemoryPrograms::default();
    programs.force(2, Program::new(document).unwrap().to_json());
    let world = World { program: CachedProgram::new(programs), ..world };
    world.delivers(&[with(paid("pi_1", "cus_1", 10_000), "currency", json!("jpy"))]);
    assert_eq!(world.balance("cus_1"), 65);
    assert_eq!(world.entries()[0].reason, "earned by 10000 JPY; 1 JPY is 0.0065 USD");
}

/// Row 10: a basket earns by line.
#[test]
fn a_mixed_basket_earns_by_line() {
    let world = world();
    let lines = json!({ "paybus_lines": "premium:1500,books:2500" });
    world.delivers(&[with(paid("pi_1", "cus_1", 5000), "metadata", lines)]);
    assert_eq!(world.balance("cus_1"), 65, "15 x 2 + 25 + 10 for what the lines leave");
}

/// Row 11: no clock and no chance in the start, so that a second one is the same.
#[test]
fn starting_again_is_the_same_to_the_byte_and_makes_no_second_execution() {
    let world = world();
    let body = paid("pi_1", "cus_1", 60_000);
    world.delivers(std::slice::from_ref(&body));
    world.clock.0.set("2026-08-03T00:00:00Z".parse().unwrap());
    world.delivers(&[paid("pi_2", "cus_1", 1000)]);
    world.delivers(&[body]);
    let calls = world.workflow.calls.borrow();
    let of_first: Vec<_> = calls.iter().filter(|start| start.name == "live-stripe-pi_1-award").collect();
    assert_eq!(of_first.len(), 2);
    assert_eq!(of_first[0], of_first[1]);
    assert_eq!(world.executions().len(), 2);
}

#[test]
fn a_replay_after_sixty_days_starts_nothing() {
    let world = world();
    let body = paid("pi_1", "cus_1", 1000);
    world.delivers(std::slice::from_ref(&body));
    world.workflow.executions.borrow_mut().clear(); // Step Functions has forgotten the name
    world.clock.0.set("2026-11-09T12:00:00Z".parse().unwrap());
    world.delivers(&[body]);
    world.delivers(&[paid("pi_2", "cus_1", 1000)]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (20, 0));
    assert!(world.counted("EngagementSkipped", "stale"));
}

#[test]
fn test_events_never_touch_live_points() {
    let world = world();
    let mut body = paid("pi_1", "cus_1", 1000);
    body["livemode"] = json!(false);
    world.delivers(&[body]);
    assert_eq!(world.balance("cus_1"), 0);
    let test = Scope { mode: Mode::Test, account: None };
    assert_eq!(world.balance_in(&test, "cus_1"), 10);
    assert_eq!(world.executions(), ["test-stripe-pi_1-award"]);
}

#[test]
fn a_guest_payment_is_done_without_points() {
    let world = world();
    world.delivers(&[with(paid("pi_1", "cus_1", 1000), "customer", Value::Null)]);
    assert!(world.entries().is_empty());
    assert!(world.counted("Outcome", "guest"));
}

fn at_checkout(kind: &str, data: &Value) -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b779-4f99-b6f6-7f9f2a6b0c1d", "detail-type": kind,
        "source": "aws.partner/checkout.com/shop", "time": "2026-08-01T11:00:00Z",
        "detail": { "id": format!("evt_{kind}"), "type": kind, "version": "1.0.0", "created_on": "2026-08-01T11:00:00Z",
            "data": data, "_links": { "self": { "href": "https://api.checkout.com/workflows/events/evt_1" } } },
    })
}

/// Checkout.com's capture leaves the customer out; the approval has told it, or tells it later.
#[test]
fn a_capture_earns_for_the_customer_of_its_approval_in_either_order() {
    let approval = at_checkout(
        "payment_approved",
        &json!({ "id": "pay_1", "amount": 5000, "currency": "USD", "customer": { "id": "cus_x" } }),
    );
    let capture = at_checkout(
        "payment_captured",
        &json!({ "id": "pay_1", "amount": 5000, "currency": "USD", "metadata": { "paybus_premium": "true" } }),
    );
    let refund = at_checkout(
        "payment_refunded",
        &json!({ "id": "pay_1", "action_id": "act_1", "amount": 2500, "currency": "USD", "balances": { "total_refunded": 2500 } }),
    );
    let orders = [[&approval, &capture, &refund], [&capture, &approval, &refund], [&refund, &capture, &approval]];
    for order in orders {
        let (one_by_one, at_once) = (world(), world());
        for body in order.into_iter().chain(order) {
            one_by_one.delivers(std::slice::from_ref(body));
        }
        at_once.delivers(&order.map(Clone::clone));
        for world in [one_by_one, at_once] {
            assert_eq!(world.balance("cus_x"), 50, "25.00 USD are kept, at 2x");
            assert_eq!(world.executions(), ["live-checkout_com-pay_1-award"]);
        }
    }
}

/// A payment captured in parts earns for each part once, and the points are rounded for all of it together.
#[test]
fn parts_of_a_payment_that_are_captured_add_up_in_any_order() {
    let capture = |action: &str, amount: i64| {
        at_checkout(
            "payment_captured",
            &json!({ "id": "pay_1", "action_id": action, "amount": amount, "currency": "USD", "metadata": {} }),
        )
    };
    let approval = at_checkout(
        "payment_approved",
        &json!({ "id": "pay_1", "amount": 5000, "currency": "USD", "customer": { "id": "cus_x" } }),
    );
    let refund = at_checkout(
        "payment_refunded",
        &json!({ "id": "pay_1", "action_id": "act_9", "amount": 1000, "currency": "USD", "balances": { "total_refunded": 1000 } }),
    );
    in_every_order(&[approval, capture("act_1", 1250), capture("act_2", 3750), refund], |world, order| {
        assert_eq!(world.balance("cus_x"), 40, "{order}");
        assert_eq!(world.executions(), ["live-checkout_com-pay_1-award"], "{order}");
    });
    let world = world();
    world.delivers(&[capture("act_1", 1250)]);
    assert_eq!(world.deliver(&[capture("act_1", 1300)]), [0], "one capture with two amounts is an alarm");
}

#[test]
fn the_same_payment_with_another_amount_is_an_alarm() {
    let world = world();
    world.delivers(&[paid("pi_1", "cus_1", 1000)]);
    assert_eq!(world.deliver(&[paid("pi_1", "cus_1", 2000)]), [0]);
    assert!(world.counted("RecordFailed", "LedgerContradiction"));
    assert_eq!(world.balance("cus_1"), 10);
}

#[test]
fn a_changed_program_makes_no_duplicate_an_alarm() {
    let world = world();
    world.delivers(&[paid("pi_1", "cus_1", 1000)]);
    let mut document = Program::default().document().clone();
    document.version = 2;
    document.earning.points_per_unit = "5".parse().unwrap();
    let programs = InMemoryPrograms::default();
    programs.force(2, Program::new(document).unwrap().to_json());
    let world = World { program: CachedProgram::new(programs), ..world };
    world.delivers(&[paid("pi_1", "cus_1", 1000), paid("pi_2", "cus_1", 1000)]);
    assert_eq!(world.balance("cus_1"), 60);
    assert_eq!(world.entries().iter().map(|entry| entry.program_version).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn without_a_workflow_points_are_awarded_all_the_same() {
    let world = world();
    let world = World { workflow: FakeWorkflow { is_on: false, ..world.workflow }, ..world };
    world.delivers(&[paid("pi_1", "cus_1", 1000)]);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (10, 0));
}

#[test]
fn a_large_batch_of_one_customer_is_written_in_parts() {
    let world = world();
    let bodies: Vec<Value> = (0..100).map(|number| paid(&format!("pi_{number}"), "cus_1", 1000)).collect();
    world.delivers(&bodies);
    assert_eq!((world.balance("cus_1"), world.executions().len()), (1000, 100));
    let account = world.ledger.inner.accounts().into_values().next().unwrap();
    assert_eq!(account.tier.as_deref(), Some("silver"));
}

#[test]
fn a_customer_who_reaches_a_tier_gets_one_upgrade() {
    let world = world();
    world.delivers(&[paid("pi_1", "cus_1", 99_900), paid("pi_2", "cus_1", 100)]);
    let calls = world.workflow.calls.borrow();
    let engagements: BTreeMap<_, _> =
        calls.iter().map(|start| (start.name.as_str(), start.input.engagement.name())).collect();
    assert_eq!(
        engagements,
        BTreeMap::from(
            [("live-stripe-pi_1-award", "high_value_purchase"), ("live-stripe-pi_2-award", "tier_upgrade"),]
        )
    );
}

#[test]
fn the_entry_explains_itself() {
    let world = world();
    let metadata = json!({ "paybus_lines": "premium:1500" });
    world.delivers(&[with(paid("pi_1", "cus_1", 2000), "metadata", metadata), refunded("pi_1", 2000, 1000)]);
    let key = |effect: &str| {
        let payment =
            PaymentKey { processor: processor_events::event::Processor::Stripe, id: PaymentId::new("pi_1").unwrap() };
        LedgerKey::Entry(live(), Subject::Payment(payment), effect.to_owned())
    };
    let entries = world.ledger.inner.entries();
    let reason = |effect: &str| entries[&key(effect)].entry.reason.clone();
    assert_eq!(reason("award"), "earned by 15.00 USD x2 (premium) + 5.00 USD");
    assert_eq!(reason("2-reversal"), "10.00 USD of the payment is refunded so far");
}
