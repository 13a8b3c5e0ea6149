//! One event as a JSON object, for programs.

use std::path::Path;

use notices::news::Announced;
use processor_events::{
    About, Fact, Money, Reading,
    event::{Answer, Mode, OneTime},
};
use serde::Serialize;

use super::messages::Message;

/// What `--json` prints of an event. Fields that do not apply are absent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) struct Record {
    file: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    livemode: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl Record {
    pub(crate) fn new(file: &Path, message: &Message, reading: &Reading) -> Self {
        let file = file.display().to_string();
        match reading {
            Reading::Event(event) => {
                Self { file, outcome: "event", ..Self::of(&About::from(&**event)).with_fact(&event.fact) }
            }
            Reading::NotForUs(not_for_us) => match super::announced(message, not_for_us) {
                Some(Ok(announced)) => Self { file, outcome: "event", ..Self::of_announced(&announced) },
                Some(Err(error)) => {
                    let reason = Some(error.to_string());
                    Self { file, outcome: "malformed", reason, ..Self::of(&not_for_us.about) }
                }
                None => {
                    let reason = Some(not_for_us.to_string());
                    Self { file, outcome: "not_for_us", reason, ..Self::of(&not_for_us.about) }
                }
            },
            Reading::Unsupported(unsupported) => {
                let reason = Some(unsupported.to_string());
                Self { file, outcome: "unsupported", reason, ..Self::of(&unsupported.about) }
            }
            Reading::Malformed(malformed) => {
                let reason = Some(malformed.to_string());
                let path = Some(in_file(message, &malformed.path));
                Self { file, outcome: "malformed", reason, path, ..Self::of(&malformed.about) }
            }
        }
    }

    fn of(about: &About) -> Self {
        Self {
            file: String::new(),
            outcome: "",
            kind: about.kind.clone(),
            event_id: about.event_id.as_ref().map(ToString::to_string),
            livemode: about.mode.map(|mode| mode == Mode::Live),
            api_version: about.api_version.clone(),
            customer: None,
            payment: None,
            invoice: None,
            subscription: None,
            amount_minor: None,
            currency: None,
            one_time: None,
            reason: None,
            path: None,
        }
    }

    /// Of an event that Paybus itself put on the hub.
    fn of_announced(announced: &Announced) -> Self {
        let subject = announced.event.subject();
        Self {
            kind: Some(announced.event.detail_type().to_owned()),
            event_id: Some(announced.event.id().to_owned()),
            livemode: Some(subject.livemode),
            customer: Some(subject.customer.to_string()),
            ..Self::of(&About::default())
        }
    }

    fn with_fact(self, fact: &Fact) -> Self {
        let money: Option<Money> = fact.amount();
        let one_time = one_time(fact);
        Self {
            customer: fact.customer().map(ToString::to_string),
            payment: fact.payment().map(ToString::to_string),
            invoice: fact.invoice().map(ToString::to_string),
            subscription: fact.subscription().map(ToString::to_string),
            amount_minor: money.map(|money| money.amount_minor),
            currency: money.map(|money| money.currency.to_string()),
            one_time: one_time.map(|one_time| answer(one_time.answer)),
            reason: one_time.map(|one_time| one_time.reason.to_owned()),
            ..self
        }
    }
}

/// Where in the file a rule is broken: inside the message, which may stand inside something else.
pub(crate) fn in_file(message: &Message, path: &str) -> String {
    format!("{}{}", message.place, path.strip_prefix('$').unwrap_or(path))
}

/// Whether the payment is one-time, where the fact is one about a payment.
pub(crate) const fn one_time(fact: &Fact) -> Option<&OneTime> {
    match fact {
        Fact::PaymentSucceeded(payment) => Some(&payment.one_time),
        Fact::PaymentFailed(payment) => Some(&payment.one_time),
        _ => None,
    }
}

pub(crate) const fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown => "unknown",
    }
}
