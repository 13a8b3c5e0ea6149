//! What happens in each situation a batch can be in.

use std::time::Duration;

use delivery::{OutboundMode, SendFailure};
use jiff::Timestamp;
use lambda_kit::{BatchResponse, Environment, SqsEvent};
use processor_events::{Personal, ids::EventId};
use serde_json::json;
use storage::{
    Scope,
    customers::{
        Contact, ContactChange, DeviceId, ProfileChanges, Profiles, SourceVersion, Suppression, SuppressionReason,
    },
    deliveries::{Channel, ChannelState, Outbox, OutboxEntry},
};

use crate::{
    events::{Event, address, batch, customer, failed, occurred_at, paid, paid_key, record},
    world::{Fault, Kind, World},
};

const SEND: OutboundMode = OutboundMode::Send;

fn allowlist(names: &str) -> OutboundMode {
    let environment = Environment::from_pairs([("OUTBOUND_MODE", "allowlist"), ("OUTBOUND_ALLOWLIST", names)]);
    environment.read(OutboundMode::from_environment).unwrap()
}

/// The message ids that have to come again.
pub(crate) fn failed_ids(response: Option<BatchResponse>) -> Vec<String> {
    let failures = response.expect("nothing crashed").batch_item_failures;
    failures.into_iter().map(|failure| failure.item_identifier.as_str().to_owned()).collect()
}

pub(crate) fn tell(world: &World, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    failed_ids(world.invoke(&SEND, batch(events)))
}

pub(crate) fn recipients(world: &World) -> Vec<String> {
    world.email.sent().into_iter().map(|email| email.to).collect()
}

pub(crate) fn endpoints(world: &World) -> Vec<String> {
    world.push.sent().into_iter().map(|push| push.endpoint_arn).collect()
}

pub(crate) fn know(world: &World, number: usize, contact: Contact) {
    let source = SourceVersion { occurred_at: occurred_at(), event: EventId::new("evt_1").unwrap() };
    world.run(world.customers.change(&customer(number), &source, &ContactChange::Set(contact))).unwrap();
}

fn state(world: &World, number: usize, channel: Channel) -> Option<ChannelState> {
    world.deliveries.state(&paid_key(number), channel)
}

fn skipped(reason: &str, at: Timestamp) -> ChannelState {
    ChannelState::Skipped { reason: reason.to_owned(), at }
}

#[test]
fn a_paid_invoice_is_told_by_email_and_push() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    let [email] = world.email.sent().try_into().unwrap();
    assert_eq!((email.to, email.message), (address(1), "invoice_paid"));
    assert!(email.content.text.contains("49.00"), "{}", email.content.text);
    assert_eq!(endpoints(&world), ["arn:phone"]);
}

#[test]
fn an_address_in_the_profile_comes_before_the_one_on_the_invoice() {
    let world = World::new();
    let own = Contact { email: Some(Personal::new("own@example.com".to_owned())), ..Contact::default() };
    know(&world, 1, own);
    assert_eq!(tell(&world, [paid(1), paid(2)]), [""; 0]);
    let mut to = recipients(&world);
    to.sort();
    assert_eq!(to, [address(2), "own@example.com".to_owned()]);
}

#[test]
fn the_profile_decides_the_language() {
    let world = World::new();
    know(&world, 1, Contact { locales: vec!["tlh".to_owned(), "de-DE".to_owned()], ..Contact::default() });
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    let [email] = world.email.sent().try_into().unwrap();
    assert!(email.content.html.contains("lang=\"de\""), "{}", email.content.html);
}

#[test]
fn an_invoice_of_nothing_is_told_to_nobody() {
    let world = World::new();
    let nothing = paid(1).with("amount_due", json!(0)).with("amount_paid", json!(0));
    assert_eq!(tell(&world, [nothing]), [""; 0]);
    assert_eq!(recipients(&world), [""; 0]);
    assert_eq!(world.calls.borrow().len(), 0);
}

#[test]
fn news_of_three_months_ago_is_told_to_nobody() {
    let world = World::new();
    world.pass(Duration::from_hours(90 * 24));
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(recipients(&world), [""; 0]);
}

#[test]
fn the_same_news_told_again_is_told_once() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    for event in [paid(1), paid(1), paid(1).told_again()] {
        assert_eq!(tell(&world, [event]), [""; 0]);
        world.pass(Duration::from_mins(1));
    }
    assert_eq!(recipients(&world), [address(1)]);
    assert_eq!(endpoints(&world), ["arn:phone"]);
}

#[test]
fn the_same_news_twice_in_one_batch_is_told_once_and_both_records_are_done() {
    let world = World::new();
    assert_eq!(tell(&world, [paid(1), paid(1).told_again(), paid(2)]), [""; 0]);
    assert_eq!(world.calls_of(Kind::Claim).len(), 2);
    assert_eq!(recipients(&world).len(), 2);
}

#[test]
fn of_two_invocations_with_the_same_news_one_tells_it_and_the_other_comes_again() {
    let world = World::new();
    let copies = vec![batch([paid(1)]), batch([paid(1).told_again()])];
    let responses = world.invoke_all(&SEND, copies);
    let mut failed: Vec<_> = responses.into_iter().map(failed_ids).collect();
    failed.sort();
    assert_eq!(failed, [vec![], vec!["m-0".to_owned()]]);
    assert_eq!(recipients(&world), [address(1)]);
    world.pass(Duration::from_secs(36));
    assert_eq!(tell(&world, [paid(1).told_again()]), [""; 0]);
    assert_eq!(recipients(&world), [address(1)]);
}

#[test]
fn a_record_that_cannot_be_read_fails_alone() {
    let world = World::new();
    let mut records = batch([paid(1), paid(2)]).records;
    for (id, body) in
        [("text", "no json"), ("empty", ""), ("object", "{}"), ("envelope", r#"{"detail-type":"invoice.paid"}"#)]
    {
        records.insert(1, record(id, body));
    }
    let mut failed = failed_ids(world.invoke(&SEND, SqsEvent { records }));
    failed.sort();
    assert_eq!(failed, ["empty", "envelope", "object", "text"]);
    assert_eq!(recipients(&world).len(), 2);
}

#[test]
fn news_that_is_not_for_us_is_done() {
    let world = World::new();
    let foreign =
        r#"{"id":"evt_1","object":"event","type":"plan.created","created":1,"livemode":false,"data":{"object":{}}}"#;
    let response = world.invoke(&SEND, SqsEvent { records: vec![record("m", foreign)] });
    assert_eq!(failed_ids(response), [""; 0]);
    assert_eq!(world.calls.borrow().len(), 0);
}

#[test]
fn a_failed_push_comes_again_and_the_email_does_not() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    world.push.fail_next("arn:phone", SendFailure::Unavailable("InternalError".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), ["m-0"]);
    assert_eq!((recipients(&world).len(), endpoints(&world).len()), (1, 0));
    // At once: a failure that is known does not wait for the lease.
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!((recipients(&world).len(), endpoints(&world).len()), (1, 1));
}

#[test]
fn a_failed_email_comes_again_and_the_push_does_not() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    world.email.fail_next(SendFailure::Unavailable("InternalFailure".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), ["m-0"]);
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!((recipients(&world).len(), endpoints(&world).len()), (1, 1));
}

#[test]
fn of_several_devices_only_the_one_that_failed_is_tried_again() {
    let world = World::new();
    for device in ["phone", "tablet", "watch"] {
        world.add_device(&customer(1), device);
    }
    world.push.fail_next("arn:tablet", SendFailure::Unavailable("InternalError".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), ["m-0"]);
    assert_eq!(endpoints(&world), ["arn:phone", "arn:watch"]);
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(endpoints(&world), ["arn:phone", "arn:watch", "arn:tablet"]);
}

#[test]
fn a_device_that_is_gone_is_marked_and_does_not_fail_the_notice() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    world.add_device(&customer(1), "tablet");
    world.push.fail_next("arn:phone", SendFailure::DeviceGone("EndpointDisabled".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(endpoints(&world), ["arn:tablet"]);
    let profile = world.run(world.customers.profiles(&[customer(1)])).unwrap().remove(&customer(1)).unwrap().unwrap();
    assert!(profile.devices[&DeviceId::new("phone").unwrap()].stale_since.is_some());
    // The next notice does not try it any more.
    assert_eq!(tell(&world, [paid(1).with("id", json!("in_next"))]), [""; 0]);
    assert_eq!(endpoints(&world), ["arn:tablet", "arn:tablet"]);
}

#[test]
fn a_customer_whose_only_device_is_gone_is_a_skip() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    world.push.fail_next("arn:phone", SendFailure::DeviceGone("EndpointDisabled".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert!(
        matches!(state(&world, 1, Channel::Push), Some(ChannelState::Skipped { reason, .. }) if reason == "no_device")
    );
}

#[test]
fn a_message_that_the_provider_refuses_is_recorded_and_not_tried_again() {
    let world = World::new();
    world.email.fail_next(SendFailure::Refused("MessageRejected".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(recipients(&world), [""; 0]);
    let Some(ChannelState::Failed { reason, .. }) = state(&world, 1, Channel::Email) else { panic!("it is recorded") };
    assert_eq!(reason, "MessageRejected");
}

#[test]
fn a_stopped_account_loses_nothing() {
    let world = World::new();
    world.email.fail_next(SendFailure::Stopped("AccountSuspendedException".to_owned()));
    assert_eq!(tell(&world, [paid(1)]), ["m-0"]);
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(recipients(&world), [address(1)]);
}

#[test]
fn a_customer_without_address_and_device_is_a_recorded_skip() {
    let world = World::new();
    assert_eq!(tell(&world, [paid(1).with("customer_email", json!(null))]), [""; 0]);
    let at = world.calls_of(Kind::Claim)[0].ended;
    assert_eq!(state(&world, 1, Channel::Email), Some(skipped("no_address", at)));
    assert_eq!(state(&world, 1, Channel::Push), Some(skipped("no_device", at)));
}

#[test]
fn an_invoice_without_a_customer_is_told_to_the_address_on_it() {
    let world = World::new();
    assert_eq!(tell(&world, [paid(1).with("customer", json!(null))]), [""; 0]);
    assert_eq!(recipients(&world), [address(1)]);
    assert_eq!(world.calls_of(Kind::Load).len(), 0);
}

#[test]
fn a_suppressed_address_is_a_recorded_skip_and_the_push_still_goes() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    let suppression =
        Suppression { address: Personal::new(address(1)), reason: SuppressionReason::Bounced, at: occurred_at() };
    world.run(world.customers.suppress(&customer(1), &suppression)).unwrap();
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!((recipients(&world).len(), endpoints(&world).len()), (0, 1));
    let at = world.calls_of(Kind::Claim)[0].ended;
    assert_eq!(state(&world, 1, Channel::Email), Some(skipped("bounced", at)));
}

#[test]
fn the_first_throttle_quiets_the_rest_of_the_batch() {
    let world = World::new().with_fate(|kind, about| {
        // The first answer comes before the others have even claimed.
        let slow = kind == Kind::Claim && about != "in_0:paid";
        let fault = (kind == Kind::SendEmail).then_some(Fault::Throttled);
        (Duration::from_millis(if slow { 500 } else { 5 }), fault)
    });
    let failed = tell(&world, (0..10).map(paid));
    assert_eq!(failed.len(), 10);
    assert_eq!(world.calls_of(Kind::SendEmail).len(), 1);
}

#[test]
fn a_channel_that_is_throttled_does_not_hold_back_the_other_one() {
    let world = World::new()
        .with_fate(|kind, _| (Duration::from_millis(5), (kind == Kind::SendEmail).then_some(Fault::Throttled)));
    world.add_device(&customer(1), "phone");
    assert_eq!(tell(&world, [paid(1)]), ["m-0"]);
    assert_eq!(endpoints(&world), ["arn:phone"]);
}

#[test]
fn profiles_that_cannot_be_read_fail_every_record_and_send_nothing() {
    let world =
        World::new().with_fate(|kind, _| (Duration::from_millis(5), (kind == Kind::Load).then_some(Fault::Refused)));
    assert_eq!(tell(&world, [paid(1), paid(2)]), ["m-0", "m-1"]);
    assert_eq!(recipients(&world), [""; 0]);
}

#[test]
fn what_hangs_is_answered_before_the_deadline_and_does_not_hold_up_its_neighbours() {
    let world = World::new().with_fate(|kind, about| {
        let hangs = kind == Kind::SendEmail && *about == address(1);
        (if hangs { Duration::from_mins(1) } else { Duration::from_millis(5) }, None)
    });
    let began = world.now();
    assert_eq!(tell(&world, [paid(1), paid(2)]), ["m-0"]);
    assert!(world.now().duration_since(began) < jiff::SignedDuration::from_secs(6));
    assert_eq!(recipients(&world), [address(2)]);
}

#[test]
fn nothing_is_begun_shortly_before_the_deadline() {
    let world =
        World::new().with_fate(|kind, _| (Duration::from_millis(if kind == Kind::Load { 4_500 } else { 5 }), None));
    assert_eq!(tell(&world, [paid(1)]), ["m-0"]);
    assert_eq!(world.calls_of(Kind::Claim).len(), 0);
}

fn kept(world: &World) -> Vec<OutboxEntry> {
    let scope = Scope { ..customer(1).scope };
    let day = occurred_at().to_zoned(jiff::tz::TimeZone::UTC).date();
    world.run(world.deliveries.of_day(&scope, day)).unwrap()
}

#[test]
fn record_mode_says_nothing_keeps_everything_and_loses_nothing_when_it_ends() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    for _ in 0..2 {
        assert_eq!(failed_ids(world.invoke(&OutboundMode::Record, batch([paid(1)]))), [""; 0]);
    }
    assert_eq!((recipients(&world).len(), endpoints(&world).len()), (0, 0));
    let [entry] = kept(&world).try_into().unwrap();
    let email = entry.email.unwrap();
    assert_eq!((email.reveal().to.clone(), entry.message.as_str()), (address(1), "invoice_paid"));
    assert!(email.reveal().html.contains("49.00"));
    assert_eq!(entry.push.unwrap().reveal().devices, ["phone"]);
    // The same news in send mode finds nothing settled.
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!((recipients(&world).len(), endpoints(&world).len()), (1, 1));
}

#[test]
fn the_allowlist_lets_the_named_through_and_keeps_the_rest() {
    let world = World::new();
    let mode = allowlist(&address(1));
    world.add_device(&customer(1), "phone");
    assert_eq!(failed_ids(world.invoke(&mode, batch([paid(1), paid(2)]))), [""; 0]);
    assert_eq!(recipients(&world), [address(1)]);
    assert_eq!(endpoints(&world), [""; 0]);
    let kept: Vec<_> = kept(&world)
        .into_iter()
        .map(|entry| (entry.key.notice().to_owned(), entry.email.is_some(), entry.push.is_some()))
        .collect();
    assert_eq!(kept, [("in_1:paid".to_owned(), false, true), ("in_2:paid".to_owned(), true, false)]);
    // In send mode only what was kept is still to be said.
    assert_eq!(tell(&world, [paid(1), paid(2)]), [""; 0]);
    assert_eq!(recipients(&world), [address(1), address(2)]);
    assert_eq!(endpoints(&world), ["arn:phone"]);
}

#[test]
fn a_failed_attempt_and_the_next_one_are_two_notices() {
    let world = World::new();
    assert_eq!(tell(&world, [failed(1), failed(1).with("attempt_count", json!(2))]), [""; 0]);
    assert_eq!(recipients(&world).len(), 2);
}
