//! What the deployed stack does with events, seen from outside. Each test has a customer of its own.

use anyhow::{Result, ensure};
use serde_json::json;
use tests::flow::{Flow, wait_for};
use xtask::{
    aws,
    stack::{Consumer, WEBHOOK_SECRET},
    stripe::Stripe,
};

const NOTICES: Consumer = Consumer::CustomerNotices;
const POINTS: Consumer = Consumer::LoyaltyPoints;

#[test]
fn a_paid_invoice_delivered_three_times_is_told_once() {
    let Some(flow) = Flow::new() else { return };
    let event = flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap();
    for _ in 0..3 {
        flow.publish(&event).unwrap();
    }
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    flow.settle(NOTICES).unwrap();
    let mails = flow.mails().unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = mails.first().unwrap();
    assert!(mail.text.contains("49.00"), "{}", mail.text);
    assert_eq!(mail.to.len(), 1);
    assert!(mail.html.contains("</html>"));
}

#[test]
fn a_failed_payment_is_told_with_what_is_open() {
    let Some(flow) = Flow::new() else { return };
    let event = flow.event("invoice.payment_failed/partly_paid.json", "Invoice").unwrap();
    flow.publish(&event).unwrap();
    let mail = wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    assert!(mail.text.contains("150"), "150.00 EUR are open, of 200.00: {}", mail.text);
}

/// Sends an event to a customer with a phone, and waits for the mail with this subject and its push.
fn told(flow: &Flow, event: &serde_json::Value, subject: &str) -> Result<()> {
    let before = flow.stack.aws.peek(&flow.device())?.len();
    flow.publish(event)?;
    wait_for(&format!("the mail {subject:?}"), || {
        Ok(flow.mails()?.into_iter().find(|mail| mail.subject.contains(subject)))
    })?;
    wait_for(&format!("the push beside {subject:?}"), || {
        Ok((flow.stack.aws.peek(&flow.device())?.len() > before).then_some(()))
    })
}

#[test]
fn every_kind_of_news_is_a_mail_and_a_push() {
    let Some(flow) = Flow::new() else { return };
    flow.register_device(&flow.stack.aws.create_device(&flow.device()).unwrap()).unwrap();
    let news = [
        ("invoice.payment_action_required/three_d_secure.json", "Please confirm your payment"),
        ("invoice.payment_failed/last_attempt.json", "Please pay your open invoice"),
        ("invoice.upcoming/renewal_in_seven_days.json", "Coming up"),
        ("customer.source.expiring/legacy_card.json", "1881"),
        ("payment_method.detached/owner_only_in_previous_attributes.json", "A payment method was removed"),
    ];
    for (number, (sample, subject)) in news.into_iter().enumerate() {
        told(&flow, &flow.event(sample, &format!("News{number}")).unwrap(), subject).unwrap();
    }
    for (sample, subject) in [
        ("access.grace_started/no_payment_method.json", "Please add a payment method at"),
        ("access.held/invoice_unpaid.json", "is paused"),
        ("access.restored/invoice_settled.json", "is back"),
    ] {
        told(&flow, &flow.announcement(sample).unwrap(), subject).unwrap();
    }
    flow.settle(NOTICES).unwrap();
    assert_eq!(flow.mails().unwrap().len(), 8);
    assert_eq!(flow.parked(NOTICES).unwrap(), []);
}

#[test]
fn a_failure_that_comes_after_its_payment_is_told_to_nobody() {
    let Some(flow) = Flow::new() else { return };
    flow.publish(&flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap()).unwrap();
    wait_for("the receipt", || Ok(flow.mails()?.pop())).unwrap();
    flow.publish(&flow.event("invoice.payment_failed/first_attempt.json", "Invoice").unwrap()).unwrap();
    flow.publish(&flow.event("invoice.paid/subscription_cycle.json", "Another").unwrap()).unwrap();
    wait_for("the receipt of the neighbour", || Ok((flow.mails()?.len() == 2).then_some(()))).unwrap();
    flow.settle(NOTICES).unwrap();
    let subjects: Vec<_> = flow.mails().unwrap().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects.iter().all(|subject| !subject.contains("did not go through")), "{subjects:?}");
}

/// Sends an event in every way there is: by a signed webhook, by the reconciler's source, and as a partner's rule puts it into
/// the consumer's queue; the emulator lets nobody publish under a partner's source.
fn send_every_way(flow: &Flow, consumer: Consumer, sample: &str) -> Result<()> {
    let mut event = flow.event(sample, "Everyway")?;
    let (status, answer) = flow.stack.deliver(&event, WEBHOOK_SECRET)?;
    ensure!(status == 200, "{answer}");
    event["source"] = json!("paybus.reconciler.stripe");
    flow.publish(&event)?;
    event["source"] = json!("aws.partner/stripe.com/ed_test_61RTByo4sVuSSVZRF16RMqng");
    flow.stack.aws.send_message(&consumer.queue(), &event.to_string())
}

#[test]
fn an_invoice_that_comes_every_way_is_told_once() {
    let Some(flow) = Flow::new() else { return };
    send_every_way(&flow, NOTICES, "invoice.paid/subscription_cycle.json").unwrap();
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    flow.settle(NOTICES).unwrap();
    assert_eq!(flow.mails().unwrap().len(), 1);
    assert_eq!(flow.parked(NOTICES).unwrap(), []);
}

#[test]
fn a_payment_that_comes_every_way_earns_once() {
    let Some(flow) = Flow::new() else { return };
    send_every_way(&flow, POINTS, "payment_intent.succeeded/acacia_one_time.json").unwrap();
    wait_for("the workflow", || Ok((flow.executions()? > 0).then_some(()))).unwrap();
    flow.settle(POINTS).unwrap();
    assert_eq!(flow.entries().unwrap().len(), 1);
    assert_eq!(flow.executions().unwrap(), 1);
    assert_eq!(flow.parked(POINTS).unwrap(), []);
}

#[test]
fn a_webhook_is_taken_only_when_it_is_signed_and_of_the_stacks_mode() {
    let Some(flow) = Flow::new() else { return };
    let mut event = flow.event("invoice.paid/subscription_cycle.json", "Unsigned").unwrap();
    let (status, answer) = flow.stack.deliver(&event, "whsec_of_a_stranger").unwrap();
    assert_eq!(status, 400, "{answer}");
    event["detail"]["livemode"] = json!(true);
    let (status, answer) = flow.stack.deliver(&event, WEBHOOK_SECRET).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("takes test events only"), "{answer}");
    // What comes behind them arrives, they do not.
    let taken = flow.event("invoice.paid/subscription_cycle.json", "Signed").unwrap();
    assert_eq!(flow.stack.deliver(&taken, WEBHOOK_SECRET).unwrap().0, 200);
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    flow.settle(NOTICES).unwrap();
    assert_eq!(flow.mails().unwrap().len(), 1);
}

#[test]
fn a_phone_gets_the_push_beside_the_mail() {
    let Some(flow) = Flow::new() else { return };
    let phone = flow.stack.aws.create_device(&flow.device()).unwrap();
    flow.register_device(&phone).unwrap();
    flow.publish(&flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap()).unwrap();
    let push = wait_for("the push", || Ok(flow.stack.aws.peek(&flow.device())?.pop())).unwrap();
    assert!(push.body.contains("49.00"), "{}", push.body);
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
}

#[test]
fn a_phone_that_is_gone_costs_nobody_the_mail_and_sends_it_once() {
    let Some(flow) = Flow::new() else { return };
    flow.register_device(&aws::arn("sns", &format!("{}gone", flow.device()))).unwrap();
    let event = flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap();
    flow.publish(&event).unwrap();
    flow.publish(&event).unwrap();
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    flow.settle(NOTICES).unwrap();
    assert_eq!(flow.mails().unwrap().len(), 1);
}

#[test]
fn a_payment_delivered_three_times_earns_once_and_starts_one_workflow() {
    let Some(flow) = Flow::new() else { return };
    let event = flow.event("payment_intent.succeeded/acacia_one_time.json", "Payment").unwrap();
    for _ in 0..3 {
        flow.publish(&event).unwrap();
    }
    wait_for("the workflow", || Ok((flow.executions()? > 0).then_some(()))).unwrap();
    flow.settle(POINTS).unwrap();
    let entries = flow.entries().unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries.first().unwrap()["points"]["N"], "42");
    assert_eq!(flow.executions().unwrap(), 1);
}

#[test]
fn the_balance_is_the_sum_of_the_entries() {
    let Some(flow) = Flow::new() else { return };
    for object in ["First", "Second", "Third"] {
        flow.publish(&flow.event("payment_intent.succeeded/acacia_one_time.json", object).unwrap()).unwrap();
    }
    wait_for("three entries", || Ok((flow.entries()?.len() == 3).then_some(()))).unwrap();
    flow.settle(POINTS).unwrap();
    let ledger = flow.ledger().unwrap();
    let account = ledger.iter().find(|item| item["sk"]["S"] == "account").unwrap();
    assert_eq!(account["balance"]["N"], "126");
}

/// What was bought is not in the event: the function asks the (fake) Stripe of the stack, with the key from its secret.
#[test]
fn a_checkouts_mixed_basket_earns_by_its_lines() {
    let Some(flow) = Flow::new() else { return };
    let stripe = Stripe::on(&flow.stack.aws).unwrap().expect("the stack has a fake Stripe");
    let payment = flow.event("payment_intent.succeeded/acacia_one_time.json", "Basket").unwrap();
    let (session, id) = (format!("cs_{}", flow.mark), &payment["detail"]["data"]["object"]["id"]);
    let line = |name: &str, amount: i64, product: &serde_json::Value| {
        let price = json!({ "id": "price_1", "metadata": {}, "product": { "id": "prod_1", "metadata": product } });
        json!({ "id": format!("li_{name}{}", flow.mark), "session": session, "amount_total": amount, "price": price })
    };
    let lines = [line("premium", 1200, &json!({ "paybus_premium": "true" })), line("plain", 2000, &json!({}))];
    stripe.put("checkout_lines", &json!(lines)).unwrap();
    stripe.put("checkout_sessions", &json!([{ "id": session, "payment_intent": id, "metadata": {} }])).unwrap();
    flow.publish(&payment).unwrap();
    let entry = wait_for("the award", || Ok(flow.entries()?.pop())).unwrap();
    assert_eq!(entry["points"]["N"], "54", "12 x 2 + 20 + 10 of 42.00 USD");
    assert!(entry["reason"]["S"].as_str().unwrap().contains("12.00 USD x2 (premium)"), "{entry}");
}

/// Ten writers at once, each with all events of one customer: two payments and a partial refund of one.
#[test]
fn copies_of_one_customers_events_at_the_same_time_count_once() {
    let Some(flow) = Flow::new() else { return };
    let about = |sample: &str, payment: &str| {
        let mut event = flow.event(sample, payment).unwrap();
        event["detail"]["data"]["object"]["payment_intent"] = json!(format!("pi_Flow{}{payment}", flow.mark));
        event
    };
    let mut refund = about("charge.refunded/partial.json", "First");
    refund["detail"]["data"]["object"]["amount"] = json!(4200);
    refund["detail"]["data"]["object"]["amount_refunded"] = json!(1200);
    refund["detail"]["data"]["object"]["currency"] = json!("usd");
    let events = [
        flow.event("payment_intent.succeeded/acacia_one_time.json", "First").unwrap(),
        flow.event("payment_intent.succeeded/acacia_one_time.json", "Second").unwrap(),
        refund,
    ];
    std::thread::scope(|scope| {
        for writer in 0..10 {
            let (flow, events) = (&flow, &events);
            scope.spawn(move || {
                for offset in 0..events.len() {
                    let index = (writer + offset) % events.len();
                    flow.publish(events.get(index).unwrap()).unwrap();
                }
            });
        }
    });
    let account = || -> Result<Option<serde_json::Value>> {
        Ok(flow.ledger()?.into_iter().find(|item| item["sk"]["S"] == "account"))
    };
    wait_for("the points that the kept money earns", || {
        Ok(account()?.filter(|account| account["balance"]["N"] == "72"))
    })
    .unwrap();
    flow.settle(POINTS).unwrap();
    let entries = flow.entries().unwrap();
    let points = entries.iter().map(|entry| entry["points"]["N"].as_str().unwrap().parse::<i64>().unwrap());
    assert_eq!(points.sum::<i64>(), 72);
    assert_eq!(account().unwrap().unwrap()["balance"]["N"], "72");
    let awards = entries.iter().filter(|entry| entry["kind"]["S"] == "award").count();
    assert_eq!((awards, flow.executions().unwrap()), (2, 2));
    assert_eq!(flow.parked(POINTS).unwrap(), []);
}

#[test]
fn a_payment_of_a_guest_is_nobodys_points() {
    let Some(flow) = Flow::new() else { return };
    let mut event = flow.event("payment_intent.succeeded/acacia_guest_without_customer.json", "Guest").unwrap();
    event["detail"]["data"]["object"]["customer"] = json!(null);
    flow.publish(&event).unwrap();
    flow.publish(&flow.event("payment_intent.succeeded/acacia_one_time.json", "Known").unwrap()).unwrap();
    wait_for("the entry of the payment beside it", || Ok(flow.entries()?.pop())).unwrap();
    flow.settle(POINTS).unwrap();
    assert_eq!(flow.entries().unwrap().len(), 1);
    assert_eq!(flow.parked(POINTS).unwrap(), []);
}

#[test]
fn a_poisoned_message_is_parked_as_it_was_and_its_neighbours_are_served() {
    let Some(flow) = Flow::new() else { return };
    let poison = format!("{{\"this is\": no JSON \u{1f4a3}, {}", flow.mark);
    flow.stack.aws.send_message(&NOTICES.queue(), &poison).unwrap();
    flow.publish(&flow.event("invoice.paid/subscription_cycle.json", "Neighbour").unwrap()).unwrap();
    wait_for("the neighbour's mail", || Ok(flow.mails()?.pop())).unwrap();
    let parked = wait_for("the poison to be parked", || Ok(flow.parked(NOTICES)?.pop())).unwrap();
    assert_eq!(parked.body, poison);
}

#[test]
fn a_payment_with_a_negative_amount_is_parked_and_moves_nothing() {
    let Some(flow) = Flow::new() else { return };
    let mut event = flow.event("payment_intent.succeeded/acacia_one_time.json", "Payment").unwrap();
    event["detail"]["data"]["object"]["amount_received"] = json!(-4200);
    flow.publish(&event).unwrap();
    wait_for("the event to be parked", || Ok(flow.parked(POINTS)?.pop())).unwrap();
    assert_eq!(flow.ledger().unwrap(), Vec::<serde_json::Value>::new());
}

#[test]
fn no_log_line_names_a_person() {
    let Some(flow) = Flow::new() else { return };
    flow.publish(&flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap()).unwrap();
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    flow.settle(NOTICES).unwrap();
    for consumer in Consumer::ALL {
        let lines = flow.stack.aws.log_lines(&consumer.log_group()).unwrap();
        assert!(!lines.is_empty(), "the log of {} can be read", consumer.name());
        let telling: Vec<_> = lines.iter().filter(|line| line.contains("@example.com")).collect();
        assert!(telling.is_empty(), "{telling:?}");
    }
}
