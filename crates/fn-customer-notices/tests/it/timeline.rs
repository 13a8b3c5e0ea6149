//! How the calls of a batch follow each other.

use std::time::Duration;

use delivery::OutboundMode;

use crate::{
    events::{batch, customer, paid},
    world::{Kind, World},
};

/// From when to when the calls of a kind were in flight, in milliseconds since the invocation began; all of them alike.
fn span(world: &World, kind: Kind, began: jiff::Timestamp) -> (usize, i128, i128) {
    let calls = world.calls_of(kind);
    let since = |moment: jiff::Timestamp| moment.duration_since(began).as_millis();
    let spans: Vec<_> = calls.iter().map(|call| (since(call.began), since(call.ended))).collect();
    assert!(spans.iter().all(|span| *span == spans[0]), "{calls:?}");
    (spans.len(), spans[0].0, spans[0].1)
}

#[test]
fn a_batch_of_ten_is_one_read_then_ten_claims_ten_sends_on_each_channel_and_ten_records_side_by_side() {
    let world = World::new();
    for number in 0..10 {
        world.add_device(&customer(number), &format!("phone-{number}"));
    }
    let began = world.now();
    let response = world.invoke(&OutboundMode::Send, batch((0..10).map(paid))).unwrap();
    assert!(response.batch_item_failures.is_empty());
    assert_eq!(span(&world, Kind::Load, began), (1, 0, 5));
    assert_eq!(span(&world, Kind::Claim, began), (10, 5, 10));
    assert_eq!(span(&world, Kind::SendEmail, began), (10, 10, 15));
    assert_eq!(span(&world, Kind::SendPush, began), (10, 10, 15));
    assert_eq!(span(&world, Kind::Record, began), (10, 15, 20));
    // One read for the batch, and four calls for each notice, of which three follow each other.
    assert_eq!(world.calls.borrow().len(), 41);
    assert_eq!(world.now().duration_since(began).unsigned_abs(), Duration::from_millis(20));
}

#[test]
fn a_batch_of_duplicates_costs_one_read_and_one_refused_claim_each() {
    let world = World::new();
    for _ in 0..2 {
        world.calls.borrow_mut().clear();
        let response = world.invoke(&OutboundMode::Send, batch((0..10).map(paid))).unwrap();
        assert!(response.batch_item_failures.is_empty());
    }
    assert_eq!(world.calls.borrow().len(), 11);
}
