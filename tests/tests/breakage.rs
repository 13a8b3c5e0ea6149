//! Each function broken in turn: `cargo xtask send` has to end with an error and name what is missing. One test after the
//! other, because they break what they share.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests; `cargo xtask test` says by the environment where the stack and its own program are"
)]

use std::{
    env, fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use tests::flow::{Flow, wait_for};
use xtask::{
    aws,
    stack::{Consumer, NAME, SENDER_IDENTITY, Stack},
};

const NOTICES: Consumer = Consumer::CustomerNotices;
const POINTS: Consumer = Consumer::LoyaltyPoints;

/// The stack that may be broken, and the program under test.
struct Breakage {
    flow: Flow,
    program: String,
}

impl Breakage {
    fn new() -> Option<Self> {
        let flow = Flow::new()?;
        let program = env::var("PAYBUS_XTASK").expect("`cargo xtask test` names its own program");
        Some(Self { flow, program })
    }

    /// Sends a sample as a user would, and waits a few seconds only.
    fn send(&self, sample: &str, object: &str) -> Output {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(format!("{object}.json"));
        fs::write(&file, self.flow.event(sample, object).unwrap().to_string()).unwrap();
        let port = self.flow.stack.aws.port().to_string();
        Command::new(&self.program).args(["send", "--port", &port, "--patience", "6"]).arg(&file).output().unwrap()
    }

    fn sends_well(&self, sample: &str, object: &str) {
        let output = self.send(sample, object);
        assert!(output.status.success(), "{}", said(&output));
    }

    fn sends_badly(&self, sample: &str, object: &str, missing: &str) {
        let output = self.send(sample, object);
        assert!(!output.status.success(), "{}", said(&output));
        assert!(said(&output).contains(missing), "{}", said(&output));
    }

    fn function(&self, function: &str, what: &str, body: &Value) {
        let path = format!("/2015-03-31/functions/{function}/{what}");
        self.flow.stack.aws.rest("lambda", "PUT", &path, body).unwrap();
    }

    fn environment(&self, function: &str) -> Value {
        let path = format!("/2015-03-31/functions/{function}/configuration");
        self.flow.stack.aws.rest("lambda", "GET", &path, &Value::Null).unwrap()["Environment"].clone()
    }

    fn with_environment(&self, function: &str, changes: &[(&str, &str)], test: impl FnOnce()) {
        let before = self.environment(function);
        let mut other = before.clone();
        for (name, value) in changes {
            other["Variables"][*name] = json!(value);
        }
        self.function(function, "configuration", &json!({ "Environment": other }));
        test();
        self.function(function, "configuration", &json!({ "Environment": before }));
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const INVOICE: &str = "invoice.paid/subscription_cycle.json";
const PAYMENT: &str = "payment_intent.succeeded/acacia_one_time.json";

#[test]
fn a_sender_that_is_not_verified_is_a_missing_mail() {
    let Some(stack) = Breakage::new() else { return };
    let path = format!("/v2/email/identities/{SENDER_IDENTITY}");
    stack.flow.stack.aws.rest("ses", "DELETE", &path, &Value::Null).unwrap();
    stack.sends_badly(INVOICE, "Denied", &format!("an email to {}", stack.flow.email()));
    stack.flow.stack.aws.verify_sender(SENDER_IDENTITY).unwrap();
    stack.sends_well(INVOICE, "Mended");
}

#[test]
fn a_function_without_its_program_is_a_missing_effect() {
    let Some(stack) = Breakage::new() else { return };
    for (consumer, sample, missing) in [(NOTICES, INVOICE, "an email to"), (POINTS, PAYMENT, "points for payment")] {
        let code = BASE64_STANDARD.encode(stack.flow.stack.aws.code_of(&consumer.queue()).unwrap());
        // A zip file with nothing in it: the end-of-directory record alone.
        stack.function(&consumer.queue(), "code", &json!({ "ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" }));
        stack.sends_badly(sample, &format!("Gone{}", consumer.name().replace('-', "")), missing);
        stack.function(&consumer.queue(), "code", &json!({ "ZipFile": code }));
        stack.sends_well(sample, &format!("Back{}", consumer.name().replace('-', "")));
    }
}

#[test]
fn a_rule_that_leads_to_another_queue_is_a_missing_effect() {
    let Some(stack) = Breakage::new() else { return };
    stack.flow.stack.aws.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "elsewhere" })).unwrap();
    let hub = stack.flow.stack.output("HubName").unwrap();
    for (consumer, sample, missing) in [(NOTICES, INVOICE, "an email to"), (POINTS, PAYMENT, "points for payment")] {
        let lead_to = |queue: &str| {
            let target = json!({ "Id": consumer.name(), "Arn": aws::arn("sqs", queue) });
            let request = json!({ "Rule": consumer.queue(), "EventBusName": hub, "Targets": [target] });
            stack.flow.stack.aws.json("events", "AWSEvents.PutTargets", &request).unwrap();
        };
        lead_to("elsewhere");
        stack.sends_badly(sample, &format!("Astray{}", consumer.name().replace('-', "")), missing);
        lead_to(&consumer.queue());
    }
    stack.sends_well(INVOICE, "Mended4");
}

#[test]
fn a_workflow_that_does_not_exist_is_a_missing_workflow_and_the_points_are_there() {
    let Some(stack) = Breakage::new() else { return };
    let nowhere = aws::arn("states", "stateMachine:nowhere");
    stack.with_environment(&POINTS.queue(), &[("ENGAGEMENT_STATE_MACHINE_ARN", &nowhere)], || {
        stack.sends_badly(PAYMENT, "NoWorkflow", "an engagement workflow for payment");
        assert_eq!(stack.flow.entries().unwrap().len(), 1);
    });
    // The message comes back, and the workflow is started for the points that were there already.
    wait_for("the workflow", || Ok((stack.flow.executions()? == 1).then_some(()))).unwrap();
    assert_eq!(stack.flow.entries().unwrap().len(), 1);
}

#[test]
fn in_record_mode_nothing_leaves_and_everything_is_kept() {
    let Some(stack) = Breakage::new() else { return };
    stack.with_environment(&NOTICES.queue(), &[("OUTBOUND_MODE", "record")], || {
        stack.flow.publish(&stack.flow.event(INVOICE, "Recorded").unwrap()).unwrap();
        let table = stack.flow.stack.output("DeliveriesTableName").unwrap();
        let kept = wait_for("the record", || {
            let items = stack.flow.stack.aws.items(table)?;
            Ok(items.into_iter().find(|item| {
                item["pk"]["S"].as_str().is_some_and(|key| key.contains("outbox"))
                    && item.to_string().contains(&stack.flow.mark)
            }))
        });
        assert!(kept.unwrap().to_string().contains("49.00"));
        stack.flow.settle(NOTICES).unwrap();
        assert_eq!(stack.flow.mails().unwrap(), []);
    });
}

fn tier_discount() -> String {
    format!("{NAME}-tier-discount")
}

const NEW_TIER: &str = "You are Silver now. Congratulations!";

/// A customer with an address, known at Stripe and invoiced in US dollars.
fn subscriber(stack: &Breakage) -> &Flow {
    stack.flow.register(None).unwrap();
    stack.flow.register_at_stripe(Some("usd")).unwrap();
    &stack.flow
}

#[test]
fn stripe_that_cannot_be_reached_costs_nobody_the_mail_and_is_made_up_for_by_hand() {
    let Some(stack) = Breakage::new() else { return };
    let flow = subscriber(&stack);
    stack.with_environment(&tier_discount(), &[("STRIPE_API_URL", "http://127.0.0.1:9")], || {
        let ended = flow.buy("Payment", 120_000, None).unwrap();
        assert_eq!(ended.status, "SUCCEEDED");
        let unreachable = ended.step("ApplyTierDiscount").unwrap();
        assert!(unreachable.failed, "{unreachable:?}");
        assert_eq!(ended.step("GeneratePersonalizedOffers").unwrap().outcome, "offered");
    });
    assert!(flow.subjects().unwrap().contains(&NEW_TIER.to_owned()));
    let failures = flow.failures().unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0]["steps"].to_string().contains("ApplyTierDiscount"), "{failures:?}");
    // The message has what is needed to do it again: the same input, started by hand.
    let ended = flow.run(&Stack::engagement(), "by-hand", &failures[0]["engagement"]).unwrap();
    assert_eq!(ended.step("ApplyTierDiscount").unwrap().outcome, "granted");
    assert_eq!(ended.step("SendTierUpgradeEmail").unwrap().outcome, "sent_before");
    assert_eq!(flow.at_stripe("customers").unwrap()[0]["balance"], -2_500);
}

#[test]
fn without_a_key_for_stripe_the_workflow_says_so_and_goes_on() {
    let Some(stack) = Breakage::new() else { return };
    let flow = subscriber(&stack);
    stack.with_environment(&tier_discount(), &[("STRIPE_SECRET_ARN", "")], || {
        let ended = flow.buy("Payment", 120_000, None).unwrap();
        assert_eq!(ended.step("ApplyTierDiscount").unwrap().outcome, "not_configured");
    });
    assert!(flow.subjects().unwrap().contains(&NEW_TIER.to_owned()));
    assert_eq!(flow.failures().unwrap(), Vec::<Value>::new());
    assert_eq!(flow.at_stripe("balance_transactions").unwrap(), Vec::<Value>::new());
}

#[test]
fn a_function_killed_between_the_credit_and_its_record_gives_one_credit() {
    let Some(stack) = Breakage::new() else { return };
    let flow = subscriber(&stack);
    // The credit is there, its answer does not come: the function waits for it and has written down nothing.
    flow.stripe().unwrap().fail_next("POST /v1/customers/{id}/balance_transactions", "silence").unwrap();
    flow.publish(&flow.purchase("Payment", 120_000, None).unwrap()).unwrap();
    wait_for("the credit", || Ok(flow.at_stripe("balance_transactions")?.pop())).unwrap();
    assert!(kill(&tier_discount(), flow.stack.aws.port()) > 0, "a process of the function is found");
    let ended = flow.ended_of("Payment").unwrap();
    assert_eq!(ended.step("ApplyTierDiscount").unwrap().outcome, "granted");
    assert_eq!(flow.at_stripe("balance_transactions").unwrap().len(), 1);
    assert_eq!(flow.at_stripe("customers").unwrap()[0]["balance"], -2_500);
    let subjects = flow.subjects().unwrap();
    assert_eq!(subjects.iter().filter(|subject| *subject == NEW_TIER).count(), 1, "{subjects:?}");
}

/// Kills every process of a function on the stack at a port, and says how many there were.
fn kill(function: &str, port: u16) -> usize {
    let settings =
        [format!("AWS_LAMBDA_FUNCTION_NAME={function}"), format!("AWS_ENDPOINT_URL=http://127.0.0.1:{port}")];
    let is_meant = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let variables: Vec<_> = environment.split(|byte| *byte == 0).collect();
        settings.iter().all(|setting| variables.contains(&setting.as_bytes()))
    };
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let ids: Vec<_> = processes
        .filter(|process| is_meant(process))
        .filter_map(|process| Some(process.file_name()?.to_str()?.to_owned()))
        .collect();
    // One that has ended meanwhile is no failure.
    Command::new("kill").arg("-KILL").args(&ids).output().unwrap();
    ids.len()
}

/// What leads to a real account, or to anything else than the stack, in the home directory and the environment.
#[test]
fn a_hostile_home_leads_nothing_astray() {
    let Some(stack) = Breakage::new() else { return };
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let elsewhere = format!("http://{}", trap.local_addr().unwrap());
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    let config = format!(
        "[default]\nregion = eu-west-3\nendpoint_url = {elsewhere}\nrole_arn = arn:aws:iam::123456789012:role/Admin\n\
         source_profile = default\n[profile hostile]\nregion = eu-west-3\nendpoint_url = {elsewhere}\n"
    );
    let credentials = "[default]\naws_access_key_id = AKIAREALLOOKING\naws_secret_access_key = x\n[hostile]\naws_access_key_id = AKIAREALLOOKING\naws_secret_access_key = x\n";
    fs::write(home.path().join(".aws/config"), config).unwrap();
    fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
    redeploy(
        &stack,
        &[
            ("HOME", &home.path().display().to_string()),
            ("AWS_PROFILE", "hostile"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
            ("AWS_ENDPOINT_URL_CLOUDFORMATION", &elsewhere),
            ("AWS_ENDPOINT_URL_S3", &elsewhere),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &elsewhere),
            ("HTTP_PROXY", &elsewhere),
            ("http_proxy", &elsewhere),
            ("SAM_CLI_TELEMETRY", "1"),
        ],
    );
    let visitor = trap.accept();
    assert!(visitor.is_err(), "something went astray: {visitor:?}");
    stack.sends_well(INVOICE, "Home");
}

/// Deploys the stack anew, as a user would.
fn redeploy(stack: &Breakage, variables: &[(&str, &str)]) {
    let port = stack.flow.stack.aws.port().to_string();
    let output = Command::new(&stack.program)
        .args(["deploy", "--no-build", "--port", &port])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("sam deploy"), "deployed to {NAME}: {}", said(&output));
}
