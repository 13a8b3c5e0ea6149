//! Which of a processor's events concern the ledger, and how they read there.

use processor_events::{
    Fact, ProcessorEvent,
    event::{self, Answer, DisputeStage, Processor},
    ids::{ChargeId, DisputeId, PaymentId},
};

use crate::{
    event::{Dispute, DisputeStatus, Happened, PaymentEvent, PaymentKey, Purchase, Refund, RefundStatus, Unclaimed},
    program::Program,
};

/// What an event is to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// Something happened to a payment.
    Relevant(PaymentEvent),
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
    /// A payment of a subscription, which does not earn in this program.
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
            Some(payment) => Ok((payment.clone(), Happened::PaysSubscription(link.invoice.clone()))),
            None => Err(Why::Unlinked),
        },
        _ => Err(Why::OtherKind),
    };
    match read {
        Ok((payment, happened)) => Intake::Relevant(PaymentEvent {
            id: event.id.clone(),
            occurred_at: event.occurred_at,
            payment: PaymentKey { processor: event.processor, id: payment },
            happened,
        }),
        Err(why) => Intake::Nothing(why),
    }
}

type Read = Result<(PaymentId, Happened), Why>;

/// A payment that is known to pay an invoice earns only where the program says so; one that may pay an invoice earns until
/// that is proven.
fn purchase(program: &Program, event: &ProcessorEvent, payment: &event::Payment) -> Read {
    let Some(customer) = payment.customer.clone() else { return somebody(event, payment) };
    let subscriptions_earn = program.document().earning.subscription_payments_earn;
    let in_doubt = match payment.one_time.answer {
        Answer::No if !subscriptions_earn => return Err(Why::Subscription),
        Answer::Yes | Answer::No => false,
        Answer::Unknown => !subscriptions_earn,
    };
    let metadata = payment.metadata.clone();
    Ok((payment.id.clone(), Happened::Paid(Purchase { customer, amount: payment.amount, in_doubt, metadata })))
}

/// A payment without a customer is a guest's, except at Checkout.com: there the approval has told, or will tell, who pays.
fn somebody(event: &ProcessorEvent, payment: &event::Payment) -> Read {
    match event.processor {
        Processor::Stripe => Err(Why::Guest),
        Processor::CheckoutCom => {
            let unclaimed = Unclaimed {
                event: event.id.clone(),
                occurred_at: event.occurred_at,
                amount: payment.amount,
                metadata: payment.metadata.clone(),
            };
            Ok((payment.id.clone(), Happened::PaidBySomebody(unclaimed)))
        }
    }
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
