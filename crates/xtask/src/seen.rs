//! What the emulator and the fake Stripe show, whatever the functions say of themselves.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use crate::{
    aws::{Execution, Mail},
    scenario::{Effect, PEOPLE, Person},
    stack::{self, Stack},
};

/// The metadata by which Paybus marks at Stripe what it gives.
const MARK: &str = "paybus_reward";

/// What is there.
#[derive(Debug, Default)]
pub struct Seen {
    /// All mails.
    pub mails: Vec<Mail>,
    /// The text of each push that each phone got, by the name of its queue.
    pub pushes: BTreeMap<String, Vec<String>>,
    /// The items of the ledger.
    pub ledger: Vec<Value>,
    /// The items of the customers table.
    pub customers: Vec<Value>,
    /// The executions of the engagement workflow.
    pub executions: Vec<Execution>,
    /// At Stripe: changes of balances, oldest first.
    pub balance_transactions: Vec<Value>,
    /// At Stripe: promotion codes, oldest first.
    pub promotion_codes: Vec<Value>,
    /// At Stripe: what codes are worth.
    pub coupons: Vec<Value>,
    /// How many messages are where nothing should be: in the dead-letter queues and the queue of failed steps.
    pub parked: Vec<(String, usize)>,
}

impl Seen {
    /// Looks at everything.
    pub fn on(stack: &Stack) -> Result<Self> {
        let aws = &stack.aws;
        let mut pushes = BTreeMap::new();
        for person in PEOPLE.iter().filter(|person| person.has_device) {
            let arrived = aws.peek(&person.device())?;
            pushes.insert(person.device(), arrived.iter().filter_map(|message| push(&message.body)).collect());
        }
        let parked = stack::failure_queues()
            .into_iter()
            .map(|queue| aws.peek(&queue).map(|messages| (queue, messages.len())))
            .collect::<Result<_>>()?;
        let at_stripe =
            |collection: &str| stack.stripe.as_ref().map_or(Ok(Vec::new()), |stripe| stripe.all(collection));
        Ok(Self {
            mails: aws.mails()?,
            pushes,
            ledger: aws.items(stack.output("LedgerTableName")?)?,
            customers: aws.items(stack.output("CustomersTableName")?)?,
            executions: aws.executions(&Stack::engagement())?,
            balance_transactions: at_stripe("balance_transactions")?,
            promotion_codes: at_stripe("promotion_codes")?,
            coupons: at_stripe("coupons")?,
            parked,
        })
    }

    /// Whether an effect is there.
    #[must_use]
    pub fn has(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Mail { to, says, .. } => self.mails.iter().any(|mail| is_to(mail, to) && is_said(mail, says)),
            Effect::Push { person, count } => self.pushes.get(&person.device()).map_or(0, Vec::len) >= *count,
            Effect::Points { payment } => self.points_of(payment).is_some(),
            Effect::Workflow { payment } => self.execution_of(payment).is_some(),
            Effect::WorkflowEnd { payment } => {
                self.execution_of(payment).is_some_and(|execution| execution.status == "SUCCEEDED")
            }
            Effect::Message { person, label, .. } => {
                self.mails.iter().any(|mail| is_to(mail, person.email) && mail.text.starts_with(label))
            }
            Effect::Reward { person, tier } => {
                let mark = format!("tier-reward:{}:{tier}:", person.id);
                self.given_to(person)
                    .any(|given| given["metadata"][MARK].as_str().is_some_and(|found| found.starts_with(&mark)))
            }
            Effect::Offer { person, payment } => {
                self.offer_items(person).any(|offer| key(offer, "occasion").contains(payment))
            }
        }
    }

    /// The points that the ledger's entry for a payment says.
    #[must_use]
    pub fn points_of(&self, payment: &str) -> Option<&str> {
        self.ledger
            .iter()
            .filter(|item| key(item, "sk").starts_with("entry#") && key(item, "pk").ends_with(payment))
            .find_map(|item| item["points"]["N"].as_str())
    }

    /// The workflow that a payment started.
    #[must_use]
    pub fn execution_of(&self, payment: &str) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.input.to_string().contains(payment))
    }

    /// A person's account in the ledger.
    #[must_use]
    pub fn account_of(&self, person: &Person) -> Option<&Value> {
        self.ledger.iter().find(|item| key(item, "sk") == "account" && key(item, "pk").ends_with(person.id))
    }

    /// A person's offers: what is offered and until when, and why.
    #[must_use]
    pub fn offers_of(&self, person: &Person) -> Vec<(String, String)> {
        let told = |offer: &Value| {
            let until = key(offer, "expires_at").split('T').next().unwrap_or_default();
            (format!("{}, until {until}", key(offer, "title")), key(offer, "explanation").to_owned())
        };
        self.offer_items(person).map(told).collect()
    }

    /// What Stripe has for a person, in words.
    #[must_use]
    pub fn rewards_of(&self, person: &Person) -> Vec<String> {
        self.given_to(person).map(|given| self.describe(given)).collect()
    }

    fn offer_items(&self, person: &Person) -> impl Iterator<Item = &Value> {
        let owner = format!("customer#{}", person.id);
        let is_offer = move |item: &&Value| key(item, "sk").starts_with("offer#") && key(item, "pk").ends_with(&owner);
        self.customers.iter().filter(is_offer)
    }

    fn given_to(&self, person: &Person) -> impl Iterator<Item = &Value> {
        let id = person.id;
        let given = self.balance_transactions.iter().chain(&self.promotion_codes);
        given.filter(move |given| given["customer"] == id && given["metadata"][MARK].is_string())
    }

    fn describe(&self, given: &Value) -> String {
        let id = given["id"].as_str().unwrap_or_default();
        let mark = given["metadata"][MARK].as_str().unwrap_or_default();
        if let Some(amount) = given["amount"].as_i64() {
            let what = if amount < 0 { "credit of" } else { "credit taken back:" };
            let money = money(amount.saturating_abs(), &given["currency"]);
            return format!("{what} {money} on the balance ({id}, {mark})");
        }
        let coupon = self.coupons.iter().find(|coupon| coupon["id"] == given["promotion"]["coupon"]);
        let worth = coupon.map_or_else(String::new, |coupon| {
            let percent = coupon["percent_off"].as_i64().map(|percent| format!("{percent}% off"));
            let amount = coupon["amount_off"].as_i64();
            percent.or_else(|| Some(format!("{} off", money(amount?, &coupon["currency"])))).unwrap_or_default()
        });
        let code = given["code"].as_str().unwrap_or_default();
        let ended = if given["active"] == false { ", taken back" } else { "" };
        format!("code {code}: {worth}, for this customer alone{ended} ({id}, {mark})")
    }
}

/// An attribute of an item that is a text; empty where there is none.
pub(crate) fn key<'item>(item: &'item Value, name: &str) -> &'item str {
    item[name]["S"].as_str().unwrap_or_default()
}

/// Whether a mail has these words, in its subject or its text.
pub(crate) fn is_said(mail: &Mail, words: &str) -> bool {
    mail.text.contains(words) || mail.subject.contains(words)
}

/// Whether a mail goes to an address.
pub(crate) fn is_to(mail: &Mail, address: &str) -> bool {
    mail.to.iter().any(|to| to.contains(address))
}

/// What a phone got: the topic's envelope, in it the text for subscribers that are no phones.
fn push(body: &str) -> Option<String> {
    let envelope: Value = serde_json::from_str(body).ok()?;
    envelope["Message"].as_str().map(str::to_owned)
}

/// Money of a currency with two decimals, as all rewards of the demo have.
fn money(minor: i64, currency: &Value) -> String {
    let (units, rest) =
        (minor.saturating_div(100), minor.saturating_sub(minor.saturating_div(100).saturating_mul(100)));
    format!("{units}.{rest:02} {}", currency.as_str().unwrap_or_default().to_uppercase())
}
