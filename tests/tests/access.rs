//! The ability to pay, from the processor's event to the product: the hold that the API answers with, and the event that a
//! subscriber gets. One stack gives grace and asks for signatures, the other holds at once and believes tokens.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests; what they send happens now, because the deployed functions live in real time"
)]

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tests::{
    flow::{Flow, wait_for},
    product::{Caller, kinds},
};
use xtask::{
    aws::{ApiRequest, Subscriber},
    stack::METERED,
};

/// Seven days, which the standard policy leaves after a failed invoice.
const GRACE_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Sends what is due at once, as a processor may: the same event three times.
fn publish_three_times(flow: &Flow, event: &Value) {
    for _ in 0..3 {
        flow.publish(event).unwrap();
    }
}

fn wait_for_kinds(subscriber: &Subscriber, expected: &[&str]) -> Vec<Value> {
    let what = format!("the events {expected:?}");
    wait_for(&what, || {
        let events = subscriber.events()?;
        Ok((kinds(&events)? == expected).then_some(events))
    })
    .unwrap_or_else(|error| panic!("{error:#}: {:?}", kinds(&subscriber.events().unwrap())))
}

fn wait_for_status(flow: &Flow, caller: &Caller, status: &str) -> Value {
    let what = format!("the API to say {status}");
    wait_for(&what, || Ok(Some(flow.access(caller)?).filter(|access| access["status"] == status))).unwrap()
}

fn wait_until_done(flow: &Flow) {
    wait_for("the access queue to be done with this flow", || {
        let messages = flow.stack.aws.peek(&queue(flow))?;
        Ok((!messages.iter().any(|message| message.body.contains(&flow.mark))).then_some(()))
    })
    .unwrap();
}

#[test]
fn grace_ends_in_a_hold_and_a_payment_restores_and_each_is_said_once() {
    let Some(flow) = Flow::new() else { return };
    let subscriber = flow.subscribe_to_access().unwrap();
    let mut failed = flow.event("invoice.payment_failed/first_attempt.json", "Invoice").unwrap();
    let failed_at = Timestamp::now().as_second() - GRACE_SECONDS + 15;
    failed["detail"]["created"] = json!(failed_at);
    publish_three_times(&flow, &failed);

    let grace = wait_for_status(&flow, &Caller::Backend, "grace");
    assert_eq!(grace["allowed"], true);
    assert_eq!(grace["until"], json!(Timestamp::from_second(failed_at + GRACE_SECONDS).unwrap()));
    wait_for_kinds(&subscriber, &["access.grace_started"]);

    // Nobody sends anything: the reminder of EventBridge Scheduler looks again.
    let events = wait_for_kinds(&subscriber, &["access.grace_started", "access.held"]);
    assert_eq!(events[1]["detail"]["allowed"], false);
    let held = flow.access(&Caller::Backend).unwrap();
    assert_eq!((&held["status"], &held["allowed"]), (&json!("held"), &json!(false)));

    let paid = flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap();
    publish_three_times(&flow, &paid);
    publish_three_times(&flow, &failed);
    wait_for_status(&flow, &Caller::Backend, "restored");
    wait_until_done(&flow);
    let events = wait_for_kinds(&subscriber, &["access.grace_started", "access.held", "access.restored"]);
    assert!(events.iter().all(|event| event["source"] == "paybus.access"));
}

#[test]
fn a_card_that_is_declined_at_a_checkout_starts_no_grace() {
    let Some(flow) = Flow::new() else { return };
    let subscriber = flow.subscribe_to_access().unwrap();
    let declined = flow.event("payment_intent.payment_failed/insufficient_funds.json", "Checkout").unwrap();
    flow.publish(&declined).unwrap();
    let known = wait_for("the event to be known", || {
        Ok(Some(flow.access(&Caller::Backend)?).filter(|access| !access["since"].is_null()))
    })
    .unwrap();
    assert_eq!((&known["status"], &known["allowed"]), (&json!("active"), &json!(true)));
    wait_until_done(&flow);
    assert_eq!(subscriber.events().unwrap(), Vec::<Value>::new());
}

#[test]
fn a_failed_payment_holds_a_metered_customer_until_the_next_payment() {
    let Some(flow) = Flow::on(METERED) else { return };
    let (subscriber, app) = (flow.subscribe_to_access().unwrap(), flow.app().unwrap());
    assert_eq!(flow.access(&app).unwrap()["allowed"], true);
    let failed = flow.event("payment_intent.payment_failed/insufficient_funds.json", "Payment").unwrap();
    publish_three_times(&flow, &failed);
    let held = wait_for_status(&flow, &app, "held");
    assert_eq!((&held["allowed"], &held["reason"]["kind"]), (&json!(false), &json!("payment_failed")));
    wait_for_kinds(&subscriber, &["access.held"]);

    publish_three_times(&flow, &flow.event("invoice.paid/subscription_cycle.json", "Invoice").unwrap());
    assert_eq!(wait_for_status(&flow, &app, "restored")["allowed"], true);
    wait_until_done(&flow);
    wait_for_kinds(&subscriber, &["access.held", "access.restored"]);
}

#[test]
fn a_deleted_source_holds_a_metered_customer() {
    let Some(flow) = Flow::on(METERED) else { return };
    let (subscriber, app) = (flow.subscribe_to_access().unwrap(), flow.app().unwrap());
    publish_three_times(&flow, &flow.event("customer.source.deleted/legacy_card.json", "Card").unwrap());
    let held = wait_for_status(&flow, &app, "held");
    assert_eq!(held["reason"]["kind"], "no_payment_method");
    wait_until_done(&flow);
    wait_for_kinds(&subscriber, &["access.held"]);
}

#[test]
fn an_expiring_source_is_told_once_and_takes_nothing_away() {
    let Some(flow) = Flow::on(METERED) else { return };
    let (subscriber, app) = (flow.subscribe_to_access().unwrap(), flow.app().unwrap());
    let mut expiring = flow.event("customer.source.expiring/legacy_card.json", "Card").unwrap();
    expires_this_month(&mut expiring["detail"]["data"]["object"]);
    publish_three_times(&flow, &expiring);
    let events = wait_for_kinds(&subscriber, &["access.method_expiring"]);
    assert_eq!(events[0]["detail"]["last4"], expiring["detail"]["data"]["object"]["last4"]);
    wait_until_done(&flow);
    assert_eq!(subscriber.events().unwrap().len(), 1);
    assert_eq!(flow.access(&app).unwrap()["allowed"], true);
}

#[test]
fn the_sweep_says_nothing_twice_and_settles_the_month() {
    let Some(flow) = Flow::new() else { return };
    let subscriber = flow.subscribe_to_access().unwrap();
    let mut attached = flow.event("payment_method.attached/card.json", "Card").unwrap();
    expires_this_month(&mut attached["detail"]["data"]["object"]["card"]);
    flow.publish(&attached).unwrap();
    wait_for_kinds(&subscriber, &["access.method_expiring"]);
    assert_eq!(index_entries(&flow), 1);

    for _ in 0..2 {
        flow.stack.aws.send_message(&queue(&flow), r#"{"paybus":"access.sweep"}"#).unwrap();
    }
    wait_for("the month to be settled", || Ok((index_entries(&flow) == 0).then_some(()))).unwrap();
    wait_until_done(&flow);
    wait_for_kinds(&subscriber, &["access.method_expiring"]);
}

#[test]
fn a_card_that_the_networks_have_replaced_is_quiet_whatever_comes_first() {
    let Some(flow) = Flow::new() else { return };
    let subscriber = flow.subscribe_to_access().unwrap();
    let replaced = flow.event("payment_method.automatically_updated/new_number.json", "Card").unwrap();
    let mut attached = flow.event("payment_method.attached/card.json", "Card").unwrap();
    expires_this_month(&mut attached["detail"]["data"]["object"]["card"]);
    attached["detail"]["created"] = json!(replaced["detail"]["created"].as_i64().unwrap() - 60);
    flow.publish(&replaced).unwrap();
    wait_for("the new card to be known", || {
        Ok(Some(flow.access(&Caller::Backend)?).filter(|access| !access["since"].is_null()))
    })
    .unwrap();
    flow.publish(&attached).unwrap();
    wait_until_done(&flow);
    assert_eq!(subscriber.events().unwrap(), Vec::<Value>::new());
}

#[test]
fn who_cannot_be_known_is_refused() {
    let (Some(backend), Some(apps)) = (Flow::new(), Flow::on(METERED)) else { return };
    let Caller::App(token) = apps.app().unwrap() else { panic!("an app has a token") };
    let forged = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    for target in ["/openapi.json", "/customers/cus_1/access", "/nothing"] {
        for method in ["GET", "PUT", "DELETE"] {
            let nobody = backend.ask(&Caller::Nobody, method, target, "").unwrap();
            assert_eq!(nobody.status, 403, "{method} {target}: {}", nobody.body);
            for caller in [Caller::Nobody, Caller::App(forged.clone()), Caller::App("a.b.c".into()), Caller::Backend] {
                let refused = apps.ask(&caller, method, target, "").unwrap();
                assert_eq!(refused.status, 401, "{method} {target} {caller:?}: {}", refused.body);
            }
        }
    }
}

#[test]
fn a_token_is_good_for_its_own_customer_only() {
    let Some(flow) = Flow::on(METERED) else { return };
    let app = flow.app().unwrap();
    for (method, target) in [("GET", "access"), ("PUT", "preferences"), ("DELETE", "devices/d")] {
        let answer = flow.ask(&app, method, &format!("/customers/cus_Other/{target}"), "").unwrap();
        assert_eq!((answer.status, answer.header("content-type")), (403, Some("application/problem+json")));
        assert_eq!(answer.json().unwrap()["type"], "urn:paybus:problem:not-your-customer");
    }
    assert_eq!(flow.access(&app).unwrap()["customer"], json!(flow.customer()));
}

#[test]
fn an_app_registers_its_device_and_says_what_its_customer_wants() {
    let Some(flow) = Flow::on(METERED) else { return };
    let app = flow.app().unwrap();
    let device = format!("/customers/{}/devices/phone", flow.customer());
    let register = |token: &str| {
        let body = json!({ "platform": "fcm", "token": format!("{token}-{}", flow.mark) }).to_string();
        flow.ask(&app, "PUT", &device, &body).unwrap().status
    };
    assert_eq!((register("first"), register("first"), register("second")), (204, 204, 204));
    assert!(profile(&flow).unwrap()["device#phone"]["M"]["endpoint_arn"]["S"].is_string());

    let wish = json!({ "email": false, "push": true, "muted_topics": ["offers"] });
    let target = format!("/customers/{}/preferences", flow.customer());
    assert_eq!(flow.ask(&app, "PUT", &target, &wish.to_string()).unwrap().json().unwrap(), wish);
    for _ in 0..2 {
        assert_eq!(flow.ask(&app, "DELETE", &device, "").unwrap().status, 204);
    }
    assert!(profile(&flow).unwrap()["device#phone"].is_null());
}

#[test]
fn hostile_requests_get_a_reason_and_harm_nothing() {
    let Some(flow) = Flow::new() else { return };
    let preferences = format!("/customers/{}/preferences", flow.customer());
    let huge = json!({ "email": true, "push": true, "muted_topics": ["x".repeat(1_000_000)] }).to_string();
    let deep = "[".repeat(10_000);
    for (method, target, body, status) in [
        ("GET", "/customers/a%20b/access", "", 400),
        ("GET", "/customers/%F0%9F%92%A9/access", "", 400),
        ("GET", "/customers/%00/access", "", 400),
        ("GET", "/customers/cus_1/ledger?cursor=%27%3B--", "", 400),
        ("GET", "/customers/cus_1/ledger?cursor=00", "", 400),
        ("GET", "/customers/cus_1/ledger?limit=99999999999999999999", "", 400),
        ("GET", "/customers", "", 404),
        ("PATCH", "/customers/cus_1/access", "", 405),
        ("PUT", preferences.as_str(), "", 400),
        ("PUT", preferences.as_str(), "{\"email\":1,\"push\":2}", 400),
        ("PUT", preferences.as_str(), deep.as_str(), 400),
        ("PUT", preferences.as_str(), huge.as_str(), 413),
    ] {
        let answer = flow.ask(&Caller::Backend, method, target, body).unwrap();
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {target}");
        assert_eq!(answer.json().unwrap()["status"], status);
    }
    let headers = [("authorization", xtask::aws::SIGNATURE), ("content-type", "text/plain")];
    let text = ApiRequest { method: "PUT", target: &preferences, headers: &headers, body: "{}" };
    assert_eq!(flow.call(&text).unwrap().status, 415);
    let head = flow.ask(&Caller::Backend, "HEAD", &format!("/customers/{}/access", flow.customer()), "").unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(profile(&flow), None);
}

#[test]
fn a_browser_may_ask_from_the_pages_that_are_named() {
    let Some(flow) = Flow::on(METERED) else { return };
    flow.stack.aws.spell_cors_as_the_gateway_does(flow.stack.output("CustomerApiUrl").unwrap()).unwrap();
    let target = format!("/customers/{}/access", flow.customer());
    let preflight = |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "GET")];
        flow.call(&ApiRequest { method: "OPTIONS", target: &target, headers: &headers, body: "" }).unwrap()
    };
    let allowed = preflight("https://shop.example");
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://shop.example"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(preflight("https://elsewhere.example").header("access-control-allow-origin"), None);
}

fn queue(flow: &Flow) -> String {
    flow.stack.output("AccessQueueUrl").unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The item that holds devices and preferences.
fn profile(flow: &Flow) -> Option<Value> {
    let mut items = flow.stack.aws.items(flow.stack.output("CustomersTableName").unwrap()).unwrap().into_iter();
    items.find(|item| {
        item["sk"]["S"] == "profile" && item["pk"]["S"].as_str().is_some_and(|key| key.ends_with(&flow.customer()))
    })
}

/// How many months are noted for this flow's customer.
fn index_entries(flow: &Flow) -> usize {
    let items = flow.stack.aws.items(flow.stack.output("CustomersTableName").unwrap()).unwrap().into_iter();
    let is_entry = |item: &Value| {
        item["pk"]["S"].as_str().is_some_and(|key| key.contains("expiry#")) && item["customer"]["S"] == flow.customer()
    };
    items.filter(is_entry).count()
}

fn expires_this_month(card: &mut Value) {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    card["exp_month"] = json!(today.month());
    card["exp_year"] = json!(today.year());
}
