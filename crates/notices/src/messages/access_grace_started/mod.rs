//! Access goes on for a while, although something is missing.

use jiff::Timestamp;
use processor_events::{Money, Personal};

use super::{Missing, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// Something is missing; access goes on until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessGraceStarted {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What is missing.
    pub missing: Missing,
    /// What is open, where it is known.
    pub amount_open: Option<Money>,
    /// When access ends.
    pub ends_at: Timestamp,
    /// Where it can be paid, or a payment method be added.
    pub pay_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("access_grace_started");

impl Notice for AccessGraceStarted {
    const KIND: &'static str = "access_grace_started";
    const TOPIC: Topic = Topic::Account;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.day("date", self.ends_at)?.text("missing", self.missing.word());
        let link = writer.link(self.pay_url.as_deref());
        let mut letter = writer.letter(Tone::Urgent, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.fact("fact-access-until", writer.format.day(self.ends_at)?)?);
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("next")?);
        letter.facts(writer.amount_open(self.amount_open)?.into_iter().collect());
        letter.action(writer.common(self.missing.action())?, link);
        if self.missing == Missing::Payment {
            letter.notes.push(writer.common("already-paid")?);
        }
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let started = Self {
            customer_name: Some(samples::name()),
            missing: Missing::Payment,
            amount_open: Some(samples::money(4_900, "eur")),
            ends_at: samples::moment("2026-11-27T09:30:00Z"),
            pay_url: Some(samples::invoice_url()),
        };
        vec![
            ("grace_started", started.clone()),
            ("without_method", lacking(Missing::PaymentMethod, &started)),
            ("subscription_ended", lacking(Missing::Subscription, &started)),
            ("little_known", Self { customer_name: None, amount_open: None, pay_url: None, ..started }),
        ]
    }
}

/// The same, lacking something else; then nothing is open.
fn lacking(missing: Missing, started: &AccessGraceStarted) -> AccessGraceStarted {
    AccessGraceStarted { missing, amount_open: None, pay_url: Some(samples::account_url()), ..started.clone() }
}
