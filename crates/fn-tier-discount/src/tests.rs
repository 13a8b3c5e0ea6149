use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use engagement::rewards::Grant;
use futures_executor::block_on;
use futures_util::FutureExt;
use jiff::Timestamp;
use lambda_kit::Environment;
use loyalty::Program;
use processor_events::{event::Mode, ids::CustomerId};
use serde_json::json;
use storage::{
    program::{PutProgramError, StoredProgram},
    rewards::InMemoryRewards,
};
use stripe_api::{KeyError, Keys, Method, NoKey, Request, Response, SecretKey, TransportError};
use stripe_fake::{Answer as FakeAnswer, Fake, Fault, Question};

use super::*;

const CREDITS: &str = "POST /v1/customers/{id}/balance_transactions";

/// The fake account without a socket. After so many more requests the task is killed: it never sees an answer again.
struct Wire<'a> {
    fake: &'a RefCell<Fake>,
    requests_left: Cell<u32>,
}

impl Transport for Wire<'_> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if self.requests_left.get() == 0 {
            std::future::pending::<()>().await;
        }
        let answer = self.fake.borrow_mut().answer(&question(request));
        self.requests_left.set(self.requests_left.get().saturating_sub(1));
        if self.requests_left.get() == 0 {
            std::future::pending::<()>().await;
        }
        match answer {
            FakeAnswer::Said { status, headers, body } => Ok(Response {
                status,
                replayed: headers.contains_key("idempotent-replayed"),
                body: body.into_bytes(),
                ..Response::default()
            }),
            FakeAnswer::Lost | FakeAnswer::Silence => Err(TransportError { reason: "reset".to_owned() }),
        }
    }
}

fn question(request: Request) -> Question {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    let mut headers: std::collections::BTreeMap<String, String> =
        request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    headers.insert("authorization".to_owned(), "Bearer rk_test_1".to_owned());
    Question { method: method.to_owned(), path: request.path, headers, body: request.body }
}

/// Waits between attempts take no time; the limit of an attempt never strikes.
struct Patience;

impl Timer for Patience {
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

struct Key(&'static str);

impl KeySource for Key {
    async fn keys(&self) -> Result<Option<Keys>, KeyError> {
        Ok(Some(Keys { current: SecretKey::new(self.0)?, previous: None }))
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-08-01T12:00:00Z".parse().unwrap()
    }
}

struct Rules;

impl Programs for Rules {
    async fn current(&self) -> Result<Option<StoredProgram>, StorageError> {
        let mut document = serde_json::to_value(Program::default().document()).unwrap();
        document["tiers"]["revoke_rewards"] = json!(true);
        document["tiers"]["levels"] = json!([
            {"name": "silver", "from": 1000, "rewards": [{"kind": "promotion_code", "percent_off": 10, "valid_days": 30}]},
            {"name": "gold", "from": 5000, "rewards": [{"kind": "credit", "amount_minor": 2500, "currency": "usd"}]},
            {"name": "platinum", "from": 15000},
        ]);
        Ok(Some(StoredProgram { version: 1, json: document.to_string() }))
    }

    async fn put(&self, _: &Program) -> Result<(), PutProgramError> {
        unreachable!("the function changes no program")
    }
}

/// The outside world: it outlives every task.
struct World {
    fake: RefCell<Fake>,
    rewards: InMemoryRewards,
}

impl World {
    fn new(is_subscriber: bool) -> Self {
        let mut fake = Fake::new();
        fake.put("customers", json!({"id": "cus_1", "object": "customer", "balance": 0}));
        if is_subscriber {
            let subscription = json!({"id": "sub_1", "customer": "cus_1", "status": "active", "currency": "usd"});
            fake.put("subscriptions", subscription);
        }
        Self { fake: RefCell::new(fake), rewards: InMemoryRewards::default() }
    }

    /// Runs one task; `None` when it was killed after so many requests.
    fn run(&self, call: Value, requests: u32) -> Option<Result<&'static str, Failure>> {
        self.run_with(call, requests, OutboundMode::Send, Key("rk_test_1"))
    }

    fn run_with(
        &self,
        call: Value,
        requests: u32,
        mode: OutboundMode,
        key: impl KeySource,
    ) -> Option<Result<&'static str, Failure>> {
        let wire = Wire { fake: &self.fake, requests_left: Cell::new(requests) };
        let handler = Handler {
            stripe: Stripe::new(wire, key, Patience, NoChance),
            rewards: Borrowed(&self.rewards),
            program: CachedProgram::new(Rules),
            mode,
            clock: Noon,
        };
        handler.handle(call).now_or_never().map(|result| result.map(|answer| answer.outcome))
    }

    fn grant(&self, tier: &str) -> &'static str {
        self.run(call("grant", None, Some(tier)), u32::MAX).unwrap().unwrap()
    }

    fn balance(&self) -> i64 {
        self.fake.borrow().all("customers")[0]["balance"].as_i64().unwrap()
    }

    fn count(&self, collection: &str) -> usize {
        self.fake.borrow().all(collection).len()
    }

    fn reward(&self, tier: &str, kept: bool) -> Option<TierReward> {
        let scope = Scope { mode: Mode::Test, account: None };
        let customer = CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() };
        block_on(self.rewards.reward(&RewardKey { customer, tier: tier.to_owned(), kept })).unwrap()
    }
}

struct Borrowed<'a>(&'a InMemoryRewards);

impl Rewards for Borrowed<'_> {
    async fn reward(&self, key: &RewardKey) -> Result<Option<TierReward>, StorageError> {
        self.0.reward(key).await
    }

    async fn decide(&self, key: &RewardKey, reward: &TierReward) -> Result<TierReward, StorageError> {
        self.0.decide(key, reward).await
    }

    async fn advance(&self, key: &RewardKey, reward: &TierReward) -> Result<(), StorageError> {
        self.0.advance(key, reward).await
    }
}

fn call(step: &str, before: Option<&str>, tier: Option<&str>) -> Value {
    json!({"step": step, "engagement": {
        "schema": 1, "engagement": "tier_upgrade", "mode": "test", "account_id": null, "customer_id": "cus_1",
        "entry_key": "stripe:pi_1/award", "payment_key": "stripe:pi_1", "payment_partition": "p",
        "payment_sort": "state", "settle_seconds": 0, "points": 100, "total_points": 1000, "qualifying_points": 1000,
        "previous_tier": before, "current_tier": tier, "tier_risen": true, "next_tier": null, "milestone_minor": null,
        "lifetime_minor": 10000, "base_currency": "usd", "amount_minor": 10000, "currency": "usd",
        "occurred_at": "2026-08-01T12:00:00Z", "program_version": 1,
    }})
}

#[test]
fn a_thousand_repetitions_are_one_credit() {
    let world = World::new(true);
    for _ in 0..1_000 {
        assert_eq!(world.grant("gold"), "granted");
    }
    assert_eq!((world.balance(), world.count("balance_transactions")), (-2_500, 1));
    let made = world.fake.borrow().all("balance_transactions")[0].clone();
    assert_eq!(made["metadata"]["paybus_reward"], "tier-reward:cus_1:gold:0");
}

#[test]
fn a_task_killed_at_any_request_ends_in_one_credit() {
    for killed_after in 0..8 {
        let world = World::new(true);
        world.run(call("grant", None, Some("gold")), killed_after);
        world.fake.borrow_mut().forget_idempotency_keys();
        assert_eq!(world.grant("gold"), "granted", "killed after {killed_after}");
        assert_eq!((world.balance(), world.count("balance_transactions")), (-2_500, 1), "killed after {killed_after}");
    }
}

#[test]
fn a_task_killed_at_any_request_ends_in_one_code() {
    for killed_after in 0..10 {
        let world = World::new(false);
        world.run(call("grant", None, Some("silver")), killed_after);
        world.fake.borrow_mut().forget_idempotency_keys();
        assert_eq!(world.grant("silver"), "granted", "killed after {killed_after}");
        assert_eq!((world.count("coupons"), world.count("promotion_codes")), (1, 1), "killed after {killed_after}");
    }
}

#[test]
fn a_task_killed_at_any_request_takes_a_reward_back_once() {
    for killed_after in 0..12 {
        let world = World::new(true);
        world.grant("silver");
        world.grant("gold");
        world.run(call("reverse", Some("gold"), None), killed_after);
        world.fake.borrow_mut().forget_idempotency_keys();
        let again = world.run(call("reverse", Some("gold"), None), u32::MAX).unwrap();
        assert!(again.is_ok(), "killed after {killed_after}: {again:?}");
        assert_eq!((world.balance(), world.count("balance_transactions")), (0, 2), "killed after {killed_after}");
        assert_eq!(world.fake.borrow().all("promotion_codes")[0]["active"], false, "killed after {killed_after}");
        for tier in ["silver", "gold"] {
            let reward = world.reward(tier, false).unwrap();
            assert_eq!(reward.state, RewardState::Revoked, "{tier}, killed after {killed_after}");
        }
    }
}

#[test]
fn every_fault_of_stripe_ends_in_one_credit() {
    let faults = [
        Fault::Conflict,
        Fault::TooMany,
        Fault::ServerError,
        Fault::ServerErrorAfter,
        Fault::Unavailable,
        Fault::Lost,
        Fault::Silence,
    ];
    for fault in faults {
        let world = World::new(true);
        world.fake.borrow_mut().fail_next(CREDITS, fault);
        assert_eq!(world.grant("gold"), "granted", "{fault:?}");
        assert_eq!((world.balance(), world.count("balance_transactions")), (-2_500, 1), "{fault:?}");
    }
}

#[test]
fn who_gets_no_invoices_gets_a_code_of_the_same_worth() {
    let world = World::new(false);
    assert_eq!(world.grant("gold"), "granted");
    assert_eq!(world.balance(), 0);
    assert_eq!(world.fake.borrow().all("coupons")[0]["amount_off"], 2_500);
    let code = world.fake.borrow().all("promotion_codes")[0].clone();
    assert_eq!((&code["customer"], &code["max_redemptions"]), (&json!("cus_1"), &json!(1)));
    let given = world.reward("gold", false).unwrap().grants.remove(0);
    assert_eq!(given.code.as_deref(), code["code"].as_str());
}

#[test]
fn what_was_decided_stays_when_the_subscription_ends_in_between() {
    let world = World::new(true);
    world.fake.borrow_mut().fail_next(CREDITS, Fault::TooMany);
    world.run(call("grant", None, Some("gold")), 2);
    let ended = json!({"id": "sub_1", "customer": "cus_1", "status": "canceled", "currency": "usd"});
    world.fake.borrow_mut().put("subscriptions", ended);
    assert_eq!(world.grant("gold"), "granted");
    assert!(matches!(world.reward("gold", false).unwrap().grants[0].grant, Grant::Credit { .. }));
    assert_eq!((world.balance(), world.count("promotion_codes")), (-2_500, 0));
}

#[test]
fn a_lost_tier_takes_its_rewards_back_once_and_they_are_not_given_again() {
    let world = World::new(true);
    world.grant("silver");
    world.grant("gold");
    for _ in 0..3 {
        let lost = call("reverse", Some("gold"), None);
        world.run(lost, u32::MAX).unwrap().unwrap();
        assert_eq!((world.balance(), world.count("balance_transactions")), (0, 2));
        assert_eq!(world.fake.borrow().all("promotion_codes")[0]["active"], false);
    }
    assert_eq!(world.grant("gold"), "revoked");
    assert_eq!(world.balance(), 0);
}

#[test]
fn a_reward_that_was_only_begun_is_taken_back_by_what_stripe_shows() {
    let world = World::new(true);
    // Subscriptions, the look for an earlier credit, the credit: then the task dies before it writes down what it did.
    assert!(world.run(call("grant", None, Some("gold")), 3).is_none());
    assert_eq!(world.balance(), -2_500);
    assert_eq!(world.run(call("reverse", Some("gold"), Some("silver")), u32::MAX), Some(Ok("revoked")));
    assert_eq!(world.balance(), 0);
}

#[test]
fn without_a_key_the_workflow_goes_on() {
    let world = World::new(true);
    let answer = world.run_with(call("grant", None, Some("gold")), u32::MAX, OutboundMode::Send, NoKey);
    assert_eq!(answer, Some(Ok("not_configured")));
    assert_eq!(world.reward("gold", false), None, "a key that comes later still finds everything to do");
}

#[test]
fn a_key_of_the_other_mode_moves_no_money() {
    let world = World::new(true);
    let answer = world.run_with(call("grant", None, Some("gold")), u32::MAX, OutboundMode::Send, Key("rk_live_1"));
    assert_eq!(answer.unwrap().unwrap_err().name, permanent::STRIPE_REFUSED);
    assert!(world.fake.borrow().calls().is_empty());
}

#[test]
fn record_mode_writes_nothing_to_stripe_and_keeps_what_it_would_have_given() {
    let world = World::new(true);
    let record = || OutboundMode::Record;
    for _ in 0..2 {
        let answer = world.run_with(call("grant", None, Some("gold")), u32::MAX, record(), Key("rk_test_1"));
        assert_eq!(answer, Some(Ok("kept")));
    }
    assert_eq!(world.balance(), 0);
    assert!(world.reward("gold", true).is_some());
    assert_eq!(world.grant("gold"), "granted", "turning to send loses nothing");
    assert_eq!(world.balance(), -2_500);
}

#[test]
fn tiers_without_rewards_and_other_processors_are_left_alone() {
    let world = World::new(true);
    assert_eq!(world.grant("platinum"), "nothing_to_grant");
    assert_eq!(world.grant("diamond"), "nothing_to_grant");
    let mut other = call("grant", None, Some("gold"));
    other["engagement"]["payment_key"] = json!("checkout_com:pay_1");
    assert_eq!(world.run(other, u32::MAX), Some(Ok("other_processor")));
    assert!(world.fake.borrow().calls().is_empty());
}

#[test]
fn a_customer_whom_stripe_does_not_know_is_refused_for_good() {
    let world = World::new(true);
    let mut stranger = call("grant", None, Some("gold"));
    stranger["engagement"]["customer_id"] = json!("cus_2");
    let failure = world.run(stranger, u32::MAX).unwrap().unwrap_err();
    assert_eq!(failure.name, permanent::STRIPE_REFUSED);
}

#[test]
fn a_configuration_that_cannot_be_used_names_its_variable() {
    let with = |variable: &'static str, value: &'static str| {
        let complete = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("LEDGER_TABLE", "ledger"),
            ("CUSTOMERS_TABLE", "customers"),
            ("OUTBOUND_MODE", "send"),
        ];
        let others = complete.into_iter().filter(|(name, _)| *name != variable);
        let environment = Environment::from_pairs(others.chain([(variable, value)]));
        environment.read(Config::from_environment).map_err(|error| error.to_string())
    };
    assert_eq!(with("STRIPE_SECRET_ARN", "").unwrap().stripe.secret, None);
    assert!(with("STRIPE_API_URL", "http://127.0.0.1:12111").is_ok());
    for (variable, value) in
        [("STRIPE_API_URL", "http://stripe.example"), ("CUSTOMERS_TABLE", ""), ("OUTBOUND_MODE", "")]
    {
        assert!(with(variable, value).unwrap_err().contains(variable), "{variable}");
    }
}
