//! Money that goes back: refunds and disputes.

use crate::{
    Currency, Money,
    door::Malformed,
    event::{ChargeRefund, Dispute, DisputeStage, DisputeStatus, Refund, RefundStatus},
    ids::{ChargeId, PaymentId},
    stripe::Snapshot,
    wire::{Field, fields},
};

fields! {
    /// A charge, cumulatively (docs.stripe.com/api/charges/object).
    ChargeFields {
        object: "object",
        id: "id",
        amount: "amount",
        amount_captured: "amount_captured",
        amount_refunded: "amount_refunded",
        captured: "captured",
        currency: "currency",
        customer: "customer",
        customer_account: "customer_account",
        payment_intent: "payment_intent",
    }
}

fields! {
    /// One refund (docs.stripe.com/api/refunds/object).
    RefundFields {
        object: "object",
        id: "id",
        amount: "amount",
        charge: "charge",
        currency: "currency",
        customer: "customer",
        customer_account: "customer_account",
        failure_reason: "failure_reason",
        payment_intent: "payment_intent",
        reason: "reason",
        status: "status",
    }
}

fields! {
    /// A dispute (docs.stripe.com/api/disputes/object).
    DisputeFields {
        object: "object",
        id: "id",
        amount: "amount",
        charge: "charge",
        currency: "currency",
        payment_intent: "payment_intent",
        reason: "reason",
        status: "status",
    }
}

pub(crate) fn charge_refund(snapshot: &Snapshot<'_>) -> Result<ChargeRefund, Box<Malformed>> {
    let fields = ChargeFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "charge")?;
    let currency = fields.currency.required_currency()?;
    let charge: ChargeId = fields.id.required_id()?;
    Ok(ChargeRefund {
        payment: match fields.payment_intent.reference()? {
            Some(payment) => payment,
            None => fields.id.required_id()?,
        },
        charge,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        amount: fields.amount.required_money(currency)?,
        refunded_so_far: refunded_of_the_captured(&fields, currency)?,
    })
}

/// Stripe counts as refunded also what was authorised and never captured (a capture of 203.00 out of 206.75 has 3.75 in
/// `amount_refunded`: <https://github.com/woocommerce/woocommerce-gateway-stripe/issues/1073>). That much did not come back: it was
/// never paid.
fn refunded_of_the_captured(fields: &ChargeFields<'_>, currency: Currency) -> Result<Money, Box<Malformed>> {
    let amount = fields.amount.required_money(currency)?.amount_minor;
    let refunded = fields.amount_refunded.required_money(currency)?.amount_minor;
    let captured = match (fields.amount_captured.money(currency)?, fields.captured.flag()?) {
        // The field is younger than 2020, and hand-made charges have a 0 beside a true `captured`.
        (None, _) | (Some(Money { amount_minor: 0, .. }), Some(true) | None) => amount,
        (Some(captured), _) => captured.amount_minor,
    };
    let released = amount.saturating_sub(captured).max(0);
    Ok(Money::new(refunded.saturating_sub(released).max(0), currency))
}

/// `refund.*` and `charge.refund.updated`. Before 2024-10-28.acacia a failure came as an update: the status tells it.
pub(crate) fn refund(snapshot: &Snapshot<'_>) -> Result<Refund, Box<Malformed>> {
    let fields = RefundFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "refund")?;
    let currency = fields.currency.required_currency()?;
    Ok(Refund {
        id: fields.id.required_id()?,
        payment: super::payment(&fields.payment_intent, &fields.charge)?,
        charge: fields.charge.reference()?,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        amount: fields.amount.required_money(currency)?,
        refunded_so_far: None,
        status: refund_status(&fields.status)?,
        reason: fields.reason.lenient_text(),
        failure_reason: fields.failure_reason.lenient_text(),
    })
}

fn refund_status(status: &Field<'_>) -> Result<RefundStatus, Box<Malformed>> {
    Ok(match status.text()?.as_deref() {
        Some("pending") => RefundStatus::Pending,
        Some("requires_action") => RefundStatus::RequiresAction,
        Some("succeeded") => RefundStatus::Succeeded,
        Some("failed") => RefundStatus::Failed,
        Some("canceled") => RefundStatus::Canceled,
        other => RefundStatus::Other(other.map(str::to_owned)),
    })
}

pub(crate) fn dispute(snapshot: &Snapshot<'_>, stage: DisputeStage) -> Result<Dispute, Box<Malformed>> {
    let fields = DisputeFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "dispute")?;
    let currency = fields.currency.required_currency()?;
    let payment: Option<PaymentId> = super::payment(&fields.payment_intent, &fields.charge)?;
    Ok(Dispute {
        id: fields.id.id()?,
        // Without the payment nothing can be held back: the link is the whole point.
        payment: Some(payment.ok_or_else(|| fields.charge.missing())?),
        charge: fields.charge.reference()?,
        amount: Some(fields.amount.required_money(currency)?),
        stage,
        status: dispute_status(&fields.status)?,
        reason: fields.reason.lenient_text(),
    })
}

fn dispute_status(status: &Field<'_>) -> Result<DisputeStatus, Box<Malformed>> {
    Ok(match status.text()?.as_deref() {
        Some("warning_needs_response" | "warning_under_review") => DisputeStatus::Inquiry,
        Some("warning_closed") => DisputeStatus::InquiryClosed,
        Some("needs_response") => DisputeStatus::NeedsResponse,
        Some("under_review") => DisputeStatus::UnderReview,
        Some("won") => DisputeStatus::Won,
        Some("lost") => DisputeStatus::Lost,
        Some("prevented") => DisputeStatus::Prevented,
        other => DisputeStatus::Other(other.map(str::to_owned)),
    })
}
