//! Which of a processor's events concern the ledger, and how they read there.

use processor_events::{
    Fact, ProcessorEvent,
    event::{self, Answer, DisputeStage, Processor},
    ids::{ChargeId, DisputeId, PaymentId},
};

use crate::{
    event::{
        Dispute, DisputeStatus, Happened, InvoiceKind, InvoiceLink, KnownInvoice, PaymentEvent, PaymentKey, Purchase,
        Receipt, Refund, RefundStatus, Unclaimed,
    },
    program::Program,
};

/// What an event is to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// Something happened to a payment.
    Relevant(Box<PaymentEvent>),
    /// It moves nothing, and that is all right; the reason is a metric.
    Nothing(Why),
}

/// Why an event moves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A kind of event that the ledger has no use for.
    OtherKind,
    /// A payment of nobody in particular: there is no account to credit.
    Guest,
    /// A payment that says of itself that it repeats, in a program where such payments do not earn.
    Subscription,
    /// A refund, dispute or invoice payment that names no payment.
    Unlinked,
}

impl Why {
    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherKind => "other_kind",
            Self::Guest => "guest",
            Self::Subscription => "subscription",
            Self::Unlinked => "unlinked",
        }
    }
}

/// Reads an event as the ledger sees it.
#[must_use]
pub fn intake(program: &Program, event: &ProcessorEvent) -> Intake {
    let read = match &event.fact {
        Fact::PaymentSucceeded(payment) => purchase(program, event, payment),
        Fact::PaymentApproved(approved) => match &approved.customer {
            Some(customer) => Ok((approved.id.clone(), Happened::Approved(customer.clone()))),
            None => Err(Why::Guest),
        },
        Fact::ChargeRefunded(charge) => Ok((charge.payment.clone(), Happened::RefundedSoFar(charge.refunded_so_far))),
        Fact::RefundChanged(refund) => refunded(refund),
        Fact::DisputeChanged(dispute) => disputed(dispute),
        Fact::InvoicePaymentPaid(link) => match &link.payment {
            Some(payment) => {
                let link = InvoiceLink { invoice: link.invoice.clone(), kind: None };
                Ok((payment.clone(), Happened::PaysInvoice(link)))
            }
            None => Err(Why::Unlinked),
        },
        Fact::InvoicePaid(invoice) => known_invoice(invoice),
        _ => Err(Why::OtherKind),
    };
    match read {
        Ok((payment, happened)) => Intake::Relevant(Box::new(PaymentEvent {
            id: event.id.clone(),
            occurred_at: event.occurred_at,
            payment: PaymentKey { processor: event.processor, id: payment },
            happened,
        })),
        Err(why) => Intake::Nothing(why),
    }
}

type Read = Result<(PaymentId, Happened), Why>;

/// A payment that pays an invoice, or seems to, earns once that invoice is known to be a single one; one of which nothing is
/// known earns until it turns out to pay a subscription. Where subscriptions earn, none of this matters.
fn purchase(program: &Program, event: &ProcessorEvent, payment: &event::Payment) -> Read {
    match event.processor {
        Processor::Stripe => of_stripe(program, event, payment),
        Processor::CheckoutCom => of_checkout(program, event, payment),
    }
}

fn of_stripe(program: &Program, event: &ProcessorEvent, payment: &event::Payment) -> Read {
    let customer = payment.customer.clone().ok_or(Why::Guest)?;
    let subscriptions_earn = program.document().earning.subscription_payments_earn;
    if payment.one_time.answer == Answer::No && !subscriptions_earn {
        let invoice = payment.one_time.invoice.clone().map(|invoice| InvoiceLink { invoice, kind: None });
        return Ok((payment.id.clone(), Happened::Received(receipt(event, payment, invoice, true))));
    }
    let in_doubt = payment.one_time.answer == Answer::Unknown && !subscriptions_earn;
    let metadata = payment.metadata.clone();
    Ok((payment.id.clone(), Happened::Paid(Purchase { customer, amount: payment.amount, in_doubt, metadata })))
}

/// At Checkout.com a payment can be captured in parts, and the approval has told, or will tell, who pays.
fn of_checkout(program: &Program, event: &ProcessorEvent, payment: &event::Payment) -> Read {
    let subscriptions_earn = program.document().earning.subscription_payments_earn;
    if payment.one_time.answer == Answer::No && !subscriptions_earn {
        return Err(Why::Subscription);
    }
    Ok((payment.id.clone(), Happened::Received(receipt(event, payment, None, false))))
}

fn receipt(
    event: &ProcessorEvent,
    payment: &event::Payment,
    invoice: Option<InvoiceLink>,
    is_for_invoice: bool,
) -> Receipt {
    let unclaimed = Unclaimed {
        event: event.id.clone(),
        occurred_at: event.occurred_at,
        amount: payment.amount,
        metadata: payment.metadata.clone(),
        is_for_invoice,
    };
    Receipt { payer: payment.customer.clone(), capture: payment.capture.clone(), invoice, unclaimed }
}

fn known_invoice(invoice: &event::Invoice) -> Read {
    let kind =
        InvoiceKind::of(invoice.subscription.is_some(), invoice.billing_reason.as_deref()).ok_or(Why::Unlinked)?;
    let customer = invoice.customer.clone().ok_or(Why::Guest)?;
    let id = PaymentId::new(invoice.id.as_str()).map_err(|_| Why::Unlinked)?;
    Ok((id, Happened::InvoiceKnown(KnownInvoice { kind, customer, payment: invoice.payment.clone() })))
}

fn refunded(refund: &event::Refund) -> Read {
    let payment = payment_of(refund.payment.as_ref(), refund.charge.as_ref())?;
    if let Some(so_far) = refund.refunded_so_far {
        return Ok((payment, Happened::RefundedSoFar(so_far)));
    }
    // A state that is new to us counts as on its way: points come back if it fails, and a later state corrects it.
    let status = match refund.status {
        event::RefundStatus::Pending | event::RefundStatus::RequiresAction | event::RefundStatus::Other(_) => {
            RefundStatus::Pending
        }
        event::RefundStatus::Succeeded => RefundStatus::Succeeded,
        event::RefundStatus::Failed | event::RefundStatus::Canceled => RefundStatus::Failed,
    };
    Ok((payment, Happened::Refund(Refund { id: refund.id.clone(), amount: refund.amount, status })))
}

fn disputed(dispute: &event::Dispute) -> Read {
    let payment = payment_of(dispute.payment.as_ref(), dispute.charge.as_ref())?;
    // Disputes without an id are as old as API versions before 2014: one per charge.
    let id = dispute.id.clone().or_else(|| DisputeId::new(payment.as_str()).ok()).ok_or(Why::Unlinked)?;
    let status = dispute_status(dispute.stage, &dispute.status);
    Ok((payment, Happened::Dispute(Dispute { id, amount: dispute.amount, status })))
}

/// The money decides: it is withdrawn and reinstated by events of their own, whatever the status says at that moment.
fn dispute_status(stage: DisputeStage, status: &event::DisputeStatus) -> DisputeStatus {
    let told = match status {
        event::DisputeStatus::Inquiry | event::DisputeStatus::InquiryClosed | event::DisputeStatus::Prevented => {
            DisputeStatus::Inquiry
        }
        event::DisputeStatus::NeedsResponse | event::DisputeStatus::UnderReview | event::DisputeStatus::Other(_) => {
            DisputeStatus::Open
        }
        event::DisputeStatus::Won => DisputeStatus::Won,
        event::DisputeStatus::Lost => DisputeStatus::Lost,
    };
    match stage {
        DisputeStage::FundsReinstated => DisputeStatus::Won,
        DisputeStage::FundsWithdrawn => told.max(DisputeStatus::Open),
        DisputeStage::Opened | DisputeStage::Updated | DisputeStage::Closed => told,
    }
}

fn payment_of(payment: Option<&PaymentId>, charge: Option<&ChargeId>) -> Result<PaymentId, Why> {
    let by_charge = || charge.and_then(|charge| PaymentId::new(charge.as_str()).ok());
    payment.cloned().or_else(by_charge).ok_or(Why::Unlinked)
}
