//! The receipt.

use jiff::Timestamp;
use processor_events::{Money, Personal};

use super::{Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// An invoice is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePaid {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What was paid.
    pub amount_paid: Money,
    /// How it was settled.
    pub settlement: Settlement,
    /// The number on the invoice.
    pub invoice_number: Option<String>,
    /// When it was settled.
    pub paid_at: Timestamp,
    /// Where the invoice can be seen.
    pub invoice_url: Option<String>,
}

/// How an invoice was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// A payment was received through the processor.
    Payment,
    /// The merchant recorded a payment made elsewhere: a bank transfer, cash.
    Recorded,
    /// Nothing had to be paid.
    NothingDue,
}

static CATALOGUE: Catalogue = catalogue!("invoice_paid");

impl Notice for InvoicePaid {
    const KIND: &'static str = "invoice_paid";
    const TOPIC: Topic = Topic::Payments;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.text("settlement", self.settlement.word()).money("amount", self.amount_paid)?;
        let link = writer.link(self.invoice_url.as_deref());
        let mut letter = writer.letter(Tone::Good, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.fact("fact-amount-paid", writer.format.money(self.amount_paid)?)?);
        letter.paragraph(writer.say("body")?);
        let mut facts = vec![writer.fact("fact-date", writer.format.day(self.paid_at)?)?];
        facts.extend(writer.invoice_number(self.invoice_number.as_deref())?);
        letter.facts(facts);
        letter.action(writer.common("action-view-invoice")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let paid = Self {
            customer_name: Some(samples::name()),
            amount_paid: samples::money(1_900, "usd"),
            settlement: Settlement::Payment,
            invoice_number: Some("F4D5B9E1-0007".to_owned()),
            paid_at: samples::moment("2026-11-20T09:30:00Z"),
            invoice_url: Some(samples::invoice_url()),
        };
        vec![
            ("paid", paid.clone()),
            (
                "paid_out_of_band",
                Self { settlement: Settlement::Recorded, amount_paid: samples::money(124_950, "eur"), ..paid.clone() },
            ),
            (
                "nothing_due",
                Self { settlement: Settlement::NothingDue, amount_paid: samples::money(0, "usd"), ..paid.clone() },
            ),
            ("little_known", Self { customer_name: None, invoice_number: None, invoice_url: None, ..paid }),
        ]
    }
}

impl Settlement {
    /// The word that the catalogue tells apart.
    const fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Recorded => "recorded",
            Self::NothingDue => "nothing-due",
        }
    }
}
