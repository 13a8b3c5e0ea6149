//! A stored payment method is gone.

use jiff::Timestamp;
use processor_events::Personal;

use super::{Card, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// A payment method was removed from the customer's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethodRemoved {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// The card; `None` where it was something else, or is not known.
    pub card: Option<Card>,
    /// What is left.
    pub remaining: Remaining,
    /// When it was removed.
    pub removed_at: Timestamp,
    /// Where a payment method can be added.
    pub update_url: Option<String>,
}

/// Whether payments can go on with another stored method. The event of a removal does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remaining {
    /// Another method is stored.
    Another,
    /// No method is stored.
    Nothing,
    /// Nobody looked.
    Unknown,
}

static CATALOGUE: Catalogue = catalogue!("payment_method_removed");

impl Notice for PaymentMethodRemoved {
    const KIND: &'static str = "payment_method_removed";
    const TOPIC: Topic = Topic::Account;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        let mut facts = vec![writer.fact("fact-removed", writer.format.day(self.removed_at)?)?];
        if let Some(card) = &self.card {
            facts.insert(0, writer.fact("fact-card", card.shown())?);
        }
        writer.text("rest", self.remaining.word());
        let link = writer.link(self.update_url.as_deref());
        let tone = match self.remaining {
            Remaining::Another => Tone::Calm,
            Remaining::Nothing | Remaining::Unknown => Tone::Urgent,
        };
        let mut letter = writer.letter(tone, self.customer_name.as_ref())?;
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("next")?);
        letter.facts(facts);
        letter.action(writer.say("action")?, link);
        letter.notes.push(writer.say("note")?);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let last_one = Self {
            customer_name: Some(samples::name()),
            card: Some(samples::card()),
            remaining: Remaining::Nothing,
            removed_at: samples::moment("2026-11-20T09:30:00Z"),
            update_url: Some(samples::account_url()),
        };
        vec![
            ("none_left", last_one.clone()),
            ("another_left", Self { remaining: Remaining::Another, ..last_one.clone() }),
            (
                "little_known",
                Self { customer_name: None, card: None, remaining: Remaining::Unknown, update_url: None, ..last_one },
            ),
        ]
    }
}

impl Remaining {
    /// The word that the catalogue tells apart.
    const fn word(self) -> &'static str {
        match self {
            Self::Another => "another",
            Self::Nothing => "none",
            Self::Unknown => "unknown",
        }
    }
}
