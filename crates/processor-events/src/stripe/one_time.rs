//! Whether a payment is one-time or pays an invoice: what each API version lets one know.
//!
//! * Up to 2025-02-24.acacia the payment names its invoice, or null: that settles it.
//! * From 2025-03-31.basil on it names none (docs.stripe.com/changelog/basil/2025-03-31). The description that Stripe itself writes
//!   on payments of invoices is a hint.
//! * From 2025-10-29.clover on, `payment_details.order_reference` usually holds the invoice's id, but not always, and merchants
//!   may write the field themselves: a hint too, and its absence tells nothing.
//!
//! What stays unknown is settled later by `invoice_payment.paid`, or by asking Stripe for the payment's invoice payments.

use crate::{
    door::Malformed,
    event::{Answer, Certainty, OneTime},
    ids::InvoiceId,
    wire::{Field, fields},
};

/// The first API version whose payments no longer name their invoice.
const FIRST_WITHOUT_INVOICE: &str = "2025-03-31";

/// The descriptions that Stripe writes on payments of invoices; the last one is followed by the invoice's number.
const INVOICE_DESCRIPTIONS: [&str; 3] = ["Subscription creation", "Subscription update", "Payment for Invoice"];

fields! { PaymentDetails { order_reference: "order_reference" } }

/// Judges a PaymentIntent, or a charge that has none.
pub(crate) fn judge(
    api_version: Option<&str>,
    invoice: &Field<'_>,
    description: &Field<'_>,
    payment_details: &Field<'_>,
) -> Result<OneTime, Box<Malformed>> {
    let named: Option<InvoiceId> = invoice.reference()?;
    let era = Era::of(api_version);
    if named.is_some() {
        return Ok(match era {
            Era::NamesInvoice | Era::Untold => no(Certainty::Authoritative, "`invoice` names an invoice", named),
            Era::NamesNone => {
                no(Certainty::Hint, "`invoice` names an invoice, though this API version has no such field", named)
            }
        });
    }
    match era {
        Era::NamesInvoice | Era::Untold if invoice.is_there() => {
            return Ok(OneTime {
                answer: Answer::Yes,
                certainty: Certainty::Authoritative,
                reason: "`invoice` is null",
                invoice: None,
            });
        }
        Era::NamesInvoice | Era::Untold | Era::NamesNone => {}
    }
    if let Some(invoice) = order_reference(payment_details)? {
        return Ok(no(Certainty::Hint, "`payment_details.order_reference` names an invoice", Some(invoice)));
    }
    if description.glimpse().is_some_and(|text| INVOICE_DESCRIPTIONS.iter().any(|start| text.starts_with(start))) {
        return Ok(no(Certainty::Hint, "`description` is one that Stripe writes on payments of invoices", None));
    }
    let reason = match era {
        Era::NamesNone => "from API version 2025-03-31.basil on, a payment does not name its invoice",
        Era::NamesInvoice => "`invoice` is missing, although the API version has it",
        Era::Untold => "`api_version` and `invoice` are missing",
    };
    Ok(OneTime { answer: Answer::Unknown, certainty: Certainty::Hint, reason, invoice: None })
}

const fn no(certainty: Certainty, reason: &'static str, invoice: Option<InvoiceId>) -> OneTime {
    OneTime { answer: Answer::No, certainty, reason, invoice }
}

/// What an API version promises about `invoice`.
#[derive(Clone, Copy)]
enum Era {
    /// It is there: an id or null.
    NamesInvoice,
    /// It was removed.
    NamesNone,
    /// The version is missing or in no form that is known.
    Untold,
}

impl Era {
    /// Versions are dates, from 2024-09-30 on with the name of a release train behind them; dates compare as text.
    fn of(api_version: Option<&str>) -> Self {
        match api_version.and_then(|version| version.get(..FIRST_WITHOUT_INVOICE.len())) {
            Some(date) if !is_date(date) => Self::Untold,
            Some(date) if date < FIRST_WITHOUT_INVOICE => Self::NamesInvoice,
            Some(_) => Self::NamesNone,
            None => Self::Untold,
        }
    }
}

fn is_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    })
}

/// The invoice in `payment_details.order_reference`; a reference of the merchant's own is none.
fn order_reference(payment_details: &Field<'_>) -> Result<Option<InvoiceId>, Box<Malformed>> {
    let Some(details) = payment_details.object()? else { return Ok(None) };
    let place = payment_details.place();
    let reference = PaymentDetails::read(details, &place)?.order_reference.glimpse();
    Ok(reference.filter(|text| text.starts_with("in_")).and_then(|text| InvoiceId::new(text).ok()))
}
