//! A customer from the processor's first event to the last: the profile, the language and the address of mails, an address that
//! bounces, a topic that is left, and what is told of it all on the hub.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests; what they send happens now, because the deployed functions live in real time"
)]

use serde_json::{Value, json};
use tests::flow::{Flow, wait_for};
use xtask::aws::Mail;

/// What the stack shows of this flow's customer.
fn profile(flow: &Flow) -> Option<Value> {
    let items = flow.stack.aws.items(flow.stack.output("CustomersTableName").unwrap()).unwrap();
    items.into_iter().find(|item| {
        item["sk"]["S"] == "profile" && item["pk"]["S"].as_str().is_some_and(|key| key.ends_with(&flow.customer()))
    })
}

fn wait_for_profile(flow: &Flow, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    wait_for(what, || Ok(profile(flow).filter(|profile| is_it(profile)))).unwrap()
}

/// An address that only the profile has.
fn address(flow: &Flow, local: &str) -> String {
    format!("{local}.{}", flow.email())
}

/// An event of the customer itself.
fn customer_event(flow: &Flow, kind: &str, second: i64, email: &str) -> Value {
    json!({
        "source": "paybus.webhook.stripe", "detail-type": kind,
        "detail": {
            "id": format!("evt_Flow{}at{second}", flow.mark), "object": "event", "type": kind, "created": 1_795_168_800 + second,
            "livemode": false, "api_version": "2024-10-28.acacia",
            "data": {"object": {
                "id": flow.customer(), "object": "customer", "email": email, "name": "Grete Flow", "phone": null,
                "preferred_locales": ["de-DE"], "metadata": {},
            }},
        },
    })
}

fn mails_to(flow: &Flow, address: &str) -> Vec<Mail> {
    flow.mails().unwrap().into_iter().filter(|mail| mail.to.iter().any(|to| to == address)).collect()
}

fn pay(flow: &Flow, object: &str) {
    flow.publish(&flow.event("invoice.paid/subscription_cycle.json", object).unwrap()).unwrap();
}

/// The delivery record of a notice about this object.
fn delivery(flow: &Flow, object: &str) -> Option<String> {
    let items = flow.stack.aws.items(flow.stack.output("DeliveriesTableName").unwrap()).unwrap();
    items.iter().map(Value::to_string).find(|item| item.contains(&format!("{}{object}", flow.mark)))
}

fn report(flow: &Flow, address: &str, kind: &str, part: &Value) {
    let mut report = json!({
        "version": "0", "id": "1", "source": "aws.ses", "detail-type": "Email",
        "detail": {
            "eventType": kind,
            "mail": {
                "timestamp": "2026-11-20T10:00:00Z", "destination": [address],
                "tags": {"customer": [flow.customer()], "mode": ["test"]},
            },
        },
    });
    report["detail"][kind.to_lowercase()] = part.clone();
    // As the rule on the default bus hands it over: nobody but AWS may publish as `aws.ses`, in the emulator either.
    flow.stack.aws.send_message("paybus-local-customer-sync", &report.to_string()).unwrap();
}

#[test]
fn a_customer_is_known_changed_and_forgotten_as_the_processor_says() {
    let Some(flow) = Flow::new() else { return };
    let (first, second) = (address(&flow, "first"), address(&flow, "second"));
    flow.publish(&customer_event(&flow, "customer.created", 0, &first)).unwrap();
    let known = wait_for_profile(&flow, "the profile", |profile| profile["email"]["S"] == first);
    assert_eq!(known["locales"]["L"][0]["S"], "de-DE");
    wait_for_profile(&flow, "the change to be published", |profile| profile["published"]["S"].is_string());

    // The invoice names another address; the profile's counts, and its language.
    pay(&flow, "One");
    let mail = wait_for("the mail", || Ok(mails_to(&flow, &first).pop())).unwrap();
    assert!(mail.text.contains("49,00"), "German writes a comma: {}", mail.text);

    flow.publish(&customer_event(&flow, "customer.updated", 60, &second)).unwrap();
    wait_for_profile(&flow, "the new address", |profile| profile["email"]["S"] == second);
    flow.publish(&customer_event(&flow, "customer.updated", 30, &first)).unwrap();
    pay(&flow, "Two");
    wait_for("the mail to the new address", || Ok(mails_to(&flow, &second).pop())).unwrap();
    assert_eq!(mails_to(&flow, &first).len(), 1);

    flow.publish(&customer_event(&flow, "customer.deleted", 90, &second)).unwrap();
    let forgotten = wait_for_profile(&flow, "the deletion", |profile| !profile["erased_at"].is_null());
    let left = forgotten.to_string();
    for personal in [&first, &second, "Grete", "de-DE", "published"] {
        assert!(!left.contains(personal), "{personal} is still kept: {left}");
    }
    pay(&flow, "Three");
    let skipped = wait_for("the skip to be recorded", || Ok(delivery(&flow, "Three"))).unwrap();
    assert!(skipped.contains("erased"), "{skipped}");
    assert_eq!(flow.mails().unwrap().len(), 2);
}

#[test]
fn an_address_that_bounced_is_left_alone_and_the_phone_still_rings() {
    let Some(flow) = Flow::new() else { return };
    let phone = flow.stack.aws.create_device(&flow.device()).unwrap();
    flow.register_device(&phone).unwrap();
    let bounce = json!({"bounceType": "Permanent", "timestamp": "2026-11-20T10:00:05Z"});
    report(&flow, &flow.email(), "Bounce", &bounce);
    wait_for_profile(&flow, "the suppression", |profile| profile["suppression"]["M"]["reason"]["S"] == "bounced");
    pay(&flow, "Bounced");
    wait_for("the push", || Ok(flow.stack.aws.peek(&flow.device())?.pop())).unwrap();
    let skipped =
        wait_for("the skip to be recorded", || Ok(delivery(&flow, "Bounced").filter(|item| item.contains("bounced"))))
            .unwrap();
    assert!(skipped.contains("skipped"), "{skipped}");
    assert_eq!(flow.mails().unwrap(), []);

    // A later delivery lifts it, and the bounce that is reported once more is the older one.
    report(&flow, &flow.email(), "Delivery", &json!({"timestamp": "2026-11-20T11:00:00Z"}));
    wait_for_profile(&flow, "the suppression to be lifted", |profile| profile["suppression"].is_null());
    report(&flow, &flow.email(), "Bounce", &bounce);
    pay(&flow, "Again");
    wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    assert!(profile(&flow).unwrap()["suppression"].is_null());
}

/// One call of the engagement workflow.
fn thank(flow: &Flow, purchase: &str) -> Value {
    let payload = json!({"step": "high_value_purchase", "engagement": {
        "schema": 1, "engagement": "high_value_purchase", "mode": "test", "account_id": null, "customer_id": flow.customer(),
        "entry_key": format!("stripe:pi_Flow{}{purchase}/award", flow.mark), "payment_key": format!("stripe:pi_Flow{}{purchase}", flow.mark),
        "payment_partition": "p", "payment_sort": "state", "settle_seconds": 0, "points": 600, "total_points": 600,
        "qualifying_points": 600, "previous_tier": null, "current_tier": null, "tier_risen": false, "next_tier": null,
        "milestone_minor": null, "lifetime_minor": 60_000, "base_currency": "usd", "amount_minor": 60_000, "currency": "usd",
        "occurred_at": jiff::Timestamp::now(), "program_version": 0,
    }});
    flow.stack.aws.invoke("paybus-local-engagement-message", &payload).unwrap()
}

#[test]
fn who_leaves_a_topic_by_the_link_in_a_mail_gets_no_more_of_it() {
    let Some(flow) = Flow::new() else { return };
    flow.publish(&customer_event(&flow, "customer.created", 0, &flow.email())).unwrap();
    wait_for_profile(&flow, "the profile", |profile| profile["email"]["S"] == flow.email());
    thank(&flow, "First");
    let mail = wait_for("the mail", || Ok(flow.mails()?.pop())).unwrap();
    let (_, link) = mail.text.split_once("?l=de&t=").expect("the mail has a link to leave");
    let query: String = link.chars().take_while(char::is_ascii_graphic).collect();
    let page = flow.stack.output("UnsubscribePageUrl").unwrap();
    let id = page.trim_start_matches("https://").trim_start_matches("http://").split('.').next().unwrap();
    let post = |query: &str| {
        let path = format!("?l=de&t={query}");
        flow.stack.aws.post_to_function(id, &path, &[], "List-Unsubscribe=One-Click").unwrap()
    };

    assert_eq!(post(&query[1..]).0, 400);
    let (status, answer) = post(&query);
    assert!(status == 200 && answer.contains("Sie haben abbestellt"), "{status} {answer}");
    assert!(post(&query).1.contains("bereits abbestellt"));
    assert_eq!(profile(&flow).unwrap()["left_topics"]["SS"], json!(["rewards"]));

    assert_eq!(thank(&flow, "Second")["outcome"], "skipped");
    let skipped = wait_for("the skip to be recorded", || Ok(delivery(&flow, "Second"))).unwrap();
    assert!(skipped.contains("unsubscribed"), "{skipped}");
    pay(&flow, "Receipt");
    wait_for("the receipt, which still comes", || Ok((flow.mails()?.len() == 2).then_some(()))).unwrap();
}
