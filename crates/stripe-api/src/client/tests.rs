use std::{cell::Cell, collections::VecDeque};

use futures_executor::block_on;
use processor_events::{Money, ids::CustomerId};
use secrecy::ExposeSecret;

use super::*;
use crate::{KeyError, transport::TransportError};

/// Answers from a script, and remembers what was asked.
#[derive(Default)]
struct Script {
    answers: RefCell<VecDeque<Result<Response, TransportError>>>,
    asked: RefCell<Vec<Request>>,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), asked: RefCell::default() }
    }

    fn keys_used(&self) -> Vec<String> {
        self.asked.borrow().iter().map(|request| request.key.expose_secret().to_owned()).collect()
    }
}

impl Transport for Script {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.asked.borrow_mut().push(request);
        self.answers.borrow_mut().pop_front().expect("the script has an answer for every request")
    }
}

/// Time that passes only for the waits between attempts: the limit of an attempt never strikes.
struct Patience;

impl Timer for Patience {
    async fn sleep(&self, duration: Duration) {
        if duration == ATTEMPT_TIMEOUT {
            std::future::pending::<()>().await;
        }
    }
}

/// Time that is always up.
struct Haste;

impl Timer for Haste {
    async fn sleep(&self, _: Duration) {}
}

struct NoChance;

impl Entropy for NoChance {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

/// The secret: what it holds at the first reading and from the second on.
struct Secret {
    first: Keys,
    later: Keys,
    readings: Cell<u32>,
}

impl Secret {
    fn of(current: &str, previous: Option<&str>) -> Self {
        let keys = keys(current, previous);
        Self { first: keys.clone(), later: keys, readings: Cell::new(0) }
    }
}

impl KeySource for Secret {
    async fn keys(&self) -> Result<Option<Keys>, KeyError> {
        self.readings.set(self.readings.get().saturating_add(1));
        Ok(Some(if self.readings.get() == 1 { self.first.clone() } else { self.later.clone() }))
    }
}

fn keys(current: &str, previous: Option<&str>) -> Keys {
    Keys { current: SecretKey::new(current).unwrap(), previous: previous.map(|key| SecretKey::new(key).unwrap()) }
}

#[expect(clippy::unnecessary_wraps, reason = "scripts mix answers and losses")]
fn answer(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(Response { status, body: body.as_bytes().to_vec(), ..Response::default() })
}

fn lost() -> Result<Response, TransportError> {
    Err(TransportError { reason: "reset".into() })
}

const CREDIT: &str =
    r#"{"id":"cbtxn_1","object":"customer_balance_transaction","amount":-1000,"currency":"usd","metadata":{}}"#;
const REFUSED_KEY: &str = r#"{"error":{"type":"invalid_request_error","message":"Invalid API Key provided"}}"#;

fn credit(script: &Script, source: impl KeySource, timer: impl Timer) -> Result<(), StripeError> {
    let stripe = Stripe::new(script, source, timer, NoChance);
    let key = IdempotencyKey::new("tier-reward:cus_1:gold").unwrap();
    let customer = CustomerId::new("cus_1").unwrap();
    let amount = Money::new(-1000, processor_events::Currency::USD);
    block_on(stripe.create_balance_transaction(&customer, amount, "Gold", &[("paybus_reward", "gold")], &key))
        .map(|_| ())
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_key_with_the_same_body() {
    let script = Script::of([lost(), answer(500, ""), answer(429, ""), answer(200, CREDIT)]);
    credit(&script, Secret::of("rk_test_a", None), Patience).unwrap();
    let asked = script.asked.borrow();
    assert_eq!(asked.len(), 4);
    for request in asked.iter() {
        assert_eq!(request.headers, asked[0].headers);
        assert_eq!(request.body, asked[0].body);
        assert!(request.headers.contains(&("stripe-version", API_VERSION.to_owned())));
        assert!(request.headers.contains(&("idempotency-key", "tier-reward:cus_1:gold".to_owned())));
    }
    assert_eq!(asked[0].body, b"amount=-1000&currency=usd&description=Gold&metadata%5Bpaybus_reward%5D=gold");
}

#[test]
fn what_lasts_is_told_apart() {
    let check = |last: fn() -> Result<Response, TransportError>, expected: fn(&StripeError) -> bool| {
        let script = Script::of([last(), last(), last(), last()]);
        let error = credit(&script, Secret::of("rk_test_a", None), Patience).unwrap_err();
        assert!(expected(&error), "{error:?}");
        assert_eq!(script.asked.borrow().len(), 4);
    };
    check(lost, |error| matches!(error, StripeError::Unavailable { attempts: 4, .. }));
    check(|| answer(503, ""), |error| matches!(error, StripeError::Unavailable { attempts: 4, .. }));
    check(|| answer(409, ""), |error| matches!(error, StripeError::Unavailable { attempts: 4, .. }));
    check(|| answer(429, ""), |error| matches!(error, StripeError::RateLimited { attempts: 4, .. }));
}

#[test]
fn an_attempt_that_takes_too_long_counts_as_lost() {
    struct Silence;
    impl Transport for Silence {
        async fn send(&self, _: Request) -> Result<Response, TransportError> {
            std::future::pending().await
        }
    }
    let stripe = Stripe::new(Silence, Secret::of("rk_test_a", None), Haste, NoChance);
    let error = block_on(stripe.coupon("gold")).unwrap_err();
    assert!(matches!(&error, StripeError::Unavailable { reason, .. } if reason.contains("within")), "{error:?}");
}

#[test]
fn a_refusal_is_not_repeated_and_keeps_stripes_words() {
    let body = r#"{"error":{"type":"invalid_request_error","code":"resource_already_exists","param":"id","message":"Coupon already exists."}}"#;
    let script = Script::of([answer(400, body)]);
    let error = credit(&script, Secret::of("rk_test_a", None), Patience).unwrap_err();
    let StripeError::Refused { refusal, .. } = &error else { panic!("{error:?}") };
    assert!(refusal.has_code("resource_already_exists"));
    assert_eq!(refusal.param.as_deref(), Some("id"));
}

#[test]
fn a_server_error_that_is_bound_to_the_key_is_not_asked_for_again() {
    let replay = Ok(Response { status: 500, replayed: true, ..Response::default() });
    let script = Script::of([lost(), replay]);
    let error = credit(&script, Secret::of("rk_test_a", None), Patience).unwrap_err();
    assert!(matches!(error, StripeError::KeySpent { .. }), "{error:?}");
}

#[test]
fn a_rotated_key_is_taken_up_when_the_old_one_is_refused() {
    let script = Script::of([answer(401, REFUSED_KEY), answer(200, CREDIT)]);
    let source = Secret {
        first: keys("rk_test_old", None),
        later: keys("rk_test_new", Some("rk_test_old")),
        readings: Cell::new(0),
    };
    credit(&script, &source, Patience).unwrap();
    assert_eq!(script.keys_used(), ["rk_test_old", "rk_test_new"]);
    assert_eq!(source.readings.get(), 2);
}

#[test]
fn the_previous_key_serves_while_the_new_one_is_not_in_force() {
    let script = Script::of([answer(401, REFUSED_KEY), answer(200, CREDIT)]);
    credit(&script, Secret::of("rk_test_new", Some("rk_test_old")), Patience).unwrap();
    assert_eq!(script.keys_used(), ["rk_test_new", "rk_test_old"]);
}

#[test]
fn a_key_that_is_refused_for_good_is_told_without_being_shown() {
    let script = Script::of([answer(401, REFUSED_KEY), answer(401, REFUSED_KEY)]);
    let error = credit(&script, Secret::of("rk_test_hiddenA", Some("rk_test_hiddenB")), Patience).unwrap_err();
    assert!(matches!(error, StripeError::Unauthorized { .. }), "{error:?}");
    assert!(!format!("{error:?}{error}").contains("hidden"));
    assert!(!format!("{:?}", script.asked.borrow()).contains("hidden"), "requests do not show the key either");
}

#[test]
fn without_a_key_nothing_is_sent() {
    let script = Script::default();
    let error = credit(&script, crate::NoKey, Patience).unwrap_err();
    assert!(matches!(error, StripeError::NotConfigured));
    assert!(script.asked.borrow().is_empty());
}

#[test]
fn an_answer_of_another_shape_is_unreadable_and_not_quoted() {
    let script = Script::of([answer(200, r#"{"id":"cbtxn_1","amount":"ada@example.com"}"#)]);
    let error = credit(&script, Secret::of("rk_test_a", None), Patience).unwrap_err();
    assert!(matches!(error, StripeError::Unreadable { .. }), "{error:?}");
    assert!(!error.to_string().contains("ada"));
}

#[test]
fn a_key_crosses_no_network_in_the_clear() {
    for good in ["https://api.stripe.com", "https://api.stripe.com/", "http://127.0.0.1:12111", "http://localhost"] {
        assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
    }
    let far = ["http://example.com", "http://127.0.0.1.example.com", "ftp://h"];
    let odd = ["", "api.stripe.com", "https://h/v1", "https://u@h"];
    for bad in far.iter().chain(&odd) {
        assert!(bad.parse::<BaseUrl>().is_err(), "{bad}");
    }
    assert_eq!("https://api.stripe.com/".parse::<BaseUrl>().unwrap(), BaseUrl::default());
}
