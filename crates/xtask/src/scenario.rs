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
    },
    Person {
        id: "cus_JonasBrandt001",
        name: "Jonas Brandt",
        email: "jonas.brandt@example.com",
        locale: "de",
        has_device: true,
    },
    Person {
        id: "cus_GraceOkafor001",
        name: "Grace Okafor",
        email: "grace.okafor@example.com",
        locale: "en",
        has_device: false,
    },
    Person {
        id: "cus_HarukaMori0001",
        name: "Haruka Mori",
        email: "haruka.mori@example.com",
        locale: "ja",
        has_device: true,
    },
    Person {
        id: "cus_OmarHadi000001",
        name: "Omar Hadi",
        email: "omar.hadi@example.com",
        locale: "en",
        has_device: false,
    },
];

/// The samples that the demo sends, in this order.
pub const DEMO: [&str; 11] = [
    "events/invoice.paid/subscription_cycle.json",
    "events/invoice.paid/german_eur.json",
    "events/invoice.paid/japanese_jpy.json",
    "events/invoice.paid/three_decimal_kwd.json",
    "events/invoice.paid/zero_amount.json",
    "events/invoice.payment_failed/first_attempt.json",
    "events/invoice.payment_failed/german_second_attempt.json",
    "events/payment_intent.succeeded/acacia_one_time.json",
    "events/payment_intent.succeeded/acacia_premium_category.json",
    "events/payment_intent.succeeded/acacia_crosses_silver.json",
    // The first one once more: the processor may deliver twice, and nobody must hear of it.
    "events/invoice.paid/subscription_cycle.json",
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
    /// An email to an address that leads to an invoice.
    Mail {
        /// The address.
        to: String,
        /// The invoice's id.
        about: String,
        /// The invoice's page, without what follows a question mark.
        link: String,
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
}

/// Reads the samples of the demo.
pub fn demo() -> Result<Vec<Step>> {
    let files: Vec<_> = DEMO.iter().map(|file| (*file).to_owned()).collect();
    steps(&files.iter().map(|file| (file.clone(), workspace::root().join(file))).collect::<Vec<_>>())
}

/// Reads events from files: `(as the user knows it, where it is)`.
pub fn steps(files: &[(String, std::path::PathBuf)]) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    for (file, path) in files {
        let event = read_fresh(path)?;
        let said: Vec<_> = steps.iter().flat_map(|step| &step.effects).cloned().collect();
        let effects = effects(&event, &said);
        steps.push(Step { file: file.clone(), event, effects });
    }
    Ok(steps)
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
        Some("invoice.paid") if object["amount_paid"].as_i64() > Some(0) => notice(object, person, before),
        Some("invoice.payment_failed") => notice(object, person, before),
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

fn notice(object: &Value, person: Option<Person>, before: &[Effect]) -> Vec<Effect> {
    let to = object["customer_email"].as_str().or(person.map(|person| person.email));
    let link = object["hosted_invoice_url"].as_str().and_then(|url| url.split('?').next());
    let (Some(to), Some(link)) = (to, link) else { return Vec::new() };
    let about = object["id"].as_str().unwrap_or_default().to_owned();
    let mail = Effect::Mail { to: to.to_owned(), about, link: link.to_owned() };
    if before.contains(&mail) {
        return Vec::new();
    }
    let Some(person) = person.filter(|person| person.has_device) else { return vec![mail] };
    let earlier =
        before.iter().filter(|effect| matches!(effect, Effect::Push { person: other, .. } if *other == person));
    vec![mail, Effect::Push { person, count: earlier.count().saturating_add(1) }]
}

impl Effect {
    /// In words: `an email to ada@example.com about invoice 0007`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Mail { to, about, .. } => format!("an email to {to} about invoice {about}"),
            Self::Push { person, count } => format!("push notification {count} on the phone of {}", person.name),
            Self::Points { payment } => format!("points for payment {payment}"),
            Self::Workflow { payment } => format!("an engagement workflow for payment {payment}"),
            Self::WorkflowEnd { payment } => format!("the good end of the engagement workflow for payment {payment}"),
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
    fn a_failed_payment_after_a_paid_one_is_the_second_push() {
        let steps = demo().expect("the samples are part of the repository");
        let counts: Vec<_> = steps
            .iter()
            .flat_map(|step| &step.effects)
            .filter_map(|effect| match effect {
                Effect::Push { person, count } if person.id == "cus_AdaLovell00001" => Some(*count),
                _ => None,
            })
            .collect();
        assert_eq!(counts, [1, 2]);
    }
}
