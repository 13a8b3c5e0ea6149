use std::cell::Cell;

use delivery::{
    OutboundMode, SendFailure,
    memory::{InMemoryEmail, InMemoryPush},
};
use engagement::{
    offers::Offer,
    rewards::{Discount, GivenGrant, Grant, RewardState},
};
use futures_executor::block_on;
use notices::Topic;
use processor_events::{
    Currency, Money, Personal,
    event::Mode,
    ids::{CustomerId, EventId},
};
use serde_json::json;
use storage::{
    customers::{
        Contact, ContactChange, Device, DeviceId, InMemoryCustomers, Platform, Preferences, ProfileChanges,
        SourceVersion, Subscriptions,
    },
    deliveries::InMemoryDeliveries,
    ledger::InMemoryLedger,
    offers::InMemoryOffers,
    program::{PutProgramError, StoredProgram},
    rewards::InMemoryRewards,
};
use unsubscribe::UnsubscribeLinks;

use super::*;

mod killed;

const NOON: &str = "2026-08-01T12:00:00Z";

struct At(Cell<Timestamp>);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}

struct Rules;

impl Programs for Rules {
    async fn current(&self) -> Result<Option<StoredProgram>, StorageError> {
        let mut document = serde_json::to_value(Program::default().document()).unwrap();
        document["tiers"]["levels"] = json!([
            {"name": "silver", "from": 1000, "benefits": ["early_access"]},
            {"name": "gold", "from": 5000},
        ]);
        Ok(Some(StoredProgram { version: 1, json: document.to_string() }))
    }

    async fn put(&self, _: &Program) -> Result<(), PutProgramError> {
        unreachable!("the function changes no program")
    }
}

type Speaking = Handler<
    InMemoryDeliveries,
    InMemoryCustomers,
    InMemoryEmail,
    InMemoryPush,
    At,
    InMemoryLedger,
    Rules,
    InMemoryOffers,
    InMemoryRewards,
>;

fn handler(mode: OutboundMode) -> Speaking {
    let devices = InMemoryCustomers::default();
    let now: Timestamp = NOON.parse().unwrap();
    block_on(async {
        let source = SourceVersion { occurred_at: now, event: EventId::new("evt_1").unwrap() };
        let contact = Contact {
            email: Some(Personal::new("ada@example.com".to_owned())),
            name: Some(Personal::new("Ada".to_owned())),
            ..Contact::default()
        };
        devices.change(&customer(), &source, &ContactChange::Set(contact)).await.unwrap();
        let device = Device {
            endpoint_arn: "arn:phone".to_owned(),
            platform: Platform::Fcm,
            registered_at: now,
            stale_since: None,
        };
        devices.register(&customer(), &DeviceId::new("phone").unwrap(), &device).await.unwrap();
    });
    Handler {
        courier: Courier {
            mode,
            deliveries: InMemoryDeliveries::default(),
            devices,
            email: InMemoryEmail::default(),
            push: InMemoryPush::default(),
            clock: At(Cell::new(now)),
        },
        ledger: InMemoryLedger::default(),
        program: CachedProgram::new(Rules),
        offers: InMemoryOffers::default(),
        rewards: InMemoryRewards::default(),
        settings: Settings::default(),
    }
}

fn customer() -> CustomerKey {
    let scope = Scope { mode: Mode::Test, account: None };
    CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() }
}

fn call(step: &str) -> Value {
    json!({"step": step, "engagement": {
        "schema": 1, "engagement": "tier_upgrade", "mode": "test", "account_id": null, "customer_id": "cus_1",
        "entry_key": "stripe:pi_1/award", "payment_key": "stripe:pi_1", "payment_partition": "p",
        "payment_sort": "state", "settle_seconds": 0, "points": 149, "total_points": 1200, "qualifying_points": 1200,
        "previous_tier": null, "current_tier": "silver", "tier_risen": true,
        "next_tier": {"name": "gold", "missing_points": 3800}, "milestone_minor": 100_000,
        "lifetime_minor": 120_000, "base_currency": "usd", "amount_minor": 14_900, "currency": "usd",
        "occurred_at": NOON, "program_version": 1,
    }})
}

fn say(handler: &Speaking, step: &str) -> Result<&'static str, Failure> {
    let deadline = handler.courier.clock.now().checked_add(jiff::SignedDuration::from_secs(20)).unwrap();
    block_on(handler.handle(call(step), deadline)).map(|answer| answer.outcome)
}

fn emails(handler: &Speaking) -> Vec<(&'static str, String)> {
    handler.courier.email.sent().into_iter().map(|sent| (sent.message, sent.content.text)).collect()
}

fn check(step: &str, message: &str, words: &[&str]) {
    let handler = handler(OutboundMode::Send);
    assert_eq!(say(&handler, step), Ok("sent"));
    let sent = emails(&handler);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, message);
    for word in words {
        assert!(sent[0].1.contains(word), "{word:?} is missing in:\n{}", sent[0].1);
    }
    assert_eq!(handler.courier.push.sent().len(), 1);
}

#[test]
fn each_step_says_its_message_on_both_channels() {
    check("high_value_purchase", "high_value_thanks", &["Ada", "149", "3,800"]);
    check("milestone", "milestone_reached", &["$1,000"]);
    check("purchase_confirmation", "purchase_confirmed", &["149", "1,200", "3,800", "Gold"]);
    check("follow_up", "follow_up", &["Ada"]);
}

#[test]
fn a_new_tier_is_pushed_at_once_and_mailed_with_what_was_granted() {
    let handler = handler(OutboundMode::Send);
    assert_eq!(say(&handler, "tier_status"), Ok("sent"));
    assert_eq!((emails(&handler).len(), handler.courier.push.sent().len()), (0, 1));
    let reward = TierReward {
        state: RewardState::Granted,
        grants: vec![
            GivenGrant {
                grant: Grant::Credit { amount: Money::new(1_000, Currency::USD) },
                processor_id: Some("cbtxn_1".to_owned()),
                code: None,
            },
            GivenGrant {
                grant: Grant::Code {
                    discount: Discount::Amount(Money::new(2_500, Currency::USD)),
                    expires_at: "2027-08-01T12:00:00Z".parse().unwrap(),
                },
                processor_id: Some("promo_1".to_owned()),
                code: Some("SILVER-7K2M".to_owned()),
            },
        ],
        occasion: "stripe:pi_1/award".to_owned(),
        decided_at: NOON.parse().unwrap(),
    };
    let key = RewardKey { customer: customer(), tier: "silver".to_owned(), kept: false };
    block_on(handler.rewards.decide(&key, &reward)).unwrap();
    assert_eq!(say(&handler, "tier_upgrade"), Ok("sent"));
    let sent = emails(&handler);
    for word in ["Silver", "Early access", "$10", "SILVER-7K2M", "$25"] {
        assert!(sent[0].1.contains(word), "{word:?} is missing in:\n{}", sent[0].1);
    }
    assert_eq!((sent.len(), handler.courier.push.sent().len()), (1, 1), "the email brings no second push");
}

#[test]
fn every_mail_says_how_to_leave_its_topic_by_a_link_of_the_customer() {
    let key = || unsubscribe::SigningKey::new(&"secret".repeat(8)).unwrap();
    let mut handler = handler(OutboundMode::Send);
    handler.settings.unsubscribe_links = Some(UnsubscribeLinks::new("https://leave.example.com/", key()).unwrap());
    for (step, topic) in [("high_value_purchase", Topic::Rewards), ("follow_up", Topic::Offers)] {
        assert_eq!(say(&handler, step), Ok("sent"));
        let (_, text) = emails(&handler).pop().unwrap();
        let (_, rest) = text.split_once("https://leave.example.com/?l=en&t=").expect(&text);
        let token: String = rest.chars().take_while(char::is_ascii_graphic).collect();
        let keys = unsubscribe::Keys { current: key(), previous: None };
        assert_eq!(unsubscribe::read(&token, &keys), Some(Membership { customer: customer(), topic }), "{text}");
    }
    // And who has left is not written to again.
    block_on(handler.courier.devices.leave(&customer(), "rewards")).unwrap();
    let before = emails(&handler).len();
    assert_eq!(say(&handler, "milestone"), Ok("sent"), "by push");
    assert_eq!(emails(&handler).len(), before);
}

#[test]
fn a_thousand_repetitions_are_one_of_each() {
    let handler = handler(OutboundMode::Send);
    let steps =
        ["tier_status", "tier_upgrade", "high_value_purchase", "milestone", "purchase_confirmation", "follow_up"];
    for step in steps {
        assert_eq!(say(&handler, step), Ok("sent"), "{step}");
    }
    let first = (emails(&handler).len(), handler.courier.push.sent().len());
    assert_eq!(first, (5, 5));
    for _ in 0..1_000 {
        for step in steps {
            assert_eq!(say(&handler, step), Ok("sent_before"), "{step}");
        }
    }
    assert_eq!((emails(&handler).len(), handler.courier.push.sent().len()), first);
}

#[test]
fn a_failed_email_is_tried_again_without_a_second_push() {
    let handler = handler(OutboundMode::Send);
    handler.courier.email.fail_next(SendFailure::Unavailable("InternalFailure".to_owned()));
    assert_eq!(say(&handler, "milestone").unwrap_err().name, "SendingUnavailable");
    assert_eq!(say(&handler, "milestone"), Ok("sent"));
    assert_eq!((emails(&handler).len(), handler.courier.push.sent().len()), (1, 1));
}

#[test]
fn the_follow_up_names_the_offers_that_are_open() {
    let handler = handler(OutboundMode::Send);
    let offer = Offer {
        name: "shoes".to_owned(),
        title: "20% off running shoes".to_owned(),
        because: Some("Because you run".to_owned()),
        explanation: String::new(),
        deciding_entries: Vec::new(),
        occasion: "stripe:pi_1/award".to_owned(),
        expires_at: "2026-09-01T12:00:00Z".parse().unwrap(),
    };
    let now = NOON.parse().unwrap();
    let expired = Offer { name: "old".to_owned(), title: "Long gone".to_owned(), expires_at: now, ..offer.clone() };
    for offer in [&offer, &expired] {
        block_on(handler.offers.add(&customer(), offer, now)).unwrap();
    }
    assert_eq!(say(&handler, "follow_up"), Ok("sent"));
    let text = emails(&handler).remove(0).1;
    assert!(text.contains("20% off running shoes") && text.contains("Because you run"), "{text}");
    assert!(!text.contains("Long gone"), "{text}");
}

#[test]
fn who_wants_no_offers_gets_no_follow_up() {
    let quiet = handler(OutboundMode::Send);
    let preferences = Preferences { muted_topics: vec!["offers".to_owned()], ..Preferences::default() };
    block_on(quiet.courier.devices.prefer(&customer(), &preferences)).unwrap();
    assert_eq!(say(&quiet, "follow_up"), Ok("skipped"));
    assert!(emails(&quiet).is_empty());
}

#[test]
fn record_mode_keeps_and_a_replay_of_old_events_says_nothing() {
    let silent = handler(OutboundMode::Record);
    assert_eq!(say(&silent, "purchase_confirmation"), Ok("kept"));
    assert!(emails(&silent).is_empty());
    let late = handler(OutboundMode::Send);
    late.courier.clock.0.set("2026-12-01T12:00:00Z".parse().unwrap());
    assert_eq!(say(&late, "purchase_confirmation"), Ok("stale"));
    assert!(emails(&late).is_empty());
}

#[test]
fn a_call_that_says_nothing_is_refused_for_good() {
    let handler = handler(OutboundMode::Send);
    let deadline = "2026-08-01T12:00:20Z".parse().unwrap();
    let mut without_amount = call("purchase_confirmation");
    without_amount["engagement"]["amount_minor"] = Value::Null;
    for call in [json!({}), call("shout"), without_amount] {
        assert_eq!(block_on(handler.handle(call, deadline)).unwrap_err().name, permanent::INVALID_REQUEST);
    }
}
