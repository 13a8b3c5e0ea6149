//! Access is paused until what is missing comes.

use processor_events::{Money, Personal};

use super::{Missing, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// Access is paused, because something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessHeld {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What is missing.
    pub missing: Missing,
    /// What is open, where it is known.
    pub amount_open: Option<Money>,
    /// Where it can be paid, or a payment method be added.
    pub pay_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("access_held");

impl Notice for AccessHeld {
    const KIND: &'static str = "access_held";
    const TOPIC: Topic = Topic::Account;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.text("missing", self.missing.word());
        let link = writer.link(self.pay_url.as_deref());
        let mut letter = writer.letter(Tone::Urgent, self.customer_name.as_ref())?;
        letter.highlight = writer.amount_open(self.amount_open)?;
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("next")?);
        letter.action(writer.common(self.missing.action())?, link);
        if self.missing == Missing::Payment {
            letter.notes.push(writer.common("already-paid")?);
        }
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let held = Self {
            customer_name: Some(samples::name()),
            missing: Missing::Payment,
            amount_open: Some(samples::money(4_900, "eur")),
            pay_url: Some(samples::invoice_url()),
        };
        let lacking =
            |missing| Self { missing, amount_open: None, pay_url: Some(samples::account_url()), ..held.clone() };
        vec![
            ("held", held.clone()),
            ("without_method", lacking(Missing::PaymentMethod)),
            ("subscription_ended", lacking(Missing::Subscription)),
            ("little_known", Self { customer_name: None, amount_open: None, pay_url: None, ..held.clone() }),
        ]
    }
}
