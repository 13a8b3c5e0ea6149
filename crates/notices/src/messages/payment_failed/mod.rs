//! A payment did not go through, and it is not the end.

use jiff::Timestamp;
use processor_events::{Money, Personal};

use super::{Notice, samples};
use crate::{
    letter::{Letter, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// An attempt to collect an invoice failed, and it is not the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFailed {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What is still open.
    pub amount_remaining: Money,
    /// The number on the invoice.
    pub invoice_number: Option<String>,
    /// Which attempt failed, from 1; 0 where the processor does not count.
    pub attempt: u32,
    /// What comes next.
    pub retry: Retry,
    /// Where the invoice can be paid.
    pub invoice_url: Option<String>,
}

/// What comes after a failed payment.
///
/// The processor names a date even after a decline that it may not repeat, and then runs the attempt only with a new payment
/// method. So the words never promise an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// An automatic attempt is planned.
    Planned(Timestamp),
    /// An automatic attempt was planned for a moment that is over by now.
    Due,
    /// The customer pays by hand, so there are no automatic attempts.
    ByHand,
}

static CATALOGUE: Catalogue = catalogue!("payment_failed");

impl Notice for PaymentFailed {
    const KIND: &'static str = "payment_failed";
    const TOPIC: Topic = Topic::Payments;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.money("amount", self.amount_remaining)?;
        let mut facts = writer.failed_attempt(self.attempt, self.invoice_number.as_deref())?;
        match self.retry {
            Retry::Planned(moment) => {
                writer.text("retry", "planned").day("date", moment)?;
                facts.push(writer.fact("fact-next-attempt", writer.format.day(moment)?)?);
            }
            Retry::Due => _ = writer.text("retry", "due"),
            Retry::ByHand => _ = writer.text("retry", "by-hand"),
        }
        writer.unpaid_invoice(self.customer_name.as_ref(), self.amount_remaining, facts, self.invoice_url.as_deref())
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let planned = Self {
            customer_name: Some(samples::name()),
            amount_remaining: samples::money(4_900, "eur"),
            invoice_number: Some("F4D5B9E1-0008".to_owned()),
            attempt: 2,
            retry: Retry::Planned(samples::moment("2026-11-24T09:30:00Z")),
            invoice_url: Some(samples::invoice_url()),
        };
        vec![
            ("retry_planned", planned.clone()),
            ("retry_due", Self { retry: Retry::Due, ..planned.clone() }),
            ("paid_by_hand", Self { retry: Retry::ByHand, attempt: 0, ..planned.clone() }),
            (
                "little_known",
                Self { customer_name: None, invoice_number: None, invoice_url: None, attempt: 1, ..planned },
            ),
        ]
    }
}
