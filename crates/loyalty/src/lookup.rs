//! What is not in a payment's event and can be asked for: what it pays, and what was bought.
//!
//! A payment is asked about before its award, and never again after it. What is found is taken in as if the event had told it; if
//! nothing can be found out, the event alone counts, and its entry says so ([`unanswered`]).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use processor_events::{Money, event::Processor, ids::EventId};
use serde_json::{Value, json};

use crate::{
    basket::{UNANSWERED, categories_of, is_told},
    event::{Happened, InvoiceKind, InvoiceLink, PaymentEvent, Purchase, Receipt, Unclaimed},
    payment::PaymentState,
    program::Program,
};

/// What there is to ask about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Questions {
    /// Whether it pays an invoice, and which.
    pub invoice: bool,
    /// What was bought.
    pub basket: bool,
    /// Whether it earns whatever it pays: then the invoice matters for the basket alone.
    pub earns_anyway: bool,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What it pays; `None` where that was not asked.
    pub pays: Option<Pays>,
    /// What the merchant attached to the sale as a whole.
    pub metadata: BTreeMap<String, String>,
    /// What was sold.
    pub sold: Vec<Sold>,
}

impl Found {
    /// Whether it says anything of categories.
    #[must_use]
    pub fn tells_categories(&self) -> bool {
        is_told(&self.metadata) || self.sold.iter().any(|sold| !categories_of(&sold.metadata).is_empty())
    }
}

/// What a payment pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pays {
    /// No invoice: it is one-time.
    NoInvoice,
    /// An invoice.
    Invoice(InvoiceLink),
}

/// One line of what was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// What was paid for it, in minor units of the payment's currency; negative for a credit.
    pub amount_minor: i64,
    /// What the merchant attached to it, for [`crate::basket`].
    pub metadata: BTreeMap<String, String>,
}

/// What is worth asking about an event, given what is stored about its payment; `None` for plain events.
#[must_use]
pub fn questions(program: &Program, event: &PaymentEvent, stored: &PaymentState) -> Option<Questions> {
    // Only PaymentIntents can be asked about; an award is never decided twice.
    let is_asked = event.payment.processor == Processor::Stripe && event.payment.id.as_str().starts_with("pi_");
    if !is_asked || stored.award.is_some() {
        return None;
    }
    let (is_open, metadata) = match &event.happened {
        Happened::Paid(purchase) => (purchase.in_doubt, &purchase.metadata),
        Happened::Received(receipt) => (receipt.unclaimed.is_for_invoice, &receipt.unclaimed.metadata),
        _ => return None,
    };
    let earns_anyway = program.document().earning.subscription_payments_earn;
    let basket = program.looks_at_categories() && !is_told(metadata);
    let invoice = match stored.invoice_kind {
        Some(InvoiceKind::Subscription) if !earns_anyway => return None,
        // It is known what the payment pays; the lines of that invoice may still say what was bought.
        Some(_) => basket,
        None => is_open || (basket && earns_anyway),
    };
    (invoice || basket).then_some(Questions { invoice, basket, earns_anyway })
}

/// The event when nobody could be asked what was bought: it counts alone, and its entry says so.
#[must_use]
pub fn unanswered(event: PaymentEvent) -> PaymentEvent {
    let mark = |metadata: &mut BTreeMap<String, String>| {
        metadata.insert(UNANSWERED.to_owned(), "true".to_owned());
    };
    let mut event = event;
    match &mut event.happened {
        Happened::Paid(purchase) => mark(&mut purchase.metadata),
        Happened::Received(receipt) => mark(&mut receipt.unclaimed.metadata),
        _ => {}
    }
    event
}

/// The event as it would have been, had it told what was found.
#[must_use]
pub fn learn(event: PaymentEvent, found: &Found) -> PaymentEvent {
    let happened = match event.happened {
        Happened::Paid(purchase) => paid(&event.id, event.occurred_at, purchase, found),
        Happened::Received(receipt) => received(receipt, found),
        other => other,
    };
    PaymentEvent { happened, ..event }
}

fn paid(event: &EventId, occurred_at: Timestamp, purchase: Purchase, found: &Found) -> Happened {
    let metadata = attach(purchase.amount, &purchase.metadata, found);
    match &found.pays {
        None => Happened::Paid(Purchase { metadata, ..purchase }),
        Some(Pays::NoInvoice) => Happened::Paid(Purchase { metadata, in_doubt: false, ..purchase }),
        Some(Pays::Invoice(link)) => Happened::Received(Receipt {
            payer: Some(purchase.customer),
            capture: None,
            invoice: Some(link.clone()),
            unclaimed: Unclaimed {
                event: event.clone(),
                occurred_at,
                amount: purchase.amount,
                metadata,
                is_for_invoice: true,
            },
        }),
    }
}

fn received(receipt: Receipt, found: &Found) -> Happened {
    let Receipt { payer, capture, invoice, unclaimed } = receipt;
    let metadata = attach(unclaimed.amount, &unclaimed.metadata, found);
    match (&found.pays, payer) {
        (Some(Pays::NoInvoice), Some(customer)) => {
            Happened::Paid(Purchase { customer, amount: unclaimed.amount, in_doubt: false, metadata })
        }
        (pays, payer) => {
            let asked = match pays {
                Some(Pays::Invoice(link)) => Some(link.clone()),
                Some(Pays::NoInvoice) | None => None,
            };
            let unclaimed = Unclaimed { metadata, ..unclaimed };
            Happened::Received(Receipt { payer, capture, invoice: asked.or(invoice), unclaimed })
        }
    }
}

/// What was found of the basket, in the convention of [`crate::basket`].
fn attach(amount: Money, metadata: &BTreeMap<String, String>, found: &Found) -> BTreeMap<String, String> {
    let mut attached = metadata.clone();
    if is_told(metadata) {
        return attached;
    }
    attached.extend(found.metadata.iter().map(|(key, value)| (key.clone(), value.clone())));
    let lines: Vec<(i64, BTreeSet<String>)> = found
        .sold
        .iter()
        .filter(|sold| sold.amount_minor > 0)
        .map(|sold| (sold.amount_minor, categories_of(&sold.metadata)))
        .collect();
    if lines.iter().all(|(_, categories)| categories.is_empty()) {
        return attached;
    }
    let lines: Vec<Value> = fitted(amount.amount_minor, &lines)
        .into_iter()
        .map(|(amount, categories)| json!({ "category": categories, "amount": amount }))
        .collect();
    attached.insert("paybus_lines".to_owned(), Value::Array(lines).to_string());
    attached
}

/// Lines that add up to no more than what was paid. Where they say more (a part of an invoice was paid, credits were used), each
/// is reduced by the same proportion, and the roundings cancel out: the parts add up exactly.
fn fitted(paid: i64, lines: &[(i64, BTreeSet<String>)]) -> Vec<(i64, &BTreeSet<String>)> {
    let total: i128 = lines.iter().map(|(amount, _)| i128::from(*amount)).sum();
    if total <= i128::from(paid) {
        return lines.iter().map(|(amount, categories)| (*amount, categories)).collect();
    }
    let mut before: i128 = 0;
    let mut given: i64 = 0;
    let parts = lines.iter().map(|(amount, categories)| {
        before = before.saturating_add(i128::from(*amount));
        let until = before.saturating_mul(i128::from(paid)).checked_div(total).unwrap_or(0);
        let until = i64::try_from(until).unwrap_or(paid);
        let part = until.saturating_sub(given);
        given = until;
        (part, categories)
    });
    parts.collect()
}
