//! Notices about invoices.

use processor_events::{
    Money, ProcessorEvent,
    event::{Collection, Invoice, UpcomingInvoice},
};

use super::{Circumstances, Decision, NoticeKey, Policy, Skip};
use crate::messages::{
    InvoicePaid, InvoiceUpcoming, PaymentActionRequired, PaymentFailed, PaymentFailedFinal, Retry, Settlement,
    UpcomingPayment,
};

pub(super) fn paid(
    event: &ProcessorEvent,
    invoice: &Invoice,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Decision {
    let (settlement, amount_paid) = settlement(invoice);
    if settlement == Settlement::NothingDue && !policy.notify_zero_invoices {
        return Decision::Skip(Skip::NothingDue);
    }
    if circumstances.refunded {
        return Decision::Skip(Skip::Refunded);
    }
    let message = InvoicePaid {
        customer_name: invoice.customer_name.clone(),
        amount_paid,
        settlement,
        invoice_number: invoice.number.clone(),
        paid_at: event.occurred_at,
        invoice_url: invoice.hosted_invoice_url.clone(),
    };
    Decision::send(message, NoticeKey::of_receipt(event.processor, &invoice.id))
}

/// Before 2025-03-31.basil, `amount_paid` left out what was paid elsewhere; what was due is what has been paid then.
fn settlement(invoice: &Invoice) -> (Settlement, Money) {
    let is_zero = |money: Money| money.amount_minor <= 0;
    match invoice.paid_out_of_band {
        Some(true) if is_zero(invoice.amount_paid) && !is_zero(invoice.amount_due) => {
            (Settlement::Recorded, invoice.amount_due)
        }
        _ if is_zero(invoice.amount_paid) => (Settlement::NothingDue, invoice.amount_paid),
        Some(true) => (Settlement::Recorded, invoice.amount_paid),
        Some(false) | None => (Settlement::Payment, invoice.amount_paid),
    }
}

pub(super) fn payment_failed(event: &ProcessorEvent, invoice: &Invoice, circumstances: &Circumstances) -> Decision {
    if let Some(skip) = nothing_to_ask_for(invoice, circumstances) {
        return Decision::Skip(skip);
    }
    let retry = match (invoice.next_payment_attempt, invoice.collection) {
        (Some(moment), _) if moment > circumstances.now => Some(Retry::Planned(moment)),
        (Some(_), _) => Some(Retry::Due),
        (None, Collection::SendInvoice) => Some(Retry::ByHand),
        (None, Collection::Automatic | Collection::Unknown) => None,
    };
    let key = key_of_attempt(event, invoice);
    match retry {
        Some(retry) => Decision::send(PaymentFailed::of(invoice, retry), key),
        None => Decision::send(PaymentFailedFinal::of(invoice), key),
    }
}

pub(super) fn action_required(event: &ProcessorEvent, invoice: &Invoice, circumstances: &Circumstances) -> Decision {
    if let Some(skip) = nothing_to_ask_for(invoice, circumstances) {
        return Decision::Skip(skip);
    }
    let message = PaymentActionRequired {
        customer_name: invoice.customer_name.clone(),
        amount: invoice.amount_remaining,
        invoice_number: invoice.number.clone(),
        confirm_url: invoice.hosted_invoice_url.clone(),
    };
    Decision::send(message, key_of_attempt(event, invoice))
}

fn nothing_to_ask_for(invoice: &Invoice, circumstances: &Circumstances) -> Option<Skip> {
    if invoice.amount_remaining.amount_minor <= 0 {
        return Some(Skip::NothingOpen);
    }
    circumstances.settled_since.then_some(Skip::SettledSince)
}

/// One attempt is told once. Of an attempt that waits for the customer's bank, Stripe says both that it failed and that the
/// customer has to act; whichever is here first is told, and both lead to the page where the customer can pay or confirm.
///
/// Any attempt counts as the first one (docs.stripe.com/api/invoices/object, `attempt_count`), so that 0 is an event that was
/// made before the count.
fn key_of_attempt(event: &ProcessorEvent, invoice: &Invoice) -> NoticeKey {
    let effect = format!("payment_failed:attempt {}", invoice.attempt_count.max(1));
    NoticeKey::of(event.processor, &invoice.id, &effect)
}

/// An upcoming invoice has no id: its key is the subscription and the moment that it announces.
pub(super) fn upcoming(
    event: &ProcessorEvent,
    invoice: &UpcomingInvoice,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Decision {
    let due_at = match invoice.collection {
        Collection::Automatic | Collection::Unknown => invoice.next_payment_attempt.or(invoice.period_end),
        Collection::SendInvoice => invoice.period_end.or(invoice.next_payment_attempt),
    };
    if invoice.amount_due.amount_minor <= 0 && !policy.notify_zero_invoices {
        return Decision::Skip(Skip::NothingDue);
    }
    if due_at.is_some_and(|moment| moment <= circumstances.now) {
        return Decision::Skip(Skip::Stale);
    }
    let object = match (&invoice.subscription, &invoice.customer) {
        (Some(subscription), _) => subscription.to_string(),
        (None, Some(customer)) => customer.to_string(),
        (None, None) => return Decision::Skip(Skip::NoCustomer),
    };
    let period = match invoice.period_end.or(invoice.next_payment_attempt) {
        Some(moment) => moment.to_string(),
        None => event.id.to_string(),
    };
    let message = InvoiceUpcoming {
        customer_name: invoice.customer_name.clone(),
        amount_due: invoice.amount_due,
        due_at,
        payment: match invoice.collection {
            Collection::Automatic | Collection::Unknown => UpcomingPayment::Automatic(None),
            Collection::SendInvoice => UpcomingPayment::ByHand,
        },
        manage_url: policy.account_url.clone(),
    };
    Decision::send(message, NoticeKey::of(event.processor, &object, &format!("upcoming:{period}")))
}

impl PaymentFailed {
    fn of(invoice: &Invoice, retry: Retry) -> Self {
        Self {
            customer_name: invoice.customer_name.clone(),
            amount_remaining: invoice.amount_remaining,
            invoice_number: invoice.number.clone(),
            attempt: invoice.attempt_count,
            retry,
            invoice_url: invoice.hosted_invoice_url.clone(),
        }
    }
}

impl PaymentFailedFinal {
    fn of(invoice: &Invoice) -> Self {
        Self {
            customer_name: invoice.customer_name.clone(),
            amount_remaining: invoice.amount_remaining,
            invoice_number: invoice.number.clone(),
            attempt: invoice.attempt_count,
            invoice_url: invoice.hosted_invoice_url.clone(),
        }
    }
}
