//! The bank wants the customer to confirm a payment.

use processor_events::{Money, Personal};

use super::{Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// The customer's bank wants a payment confirmed (3-D Secure).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentActionRequired {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What is to be paid.
    pub amount: Money,
    /// The number on the invoice.
    pub invoice_number: Option<String>,
    /// Where it can be confirmed.
    pub confirm_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("payment_action_required");

impl Notice for PaymentActionRequired {
    const KIND: &'static str = "payment_action_required";
    const TOPIC: Topic = Topic::Payments;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.money("amount", self.amount)?;
        let link = writer.link(self.confirm_url.as_deref());
        let mut letter = writer.letter(Tone::Urgent, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.fact("fact-amount-open", writer.format.money(self.amount)?)?);
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("next")?);
        letter.facts(writer.invoice_number(self.invoice_number.as_deref())?.into_iter().collect());
        letter.action(writer.say("action")?, link);
        letter.notes.push(writer.say("note")?);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let waiting = Self {
            customer_name: Some(samples::name()),
            amount: samples::money(12_900, "eur"),
            invoice_number: Some("F4D5B9E1-0009".to_owned()),
            confirm_url: Some(samples::invoice_url()),
        };
        vec![
            ("bank_asks", waiting.clone()),
            ("without_link", Self { customer_name: None, invoice_number: None, confirm_url: None, ..waiting }),
        ]
    }
}
