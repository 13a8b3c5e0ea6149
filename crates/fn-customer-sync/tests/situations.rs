//! What happens in each situation, through the handler that ships.
#![expect(clippy::unwrap_used, reason = "what is made here by hand is well-formed")]
#![expect(clippy::arithmetic_side_effects, reason = "seconds near a fixed start and small numbers cannot overflow")]

use std::{
    cell::{Cell, RefCell},
    future::pending,
    time::Duration,
};

use delivery::OutboundMode;
use fn_customer_sync::{
    Handler,
    lookup::{Lookup, NoLookup},
};
use futures_executor::block_on;
use hub::{Hub, HubEvent, PublishError};
use jiff::Timestamp;
use lambda_kit::{Clock, Entropy, Environment, MessageId, Metrics, SqsEvent, SqsRecord, Timer, sqs::SqsAttributes};
use processor_events::{
    Personal, ReadOptions,
    event::Mode,
    ids::{CustomerId, EventId},
};
use serde_json::{Value, json};
use storage::{
    Scope,
    customers::{
        ChangeAnswer, Contact, CustomerKey, InMemoryCustomers, Profile, ProfileChanges, Profiles, SourceVersion,
        SuppressionReason,
    },
};
use stripe_api::{Request, Response, SecretKey, Stripe, Transport, TransportError};
use stripe_fake::{Answer, Fake, Fault, Question};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

impl Timer for Still {
    async fn sleep(&self, _: Duration) {
        pending::<()>().await;
    }
}

fn event(id: &str, kind: &str, second: i64, email: &str) -> Value {
    json!({
        "version": "0", "id": "1", "source": "aws.partner/stripe.com/ed_1", "detail-type": kind,
        "detail": {
            "id": id, "object": "event", "type": kind, "created": second, "livemode": false, "api_version": "2024-10-28.acacia",
            "data": {"object": {
                "id": "cus_1", "object": "customer", "email": email, "name": "Ada", "phone": "+49301234",
                "preferred_locales": ["de-DE"], "metadata": {"time_zone": "Europe/Berlin"},
            }},
        },
    })
}

fn report(kind: &str, part: Value) -> Value {
    let mut report = json!({
        "source": "aws.ses", "detail-type": "Email",
        "detail": {
            "eventType": kind,
            "mail": {
                "timestamp": "2026-11-20T10:00:00Z", "destination": ["ada@example.com"],
                "tags": {"customer": ["cus_1"], "mode": ["test"]},
            },
        },
    });
    report["detail"][kind.to_lowercase()] = part;
    report
}

fn bounce() -> Value {
    report("Bounce", json!({"bounceType": "Permanent", "timestamp": "2026-11-20T10:00:05Z"}))
}

/// A hub that remembers, and fails so many times first.
#[derive(Default)]
struct Bus {
    said: RefCell<Vec<Value>>,
    failures: Cell<u32>,
}

impl Hub for Bus {
    async fn publish(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
        if self.failures.get() > 0 {
            self.failures.set(self.failures.get() - 1);
            return vec![Err(PublishError::Unavailable { reason: "throttled".to_owned() }); events.len()];
        }
        for event in events {
            assert_eq!(
                (event.source.as_str(), event.detail_type.as_str()),
                ("paybus.customers", "customer.profile_changed")
            );
            self.said.borrow_mut().push(serde_json::from_str(&event.detail).unwrap());
        }
        vec![Ok(()); events.len()]
    }
}

impl Bus {
    fn emails(&self) -> Vec<String> {
        self.said.borrow().iter().map(|detail| detail["email"].as_str().unwrap().to_owned()).collect()
    }
}

/// Everything that outlives an invocation.
#[derive(Default)]
struct World {
    customers: InMemoryCustomers,
    bus: Bus,
}

fn outbound(words: &[(&str, &str)]) -> OutboundMode {
    Environment::from_pairs(words.iter().copied()).read(OutboundMode::from_environment).unwrap()
}

impl World {
    /// Handles bodies as one batch; returns the ids of what has to come again.
    fn handle_with<L: Lookup>(&self, mode: &OutboundMode, lookup: L, bodies: &[String]) -> Vec<String> {
        let record = |(index, body): (usize, &String)| SqsRecord {
            message_id: MessageId::new(format!("m-{index}")).unwrap(),
            body: body.clone(),
            attributes: SqsAttributes::default(),
        };
        let batch = SqsEvent { records: bodies.iter().enumerate().map(record).collect() };
        let handler = Handler {
            customers: self.customers.clone(),
            hub: &self.bus,
            lookup,
            mode: mode.clone(),
            read: ReadOptions::default(),
            clock: Still,
            timer: Still,
            metrics: Metrics::new(),
        };
        let response = block_on(handler.handle(batch, Timestamp::MAX));
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier.as_str().to_owned()).collect()
    }

    fn handle(&self, bodies: &[String]) -> Vec<String> {
        self.handle_with(&OutboundMode::Send, NoLookup, bodies)
    }

    fn follow(&self, events: &[Value]) {
        for event in events {
            assert_eq!(self.handle(&[event.to_string()]), [""; 0]);
        }
    }

    fn profile(&self) -> Option<Profile> {
        let key = customer();
        let found = block_on(self.customers.profiles(std::slice::from_ref(&key))).unwrap().remove(&key);
        found.map(Result::unwrap)
    }

    fn email(&self) -> String {
        self.profile().unwrap().contact.email.unwrap().into_revealed()
    }
}

fn customer() -> CustomerKey {
    let scope = Scope { mode: Mode::Test, account: None };
    CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() }
}

/// Handles bodies as one batch; returns the ids of what has to come again and the profile of `cus_1`.
fn handle(bodies: &[String]) -> (Vec<String>, Option<Profile>) {
    let world = World::default();
    (world.handle(bodies), world.profile())
}

fn profile_after(bodies: &[Value]) -> Profile {
    let bodies: Vec<String> = bodies.iter().map(Value::to_string).collect();
    let (failed, profile) = handle(&bodies);
    assert_eq!(failed, [""; 0]);
    profile.unwrap()
}

#[test]
fn a_new_customer_gets_a_profile() {
    let contact = profile_after(&[event("evt_1", "customer.created", 1_795_168_800, "ada@example.com")]).contact;
    assert_eq!(contact.email, Some(Personal::new("ada@example.com".to_owned())));
    assert_eq!(contact.locales, ["de-DE"]);
    assert_eq!(contact.time_zone.as_deref(), Some("Europe/Berlin"));
}

#[test]
fn every_order_of_creation_changes_and_repetition_ends_in_the_same_profile() {
    let created = event("evt_1", "customer.created", 1_795_168_800, "first@example.com");
    let changed = event("evt_2", "customer.updated", 1_795_168_800, "second@example.com");
    let newest = event("evt_0", "customer.updated", 1_795_168_801, "third@example.com");
    let all = [created, changed, newest];
    for order in [[0, 1, 2, 0], [0, 2, 1, 1], [1, 0, 2, 1], [1, 2, 0, 2], [2, 0, 1, 0], [2, 1, 0, 2]] {
        let events = order.map(|index: usize| all[index].clone());
        let email = profile_after(&events).contact.email.unwrap();
        assert_eq!(email.reveal(), "third@example.com", "{order:?}");
    }
}

#[test]
fn a_deletion_removes_everything_personal_whenever_it_arrives() {
    let changed = event("evt_1", "customer.updated", 1_795_168_800, "ada@example.com");
    let deleted = event("evt_2", "customer.deleted", 1_795_168_800, "ada@example.com");
    for events in [[changed.clone(), deleted.clone()], [deleted, changed]] {
        let profile = profile_after(&events);
        assert!(profile.erased_at.is_some());
        assert_eq!(profile.contact, Contact::default());
    }
}

#[test]
fn a_bounce_suppresses_the_address_and_a_later_delivery_lifts_it() {
    let suppression = profile_after(&[bounce()]).suppression.unwrap();
    assert_eq!(suppression.reason, SuppressionReason::Bounced);
    assert_eq!(suppression.address.reveal(), "ada@example.com");
    let delivered = |at| report("Delivery", json!({"timestamp": at}));
    assert!(profile_after(&[bounce(), delivered("2026-11-20T10:00:04Z")]).suppression.is_some());
    assert!(profile_after(&[bounce(), delivered("2026-11-20T10:00:06Z")]).suppression.is_none());
}

#[test]
fn a_complaint_stays_whatever_is_delivered_later() {
    let complaint = report("Complaint", json!({"timestamp": "2026-11-20T10:00:05Z"}));
    let delivered = report("Delivery", json!({"timestamp": "2026-11-20T11:00:00Z"}));
    let suppression = profile_after(&[complaint, delivered]).suppression.unwrap();
    assert_eq!(suppression.reason, SuppressionReason::Complained);
}

#[test]
fn a_report_about_somebody_elses_mail_is_done() {
    let mut foreign = bounce();
    foreign["detail"]["mail"]["tags"] = json!({});
    let (failed, profile) = handle(&[foreign.to_string()]);
    assert_eq!((failed, profile), (vec![], None));
}

#[test]
fn what_cannot_be_read_fails_alone() {
    let good = event("evt_1", "customer.created", 1_795_168_800, "ada@example.com").to_string();
    let mut odd = bounce();
    odd["detail"]["mail"]["destination"] = json!([]);
    let bodies = ["no json".to_owned(), good, odd.to_string(), "{}".to_owned()];
    let (failed, profile) = handle(&bodies);
    assert_eq!(failed, ["m-0", "m-2", "m-3"]);
    assert!(profile.unwrap().contact.email.is_some());
}

#[test]
fn a_bounce_that_is_reported_after_a_later_delivery_suppresses_nothing() {
    let delivered = |at| report("Delivery", json!({"timestamp": at}));
    assert!(profile_after(&[delivered("2026-11-20T10:00:06Z"), bounce()]).suppression.is_none());
    assert!(profile_after(&[delivered("2026-11-20T10:00:04Z"), bounce()]).suppression.is_some());
}

const SECOND: i64 = 1_795_168_800;

#[test]
fn a_change_is_published_whole_and_once() {
    let world = World::default();
    let created = event("evt_1", "customer.created", SECOND, "ada@example.com");
    world.follow(&[created.clone(), created]);
    let said = world.bus.said.borrow().clone();
    assert_eq!(said.len(), 1);
    for (field, expected) in
        [("customer_id", "cus_1"), ("mode", "test"), ("email", "ada@example.com"), ("last_name", "Ada")]
    {
        assert_eq!(said[0][field], expected);
    }
}

#[test]
fn a_change_of_what_nobody_is_told_is_not_published() {
    let world = World::default();
    world.follow(&[
        event("evt_1", "customer.created", SECOND, "ada@example.com"),
        event("evt_2", "customer.updated", SECOND + 60, "ada@example.com"),
    ]);
    assert_eq!(world.bus.emails(), ["ada@example.com"]);
    assert_eq!(
        world.profile().unwrap().source.unwrap().event.as_str(),
        "evt_2",
        "an older event is still known as older"
    );
}

#[test]
fn a_crash_between_the_profile_and_the_hub_publishes_at_the_next_delivery() {
    let world = World::default();
    world.bus.failures.set(1);
    let created = event("evt_1", "customer.created", SECOND, "ada@example.com").to_string();
    assert_eq!(world.handle(std::slice::from_ref(&created)), ["m-0"]);
    assert_eq!(world.email(), "ada@example.com");
    assert_eq!(world.bus.emails(), [""; 0]);
    assert_eq!(world.handle(&[created.clone(), created]), [""; 0]);
    assert!(world.bus.emails().contains(&"ada@example.com".to_owned()));
}

#[test]
fn record_mode_keeps_a_change_until_something_may_leave() {
    let world = World::default();
    let created = event("evt_1", "customer.created", SECOND, "ada@example.com").to_string();
    assert_eq!(world.handle_with(&OutboundMode::Record, NoLookup, std::slice::from_ref(&created)), [""; 0]);
    let others = outbound(&[("OUTBOUND_MODE", "allowlist"), ("OUTBOUND_ALLOWLIST", "eve@example.com")]);
    assert_eq!(world.handle_with(&others, NoLookup, std::slice::from_ref(&created)), [""; 0]);
    assert_eq!(world.bus.emails(), [""; 0]);
    assert_eq!(world.email(), "ada@example.com");
    let listed = outbound(&[("OUTBOUND_MODE", "allowlist"), ("OUTBOUND_ALLOWLIST", "ADA@example.com")]);
    assert_eq!(world.handle_with(&listed, NoLookup, std::slice::from_ref(&created)), [""; 0]);
    assert_eq!(world.bus.emails(), ["ada@example.com"]);
    world.follow(&[event("evt_2", "customer.updated", SECOND + 60, "ada@example.com")]);
    assert_eq!(world.bus.emails(), ["ada@example.com"], "what was said once is not said again in the mode send");
}

#[test]
fn a_deletion_says_nothing_more() {
    let world = World::default();
    world.follow(&[
        event("evt_2", "customer.deleted", SECOND, "ada@example.com"),
        event("evt_1", "customer.updated", SECOND + 9, "ada@example.com"),
    ]);
    assert_eq!(world.bus.emails(), [""; 0]);
}

#[test]
fn the_last_profile_published_is_the_newest_in_every_order_of_a_batch() {
    let all = [
        event("evt_1", "customer.created", SECOND, "first@example.com"),
        event("evt_2", "customer.updated", SECOND + 1, "second@example.com"),
        event("evt_3", "customer.updated", SECOND + 2, "third@example.com"),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let world = World::default();
        let bodies = order.map(|index: usize| all[index].to_string());
        assert_eq!(world.handle(&bodies), [""; 0]);
        assert_eq!(world.bus.emails().last().unwrap(), "third@example.com", "{order:?}");
    }
}

/// The fake account without a socket.
struct Wire(RefCell<Fake>);

impl Transport for &Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let headers = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let headers = headers.chain([("authorization".to_owned(), "Bearer rk_test_1".to_owned())]).collect();
        let question = Question { method: "GET".to_owned(), path: request.path, headers, body: request.body };
        match self.0.borrow_mut().answer(&question) {
            Answer::Said { status, body, .. } => {
                Ok(Response { status, body: body.into_bytes(), ..Response::default() })
            }
            Answer::Lost | Answer::Silence => Err(TransportError { reason: "reset".to_owned() }),
        }
    }
}

/// Waits are over at once; the limit of an attempt (6 s, told apart from all waits) never strikes.
struct Hurry;

impl Timer for Hurry {
    async fn sleep(&self, duration: Duration) {
        if duration == Duration::from_secs(6) {
            pending::<()>().await;
        }
    }
}

impl Entropy for Hurry {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

const CUSTOMER: &str = "GET /v1/customers/{id}";

impl Wire {
    fn with(customer: Value) -> Self {
        let mut fake = Fake::new();
        fake.put("customers", customer);
        Self(RefCell::new(fake))
    }

    fn showing(email: &str) -> Self {
        Self::with(json!({
            "id": "cus_1", "object": "customer", "email": email, "name": "Ada", "phone": "+49301234",
            "preferred_locales": ["de-DE"], "metadata": {"time_zone": "Europe/Berlin"},
        }))
    }

    fn stripe(&self, key: &str) -> impl Lookup {
        Stripe::new(self, SecretKey::new(key).unwrap(), Hurry, Hurry)
    }

    fn calls(&self) -> usize {
        self.0.borrow().calls().len()
    }
}

/// Two changes of one second, of which the processor says that `second@example.com` is the newer one.
fn tie() -> [Value; 2] {
    [
        event("evt_9", "customer.updated", SECOND, "first@example.com"),
        event("evt_1", "customer.updated", SECOND, "second@example.com"),
    ]
}

#[test]
fn of_two_changes_of_one_second_the_processor_knows_the_newer_one() {
    for order in [[0, 1], [1, 0]] {
        let (world, wire) = (World::default(), Wire::showing("second@example.com"));
        for event in order.map(|index: usize| tie()[index].to_string()) {
            assert_eq!(world.handle_with(&OutboundMode::Send, wire.stripe("rk_test_1"), &[event]), [""; 0]);
        }
        assert_eq!(world.email(), "second@example.com", "{order:?}");
        assert_eq!(world.bus.emails().last().unwrap(), "second@example.com");
        assert_eq!(wire.calls(), 1, "only what is in doubt is asked for");
    }
}

#[test]
fn a_tie_is_settled_by_the_id_where_nobody_can_be_asked() {
    let (world, wire) = (World::default(), Wire::showing("second@example.com"));
    // The key of the other mode reaches other customers.
    for event in tie() {
        let bodies = [event.to_string()];
        assert_eq!(world.handle_with(&OutboundMode::Send, wire.stripe("rk_live_1"), &bodies), [""; 0]);
    }
    assert_eq!((world.email().as_str(), wire.calls()), ("first@example.com", 0));
    // A customer that the account does not know, and a key that is refused.
    wire.0.borrow_mut().revoke_key("rk_test_1");
    for wire in [&wire, &Wire(RefCell::new(Fake::new()))] {
        let world = World::default();
        for event in tie() {
            let bodies = [event.to_string()];
            assert_eq!(world.handle_with(&OutboundMode::Send, wire.stripe("rk_test_1"), &bodies), [""; 0]);
        }
        assert_eq!(world.email(), "first@example.com");
    }
}

#[test]
fn a_tie_waits_while_stripe_does_not_answer() {
    let (world, wire) = (World::default(), Wire::showing("second@example.com"));
    let [first, second] = tie().map(|event| event.to_string());
    assert_eq!(world.handle(&[first]), [""; 0]);
    for _ in 0..4 {
        wire.0.borrow_mut().fail_next(CUSTOMER, Fault::TooMany);
    }
    let handle = || world.handle_with(&OutboundMode::Send, wire.stripe("rk_test_1"), std::slice::from_ref(&second));
    assert_eq!(handle(), ["m-0"]);
    assert_eq!(world.email(), "first@example.com");
    assert_eq!(handle(), [""; 0]);
    assert_eq!(world.email(), "second@example.com");
}

#[test]
fn a_tie_of_a_customer_who_is_deleted_by_now_ends_in_an_erased_profile() {
    let world = World::default();
    let wire = Wire::with(json!({"id": "cus_1", "object": "customer", "deleted": true}));
    for event in tie() {
        let bodies = [event.to_string()];
        assert_eq!(world.handle_with(&OutboundMode::Send, wire.stripe("rk_test_1"), &bodies), [""; 0]);
    }
    let profile = world.profile().unwrap();
    assert!(profile.erased_at.is_some() && profile.contact == Contact::default());
}

#[test]
fn a_profile_that_changes_while_it_is_published_is_published_again() {
    /// Another instance shows a newer state at the moment of the first publication.
    struct Race<'a>(&'a World, Cell<bool>);
    impl Hub for Race<'_> {
        async fn publish(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
            if !self.1.replace(true) {
                let source = |second, event| SourceVersion {
                    occurred_at: Timestamp::from_second(second).unwrap(),
                    event: EventId::new(event).unwrap(),
                };
                let (seen, newer) = (source(SECOND, "evt_1"), source(SECOND + 5, "evt_5"));
                let contact =
                    Contact { email: Some(Personal::new("newer@example.com".to_owned())), ..Contact::default() };
                let answer = self.0.customers.replace(&customer(), Some(&seen), &newer, &contact).await.unwrap();
                assert_eq!(answer, ChangeAnswer::Applied);
            }
            self.0.bus.publish(events).await
        }
    }
    let world = World::default();
    let handler = Handler {
        customers: world.customers.clone(),
        hub: Race(&world, Cell::new(false)),
        lookup: NoLookup,
        mode: OutboundMode::Send,
        read: ReadOptions::default(),
        clock: Still,
        timer: Still,
        metrics: Metrics::new(),
    };
    let record = SqsRecord {
        message_id: MessageId::new("m").unwrap(),
        body: event("evt_1", "customer.created", SECOND, "older@example.com").to_string(),
        attributes: SqsAttributes::default(),
    };
    let response = block_on(handler.handle(SqsEvent { records: vec![record] }, Timestamp::MAX));
    assert!(response.batch_item_failures.is_empty());
    assert_eq!(world.bus.emails(), ["older@example.com", "newer@example.com"]);
}
