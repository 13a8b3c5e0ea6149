//! What happens in each situation, through the handler that ships.
#![expect(clippy::unwrap_used, reason = "what is made here by hand is well-formed")]

use std::{future::pending, time::Duration};

use fn_customer_sync::Handler;
use futures_executor::block_on;
use jiff::Timestamp;
use lambda_kit::{Clock, MessageId, Metrics, SqsEvent, SqsRecord, Timer, sqs::SqsAttributes};
use processor_events::{Personal, ReadOptions, event::Mode, ids::CustomerId};
use serde_json::{Value, json};
use storage::{
    Scope,
    customers::{CustomerKey, InMemoryCustomers, Profile, Profiles, SuppressionReason},
};

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

/// Handles bodies as one batch; returns the ids of what has to come again and the profile of `cus_1`.
fn handle(customers: InMemoryCustomers, bodies: &[String]) -> (Vec<String>, Option<Profile>, InMemoryCustomers) {
    let record = |(index, body): (usize, &String)| SqsRecord {
        message_id: MessageId::new(format!("m-{index}")).unwrap(),
        body: body.clone(),
        attributes: SqsAttributes::default(),
    };
    let batch = SqsEvent { records: bodies.iter().enumerate().map(record).collect() };
    let handler =
        Handler { customers, read: ReadOptions::default(), clock: Still, timer: Still, metrics: Metrics::new() };
    let response = block_on(handler.handle(batch, Timestamp::MAX));
    let failed = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier.as_str().to_owned());
    let scope = Scope { mode: Mode::Test, account: None };
    let key = CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() };
    let found = block_on(handler.customers.profiles(std::slice::from_ref(&key))).unwrap().remove(&key);
    (failed.collect(), found.map(Result::unwrap), handler.customers)
}

fn profile_after(bodies: &[Value]) -> Profile {
    let bodies: Vec<String> = bodies.iter().map(Value::to_string).collect();
    let (failed, profile, _) = handle(InMemoryCustomers::default(), &bodies);
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
        assert_eq!(profile.contact, storage::customers::Contact::default());
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
    let (failed, profile, _) = handle(InMemoryCustomers::default(), &[foreign.to_string()]);
    assert_eq!((failed, profile), (vec![], None));
}

#[test]
fn what_cannot_be_read_fails_alone() {
    let good = event("evt_1", "customer.created", 1_795_168_800, "ada@example.com").to_string();
    let mut odd = bounce();
    odd["detail"]["mail"]["destination"] = json!([]);
    let bodies = ["no json".to_owned(), good, odd.to_string(), "{}".to_owned()];
    let (failed, profile, _) = handle(InMemoryCustomers::default(), &bodies);
    assert_eq!(failed, ["m-0", "m-2", "m-3"]);
    assert!(profile.unwrap().contact.email.is_some());
}
