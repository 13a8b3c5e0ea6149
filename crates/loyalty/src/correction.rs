//! What an entry that comes after the payment is, and why, in words.

use crate::{
    entry::EntryKind,
    event::{DisputeStatus, Happened, InvoiceKind, InvoiceLink, RefundStatus},
    number::Points,
    program::amount_text,
};

/// The kind and the reason of the entry that a fact about a payment makes.
pub(crate) fn correction(happened: &Happened, points: Points) -> (EntryKind, String) {
    let of_refund = |reason: String| {
        if points > Points::ZERO { (EntryKind::ReversalUndone, reason) } else { (EntryKind::Reversal, reason) }
    };
    match happened {
        // These make awards, whose reason is the basket's; here they only bring a fact along.
        Happened::Paid(purchase) => (EntryKind::Award, format!("paid {}", amount_text(purchase.amount))),
        Happened::Approved(customer) => (EntryKind::Award, format!("paid by {customer}")),
        Happened::InvoiceKnown(known) => (EntryKind::Award, format!("the invoice is {}", known.kind.name())),
        Happened::Received(receipt) => of_invoice(receipt.invoice.as_ref(), points),
        Happened::PaysInvoice(link) => of_invoice(Some(link), points),
        Happened::RefundedSoFar(amount) => {
            of_refund(format!("{} of the payment is refunded so far", amount_text(*amount)))
        }
        Happened::Refund(refund) => {
            let amount = amount_text(refund.amount);
            of_refund(match refund.status {
                RefundStatus::Pending | RefundStatus::Succeeded => format!("refund {} of {amount}", refund.id),
                RefundStatus::Failed => format!("refund {} of {amount} failed: the money was not returned", refund.id),
            })
        }
        Happened::Dispute(dispute) => {
            let (id, amount) = (&dispute.id, dispute.amount.map_or("all of it".to_owned(), amount_text));
            match dispute.status {
                DisputeStatus::Inquiry | DisputeStatus::Open => {
                    (EntryKind::DisputeHold, format!("dispute {id} holds {amount}"))
                }
                DisputeStatus::Lost => (EntryKind::DisputeFinal, format!("dispute {id} over {amount} was lost")),
                DisputeStatus::Won => (EntryKind::DisputeRestore, format!("dispute {id} over {amount} was won")),
            }
        }
    }
}

fn of_invoice(link: Option<&InvoiceLink>, points: Points) -> (EntryKind, String) {
    let invoice = link.map(|link| link.invoice.as_str()).unwrap_or_default();
    if points > Points::ZERO {
        let reason = format!("the payment pays the single invoice {invoice}: it earns after all");
        return (EntryKind::SubscriptionReversalUndone, reason);
    }
    let reason = match link.and_then(|link| link.kind) {
        Some(InvoiceKind::Subscription) => format!("the payment pays the subscription invoice {invoice}"),
        Some(InvoiceKind::OneOff) | None => {
            format!("the payment pays the invoice {invoice}, which counts as a subscription's until it says otherwise")
        }
    };
    (EntryKind::SubscriptionReversal, reason)
}
