//! A customer who buys, and what the engagement workflow makes of it on the deployed stack.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::{
    aws::{self, Execution},
    stack::{NAME, Stack},
    stripe::Stripe,
    workflow::{self, State, Step},
};

use crate::flow::{Flow, wait_for};

/// What an execution came to.
#[derive(Debug)]
pub struct Ended {
    /// `SUCCEEDED`, `FAILED`.
    pub status: String,
    /// What it was started with.
    pub input: Value,
    /// The states that did or waited for something.
    pub states: Vec<State>,
}

impl Ended {
    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.states.iter().map(|state| state.name.as_str()).collect()
    }

    /// What a step came to.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.states.iter().flat_map(|state| &state.steps).find(|step| step.name == name)
    }
}

impl Flow {
    /// A one-time purchase in US dollars.
    pub fn purchase(&self, object: &str, minor: i64, category: Option<&str>) -> Result<Value> {
        let mut event = self.event("payment_intent.succeeded/acacia_one_time.json", object)?;
        let data = &mut event["detail"]["data"]["object"];
        data["amount"] = json!(minor);
        data["amount_received"] = json!(minor);
        if let Some(category) = category {
            data["metadata"]["paybus_category"] = json!(category);
        }
        Ok(event)
    }

    /// Buys, and waits until the workflow has ended.
    pub fn buy(&self, object: &str, minor: i64, category: Option<&str>) -> Result<Ended> {
        self.publish(&self.purchase(object, minor, category)?)?;
        self.ended_of(object)
    }

    /// Gives the whole purchase back.
    pub fn refund(&self, object: &str, minor: i64) -> Result<()> {
        let mut event = self.event("charge.refunded/partial.json", &format!("{object}Refund"))?;
        let data = &mut event["detail"]["data"]["object"];
        data["payment_intent"] = json!(self.payment(object));
        for amount in ["amount", "amount_captured", "amount_refunded"] {
            data[amount] = json!(minor);
        }
        data["currency"] = json!("usd");
        data["refunded"] = json!(true);
        self.publish(&event)
    }

    /// The id of the payment of a purchase.
    #[must_use]
    pub fn payment(&self, object: &str) -> String {
        format!("pi_Flow{}{object}", self.mark)
    }

    /// Waits for the end of the workflow of a purchase's award.
    pub fn ended_of(&self, object: &str) -> Result<Ended> {
        let entry = format!("stripe:{}/award", self.payment(object));
        let execution = wait_for("the workflow's end", || {
            let found = self.workflows(&Stack::engagement())?;
            let found = found.into_iter().find(|execution| execution.input["entry_key"] == entry);
            Ok(found.filter(|execution| execution.status != "RUNNING"))
        })?;
        self.told(execution)
    }

    /// Starts a machine and waits for its end.
    pub fn run(&self, machine: &str, name: &str, input: &Value) -> Result<Ended> {
        let arn = self.start(machine, name, input)?;
        self.ended(machine, &arn)
    }

    /// Starts a machine.
    pub fn start(&self, machine: &str, name: &str, input: &Value) -> Result<String> {
        let request = json!({
            "stateMachineArn": machine, "name": format!("{name}-{}", self.mark), "input": input.to_string(),
        });
        let started = self.stack.aws.json("states", "AWSStepFunctions.StartExecution", &request)?;
        Ok(started["executionArn"].as_str().context("an execution has an ARN")?.to_owned())
    }

    /// Waits for the end of an execution.
    pub fn ended(&self, machine: &str, arn: &str) -> Result<Ended> {
        let execution = wait_for("the workflow's end", || {
            let found = self.workflows(machine)?.into_iter().find(|execution| execution.arn == arn);
            Ok(found.filter(|execution| execution.status != "RUNNING"))
        })?;
        self.told(execution)
    }

    fn told(&self, execution: Execution) -> Result<Ended> {
        let states = workflow::states(&self.stack.aws.history(&execution.arn)?);
        Ok(Ended { status: execution.status, input: execution.input, states })
    }

    /// The deployed machine with something changed, beside it.
    pub fn machine(&self, name: &str, change: impl FnOnce(&mut Value)) -> Result<String> {
        let request = json!({ "stateMachineArn": Stack::engagement() });
        let deployed = self.stack.aws.json("states", "AWSStepFunctions.DescribeStateMachine", &request)?;
        let definition = deployed["definition"].as_str().context("the machine has a definition")?;
        let mut definition = serde_json::from_str(definition)?;
        change(&mut definition);
        let request = json!({
            "name": format!("{name}-{}", self.mark), "roleArn": deployed["roleArn"], "definition": definition.to_string(),
        });
        let made = self.stack.aws.json("states", "AWSStepFunctions.CreateStateMachine", &request)?;
        Ok(made["stateMachineArn"].as_str().context("a machine has an ARN")?.to_owned())
    }

    /// The fake Stripe.
    pub fn stripe(&self) -> Result<&Stripe> {
        self.stack.stripe.as_ref().context("`cargo xtask test` starts the fake Stripe")
    }

    /// Makes the customer known at Stripe, with a subscription if there is a currency.
    pub fn register_at_stripe(&self, subscribes_in: Option<&str>) -> Result<()> {
        let customer = json!({ "id": self.customer(), "object": "customer", "balance": 0 });
        self.stripe()?.put("customers", &json!([customer]))?;
        let Some(currency) = subscribes_in else { return Ok(()) };
        let id = format!("sub_Flow{}", self.mark);
        let subscription = json!({ "id": id, "customer": self.customer(), "status": "active", "currency": currency });
        self.stripe()?.put("subscriptions", &json!([subscription]))
    }

    /// What of a collection at Stripe is this customer's.
    pub fn at_stripe(&self, collection: &str) -> Result<Vec<Value>> {
        let all = self.stripe()?.all(collection)?.into_iter();
        Ok(all.filter(|object| object["customer"] == self.customer() || object["id"] == self.customer()).collect())
    }

    /// The customer's offers, as they are stored.
    pub fn offers(&self) -> Result<Vec<Value>> {
        let items = self.stack.aws.items(self.stack.output("CustomersTableName")?)?.into_iter();
        let is_ours = |item: &Value| {
            let key = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            key("sk").starts_with("offer#") && key("pk").ends_with(&self.customer())
        };
        Ok(items.filter(is_ours).collect())
    }

    /// The subjects of the customer's mails, sorted.
    pub fn subjects(&self) -> Result<Vec<String>> {
        let mut subjects: Vec<_> = self.mails()?.into_iter().map(|mail| mail.subject).collect();
        subjects.sort();
        Ok(subjects)
    }

    /// Puts a queue behind the hub that takes what is said of the customer's tier. Gives the queue's name.
    pub fn listen(&self) -> Result<String> {
        let name = format!("listen-{}", self.mark);
        let statement = json!({
            "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": aws::arn("sqs", &name),
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let queue = json!({ "QueueName": name, "Attributes": { "Policy": policy } });
        self.stack.aws.json("sqs", "AmazonSQS.CreateQueue", &queue)?;
        let pattern =
            json!({ "detail-type": ["customer.tier_changed"], "detail": { "customer_id": [self.customer()] } });
        let hub = self.stack.output("HubName")?;
        let rule = json!({ "Name": name, "EventBusName": hub, "EventPattern": pattern.to_string() });
        self.stack.aws.json("events", "AWSEvents.PutRule", &rule)?;
        let target = json!({ "Id": "listen", "Arn": aws::arn("sqs", &name) });
        let targets = json!({ "Rule": name, "EventBusName": hub, "Targets": [target] });
        self.stack.aws.json("events", "AWSEvents.PutTargets", &targets)?;
        Ok(name)
    }

    /// What was said of the customer's tier, oldest first.
    pub fn heard(&self, queue: &str) -> Result<Vec<Value>> {
        let messages = self.stack.aws.peek(queue)?;
        messages.iter().map(|message| Ok(serde_json::from_str::<Value>(&message.body)?["detail"].clone())).collect()
    }

    /// The messages about failed steps of this flow's customer.
    pub fn failures(&self) -> Result<Vec<Value>> {
        let messages = self.stack.aws.peek(&format!("{NAME}-engagement-failures"))?.into_iter();
        let ours = messages.filter(|message| message.body.contains(&self.mark));
        ours.map(|message| Ok(serde_json::from_str(&message.body)?)).collect()
    }
}
