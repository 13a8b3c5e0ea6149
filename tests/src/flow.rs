//! The deployed template on the local stack, and events that no other test sends.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use xtask::{
    aws::{Execution, Mail, Message},
    seed,
    stack::{Consumer, DEVICE_PREFIX, NAME, Stack},
    workspace,
};

/// How long an effect may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A customer that no other test knows, on the stack that `cargo xtask test` deployed.
#[derive(Debug)]
pub struct Flow {
    /// The stack.
    pub stack: Stack,
    /// What makes ids of this flow its own.
    pub mark: String,
}

impl Flow {
    /// The stack to test, or `None` (and a word about it) without `cargo xtask test`.
    #[must_use]
    pub fn new() -> Option<Self> {
        Self::on(NAME)
    }

    /// The same for a stack beside the main one.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "`cargo xtask test` says by the environment where the stack is"
    )]
    pub fn on(stack: &str) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(port) = std::env::var("PAYBUS_TEST_STACK") else {
            println!("skipped: PAYBUS_TEST_STACK names no port; `cargo xtask test` deploys a stack");
            return None;
        };
        // With a letter before it, so that process 904 does not find the traces of process 28904.
        let mark = format!("p{}x{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Some(Self { stack: deployed(&port, stack), mark })
    }

    /// The customer's id.
    #[must_use]
    pub fn customer(&self) -> String {
        format!("cus_Flow{}", self.mark)
    }

    /// The customer's address.
    #[must_use]
    pub fn email(&self) -> String {
        format!("flow.{}@example.com", self.mark)
    }

    /// The topic and queue that stand for the customer's phone.
    #[must_use]
    pub fn device(&self) -> String {
        format!("{DEVICE_PREFIX}{}", self.mark)
    }

    /// Puts the customer into the customers table, with a phone that pushes are published to.
    pub fn register_device(&self, endpoint_arn: &str) -> Result<()> {
        self.register(Some(endpoint_arn))
    }

    /// Puts the customer into the customers table: without it there is no address to write to.
    pub fn register(&self, device: Option<&str>) -> Result<()> {
        let person =
            json!({ "id": self.customer(), "name": "Flow", "email": self.email(), "locale": "en", "device": device });
        seed::customers(&self.stack, &json!([person]))
    }

    /// A sample of `events/`, as an event of this flow's customer about an object of its own.
    pub fn event(&self, sample: &str, object: &str) -> Result<Value> {
        let mut event = sample_event(sample)?;
        event["detail"]["id"] = json!(format!("evt_Flow{}{object}", self.mark));
        let data = &mut event["detail"]["data"];
        let (object_pointer, owner_pointer) = places(data);
        let id = data.pointer_mut(object_pointer).context("the sample's object has no id")?;
        let prefix = id.as_str().and_then(|id| id.split('_').next()).context("the sample's object has no id")?;
        *id = json!(format!("{prefix}_Flow{}{object}", self.mark));
        // Only a guest's payment has no place for its owner.
        if let Some(owner) = data.pointer_mut(owner_pointer) {
            *owner = json!(self.customer());
        }
        let data = &mut data["object"];
        if data["object"] == "invoice" {
            data["customer_email"] = json!(self.email());
        }
        Ok(event)
    }

    /// A sample of what Paybus itself publishes about access, as one about this flow's customer, announced a moment ago.
    pub fn announcement(&self, sample: &str) -> Result<Value> {
        let mut event = sample_event(sample)?;
        let detail = &mut event["detail"];
        detail["id"] = json!(format!("{}{}", detail["id"].as_str().unwrap_or_default(), self.mark));
        detail["subject"]["customer"] = json!(self.customer());
        // What it is about is this flow's own too: a removed method, for instance, is told once, whoever tells it.
        for (what, prefix) in [("method", "pm"), ("invoice", "in")] {
            if detail["reason"][what].is_string() {
                detail["reason"][what] = json!(format!("{prefix}_Flow{}Announced", self.mark));
            }
        }
        if detail["until"].is_string() {
            detail["until"] = json!("2099-12-31T12:00:00Z");
        }
        Ok(event)
    }

    /// Publishes an event on the hub.
    pub fn publish(&self, event: &Value) -> Result<()> {
        self.stack.publish(event)
    }

    /// The mails that this flow's customer got.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let mails = self.stack.aws.mails()?.into_iter();
        Ok(mails.filter(|mail| mail.to.iter().any(|address| address.contains(&self.email()))).collect())
    }

    /// The messages that are parked and name this flow.
    pub fn parked(&self, consumer: Consumer) -> Result<Vec<Message>> {
        let messages = self.stack.aws.peek(&consumer.dead_letter_queue())?.into_iter();
        Ok(messages.filter(|message| message.body.contains(&self.mark)).collect())
    }

    /// The items of the ledger that name this flow.
    pub fn ledger(&self) -> Result<Vec<Value>> {
        let items = self.stack.aws.items(self.stack.output("LedgerTableName")?)?.into_iter();
        Ok(items.filter(|item| item.to_string().contains(&self.mark)).collect())
    }

    /// The entries of the ledger that name this flow.
    pub fn entries(&self) -> Result<Vec<Value>> {
        let is_entry = |item: &Value| item["sk"]["S"].as_str().is_some_and(|key| key.starts_with("entry#"));
        Ok(self.ledger()?.into_iter().filter(is_entry).collect())
    }

    /// How many engagement workflows this flow's customer has.
    pub fn executions(&self) -> Result<usize> {
        Ok(self.workflows(&Stack::engagement())?.len())
    }

    /// The executions of a state machine that are about this flow's customer.
    pub fn workflows(&self, machine: &str) -> Result<Vec<Execution>> {
        let executions = self.stack.aws.executions(machine)?.into_iter();
        Ok(executions.filter(|execution| execution.input["customer_id"] == self.customer()).collect())
    }

    /// Waits until nothing of this flow is in a consumer's queue any more.
    pub fn settle(&self, consumer: Consumer) -> Result<()> {
        wait_for(&format!("the queue of {} to be done with this flow", consumer.name()), || {
            let messages = self.stack.aws.peek(&consumer.queue())?;
            Ok((!messages.iter().any(|message| message.body.contains(&self.mark))).then_some(()))
        })
    }
}

/// Where an event says what it is about, and whose that is.
fn places(data: &Value) -> (&'static str, &'static str) {
    // An upcoming invoice has no id: its subscription stands for it.
    let object =
        if data["object"]["id"].is_null() { "/object/parent/subscription_details/subscription" } else { "/object/id" };
    // A detached method belongs to nobody any more; whose it was stands among the old values.
    let owner = "/previous_attributes/customer";
    let is_former = data["object"]["customer"].is_null() && data.pointer(owner).is_some();
    (object, if is_former { owner } else { "/object/customer" })
}

fn deployed(port: &str, stack: &str) -> Stack {
    let port = port.parse().expect("`cargo xtask test` gives a port");
    Stack::named(port, stack).expect("`cargo xtask test` deployed the stack")
}

/// A sample of `events/`.
pub fn sample_event(sample: &str) -> Result<Value> {
    let path = workspace::root().join("events").join(sample);
    xtask::scenario::read_fresh(Path::new(&path))
}

/// Waits for something to be there, and says what it was when it never comes.
#[expect(clippy::disallowed_methods, reason = "a stack outside of this process is waited for")]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if start.elapsed() > PATIENCE {
            bail!("waited {} s for {what}", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(100));
    }
}
