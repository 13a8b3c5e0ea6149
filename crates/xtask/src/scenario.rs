//! What the demo sends, and what has to come of it. Also: what any event that is sent by hand should cause.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{stack::DEVICE_PREFIX, workspace};

/// A person of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The processor's id.
    pub id: &'static str,
    /// The name.
    pub name: &'static str,
    /// The address.
    pub email: &'static str,
    /// The language.
    pub locale: &'static str,
    /// Whether there is a phone that gets pushes.
    pub has_device: bool,
    /// The currency of a subscription at Stripe; `None`: buys now and then only.
    pub subscribes_in: Option<&'static str>,
}

impl Person {
    /// The topic and queue that stand for the person's phone.
    #[must_use]
    pub fn device(&self) -> String {
        format!("{DEVICE_PREFIX}{}", self.id)
    }
}

/// The cast, as the samples in `events/` have it.
pub const PEOPLE: [Person; 5] = [
    Person {
        id: "cus_AdaLovell00001",
        name: "Ada Lovell",
        email: "ada.lovell@example.com",
        locale: "en",
        has_device: true,
        subscribes_in: Some("usd"),
    },
    Person {
        id: "cus_JonasBrandt001",
        name: "Jonas Brandt",
        email: "jonas.brandt@example.com",
        locale: "de",
        has_device: true,
        subscribes_in: Some("eur"),
    },
    Person {
        id: "cus_GraceOkafor001",
        name: "Grace Okafor",
        email: "grace.okafor@example.com",
        locale: "en",
        has_device: false,
        subscribes_in: Some("usd"),
    },
    Person {
        id: "cus_HarukaMori0001",
        name: "Haruka Mori",
        email: "haruka.mori@example.com",
        locale: "ja",
        has_device: true,
        subscribes_in: Some("jpy"),
    },
    Person {
        id: "cus_OmarHadi000001",
        name: "Omar Hadi",
        email: "omar.hadi@example.com",
        locale: "en",
        has_device: false,
        subscribes_in: Some("kwd"),
    },
];

/// What a purchase deserves by the program of the demo, `docs/example-program.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deserved {
    /// A message, by its name in `crates/notices/src/messages`.
    Message(&'static str),
    /// The reward of a tier, at Stripe.
    Reward(&'static str),
    /// A personal offer.
    Offer,
}

const A_CONFIRMATION: &[Deserved] = &[Deserved::Message("purchase_confirmed")];
const SPECIAL_THANKS: &[Deserved] = &[Deserved::Message("high_value_thanks"), Deserved::Message("follow_up")];
/// With 1,000 points also the milestone of 1,000 dollars is reached.
const SILVER: &[Deserved] = &[
    Deserved::Message("tier_upgraded"),
    Deserved::Reward("silver"),
    Deserved::Offer,
    Deserved::Message("milestone_reached"),
    Deserved::Message("follow_up"),
];

/// The samples that the demo sends, in this order, and what each deserves beside what its event says by itself.
pub const DEMO: [(&str, &[Deserved]); 16] = [
    ("events/invoice.paid/subscription_cycle.json", &[]),
    ("events/invoice.paid/german_eur.json", &[]),
    ("events/invoice.paid/japanese_jpy.json", &[]),
    ("events/invoice.paid/three_decimal_kwd.json", &[]),
    ("events/invoice.paid/zero_amount.json", &[]),
    ("events/invoice.payment_failed/first_attempt.json", &[]),
    ("events/invoice.payment_failed/german_second_attempt.json", &[]),
    ("events/invoice.payment_action_required/three_d_secure.json", &[]),
    ("events/invoice.upcoming/renewal_in_seven_days.json", &[]),
    ("events/customer.source.expiring/legacy_card.json", &[]),
    ("events/payment_method.detached/owner_only_in_previous_attributes.json", &[]),
    ("events/payment_intent.succeeded/acacia_one_time.json", A_CONFIRMATION),
    ("events/payment_intent.succeeded/acacia_premium_category.json", SPECIAL_THANKS),
    // Two customers of one tier with different histories: their offers differ.
    ("events/payment_intent.succeeded/acacia_crosses_silver.json", SILVER),
    ("events/payment_intent.succeeded/acacia_books_cross_silver.json", SILVER),
    // The first one once more: the processor may deliver twice, and nobody must hear of it.
    ("events/invoice.paid/subscription_cycle.json", &[]),
];

/// One event to send, and what has to come of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The file that it was read from, as the user knows it.
    pub file: String,
    /// The envelope.
    pub event: Value,
    /// What has to come of it.
    pub effects: Vec<Effect>,
}

/// Something that an event causes, as far as it can be seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An email to an address.
    Mail {
        /// The address.
        to: String,
        /// What it is about: the id of an invoice, of a subscription, of a payment method.
        about: String,
        /// What only this mail says, in its subject or its text: the invoice's page, the digits of the card.
        says: String,
    },
    /// A push to a person's phone: the `count`th in all.
    Push {
        /// Whose.
        person: Person,
        /// How many the phone has got by then.
        count: usize,
    },
    /// Points for a payment.
    Points {
        /// The payment.
        payment: String,
    },
    /// An engagement workflow for a payment.
    Workflow {
        /// The payment.
        payment: String,
    },
    /// The good end of that workflow: what it says is said, and its follow-up too.
    WorkflowEnd {
        /// The payment.
        payment: String,
    },
    /// An email of the workflow, told by its label: the first line in the customer's language.
    Message {
        /// To whom.
        person: Person,
        /// Which, by its name in `crates/notices/src/messages`.
        message: &'static str,
        /// The label.
        label: String,
    },
    /// The reward of a tier, marked at Stripe.
    Reward {
        /// Whose.
        person: Person,
        /// The tier.
        tier: &'static str,
    },
    /// A personal offer that a payment brought.
    Offer {
        /// Whose.
        person: Person,
        /// The payment.
        payment: String,
    },
}

/// Reads the samples of the demo.
pub fn demo() -> Result<Vec<Step>> {
    let mut all: Vec<Step> = Vec::new();
    for (file, deserved) in DEMO {
        let said: Vec<_> = all.iter().flat_map(|step| &step.effects).cloned().collect();
        let mut step = step(file, &workspace::root().join(file), &said)?;
        for deserved in deserved {
            let earlier = said.iter().chain(&step.effects).cloned().collect::<Vec<_>>();
            step.effects.extend(workflow_effects(*deserved, &step.event, &earlier)?);
        }
        all.push(step);
    }
    Ok(all)
}

/// Reads events from files: `(as the user knows it, where it is)`.
pub fn steps(files: &[(String, std::path::PathBuf)]) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    for (file, path) in files {
        let said: Vec<_> = steps.iter().flat_map(|step| &step.effects).cloned().collect();
        steps.push(step(file, path, &said)?);
    }
    Ok(steps)
}

fn step(file: &str, path: &Path, said: &[Effect]) -> Result<Step> {
    let event = read_fresh(path)?;
    let effects = effects(&event, said);
    Ok(Step { file: file.to_owned(), event, effects })
}

/// Reads an event and moves it into the present, because nobody is told about what happened months ago.
pub fn read_fresh(path: &Path) -> Result<Value> {
    Ok(fresh(read(path)?))
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let event: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    anyhow::ensure!(
        event["detail-type"].is_string() && event["detail"].is_object(),
        "{} is no EventBridge envelope: it needs detail-type and detail (see events/)",
        path.display()
    );
    Ok(event)
}

/// Moves the time of the event, and of the next attempt to collect.
fn fresh(mut event: Value) -> Value {
    let Some(created) = event["detail"]["created"].as_i64() else { return event };
    let now = Timestamp::now().as_second();
    let shift = now.saturating_sub(created);
    event["detail"]["created"] = json!(now);
    let next = &mut event["detail"]["data"]["object"]["next_payment_attempt"];
    if let Some(at) = next.as_i64() {
        *next = json!(at.saturating_add(shift));
    }
    event
}

/// What has to come of an event, after what was said before in the same run.
fn effects(event: &Value, before: &[Effect]) -> Vec<Effect> {
    let object = &event["detail"]["data"]["object"];
    let person = PEOPLE.iter().find(|person| object["customer"] == person.id).copied();
    let effects = match event["detail-type"].as_str() {
        Some("invoice.paid") if object["amount_paid"].as_i64() > Some(0) => invoice_notice(object, person, before),
        Some("invoice.payment_failed" | "invoice.payment_action_required") => invoice_notice(object, person, before),
        Some("invoice.upcoming") => {
            let about = text(&object["parent"]["subscription_details"]["subscription"]);
            notice(person, about, "Coming up".to_owned(), before)
        }
        Some("customer.source.expiring") => notice(person, text(&object["id"]), text(&object["last4"]), before),
        Some("payment_method.detached") => {
            let owner = &event["detail"]["data"]["previous_attributes"]["customer"];
            let person = PEOPLE.iter().find(|person| *owner == person.id).copied();
            notice(person, text(&object["id"]), "A payment method was removed".to_owned(), before)
        }
        Some("payment_intent.succeeded") if object["customer"].is_string() && object["invoice"].is_null() => {
            let payment = object["id"].as_str().unwrap_or_default().to_owned();
            vec![
                Effect::Points { payment: payment.clone() },
                Effect::Workflow { payment: payment.clone() },
                Effect::WorkflowEnd { payment },
            ]
        }
        _ => Vec::new(),
    };
    effects.into_iter().filter(|effect| !before.contains(effect)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A notice about an invoice: it leads to the invoice's page, of which what follows a question mark is left out.
fn invoice_notice(object: &Value, person: Option<Person>, before: &[Effect]) -> Vec<Effect> {
    let link = object["hosted_invoice_url"].as_str().and_then(|url| url.split('?').next());
    match (object["customer_email"].as_str(), link) {
        (Some(to), Some(link)) => mail_and_push(to, person, text(&object["id"]), link.to_owned(), before),
        (None, Some(link)) => notice(person, text(&object["id"]), link.to_owned(), before),
        (_, None) => Vec::new(),
    }
}

/// A notice whose event has no address: it goes to the profile's.
fn notice(person: Option<Person>, about: String, says: String, before: &[Effect]) -> Vec<Effect> {
    person.map(|person| mail_and_push(person.email, Some(person), about, says, before)).unwrap_or_default()
}

fn mail_and_push(to: &str, person: Option<Person>, about: String, says: String, before: &[Effect]) -> Vec<Effect> {
    let mail = Effect::Mail { to: to.to_owned(), about, says };
    if before.contains(&mail) {
        return Vec::new();
    }
    let push = person.and_then(|person| next_push(person, before));
    [mail].into_iter().chain(push).collect()
}

fn next_push(person: Person, before: &[Effect]) -> Option<Effect> {
    let is_earlier = |effect: &&Effect| matches!(effect, Effect::Push { person: other, .. } if *other == person);
    let count = before.iter().filter(is_earlier).count().saturating_add(1);
    person.has_device.then_some(Effect::Push { person, count })
}

/// What a purchase causes by its workflow.
fn workflow_effects(deserved: Deserved, event: &Value, before: &[Effect]) -> Result<Vec<Effect>> {
    let object = &event["detail"]["data"]["object"];
    let person = PEOPLE.into_iter().find(|person| object["customer"] == person.id);
    let person = person.context("a purchase of the demo is nobody's")?;
    let payment = object["id"].as_str().context("a purchase of the demo has no id")?.to_owned();
    Ok(match deserved {
        Deserved::Message(message) => {
            let label = label(message, person.locale)?;
            let mail = Effect::Message { person, message, label };
            [mail].into_iter().chain(next_push(person, before)).collect()
        }
        Deserved::Reward(tier) => vec![Effect::Reward { person, tier }],
        Deserved::Offer => vec![Effect::Offer { person, payment }],
    })
}

/// The first line of a message in a language, from the words that are compiled into the functions.
fn label(message: &str, locale: &str) -> Result<String> {
    let file = workspace::root().join(format!("crates/notices/src/messages/{message}/{locale}.ftl"));
    let words = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let label = words.lines().find_map(|line| line.strip_prefix("label = "));
    Ok(label.with_context(|| format!("{} has no label", file.display()))?.to_owned())
}

impl Effect {
    /// In words: `an email to ada@example.com about in_1`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Mail { to, about, .. } => format!("an email to {to} about {about}"),
            Self::Push { person, count } => format!("push notification {count} on the phone of {}", person.name),
            Self::Points { payment } => format!("points for payment {payment}"),
            Self::Workflow { payment } => format!("an engagement workflow for payment {payment}"),
            Self::WorkflowEnd { payment } => format!("the good end of the engagement workflow for payment {payment}"),
            Self::Message { person, label, .. } => format!("the email \"{label}\" to {}", person.email),
            Self::Reward { person, tier } => format!("the reward for {tier} of {} at Stripe", person.name),
            Self::Offer { person, .. } => format!("a personal offer for {}", person.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, demo};

    #[test]
    fn the_second_delivery_of_an_event_causes_nothing() {
        let steps = demo().expect("the samples are part of the repository");
        assert!(!steps.first().expect("the demo has steps").effects.is_empty());
        assert_eq!(steps.last().expect("the demo has steps").effects, []);
    }

    #[test]
    fn news_without_an_address_goes_to_the_profile_of_its_customer() {
        let steps = demo().expect("the samples are part of the repository");
        for file in ["customer.source.expiring", "payment_method.detached"] {
            let step = steps.iter().find(|step| step.file.contains(file)).expect("it is part of the demo");
            assert!(matches!(&step.effects[..], [Effect::Mail { to, .. }] if to.starts_with("grace.")), "{step:?}");
        }
    }

    #[test]
    fn every_push_to_a_phone_is_waited_for() {
        let steps = demo().expect("the samples are part of the repository");
        let counts: Vec<_> = steps
            .iter()
            .flat_map(|step| &step.effects)
            .filter_map(|effect| match effect {
                Effect::Push { person, count } if person.id == "cus_AdaLovell00001" => Some(*count),
                _ => None,
            })
            .collect();
        assert_eq!(
            counts,
            [1, 2, 3, 4, 5, 6, 7],
            "four of invoices, one each of a confirmation, of thanks and of the follow-up"
        );
    }

    #[test]
    fn two_customers_of_one_tier_are_waited_for_with_reward_offer_and_follow_up() {
        let steps = demo().expect("the samples are part of the repository");
        let of = |name: &str| {
            let effects = steps.iter().flat_map(|step| &step.effects);
            let named = effects.map(Effect::describe).filter(|text| text.contains(name));
            named.collect::<Vec<_>>().join("; ")
        };
        for expected in ["\"New tier\"", "\"For you\""] {
            assert!(of("grace.okafor").contains(expected), "{}", of("grace.okafor"));
        }
        assert!(of("jonas.brandt").contains("\"Neuer Status\""), "{}", of("jonas.brandt"));
        for person in ["Grace Okafor", "Jonas Brandt"] {
            assert!(
                of(person).contains("the reward for silver") && of(person).contains("a personal offer"),
                "{person}"
            );
        }
    }
}
