//! Every path of the engagement workflow on the deployed stack, with what it leaves behind: mails, pushes, offers, credit at Stripe,
//! news on the hub. Each test has customers of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use tests::{
    engagement::Ended,
    flow::{Flow, wait_for},
};
use xtask::stack::{Consumer, NAME, Stack};

const NEW_TIER: &str = "You are Silver now. Congratulations!";
const MILESTONE: &str = "A milestone: $1,000.00 with Paybus Demo";
const FOLLOW_UP: &str = "How was it? We would like to know";
const FOLLOW_UP_WITH_OFFER: &str = "How was it? And something we picked for you";

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

fn steps(ended: &Ended) -> Vec<(&str, &str)> {
    let steps = ended.states.iter().flat_map(|state| &state.steps);
    steps.map(|step| (step.name.as_str(), step.outcome.as_str())).collect()
}

#[test]
fn a_new_tier_brings_mail_push_offer_credit_news_and_a_follow_up() {
    let Some(flow) = Flow::new() else { return };
    let phone = flow.stack.aws.create_device(&flow.device()).unwrap();
    flow.register_device(&phone).unwrap();
    flow.register_at_stripe(Some("usd")).unwrap();
    let listening = flow.listen().unwrap();
    let ended = flow.buy("Payment", 120_000, Some("books")).unwrap();
    assert_eq!(ended.status, "SUCCEEDED");
    assert_eq!(
        steps(&ended),
        [
            ("PushTierStatus", "sent"),
            ("ApplyTierDiscount", "granted"),
            ("SendTierUpgradeEmail", "sent"),
            ("UpdateCRMProfile", "published"),
            ("GeneratePersonalizedOffers", "offered"),
            ("MilestoneWorkflow", "sent"),
            ("CheckPurchaseAgain", "stands"),
            ("SendFollowUp", "sent"),
        ]
    );
    assert_eq!(flow.subjects().unwrap(), [MILESTONE, FOLLOW_UP_WITH_OFFER, NEW_TIER]);
    let mails = flow.mails().unwrap();
    let said = |subject: &str| mails.iter().find(|mail| mail.subject == subject).unwrap().text.clone();
    for words in ["Free shipping", "Early access to sales", "$25.00"] {
        assert!(said(NEW_TIER).contains(words), "{words} is missing in {}", said(NEW_TIER));
    }
    assert!(said(FOLLOW_UP_WITH_OFFER).contains("Your third book is free"), "{}", said(FOLLOW_UP_WITH_OFFER));
    assert_eq!(flow.stack.aws.peek(&flow.device()).unwrap().len(), 3, "tier, milestone, follow-up");
    let offers = flow.offers().unwrap();
    assert_eq!(offers.iter().map(|offer| text(offer, "name")).collect::<Vec<_>>(), ["third-book-free"]);
    let credits = flow.at_stripe("balance_transactions").unwrap();
    assert_eq!(credits.len(), 1, "{credits:?}");
    assert_eq!((&credits[0]["amount"], &credits[0]["currency"]), (&json!(-2_500), &json!("usd")));
    let mark = format!("tier-reward:{}:silver:0", flow.customer());
    assert_eq!(credits[0]["metadata"]["paybus_reward"], mark);
    let heard = flow.heard(&listening).unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((&heard[0]["previous_tier"], &heard[0]["tier"]), (&json!(""), &json!("silver")));
    assert_eq!(heard[0]["balance_points"], 1_200);
    assert!(!heard[0].to_string().contains('@'), "ids and numbers only: {heard:?}");
    assert_eq!(flow.failures().unwrap(), Vec::<Value>::new());
}

#[test]
fn one_tier_and_different_histories_bring_different_offers_that_name_their_entries() {
    let (Some(reader), Some(runner)) = (Flow::new(), Flow::new()) else { return };
    for (flow, category) in [(&reader, "books"), (&runner, "shoes")] {
        flow.register(None).unwrap();
        flow.register_at_stripe(None).unwrap();
        flow.publish(&flow.purchase("First", 30_000, Some(category)).unwrap()).unwrap();
        wait_for("the first purchase", || Ok(flow.entries()?.pop())).unwrap();
        flow.buy("Second", 90_000, Some(category)).unwrap();
        let ledger = flow.ledger().unwrap();
        let account = ledger.iter().find(|item| text(item, "sk") == "account").unwrap();
        assert_eq!(text(account, "tier"), "silver");
    }
    let check = |flow: &Flow, name: &str| {
        let offers = flow.offers().unwrap();
        assert_eq!(offers.iter().map(|offer| text(offer, "name")).collect::<Vec<_>>(), [name]);
        for object in ["First", "Second"] {
            let entry = format!("stripe:{}/award", flow.payment(object));
            assert!(offers[0]["deciding_entries"].to_string().contains(&entry), "{offers:?}");
            assert!(text(&offers[0], "explanation").contains(&entry), "{offers:?}");
        }
    };
    check(&reader, "third-book-free");
    check(&runner, "first-book");
    let code = runner.at_stripe("promotion_codes").unwrap();
    assert_eq!(code.len(), 1, "who is sent no invoices gets a code: {code:?}");
    let mails = runner.mails().unwrap();
    let mail = mails.iter().find(|mail| mail.subject == NEW_TIER).unwrap();
    assert!(mail.text.contains(code[0]["code"].as_str().unwrap()), "{}", mail.text);
}

#[test]
fn a_large_purchase_is_thanked_for_and_followed_up() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let ended = flow.buy("Payment", 60_000, None).unwrap();
    assert_eq!((ended.status.as_str(), &ended.input["engagement"]), ("SUCCEEDED", &json!("high_value_purchase")));
    let expected = ["HighValuePurchaseWorkflow", "ScheduleFollowUpCampaign", "CheckPurchaseAgain", "SendFollowUp"];
    assert_eq!(ended.names(), expected);
    assert_eq!(flow.subjects().unwrap(), [FOLLOW_UP, "Thank you for your big purchase at Paybus Demo"]);
}

#[test]
fn a_milestone_without_a_new_tier_is_celebrated_and_followed_up() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    flow.register_at_stripe(None).unwrap();
    // 1,200 points for 600 dollars: the tier comes before the milestone of 1,000 dollars.
    let ended = flow.buy("First", 60_000, Some("premium")).unwrap();
    assert_eq!(ended.input["engagement"], "tier_upgrade");
    let ended = flow.buy("Second", 45_000, None).unwrap();
    assert_eq!((ended.status.as_str(), &ended.input["engagement"]), ("SUCCEEDED", &json!("milestone")));
    let expected = ["MilestoneWorkflow", "ScheduleFollowUpCampaign", "CheckPurchaseAgain", "SendFollowUp"];
    assert_eq!(ended.names(), expected);
    assert!(flow.subjects().unwrap().contains(&MILESTONE.to_owned()));
}

#[test]
fn a_plain_purchase_is_confirmed_and_nothing_more() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let ended = flow.buy("Payment", 4_200, None).unwrap();
    assert_eq!((ended.status.as_str(), ended.names()), ("SUCCEEDED", vec!["StandardPurchaseWorkflow"]));
    assert_eq!(flow.subjects().unwrap(), ["You earned 42 points at Paybus Demo"]);
    let text = flow.mails().unwrap().remove(0).text;
    assert!(text.contains("958"), "what is missing to the next tier is told: {text}");
}

#[test]
fn a_payment_in_doubt_is_spoken_of_only_if_it_stands() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let standing = flow.buy("Standing", 4_200, None).unwrap();
    let undone = flow.buy("Undone", 4_300, None).unwrap();
    flow.refund("Undone", 4_300).unwrap();
    wait_for("the reversal", || Ok((flow.entries()?.len() == 3).then_some(()))).unwrap();
    let in_doubt = |input: &Value| {
        let mut input = input.clone();
        input["settle_seconds"] = json!(1);
        // A purchase that nobody has spoken of yet.
        input["entry_key"] = json!(format!("{}-again", input["entry_key"].as_str().unwrap()));
        input
    };
    let machine = Stack::engagement();
    let ended = flow.run(&machine, "in-doubt-standing", &in_doubt(&standing.input)).unwrap();
    assert_eq!(ended.names(), ["WaitUntilSettled", "CheckSettledPurchase", "StandardPurchaseWorkflow"]);
    let mails = flow.mails().unwrap().len();
    let ended = flow.run(&machine, "in-doubt-undone", &in_doubt(&undone.input)).unwrap();
    assert_eq!((ended.status.as_str(), ended.names()), ("SUCCEEDED", vec!["WaitUntilSettled", "CheckSettledPurchase"]));
    assert_eq!(flow.mails().unwrap().len(), mails, "nothing is said of what was undone");
}

#[test]
fn who_gave_the_purchase_back_meanwhile_is_not_followed_up() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let ended = flow.buy("Payment", 4_200, None).unwrap();
    flow.refund("Payment", 4_200).unwrap();
    wait_for("the reversal", || Ok((flow.entries()?.len() == 2).then_some(()))).unwrap();
    let mut input = ended.input;
    input["engagement"] = json!("high_value_purchase");
    let ended = flow.run(&Stack::engagement(), "given-back", &input).unwrap();
    assert_eq!(ended.names(), ["HighValuePurchaseWorkflow", "ScheduleFollowUpCampaign", "CheckPurchaseAgain"]);
    assert_eq!(ended.step("CheckPurchaseAgain").unwrap().outcome, "undone");
    assert!(!flow.subjects().unwrap().contains(&FOLLOW_UP.to_owned()));
}

#[test]
fn a_hub_that_takes_nothing_costs_nobody_the_mail_and_is_recorded_and_alarmed() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    flow.register_at_stripe(Some("usd")).unwrap();
    let machine = flow.machine("hub-down", |definition| {
        let branches = definition["States"]["TierUpgradeWorkflow"]["Branches"].as_array_mut().unwrap();
        let branch = branches.iter_mut().find(|branch| branch["StartAt"] == "UpdateCRMProfile").unwrap();
        let entries = &mut branch["States"]["UpdateCRMProfile"]["Arguments"]["Entries"];
        // EventBridge refuses more than ten entries, whoever asks.
        *entries = Value::Array(vec![entries[0].clone(); 11]);
    });
    let plain = flow.buy("Payment", 4_200, None).unwrap();
    let mut input = plain.input;
    for (field, value) in
        [("engagement", json!("tier_upgrade")), ("current_tier", json!("silver")), ("tier_risen", json!(true))]
    {
        input[field] = value;
    }
    let ended = flow.run(&machine.unwrap(), "hub-down", &input).unwrap();
    assert_eq!(ended.status, "SUCCEEDED");
    assert!(ended.step("UpdateCRMProfile").unwrap().failed);
    assert!(ended.names().contains(&"RecordFailures"));
    let subjects = flow.subjects().unwrap();
    assert!(subjects.iter().any(|subject| subject == NEW_TIER), "{subjects:?}");
    assert!(subjects.iter().any(|subject| subject == FOLLOW_UP_WITH_OFFER), "{subjects:?}");
    assert_eq!(flow.at_stripe("balance_transactions").unwrap().len(), 1);
    let failures = flow.failures().unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0]["steps"].to_string().contains("UpdateCRMProfile"), "{failures:?}");
    assert_eq!(failures[0]["engagement"], input, "with what is needed to do it again");
    is_alarmed(&flow);
}

/// The queue of failed steps has an alarm that rings at the first message.
fn is_alarmed(flow: &Flow) {
    let parameters = [("Action", "DescribeAlarms"), ("Version", "2010-08-01")];
    let alarms = flow.stack.aws.query("monitoring", &parameters).unwrap();
    let name = format!("{NAME}-engagement-steps-failed");
    let (_, alarm) = alarms.split_once(&format!("<AlarmName>{name}</AlarmName>")).expect("there is an alarm");
    let alarm = alarm.split("<AlarmName>").next().unwrap();
    // The emulator tells no dimensions; the guards of the template hold the queue's name.
    for part in ["ApproximateNumberOfMessagesVisible", "<Threshold>0.0</Threshold>", "GreaterThanThreshold"] {
        assert!(alarm.contains(part), "{part} is missing in {alarm}");
    }
}

#[test]
fn a_customer_whom_stripe_refuses_is_recorded_and_gets_the_mail_without_a_gift() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let ended = flow.buy("Payment", 120_000, None).unwrap();
    assert_eq!(ended.status, "SUCCEEDED");
    let refused = ended.step("ApplyTierDiscount").unwrap();
    assert_eq!((refused.failed, refused.outcome.as_str()), (true, "StripeRefused"));
    assert_eq!(flow.subjects().unwrap(), [MILESTONE, FOLLOW_UP_WITH_OFFER, NEW_TIER]);
    let failures = flow.failures().unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0]["steps"].to_string().contains("StripeRefused"), "{failures:?}");
}

#[test]
fn a_tier_that_a_refund_takes_is_told_once_and_takes_its_reward_along() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    flow.register_at_stripe(Some("usd")).unwrap();
    let listening = flow.listen().unwrap();
    flow.buy("Payment", 120_000, None).unwrap();
    let mails = flow.subjects().unwrap();
    assert_eq!(flow.at_stripe("customers").unwrap()[0]["balance"], -2_500);
    for _ in 0..3 {
        flow.refund("Payment", 120_000).unwrap();
    }
    let machine = Stack::engagement();
    let lost = wait_for("the workflow of the lost tier", || {
        let workflows = flow.workflows(&machine)?.into_iter();
        Ok(workflows
            .filter(|found| found.status != "RUNNING")
            .find(|found| found.input["engagement"] == "tier_changed"))
    });
    let ended = flow.ended(&machine, &lost.unwrap().arn).unwrap();
    assert_eq!((ended.status.as_str(), &ended.input["rewards_lost"]), ("SUCCEEDED", &json!(true)));
    assert_eq!(steps(&ended), [("PublishTierChange", "published"), ("ReverseTierDiscount", "revoked")]);
    flow.settle(Consumer::LoyaltyPoints).unwrap();
    assert_eq!(flow.executions().unwrap(), 2, "the purchase and the lost tier");
    let heard = flow.heard(&listening).unwrap();
    let tiers: Vec<_> = heard.iter().map(|news| (&news["previous_tier"], &news["tier"])).collect();
    assert_eq!(tiers, [(&json!(""), &json!("silver")), (&json!("silver"), &json!(""))]);
    assert_ne!(heard[0]["entry_key"], heard[1]["entry_key"], "each names the entry that it is about");
    assert_eq!(flow.at_stripe("customers").unwrap()[0]["balance"], 0);
    assert_eq!(flow.at_stripe("balance_transactions").unwrap().len(), 2);
    assert_eq!(flow.subjects().unwrap(), mails, "the customer is not told");
}

#[test]
fn however_often_it_is_started_there_is_one_credit_and_one_of_each_mail() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    flow.register_at_stripe(Some("usd")).unwrap();
    let event = flow.purchase("Payment", 120_000, None).unwrap();
    for _ in 0..3 {
        flow.publish(&event).unwrap();
    }
    let ended = flow.ended_of("Payment").unwrap();
    flow.settle(Consumer::LoyaltyPoints).unwrap();
    assert_eq!(flow.executions().unwrap(), 1, "one entry, one execution");
    let machine = Stack::engagement();
    let again: Vec<_> =
        (0..12).map(|number| flow.start(&machine, &format!("again-{number}"), &ended.input).unwrap()).collect();
    for arn in again {
        assert_eq!(flow.ended(&machine, &arn).unwrap().status, "SUCCEEDED");
    }
    assert_eq!(flow.subjects().unwrap(), [MILESTONE, FOLLOW_UP_WITH_OFFER, NEW_TIER]);
    assert_eq!(flow.at_stripe("balance_transactions").unwrap().len(), 1);
    assert_eq!(flow.at_stripe("customers").unwrap()[0]["balance"], -2_500);
    assert_eq!(flow.offers().unwrap().len(), 1);
}

/// Makes every task fail at once, except those that record failures.
fn break_tasks(value: &mut Value) {
    if value["Type"] == "Task" && !value["Arguments"]["MessageBody"]["steps"].is_string() {
        value["Retry"] = json!([]);
        let arguments = &mut value["Arguments"];
        if arguments["FunctionName"].is_string() {
            arguments["FunctionName"] = json!("arn:aws:lambda:us-east-1:000000000000:function:nowhere");
        } else if arguments["TableName"].is_string() {
            arguments["TableName"] = json!("nowhere");
        } else if arguments["Entries"].is_array() {
            arguments["Entries"] = Value::Array(vec![arguments["Entries"][0].clone(); 11]);
        }
        return;
    }
    match value {
        Value::Object(object) => object.values_mut().for_each(break_tasks),
        Value::Array(values) => values.iter_mut().for_each(break_tasks),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn whatever_step_fails_it_is_recorded_and_the_workflow_comes_to_its_end() {
    let Some(flow) = Flow::new() else { return };
    let machine = flow.machine("all-broken", break_tasks).unwrap();
    let plain = flow.buy("Payment", 4_200, None).unwrap().input;
    let with = |changes: &[(&str, Value)]| {
        let mut input = plain.clone();
        for (field, value) in changes {
            input[*field] = value.clone();
        }
        input
    };
    let occasion = |name: &str| ("engagement", json!(name));
    let silver = [("previous_tier", json!("silver")), ("rewards_lost", json!(true))];
    let cases: [(&str, Value, &[&str]); 6] = [
        (
            "upgrade",
            with(&[occasion("tier_upgrade"), ("current_tier", json!("silver")), ("milestone_minor", json!(100_000))]),
            &[
                "PushTierStatus",
                "ApplyTierDiscount",
                "SendTierUpgradeEmail",
                "UpdateCRMProfile",
                "GeneratePersonalizedOffers",
                "MilestoneWorkflow",
                "CheckPurchaseAgain",
            ],
        ),
        ("high-value", with(&[occasion("high_value_purchase")]), &["HighValuePurchaseWorkflow", "CheckPurchaseAgain"]),
        (
            "by-hand",
            with(&[occasion("milestone"), ("milestone_minor", json!(1)), ("payment_partition", Value::Null)]),
            &["MilestoneWorkflow", "SendFollowUp"],
        ),
        ("standard", with(&[]), &["StandardPurchaseWorkflow"]),
        (
            "lost",
            with(&[&[occasion("tier_changed")], &silver[..]].concat()),
            &["PublishTierChange", "ReverseTierDiscount"],
        ),
        ("in-doubt", with(&[("settle_seconds", json!(1))]), &["CheckSettledPurchase"]),
    ];
    for (name, input, expected) in cases {
        let before = flow.failures().unwrap().len();
        let ended = flow.run(&machine, name, &input).unwrap();
        assert_eq!(ended.status, "SUCCEEDED", "{name}");
        let recorded = flow.failures().unwrap().split_off(before);
        let recorded = recorded.iter().map(|message| message["steps"].to_string()).collect::<String>();
        for step in expected {
            assert!(recorded.contains(&format!("\"{step}\"")), "{name}: {step} is not recorded: {recorded}");
        }
    }
}

#[test]
fn a_tier_that_an_operator_gave_is_followed_up_without_a_purchase_to_look_at() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let mut input = flow.buy("Payment", 4_200, None).unwrap().input;
    input["engagement"] = json!("milestone");
    input["milestone_minor"] = json!(100_000);
    for field in ["payment_key", "payment_partition", "payment_sort"] {
        input[field] = Value::Null;
    }
    let ended = flow.run(&Stack::engagement(), "by-hand", &input).unwrap();
    assert_eq!(ended.names(), ["MilestoneWorkflow", "ScheduleFollowUpCampaign", "SendFollowUp"]);
}

/// The deployed machine, with the follow-up in the hands of a campaign tool that has so many seconds to answer.
fn campaign_machine(flow: &Flow, name: &str, queue: &str, seconds: u32) -> String {
    flow.stack.aws.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": queue })).unwrap();
    let url = flow.stack.aws.queue_url(queue);
    let made = flow.machine(name, |definition| {
        definition["States"]["WhoFollowsUp"]["Choices"][0]["Condition"] = json!("{% true %}");
        let hand_over = &mut definition["States"]["HandOverFollowUp"];
        hand_over["Arguments"]["QueueUrl"] = json!(url);
        hand_over["TimeoutSeconds"] = json!(seconds);
    });
    made.unwrap()
}

fn token(flow: &Flow, queue: &str) -> String {
    let message = wait_for("the task token", || Ok(flow.stack.aws.peek(queue)?.pop())).unwrap();
    let body: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(body["engagement"]["customer_id"], flow.customer());
    body["task_token"].as_str().unwrap().to_owned()
}

fn answer(flow: &Flow, token: &str) -> bool {
    let request = json!({ "taskToken": token, "output": "{}" });
    flow.stack.aws.json("states", "AWSStepFunctions.SendTaskSuccess", &request).is_ok()
}

#[test]
fn a_campaign_tool_answers_once_and_a_second_answer_changes_nothing() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let queue = format!("campaign-{}", flow.mark);
    let machine = campaign_machine(&flow, "campaign", &queue, 60);
    let mut input = flow.buy("Payment", 4_200, None).unwrap().input;
    input["engagement"] = json!("high_value_purchase");
    let arn = flow.start(&machine, "campaign", &input).unwrap();
    let token = token(&flow, &queue);
    assert!(answer(&flow, &token));
    let ended = flow.ended(&machine, &arn).unwrap();
    assert_eq!((ended.status.as_str(), &*ended.step("HandOverFollowUp").unwrap().outcome), ("SUCCEEDED", "answered"));
    assert!(!answer(&flow, &token), "the token is used up");
    assert_eq!(flow.ended(&machine, &arn).unwrap().status, "SUCCEEDED");
    assert!(!flow.subjects().unwrap().contains(&FOLLOW_UP.to_owned()), "the tool follows up, not we");
    assert_eq!(flow.failures().unwrap(), Vec::<Value>::new());
}

#[test]
fn an_answer_of_a_campaign_tool_that_is_lost_is_recorded_and_a_late_one_changes_nothing() {
    let Some(flow) = Flow::new() else { return };
    flow.register(None).unwrap();
    let queue = format!("campaign-{}", flow.mark);
    let machine = campaign_machine(&flow, "campaign-lost", &queue, 1);
    let mut input = flow.buy("Payment", 4_200, None).unwrap().input;
    input["engagement"] = json!("high_value_purchase");
    let arn = flow.start(&machine, "campaign-lost", &input).unwrap();
    let ended = flow.ended(&machine, &arn).unwrap();
    assert_eq!(ended.status, "SUCCEEDED", "nothing is left hanging");
    assert_eq!(ended.names().last(), Some(&"RecordFailureAndStop"));
    let failures = flow.failures().unwrap();
    assert!(failures[0]["steps"].to_string().contains("States.Timeout"), "{failures:?}");
    assert!(!answer(&flow, &token(&flow, &queue)), "too late");
    assert_eq!(flow.ended(&machine, &arn).unwrap().status, "SUCCEEDED");
}
