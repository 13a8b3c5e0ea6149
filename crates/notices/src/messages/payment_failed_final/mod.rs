//! The last automatic attempt failed.

use processor_events::{Money, Personal};

use super::{Notice, samples};
use crate::{
    letter::{Letter, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// An attempt to collect an invoice failed, and no other one is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFailedFinal {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What is still open.
    pub amount_remaining: Money,
    /// The number on the invoice.
    pub invoice_number: Option<String>,
    /// Which attempt failed, from 1; 0 where the processor does not count.
    pub attempt: u32,
    /// Where the invoice can be paid.
    pub invoice_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("payment_failed_final");

impl Notice for PaymentFailedFinal {
    const KIND: &'static str = "payment_failed_final";
    const TOPIC: Topic = Topic::Payments;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.money("amount", self.amount_remaining)?;
        let facts = writer.failed_attempt(self.attempt, self.invoice_number.as_deref())?;
        writer.unpaid_invoice(self.customer_name.as_ref(), self.amount_remaining, facts, self.invoice_url.as_deref())
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let last = Self {
            customer_name: Some(samples::name()),
            amount_remaining: samples::money(4_900, "eur"),
            invoice_number: Some("F4D5B9E1-0008".to_owned()),
            attempt: 4,
            invoice_url: Some(samples::invoice_url()),
        };
        vec![
            ("last_attempt", last.clone()),
            ("without_link", Self { customer_name: None, invoice_number: None, attempt: 0, invoice_url: None, ..last }),
        ]
    }
}
