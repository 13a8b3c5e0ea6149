use std::cell::Cell;

use engagement::offers::Offer;
use futures_executor::block_on;
use futures_util::FutureExt;
use jiff::Timestamp;
use loyalty::{Happened, PaymentEvent, PaymentKey, Program, Purchase, Snapshot, decide};
use processor_events::{
    Currency, Money,
    event::{Mode, Processor},
    ids::{CustomerId, EventId, PaymentId},
};
use serde_json::json;
use storage::{
    ledger::{InMemoryLedger, Ledger},
    offers::InMemoryOffers,
    program::{PutProgramError, StoredProgram},
};

use super::*;

struct Rules;

impl Programs for Rules {
    async fn current(&self) -> Result<Option<StoredProgram>, StorageError> {
        let program = program();
        Ok(Some(StoredProgram { version: program.document().version, json: program.to_json() }))
    }

    async fn put(&self, _: &Program) -> Result<(), PutProgramError> {
        unreachable!("the function changes no program")
    }
}

struct At(Cell<Timestamp>);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}

type Offering = Handler<InMemoryLedger, InMemoryOffers, Rules, At>;

fn program() -> Program {
    let mut document = serde_json::to_value(Program::default().document()).unwrap();
    document["offers"] = json!([
        {"name": "shoes", "title": "20% off running shoes", "bought": ["shoes"], "within_days": 30, "valid_days": 14},
        {"name": "books", "title": "A third book free", "bought": ["books"], "within_days": 30, "valid_days": 14},
    ]);
    Program::parse(&document.to_string()).unwrap()
}

fn scope() -> Scope {
    Scope { mode: Mode::Test, account: None }
}

fn customer(id: &str) -> CustomerKey {
    CustomerKey { scope: scope(), customer: CustomerId::new(id).unwrap() }
}

fn handler() -> Offering {
    Handler {
        history: InMemoryLedger::default(),
        offers: InMemoryOffers::default(),
        program: CachedProgram::new(Rules),
        clock: At(Cell::new("2026-08-02T12:00:00Z".parse().unwrap())),
    }
}

fn buy(handler: &Offering, who: &str, payment: &str, category: &str) {
    let payment = PaymentKey { processor: Processor::Stripe, id: PaymentId::new(payment).unwrap() };
    let purchase = Purchase {
        customer: customer(who).customer,
        amount: Money::new(10_000, Currency::USD),
        in_doubt: false,
        metadata: [("paybus_category".to_owned(), category.to_owned())].into(),
    };
    let event = PaymentEvent {
        id: EventId::new("evt_1").unwrap(),
        occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
        payment,
        happened: Happened::Paid(purchase),
    };
    let account = {
        let key = storage::ledger::LedgerKey::Account(scope(), customer(who).customer);
        block_on(handler.history.read(&[key].into())).unwrap().account(&scope(), &customer(who).customer).unwrap()
    };
    let snapshot = Snapshot { account, ..Snapshot::default() };
    let decision = decide(&program(), Some(&customer(who).customer), &snapshot, &[event]);
    block_on(handler.history.commit(&scope(), &decision.plan)).unwrap();
}

fn call(who: &str, entry: &str) -> Value {
    json!({"step": "offer", "engagement": {
        "schema": 1, "engagement": "tier_upgrade", "mode": "test", "account_id": null, "customer_id": who,
        "entry_key": entry, "payment_key": "stripe:pi_1", "payment_partition": "p", "payment_sort": "state",
        "settle_seconds": 0, "points": 100, "total_points": 1000, "qualifying_points": 1000, "previous_tier": null,
        "current_tier": "silver", "tier_risen": true, "next_tier": null, "milestone_minor": null,
        "lifetime_minor": 10000, "base_currency": "usd", "amount_minor": 10000, "currency": "usd",
        "occurred_at": "2026-08-01T12:00:00Z", "program_version": 1,
    }})
}

fn names(handler: &Offering, who: &str) -> Vec<String> {
    block_on(handler.offers.offers(&customer(who))).unwrap().into_iter().map(|offer| offer.name).collect()
}

#[test]
fn two_customers_of_one_tier_get_what_fits_their_histories() {
    let handler = handler();
    buy(&handler, "cus_ada", "pi_1", "shoes");
    buy(&handler, "cus_bob", "pi_2", "books");
    for who in ["cus_ada", "cus_bob"] {
        assert_eq!(block_on(handler.handle(call(who, "stripe:pi_1/award"))).unwrap().outcome, "offered");
    }
    assert_eq!(names(&handler, "cus_ada"), ["shoes"]);
    assert_eq!(names(&handler, "cus_bob"), ["books"]);
    let offers = block_on(handler.offers.offers(&customer("cus_bob"))).unwrap();
    assert_eq!(offers[0].deciding_entries, ["stripe:pi_2/award"]);
}

#[test]
fn a_thousand_repetitions_are_one_offer() {
    let handler = handler();
    buy(&handler, "cus_ada", "pi_1", "shoes");
    block_on(handler.handle(call("cus_ada", "stripe:pi_1/award"))).unwrap();
    let first = block_on(handler.offers.offers(&customer("cus_ada"))).unwrap();
    for second in 0..1_000 {
        let later = handler.clock.now().checked_add(jiff::SignedDuration::from_secs(second)).unwrap();
        handler.clock.0.set(later);
        assert_eq!(block_on(handler.handle(call("cus_ada", "stripe:pi_1/award"))).unwrap().outcome, "offered");
    }
    assert_eq!(block_on(handler.offers.offers(&customer("cus_ada"))).unwrap(), first);
}

/// Offers as a task sees them that dies after so many moments: one before and one after each call.
struct Mortal<'w> {
    offers: &'w InMemoryOffers,
    moments_left: Cell<u32>,
}

impl Mortal<'_> {
    async fn live(&self) {
        match self.moments_left.get().checked_sub(1) {
            Some(left) => self.moments_left.set(left),
            None => std::future::pending().await,
        }
    }
}

impl Offers for Mortal<'_> {
    async fn offers(&self, customer: &CustomerKey) -> Result<Vec<Offer>, StorageError> {
        self.live().await;
        let found = self.offers.offers(customer).await;
        self.live().await;
        found
    }

    async fn add(&self, customer: &CustomerKey, offer: &Offer, now: Timestamp) -> Result<bool, StorageError> {
        self.live().await;
        let added = self.offers.add(customer, offer, now).await;
        self.live().await;
        added
    }
}

#[test]
fn a_task_killed_at_any_moment_comes_to_the_same_offers() {
    let run = |world: &InMemoryOffers, moments: u32| {
        let Handler { history, program, clock, .. } = {
            let handler = handler();
            buy(&handler, "cus_ada", "pi_1", "shoes");
            buy(&handler, "cus_ada", "pi_2", "books");
            handler
        };
        let offers = Mortal { offers: world, moments_left: Cell::new(moments) };
        let handler = Handler { history, offers, program, clock };
        handler.handle(call("cus_ada", "stripe:pi_2/award")).now_or_never()
    };
    let whole = InMemoryOffers::default();
    assert_eq!(run(&whole, u32::MAX).unwrap().unwrap().outcome, "offered");
    let expected = block_on(whole.offers(&customer("cus_ada"))).unwrap();
    assert_eq!(expected.len(), 2);
    for moments in 0..8 {
        let world = InMemoryOffers::default();
        assert!(run(&world, moments).is_none(), "two looks and two additions take eight moments, not {moments}");
        assert_eq!(run(&world, u32::MAX).unwrap().unwrap().outcome, "offered");
        assert_eq!(block_on(world.offers(&customer("cus_ada"))).unwrap(), expected, "killed after {moments}");
    }
}

#[test]
fn a_customer_whom_nothing_fits_gets_nothing() {
    let handler = handler();
    assert_eq!(block_on(handler.handle(call("cus_ada", "stripe:pi_1/award"))).unwrap().outcome, "nothing_to_offer");
}

#[test]
fn a_call_of_another_shape_is_refused_for_good() {
    for call in [json!({}), json!({"step": "offer"}), json!({"step": "grant", "engagement": {}})] {
        assert_eq!(block_on(handler().handle(call)).unwrap_err().name, permanent::INVALID_REQUEST);
    }
}
