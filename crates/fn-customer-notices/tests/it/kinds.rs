//! Every kind of news, alone and beside other news about the same thing: each thing is told once.

use std::time::Duration;

use processor_events::Personal;
use serde_json::json;
use storage::customers::Contact;

use crate::{
    events::{
        Event, action_required, address, announced_expiring, announced_removed, customer, detached, expiring, failed,
        grace_by_failed_payment, grace_without_method, held, invoice_sample, occurred_at, paid, restored, upcoming,
    },
    situations::{endpoints, know, tell},
    world::{Kind, World},
};

/// A world in which customer 1 has an address, a name and a phone.
fn world() -> World {
    let world = World::new();
    let email = Some(Personal::new(address(1)));
    let name = Some(Personal::new("Ada Lovell".to_owned()));
    know(&world, 1, Contact { email, name, ..Contact::default() });
    world.add_device(&customer(1), "phone");
    world
}

/// What is said after these deliveries, one after the other, in the words of records.
fn said(deliveries: impl IntoIterator<Item = Event>) -> Vec<&'static str> {
    let world = world();
    for event in deliveries {
        assert_eq!(tell(&world, [event]), [""; 0]);
        world.pass(Duration::from_secs(1));
    }
    mails(&world)
}

/// The mails of a world; each came with a push.
fn mails(world: &World) -> Vec<&'static str> {
    let mails: Vec<_> = world.email.sent().into_iter().map(|email| email.message).collect();
    assert_eq!(endpoints(world).len(), mails.len());
    mails
}

#[test]
fn every_kind_of_news_is_told_by_email_and_push() {
    for (event, message) in [
        (paid(1), "invoice_paid"),
        (failed(1), "payment_failed"),
        (action_required(1), "payment_action_required"),
        (upcoming(1), "invoice_upcoming"),
        (expiring(1), "card_expiring"),
        (detached(1), "payment_method_removed"),
        (announced_expiring(1), "card_expiring"),
        (announced_removed(1), "payment_method_removed"),
        (grace_without_method(1), "access_grace_started"),
        (held(1), "access_held"),
        (restored(1), "access_restored"),
    ] {
        assert_eq!(said([event.clone(), event.clone(), event.told_again()]), [message]);
    }
}

#[test]
fn an_invoice_that_is_not_the_usual_one_has_words_of_its_own() {
    for (sample, message, words) in [
        (include_str!("../../../../events/invoice.paid/acacia_out_of_band.json"), "invoice_paid", "recorded"),
        (
            include_str!("../../../../events/invoice.payment_failed/send_invoice.json"),
            "payment_failed",
            "Please try again, with another payment method if need be",
        ),
        (
            include_str!("../../../../events/invoice.payment_failed/last_attempt.json"),
            "payment_failed_final",
            "No further automatic attempt is planned",
        ),
    ] {
        let world = world();
        assert_eq!(tell(&world, [invoice_sample(sample, 1)]), [""; 0]);
        let [email] = world.email.sent().try_into().unwrap();
        assert_eq!(email.message, message);
        assert!(email.content.text.contains(words), "{}", email.content.text);
    }
    let nothing_due = include_str!("../../../../events/invoice.paid/zero_amount.json");
    assert_eq!(said([invoice_sample(nothing_due, 1)]), [""; 0]);
}

#[test]
fn a_failed_payment_and_the_grace_it_starts_are_one_message_in_either_order() {
    let (failed, grace) = (failed(1), grace_by_failed_payment(1));
    assert_eq!(said([failed.clone(), grace.clone()]), ["payment_failed"]);
    assert_eq!(said([grace.clone(), failed.clone()]), ["payment_failed"]);
    // Without the watch over access, the failed payment is told just the same.
    assert_eq!(said([failed]), ["payment_failed"]);
    assert_eq!(said([grace]), [""; 0]);
}

#[test]
fn a_card_that_expires_is_one_message_whoever_tells_first() {
    let same_month = announced_expiring(1).announcing("expires", json!("2026-11"));
    assert_eq!(said([expiring(1), same_month.clone()]), ["card_expiring"]);
    assert_eq!(said([same_month, expiring(1)]), ["card_expiring"]);
}

#[test]
fn a_removed_payment_method_is_one_message_whoever_tells_first() {
    assert_eq!(said([detached(1), announced_removed(1)]), ["payment_method_removed"]);
    assert_eq!(said([announced_removed(1), detached(1)]), ["payment_method_removed"]);
}

#[test]
fn a_removed_payment_method_and_the_grace_it_starts_are_one_message() {
    assert_eq!(said([detached(1), grace_without_method(1)]), ["payment_method_removed"]);
    assert_eq!(said([grace_without_method(1), detached(1), announced_removed(1)]), ["access_grace_started"]);
    let world = world();
    assert_eq!(tell(&world, [detached(1), grace_without_method(1)]), [""; 0]);
    assert_eq!(mails(&world), ["access_grace_started"]);
}

#[test]
fn an_attempt_that_waits_for_the_bank_is_one_message_in_either_order() {
    assert_eq!(said([action_required(1), failed(1)]), ["payment_action_required"]);
    assert_eq!(said([failed(1), action_required(1)]), ["payment_failed"]);
    // The next attempt is another one.
    assert_eq!(said([failed(1), action_required(1).with("attempt_count", json!(2))]).len(), 2);
}

#[test]
fn where_the_bank_s_question_comes_in_the_same_batch_it_is_what_is_told() {
    for events in [[action_required(1), failed(1)], [failed(1), action_required(1)]] {
        let world = world();
        assert_eq!(tell(&world, events), [""; 0]);
        assert_eq!(mails(&world), ["payment_action_required"]);
    }
}

#[test]
fn a_failure_that_is_heard_of_after_the_payment_is_told_to_nobody() {
    for late in [failed(1), action_required(1), held(1)] {
        assert_eq!(said([paid(1), late]), ["invoice_paid"]);
    }
    assert_eq!(said([failed(1), paid(1)]), ["payment_failed", "invoice_paid"]);
    // Of another invoice it is news.
    assert_eq!(said([paid(1), failed(1).with("id", json!("in_2"))]), ["invoice_paid", "payment_failed"]);
}

#[test]
fn a_failure_and_its_payment_in_one_batch_are_the_payment() {
    for events in [[failed(1), paid(1)], [paid(1), failed(1)]] {
        let world = world();
        assert_eq!(tell(&world, events), [""; 0]);
        assert_eq!(mails(&world), ["invoice_paid"]);
    }
}

#[test]
fn only_a_batch_with_something_that_a_payment_would_silence_asks_for_receipts() {
    let world = world();
    assert_eq!(tell(&world, [paid(1), expiring(1)]), [""; 0]);
    assert_eq!(world.calls_of(Kind::LoadBegun).len(), 0);
    let began = world.now();
    assert_eq!(tell(&world, [failed(2), failed(3)]), [""; 0]);
    let [asked] = world.calls_of(Kind::LoadBegun).try_into().unwrap();
    // Beside the profiles, so that the customer waits no longer.
    assert_eq!((asked.about.as_str(), asked.began), ("2 receipts", began));
}

#[test]
fn a_payment_that_brought_access_back_is_thanked_for_and_a_voided_invoice_is_not() {
    for (before, words) in [(Some(paid(1)), "Thank you, your payment has arrived"), (None, "Your access to")] {
        let world = world();
        assert_eq!(tell(&world, before), [""; 0]);
        assert_eq!(tell(&world, [restored(1)]), [""; 0]);
        let email = world.email.sent().pop().unwrap();
        assert_eq!(email.message, "access_restored");
        assert!(email.content.text.contains(words), "{}", email.content.text);
        assert_eq!(email.content.text.contains("payment has arrived"), words.starts_with("Thank"));
    }
}

#[test]
fn grace_that_is_over_is_not_promised() {
    let over = grace_without_method(1).announcing("until", json!("2026-11-20T10:00:01Z"));
    assert_eq!(said([over]), [""; 0]);
}

#[test]
fn a_message_without_a_name_of_its_own_greets_by_the_profile() {
    let world = world();
    assert_eq!(tell(&world, [held(1)]), [""; 0]);
    let [email] = world.email.sent().try_into().unwrap();
    assert!(email.content.text.contains("Hello Ada Lovell"), "{}", email.content.text);
    assert!(email.content.text.contains("$49.00"), "{}", email.content.text);
}

#[test]
fn who_pretends_to_be_the_watch_over_access_is_not_heard() {
    let foreign = held(1).enveloped("source", json!("shop.example"));
    assert_eq!(said([foreign]), [""; 0]);
}

#[test]
fn an_announcement_that_breaks_its_promise_is_put_aside() {
    let world = world();
    let broken = held(1).announcing("allowed", json!("no"));
    assert_eq!(tell(&world, [broken, paid(1)]), ["m-0"]);
    assert_eq!(mails(&world), ["invoice_paid"]);
}

#[test]
fn an_announcement_of_three_months_ago_is_told_to_nobody() {
    let world = world();
    world.pass(Duration::from_hours(90 * 24));
    assert_eq!(tell(&world, [held(1), restored(1), announced_removed(1)]), [""; 0]);
    assert_eq!(mails(&world), [""; 0]);
    assert!(world.now() > occurred_at());
}
