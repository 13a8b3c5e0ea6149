#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows should fail")]

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_executor::block_on;
use hmac::{Hmac, KeyInit, Mac};
use processor_events::signature::sign;
use sha2::Sha256;

use super::*;

const NOW: i64 = 1_760_000_000;
const BODY: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","livemode":false,"created":1759999990,"data":{"object":{"id":"in_1","customer_email":"ada@example.com"}}}"#;

/// Everything outside of the function.
struct World {
    now: Cell<Timestamp>,
    secret: RefCell<Result<String, String>>,
    secret_reads: Cell<u32>,
    hub_answer: RefCell<Result<(), PublishError>>,
    published: RefCell<Vec<HubEvent>>,
    hub_calls: Cell<u32>,
}

impl World {
    fn new(secret: &str) -> Self {
        Self {
            now: Cell::new(Timestamp::from_second(NOW).unwrap()),
            secret: RefCell::new(Ok(secret.to_owned())),
            secret_reads: Cell::new(0),
            hub_answer: RefCell::new(Ok(())),
            published: RefCell::default(),
            hub_calls: Cell::new(0),
        }
    }

    fn put(&self, secret: Result<String, String>) {
        *self.secret.borrow_mut() = secret;
    }

    fn pass(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    fn ingress(&self, mode: Mode) -> Ingress<&Self, &Self, &Self> {
        Ingress { secrets: SecretCache::new(self, mode), hub: self, clock: self, mode, metrics: Metrics::new() }
    }

    fn sign(&self, secret: &str) -> String {
        sign(BODY.as_bytes(), secret, self.now.get().as_second())
    }
}

impl SecretStore for World {
    async fn read(&self) -> Result<SecretString, String> {
        self.secret_reads.set(self.secret_reads.get() + 1);
        self.secret.borrow().clone().map(SecretString::from)
    }
}

impl Hub for World {
    async fn publish(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
        self.hub_calls.set(self.hub_calls.get() + 1);
        let answer = self.hub_answer.borrow().clone();
        if answer.is_ok() {
            self.published.borrow_mut().extend_from_slice(events);
        }
        vec![answer; events.len()]
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.now.get()
    }
}

fn post(path: &str, header: (&str, &str), body: &str) -> Value {
    json!({
        "version": "2.0", "rawPath": path, "requestContext": {"http": {"method": "POST"}},
        "headers": {"content-type": "application/json; charset=utf-8", header.0: header.1},
        "body": body, "isBase64Encoded": false,
    })
}

fn stripe_post(signature: &str) -> Value {
    post("/stripe", ("stripe-signature", signature), BODY)
}

const SECRET: &str = r#"{"stripe": ["whsec_new", "whsec_old"], "checkout_com": "cko_key"}"#;

#[track_caller]
fn check(request: Value, status: u16) -> HttpResponse {
    let world = World::new(SECRET);
    let response = block_on(world.ingress(Mode::Test).handle(request));
    assert_eq!(response.status_code, status, "{}", response.body);
    assert_eq!(world.published.borrow().len(), usize::from(status == 200));
    response
}

#[test]
fn a_signed_event_is_on_the_hub_as_it_was_sent() {
    let world = World::new(SECRET);
    let response = block_on(world.ingress(Mode::Test).handle(stripe_post(&world.sign("whsec_old"))));
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!((response.status_code, body), (200, json!({"event": "evt_1", "outcome": "taken"})));
    let published = world.published.borrow();
    assert_eq!(
        published.as_slice(),
        [HubEvent {
            source: "paybus.webhook.stripe".into(),
            detail_type: "invoice.paid".into(),
            detail: BODY.into(),
            occurred_at: Timestamp::from_second(1_759_999_990).ok(),
        }]
    );
}

#[test]
fn a_body_in_base64_is_verified_as_the_bytes_that_were_sent() {
    let world = World::new(SECRET);
    let mut request = stripe_post(&world.sign("whsec_new"));
    request["body"] = json!(aws_smithy_types::base64::encode(BODY));
    request["isBase64Encoded"] = json!(true);
    check(request, 200);
}

#[test]
fn an_event_of_checkout_com_is_taken_by_its_own_signature() {
    let body = r#"{"id":"evt_az5sblvku4ge3dwpztvyizgcau","type":"payment_captured","data":{"id":"pay_1"}}"#;
    let mac = Hmac::<Sha256>::new_from_slice(b"cko_key").unwrap().chain_update(body).finalize().into_bytes();
    let signature = mac.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    check(post("/checkout_com", ("Cko-Signature", &signature), body), 200);
    check(post("/checkout_com", ("Cko-Signature", &signature), &body.replace("pay_1", "pay_2")), 400);
    check(post("/checkout_com", ("Cko-Signature", &signature[2..]), body), 400);
    check(post("/checkout_com", ("Cko-Signature", "not hexadecimal"), body), 400);
}

#[test]
fn what_is_not_signed_by_a_known_secret_is_refused() {
    let world = World::new(SECRET);
    check(stripe_post(&world.sign("whsec_stranger")), 400);
    check(stripe_post(""), 400);
    check(stripe_post("t=1,v1=potato"), 400);
    check(stripe_post(&sign(BODY.as_bytes(), "whsec_new", NOW - 301)), 400);
    check(stripe_post(&sign(BODY.as_bytes(), "whsec_new", NOW + 301)), 400);
    check(stripe_post(&sign(b"{}", "whsec_new", NOW)), 400);
    // A secret of one processor does not sign for another.
    check(stripe_post(&world.sign("cko_key")), 400);
    check(post("/stripe", ("cko-signature", &world.sign("whsec_new")), BODY), 400);
}

#[test]
fn each_wrong_request_gets_its_own_status() {
    let signed = || stripe_post(&sign(BODY.as_bytes(), "whsec_new", NOW));
    let changed = |pointer: &str, value: Value| {
        let mut request = signed();
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    check(changed("/rawPath", json!("/adyen")), 404);
    check(changed("/rawPath", json!("/")), 404);
    assert_eq!(check(changed("/requestContext/http/method", json!("GET")), 405).headers["allow"], "POST");
    check(changed("/headers/content-type", json!("text/plain")), 415);
    check(changed("/body", json!("x".repeat(LARGEST_BODY_BYTES + 1))), 413);
    check(changed("/isBase64Encoded", json!(true)), 400);
    check(json!({"Records": []}), 400);
}

#[test]
fn a_signed_body_that_is_no_event_is_refused() {
    for body in ["", "[]", r#"{"id":"evt_1"}"#] {
        check(post("/stripe", ("stripe-signature", &sign(body.as_bytes(), "whsec_new", NOW)), body), 400);
    }
}

#[test]
fn an_event_of_the_other_mode_is_left_out_and_the_processor_is_told_why() {
    let world = World::new(SECRET);
    let response = block_on(world.ingress(Mode::Live).handle(stripe_post(&world.sign("whsec_new"))));
    assert_eq!(response.status_code, 200);
    assert!(response.body.contains("live events only"), "{}", response.body);
    assert!(world.published.borrow().is_empty());
}

#[test]
fn nothing_is_taken_that_the_hub_did_not_take() {
    let refused = "AccessDeniedException: arn:aws:iam::123456789012:role/canary";
    for (error, status) in [
        (PublishError::Unavailable { reason: "ThrottlingException".into() }, 503),
        (PublishError::Refused { reason: refused.into() }, 500),
        (PublishError::TooLarge { bytes: 1_000_001 }, 413),
    ] {
        let world = World::new(SECRET);
        *world.hub_answer.borrow_mut() = Err(error);
        let response = block_on(world.ingress(Mode::Test).handle(stripe_post(&world.sign("whsec_new"))));
        assert_eq!(response.status_code, status);
        assert!(!response.body.contains("canary"), "{}", response.body);
    }
}

#[test]
fn without_readable_secrets_the_processor_is_asked_to_send_again() {
    let world = World::new(SECRET);
    world.put(Err("AccessDeniedException".into()));
    let ingress = world.ingress(Mode::Test);
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_new")))).status_code, 503);
    world.put(Ok(SECRET.into()));
    world.pass(Duration::from_mins(1));
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_new")))).status_code, 200);
}

#[test]
fn secrets_that_become_unreadable_do_not_hold_up_events() {
    let world = World::new(SECRET);
    let ingress = world.ingress(Mode::Test);
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_new")))).status_code, 200);
    world.put(Err("ServiceUnavailable".into()));
    world.pass(Duration::from_hours(1));
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_new")))).status_code, 200);
}

#[test]
fn a_secret_that_was_taken_out_stops_working_within_five_minutes() {
    let world = World::new(SECRET);
    let ingress = world.ingress(Mode::Test);
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_old")))).status_code, 200);
    world.put(Ok(r#"{"stripe": "whsec_new"}"#.into()));
    world.pass(signing_secrets::LONGEST_AGE);
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_old")))).status_code, 400);
}

#[test]
fn a_flood_of_bad_signatures_makes_one_call_a_minute_and_takes_no_memory() {
    let world = World::new(SECRET);
    let ingress = world.ingress(Mode::Test);
    for index in 0..100_000_u32 {
        let response = block_on(ingress.handle(stripe_post(&format!("t={NOW},v1={index:064x}"))));
        assert_eq!(response.status_code, 400);
        if index % 100 == 0 {
            world.pass(Duration::from_millis(600));
        }
    }
    // Ten minutes have passed: one reading at the start, then at most one a minute.
    let reads = world.secret_reads.get();
    assert!((2..=11).contains(&reads), "{reads}");
    assert_eq!(world.hub_calls.get(), 0);
    let lines = ingress.metrics.take_lines(NAME, world.now.get());
    assert_eq!(lines.len(), 1, "one count, not one line for each");
}

#[test]
fn a_request_that_cannot_be_right_does_not_even_read_the_secrets() {
    let world = World::new(SECRET);
    let ingress = world.ingress(Mode::Test);
    let mut unsigned = stripe_post("");
    unsigned["headers"].as_object_mut().unwrap().remove("stripe-signature");
    let too_large = post("/stripe", ("stripe-signature", "t=1"), &"x".repeat(LARGEST_BODY_BYTES + 1));
    for request in [unsigned, too_large, post("/adyen", ("a", "b"), BODY), json!(7)] {
        assert!(block_on(ingress.handle(request)).status_code >= 400);
    }
    assert_eq!(world.secret_reads.get(), 0);
}

/// Stripe rolls a secret with an overlap of an hour; the merchant puts the new one in place a while later, still within it.
#[test]
fn ten_thousand_deliveries_across_a_rotation_under_a_flood_are_all_taken() {
    let world = World::new(r#"{"stripe": "whsec_old"}"#);
    let ingress = world.ingress(Mode::Test);
    for index in 0..10_000_u32 {
        let minute = index / 100;
        if index == 3_000 {
            world.put(Ok(r#"{"stripe": ["whsec_new", "whsec_old"]}"#.into()));
        }
        if index == 9_000 {
            world.put(Ok(r#"{"stripe": "whsec_new"}"#.into()));
        }
        let (new, old) = (world.sign("whsec_new"), world.sign("whsec_old"));
        let signature = match minute {
            0..20 => old,
            20..80 => format!("{new},{}", old.split_once(',').unwrap().1),
            _ => new,
        };
        assert_eq!(block_on(ingress.handle(stripe_post(&signature))).status_code, 200, "delivery {index}");
        let flood = format!("t={},v1={}", world.now.get().as_second(), "0".repeat(64));
        assert_eq!(block_on(ingress.handle(stripe_post(&flood))).status_code, 400);
        world.pass(Duration::from_millis(600));
    }
    assert_eq!(world.published.borrow().len(), 10_000);
    assert!(world.secret_reads.get() <= 101, "{} readings in 100 minutes", world.secret_reads.get());
}

/// Without an overlap at Stripe: the first delivery under the new secret makes the function read it.
#[test]
fn a_rotation_without_overlap_is_seen_at_the_first_delivery() {
    let world = World::new(r#"{"stripe": "whsec_old"}"#);
    let ingress = world.ingress(Mode::Test);
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_old")))).status_code, 200);
    world.put(Ok(r#"{"stripe": "whsec_new"}"#.into()));
    world.pass(signing_secrets::LEAST_PAUSE);
    assert_eq!(block_on(ingress.handle(stripe_post(&world.sign("whsec_new")))).status_code, 200);
}

#[test]
fn a_missing_setting_is_told_with_the_others() {
    let environment = Environment::from_pairs([("PAYMENT_MODE", "both")]);
    let error = environment.read(Config::from_environment).unwrap_err().to_string();
    for part in [
        "HUB_NAME is not set",
        "WEBHOOK_SECRET_ARN is not set",
        "PAYMENT_MODE cannot be used: it is neither live nor test",
    ] {
        assert!(error.contains(part), "{error}");
    }
}
