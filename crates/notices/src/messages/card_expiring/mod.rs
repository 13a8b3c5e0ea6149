//! A stored card runs out.

use processor_events::Personal;

use super::{Card, ExpiryMonth, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// The card that payments rely on is about to expire, or has expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardExpiring {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// The card.
    pub card: Card,
    /// The last month in which it can be used.
    pub expires: ExpiryMonth,
    /// Whether that month is over.
    pub has_expired: bool,
    /// Where a new card can be entered.
    pub update_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("card_expiring");

impl Notice for CardExpiring {
    const KIND: &'static str = "card_expiring";
    const TOPIC: Topic = Topic::Account;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        let month = self.expires.to_string();
        writer.text("card", self.card.shown()).text("month", month.clone());
        writer.text("state", if self.has_expired { "expired" } else { "expiring" });
        let link = writer.link(self.update_url.as_deref());
        let tone = if self.has_expired { Tone::Urgent } else { Tone::Calm };
        let mut letter = writer.letter(tone, self.customer_name.as_ref())?;
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("next")?);
        letter.facts(vec![writer.fact("fact-card", self.card.shown())?, writer.fact("fact-expires", month)?]);
        letter.action(writer.common("action-update-method")?, link);
        letter.notes.push(writer.say("note")?);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let expiring = Self {
            customer_name: Some(samples::name()),
            card: samples::card(),
            expires: samples::month(2026, 12),
            has_expired: false,
            update_url: Some(samples::account_url()),
        };
        vec![
            ("expires_soon", expiring.clone()),
            ("has_expired", Self { has_expired: true, expires: samples::month(2026, 10), ..expiring.clone() }),
            ("without_link", Self { customer_name: None, update_url: None, ..expiring }),
        ]
    }
}
