//! What the reference article's handler gets wrong; each row of the list is a situation here. It would lose mail and money.

use delivery::{OutboundMode, SendFailure};
use lambda_kit::SqsEvent;

use crate::{
    events::{address, batch, customer, failed, paid, record},
    world::World,
};

fn failed_ids(world: &World, batch: SqsEvent) -> Vec<String> {
    let response = world.invoke(&OutboundMode::Send, batch).expect("nothing crashed");
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier.as_str().to_owned()).collect()
}

/// Row 1: each record's error is caught and logged, and the batch succeeds.
#[test]
fn a_record_that_fails_is_named_so_that_its_message_is_not_deleted() {
    let world = World::new();
    let mut records = batch([paid(1)]).records;
    records.push(record("bad", "{"));
    assert_eq!(failed_ids(&world, SqsEvent { records }), ["bad"]);
}

/// Row 2: the results of the two sends are ignored.
#[test]
fn a_send_that_fails_is_seen_and_only_its_channel_is_tried_again() {
    let world = World::new();
    world.add_device(&customer(1), "phone");
    world.email.fail_next(SendFailure::Unavailable("ServiceUnavailable".to_owned()));
    assert_eq!(failed_ids(&world, batch([paid(1)])), ["m-0"]);
    assert_eq!(failed_ids(&world, batch([paid(1)])), [""; 0]);
    assert_eq!((world.email.sent().len(), world.push.sent().len()), (1, 1));
}

/// Row 3: a failed payment states what was paid.
#[test]
fn a_failed_payment_states_what_is_still_open_not_what_was_paid() {
    let world = World::new();
    assert_eq!(failed_ids(&world, batch([failed(1)])), [""; 0]);
    let [email] = world.email.sent().try_into().unwrap();
    assert_eq!(email.message, "payment_failed");
    for body in [&email.content.text, &email.content.html] {
        assert!(body.contains("€150.00") && !body.contains("€50.00"), "{body}");
    }
}

/// Row 4: a second delivery is a second email.
#[test]
fn a_second_delivery_sends_no_second_email() {
    let world = World::new();
    for _ in 0..3 {
        assert_eq!(failed_ids(&world, batch([paid(1)])), [""; 0]);
    }
    let to: Vec<_> = world.email.sent().into_iter().map(|email| email.to).collect();
    assert_eq!(to, [address(1)]);
}
