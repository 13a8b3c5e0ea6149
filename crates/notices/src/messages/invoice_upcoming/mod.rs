//! An invoice is about to come.

use jiff::Timestamp;
use processor_events::{Money, Personal};

use super::{Card, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// A subscription's next invoice is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceUpcoming {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What it will come to, as far as it is known today.
    pub amount_due: Money,
    /// When it is due; an upcoming invoice may not know.
    pub due_at: Option<Timestamp>,
    /// How it will be paid.
    pub payment: UpcomingPayment,
    /// Where the customer can change the payment method or the subscription.
    pub manage_url: Option<String>,
}

/// How an upcoming invoice will be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpcomingPayment {
    /// The stored payment method is charged; the card, where it is known.
    Automatic(Option<Card>),
    /// The customer gets an invoice to pay.
    ByHand,
}

static CATALOGUE: Catalogue = catalogue!("invoice_upcoming");

impl Notice for InvoiceUpcoming {
    const KIND: &'static str = "invoice_upcoming";
    const TOPIC: Topic = Topic::Payments;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.money("amount", self.amount_due)?;
        writer.text("payment", if self.payment == UpcomingPayment::ByHand { "by-hand" } else { "automatic" });
        writer.text("when", if self.due_at.is_some() { "known" } else { "soon" });
        let mut facts = Vec::new();
        if let Some(moment) = self.due_at {
            writer.day("date", moment)?;
            facts.push(writer.fact("fact-due", writer.format.day(moment)?)?);
        }
        if let UpcomingPayment::Automatic(Some(card)) = &self.payment {
            facts.push(writer.fact("fact-card", card.shown())?);
        }
        let link = writer.link(self.manage_url.as_deref());
        let mut letter = writer.letter(Tone::Calm, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.fact("fact-amount-due", writer.format.money(self.amount_due)?)?);
        letter.paragraph(writer.say("body")?);
        letter.facts(facts);
        letter.action(writer.say("action")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let automatic = Self {
            customer_name: Some(samples::name()),
            amount_due: samples::money(1_980, "jpy"),
            due_at: Some(samples::moment("2026-12-01T00:00:00Z")),
            payment: UpcomingPayment::Automatic(Some(samples::card())),
            manage_url: Some(samples::account_url()),
        };
        vec![
            ("charged_automatically", automatic.clone()),
            ("paid_by_hand", Self { payment: UpcomingPayment::ByHand, ..automatic.clone() }),
            (
                "charged_soon",
                Self { due_at: None, payment: UpcomingPayment::Automatic(None), manage_url: None, ..automatic.clone() },
            ),
            (
                "paid_by_hand_soon",
                Self { due_at: None, payment: UpcomingPayment::ByHand, manage_url: None, ..automatic },
            ),
        ]
    }
}
