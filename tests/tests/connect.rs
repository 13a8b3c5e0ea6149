//! The connection to Stripe on the deployed template: made, changed, watched and removed. Each test has a stack and a Stripe
//! account of its own, and looks into that account for what is left behind.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests; `cargo xtask test` says by the environment where the stack and the command line tool are"
)]

use std::process::{Command, Output, Stdio};

use processor_events::signature::sign;
use serde_json::{Value, json};
use tests::{
    connection::{Connection, Parameter},
    flow::{sample_event, wait_for},
};

/// The reconciler has nothing to do with the destination's life.
const NO_RECONCILER: Parameter<'static> = ("Reconciler", "off");

fn connection() -> Option<Connection> {
    Connection::new().unwrap()
}

fn created(more: &[Parameter<'_>]) -> Option<Connection> {
    let connection = connection()?;
    let status = connection.create(more).unwrap();
    assert_eq!(status, "CREATE_COMPLETE", "{:?}", connection.events().unwrap());
    Some(connection)
}

#[track_caller]
fn updated(connection: &Connection, changes: &[Parameter<'_>]) {
    let status = connection.update(changes).unwrap();
    assert_eq!(status, "UPDATE_COMPLETE", "{:?}", connection.events().unwrap());
}

/// The account has this destination and no other one, and its source has the only bus of this test.
#[track_caller]
fn check_only(connection: &Connection, destination: &Value) {
    assert_eq!(connection.stripe.only_destination().unwrap(), *destination);
    let source = source_of(destination);
    assert!(connection.partner_buses().unwrap().contains(&source), "no bus for {source}");
    assert_eq!(connection.stack().unwrap().output("StripeEventSource").unwrap(), source);
}

fn source_of(destination: &Value) -> String {
    format!("aws.partner/stripe.com/{}", destination["id"].as_str().unwrap())
}

#[test]
fn a_destination_lives_with_its_stack_and_leaves_with_it() {
    let Some(connection) = created(&[NO_RECONCILER]) else { return };
    let made = connection.stripe.only_destination().unwrap();
    check_only(&connection, &made);
    assert_eq!((&made["name"], &made["event_payload"]), (&json!("Paybus"), &json!("snapshot")));

    // What Stripe lets change is changed in place.
    let renamed: &[Parameter<'_>] =
        &[NO_RECONCILER, ("StripeDestinationName", "Renamed"), ("StripeMetadata", "team=payments")];
    updated(&connection, renamed);
    let changed = connection.stripe.only_destination().unwrap();
    check_only(&connection, &changed);
    assert_eq!((&changed["id"], &changed["name"]), (&made["id"], &json!("Renamed")));
    assert_eq!(changed["metadata"]["team"], "payments");

    // The rest is another destination, and the old one goes with its bus.
    let versioned = [renamed, &[("StripeSnapshotApiVersion", "2026-07-29.dahlia")]].concat();
    updated(&connection, &versioned);
    let replaced = connection.stripe.only_destination().unwrap();
    check_only(&connection, &replaced);
    assert_ne!(replaced["id"], made["id"]);
    assert!(!connection.partner_buses().unwrap().contains(&source_of(&made)));

    // A revision mends what AWS and Stripe have given up.
    let mut given_up = replaced.clone();
    given_up["status"] = json!("disabled");
    given_up["status_details"] = json!({ "disabled": { "reason": "no_aws_event_source_exists" } });
    connection.stripe.put("event_destinations", &[given_up]).unwrap();
    updated(&connection, &[versioned.as_slice(), &[("StripeConnectionRevision", "2")]].concat());
    let mended = connection.stripe.only_destination().unwrap();
    check_only(&connection, &mended);
    assert_ne!(mended["id"], replaced["id"]);

    connection.delete().unwrap();
    assert_eq!(connection.stripe.destinations().unwrap(), Vec::<Value>::new());
    assert!(!connection.partner_buses().unwrap().contains(&source_of(&mended)));
}

#[test]
fn an_update_that_fails_leaves_the_destination_as_it_was() {
    let Some(connection) = created(&[NO_RECONCILER]) else { return };
    let before = connection.stripe.only_destination().unwrap();
    for change in [("StripeDestinationName", "Renamed"), ("StripeEventPayload", "thin")] {
        let status = connection.update_in_vain(&[NO_RECONCILER, change]).unwrap();
        assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE", "{change:?} {:?}", connection.events().unwrap());
        check_only(&connection, &before);
    }
    connection.delete().unwrap();
    assert_eq!(connection.stripe.destinations().unwrap(), Vec::<Value>::new());
}

#[test]
fn a_creation_that_fails_leaves_no_destination_and_spares_a_strangers() {
    let Some(connection) = connection() else { return };
    let stranger = json!({
        "id": "ed_test_stranger", "object": "v2.core.event_destination", "name": "Paybus", "status": "enabled",
        "event_payload": "snapshot", "enabled_events": ["*"], "livemode": false, "metadata": {"owner": "another team"},
        "type": "amazon_eventbridge", "amazon_eventbridge": {"aws_account_id": "000000000000", "aws_region": "us-east-1"},
    });
    connection.stripe.put("event_destinations", std::slice::from_ref(&stranger)).unwrap();
    // The answer to the creation is lost as well: what nobody heard of must go too.
    connection.stripe.fail_next("POST /v2/core/event_destinations", "lost").unwrap();
    let status = connection.create_in_vain(&[NO_RECONCILER]).unwrap();
    assert_eq!(status, "ROLLBACK_COMPLETE", "{:?}", connection.events().unwrap());
    let calls = connection.stripe.all("calls").unwrap();
    assert!(calls.iter().any(|call| call["route"] == "POST /v2/core/event_destinations"), "{calls:?}");
    assert_eq!(connection.stripe.only_destination().unwrap(), stranger);
    connection.delete().unwrap();
    assert_eq!(connection.stripe.only_destination().unwrap(), stranger);
}

#[test]
fn the_events_of_the_stack_tell_why_it_cannot_be_connected() {
    let Some(connection) = connection() else { return };
    let status = connection.create(&[NO_RECONCILER, ("PaymentMode", "live")]).unwrap();
    assert_eq!(status, "ROLLBACK_COMPLETE");
    let events = connection.events().unwrap();
    let failed = events.iter().find(|event| event.resource == "StripeDestination" && event.status == "CREATE_FAILED");
    let reason = &failed.unwrap().reason;
    assert!(reason.contains("holds a test key, but the stack is for live mode"), "{reason}");
    assert!(!reason.contains(&connection.api_key), "{reason}");
    connection.delete().unwrap();
}

#[test]
fn the_forward_rule_takes_what_stripe_sends_and_only_in_the_stacks_mode() {
    let Some(connection) = created(&[NO_RECONCILER]) else { return };
    let bus = source_of(&connection.stripe.only_destination().unwrap());
    let pattern = connection.forward_pattern(&bus).unwrap();
    for sample in ["invoice.paid/subscription_cycle.json", "payment_intent.succeeded/acacia_one_time.json"] {
        let mut event = sample_event(sample).unwrap();
        event["source"] = json!(bus);
        assert!(connection.matches(&pattern, &event).unwrap(), "{sample}");
        event["detail"]["livemode"] = json!(true);
        assert!(!connection.matches(&pattern, &event).unwrap(), "{sample}, live");
    }
    // As captured from a bus in 2024, less the customer.
    let captured = json!({
        "version": "0", "id": "a0ca06a0-c069-cf0e-7f4c-2cba0ec75590", "detail-type": "customer.created", "source": bus,
        "account": "088745616136", "time": "2024-11-11T03:24:33Z", "region": "us-east-1",
        "resources": [format!("arn:aws:events:us-east-1::event-source/{bus}")],
        "detail": {"id": "evt_1QJoEvDBywSFrkP2tKRjOzej", "object": "event", "api_version": "2024-10-28.acacia",
            "created": 1_731_295_473, "livemode": false, "type": "customer.created", "data": {"object": {"id": "cus_1"}}},
    });
    assert!(connection.matches(&pattern, &captured).unwrap());
    let ping = json!({
        "version": "0", "id": "17e8dff5", "detail-type": "v2.core.event_destination.ping", "source": bus, "account": "1",
        "time": "2024-03-07T18:27:56Z", "region": "us-east-1", "resources": [],
        "detail": {"id": "evt_test_789", "object": "v2.core.event", "type": "v2.core.event_destination.ping", "livemode": false},
    });
    assert!(connection.matches(&pattern, &ping).unwrap(), "a ping comes in like everything else");
    let mut foreign = captured;
    foreign["source"] = json!("aws.partner/example.com/1");
    assert!(!connection.matches(&pattern, &foreign).unwrap());
    connection.delete().unwrap();
}

/// An event of Stripe's list, some seconds old.
fn listed(id: &str, age_seconds: i64) -> Value {
    let mut event = sample_event("invoice.paid/subscription_cycle.json").unwrap()["detail"].clone();
    event["id"] = json!(id);
    event["created"] = json!(event["created"].as_i64().unwrap().checked_sub(age_seconds).unwrap());
    event["pending_webhooks"] = json!(0);
    event["data"]["object"]["customer_email"] = json!("canary.person@example.com");
    event["data"]["object"]["customer_name"] = json!("Canary Person");
    event
}

#[test]
fn what_stripe_lists_of_the_last_hours_is_published_again() {
    let Some(connection) = created(&[("SilenceHours", "2")]) else { return };
    connection.listen_on_the_hub().unwrap();
    let mut undelivered = listed("evt_undelivered", 1_000);
    undelivered["pending_webhooks"] = json!(1);
    let mut live = listed("evt_live", 1_000);
    live["livemode"] = json!(true);
    let mut unwanted = listed("evt_unwanted", 1_000);
    unwanted["type"] = json!("plan.created");
    let young = listed("evt_on_its_way", 10);
    let old = listed("evt_of_yesterday", 86_400);
    let all = [old, listed("evt_delivered", 7_200), undelivered.clone(), live, unwanted, young];
    connection.stripe.put("events", &all).unwrap();
    connection.aws.invoke(&format!("{}-reconciler", connection.name), &json!({})).unwrap();
    let heard = wait_for("both events on the hub", || Ok(Some(connection.heard()?).filter(|heard| heard.len() >= 2)));
    let mut heard = heard.unwrap();
    heard.sort_by_key(|event| event["detail"]["id"].to_string());
    let ids: Vec<_> = heard.iter().map(|event| event["detail"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["evt_delivered", "evt_undelivered"]);
    assert_eq!(heard[1]["source"], "paybus.reconciler.stripe");
    assert_eq!(heard[1]["detail-type"], "invoice.paid");
    assert_eq!(heard[1]["detail"], undelivered);
    let metrics = connection.log_lines().unwrap();
    let counted = |name: &str, value: u32| {
        metrics
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .any(|line| line[name] == json!(value))
    };
    assert!(counted("EventsUndelivered", 1) && counted("EventsPublishedAgain", 2), "{metrics:?}");
    connection.delete().unwrap();
}

/// The command line tool as a user would run it, in the environment that leads to the local stack.
fn paybus(connection: &Connection, arguments: &[&str]) -> Command {
    let program = std::env::var("PAYBUS_CLI").expect("`cargo xtask test` compiles the program");
    let mut command = Command::new(program);
    command.args(arguments).args(["--stack", &connection.name, "--stripe-url", &connection.stripe.url]);
    command
}

/// Whether it ended well, and everything that it wrote.
fn said(command: &mut Command) -> (bool, String) {
    heard_of(&command.output().unwrap())
}

fn heard_of(output: &Output) -> (bool, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[track_caller]
fn check_said(command: &mut Command, well: bool, lines: &[&str]) {
    let (ended_well, text) = said(command);
    assert_eq!(ended_well, well, "{text}");
    for line in lines {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
}

#[test]
fn connect_status_shows_the_way_of_events_and_what_to_do_where_it_is_cut() {
    let Some(connection) = created(&[NO_RECONCILER]) else { return };
    let destination = connection.stripe.only_destination().unwrap();
    let (id, source) = (destination["id"].as_str().unwrap(), source_of(&destination));
    connection.stripe.put("events", &[listed("evt_newest", 60)]).unwrap();
    connection.note_on_the_hub("evt_newest").unwrap();
    let status = || {
        let mut command = paybus(&connection, &["connect", "status", "--secret", connection.secret_arn()]);
        command.env("AWS_REGION", "us-east-1");
        command
    };
    let well = [
        format!("ok  destination Paybus ({id}) sends"),
        format!("ok  source {source} is taken by its bus"),
        "ok  the forward rule sends its events to the hub".to_owned(),
        format!("ok  hub {}-payment-events is there", connection.name),
        "ok  last event at Stripe: invoice.paid, 6".to_owned(),
        "ok  last event on the hub: ".to_owned(),
    ];
    check_said(&mut status(), true, &well.each_ref().map(String::as_str));

    let rule = json!({ "Name": format!("{}-stripe-forward", connection.name), "EventBusName": source });
    connection.aws.json("events", "AWSEvents.DisableRule", &rule).unwrap();
    check_said(&mut status(), false, &["!!  the forward rule is switched off\n      -> aws events enable-rule"]);

    let nowhere = format!("!!  there is no hub {}-payment-events in this account in eu-west-1", connection.name);
    check_said(
        status().env("AWS_REGION", "eu-west-1"),
        false,
        &[&nowhere, "-> deploy, or name the stack and the region"],
    );
    check_said(status().env_remove("AWS_REGION"), false, &["AWS_REGION", "export-credentials"]);
    let without_key = &mut paybus(&connection, &["connect", "status"]);
    check_said(without_key, false, &["??  Stripe was not asked\n      -> give its key: --secret"]);
    connection.delete().unwrap();
}

#[test]
fn who_may_not_look_is_told_which_right_is_missing() {
    let Some(connection) = connection() else { return };
    if std::env::var_os("PAYBUS_TEST_IAM").is_none() {
        println!("skipped: only an emulator that enforces IAM denies anything");
        return;
    }
    let (id, secret) = connection.key_without_rights().unwrap();
    let told = [
        "not authorized to perform: events:DescribeEventBus",
        "-> docs/connect.md lists the rights that looking needs",
    ];
    let mut command = paybus(&connection, &["connect", "status"]);
    check_said(command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret), false, &told);
}

#[test]
fn a_ping_is_timed_from_stripe_to_the_hub() {
    let Some(connection) = created(&[NO_RECONCILER]) else { return };
    let ping = |timeout: &str| {
        paybus(&connection, &["ping", "--secret", connection.secret_arn(), "--timeout-seconds", timeout])
    };
    check_said(&mut ping("0"), false, &["Stripe sends evt_test_", "not seen in /aws/events/", "paybus connect status"]);
    let running = ping("60").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let sent = wait_for("the second ping", || Ok(connection.stripe.all("pings")?.into_iter().nth(1))).unwrap();
    connection.note_on_the_hub(sent["id"].as_str().unwrap()).unwrap();
    let (ended_well, text) = heard_of(&running.wait_with_output().unwrap());
    assert!(ended_well && text.contains("on the hub after "), "{text}");
    connection.delete().unwrap();
    check_said(&mut ping("1"), false, &["there is no /aws/events/", "EventLog=ids"]);
}

/// A gateway instead of the function's own URL: the function sees the same request.
#[test]
fn webhooks_come_in_by_a_gateway_as_well() {
    let Some(connection) = connection() else { return };
    let secret = connection.webhook_secret("whsec_canary").unwrap();
    let changes: &[Parameter<'_>] = &[
        NO_RECONCILER,
        ("StripeConnection", "off"),
        ("Webhooks", "on"),
        ("WebhookSecretArn", &secret),
        ("WebhookEntrance", "api"),
    ];
    assert_eq!(connection.create(changes).unwrap(), "CREATE_COMPLETE", "{:?}", connection.events().unwrap());
    connection.listen_on_the_hub().unwrap();
    let url = connection.stack().unwrap().output("WebhookUrl").unwrap().to_owned();
    let api = url.strip_prefix("https://").and_then(|rest| rest.split('.').next()).unwrap();
    let event = listed("evt_1", 0);
    let body = event.to_string();
    // The event is fresh, so its time is near enough to now for a signature.
    let now = event["created"].as_i64().unwrap();
    let post = |secret: &str, path: &str| {
        let signature = sign(body.as_bytes(), secret, now);
        connection.aws.post_to_gateway(api, path, &[("stripe-signature", &signature)], &body).unwrap()
    };
    assert_eq!(post("whsec_stranger", "stripe").0, 400);
    assert_eq!(post("whsec_canary", "stripe/elsewhere").0, 404);
    assert_eq!(post("whsec_canary", "stripe").0, 200);
    let heard = wait_for("the event on the hub", || Ok(connection.heard()?.pop())).unwrap();
    assert_eq!((&heard["source"], &heard["detail"]["id"]), (&json!("paybus.webhook.stripe"), &json!("evt_1")));
    connection.delete().unwrap();
}

/// Secrets and persons that the functions get to see must be in none of their log lines, whatever goes wrong.
#[test]
fn no_log_line_shows_a_secret_or_a_person() {
    let Some(connection) = connection() else { return };
    let secret = connection.webhook_secret("whsec_canary").unwrap();
    let changes: &[Parameter<'_>] = &[("Webhooks", "on"), ("WebhookSecretArn", &secret), ("LogLevel", "debug")];
    connection.stripe.fail_next("POST /v2/core/event_destinations", "server_error_after").unwrap();
    assert_eq!(connection.create(changes).unwrap(), "CREATE_COMPLETE", "{:?}", connection.events().unwrap());
    let stack = connection.stack().unwrap();
    let event = json!({ "detail": listed("evt_canary", 1_000) });
    assert_eq!(stack.deliver(&event, "whsec_canary").unwrap().0, 200);
    assert_eq!(stack.deliver(&event, "whsec_canary_of_a_stranger").unwrap().0, 400);
    connection.stripe.put("events", &[event["detail"].clone()]).unwrap();
    connection.stripe.fail_next("GET /v1/events", "too_many").unwrap();
    let reconciler = format!("{}-reconciler", connection.name);
    connection.aws.invoke(&reconciler, &json!({})).unwrap();
    // And what fails for good: the key no longer fits the stack.
    let status = connection.update(&[changes, &[("PaymentMode", "live")]].concat()).unwrap();
    assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE", "{:?}", connection.events().unwrap());

    for function in ["stripe-destination", "webhook-ingress", "reconciler"] {
        assert!(!connection.log_lines_of(function).unwrap().is_empty(), "the log of {function} can be read");
    }
    let lines = connection.log_lines().unwrap();
    let secrets = [connection.api_key.as_str(), "whsec_", "cfn-response", "canary.person@example.com", "Canary Person"];
    let telling: Vec<_> = lines.iter().filter(|line| secrets.iter().any(|secret| line.contains(secret))).collect();
    assert!(telling.is_empty(), "{telling:?}");
    connection.delete().unwrap();
}
