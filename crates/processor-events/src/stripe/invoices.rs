//! Invoices (docs.stripe.com/api/invoices/object), before and after 2025-03-31.basil took them apart.

use crate::{
    Money,
    door::Malformed,
    event::{Collection, Invoice, InvoicePayment, UpcomingInvoice},
    ids::{PaymentId, SubscriptionId},
    json::Value,
    stripe::Snapshot,
    wire::{Place, fields},
};

fields! {
    InvoiceFields {
        object: "object",
        id: "id",
        number: "number",
        status: "status",
        paid: "paid",
        currency: "currency",
        customer: "customer",
        customer_account: "customer_account",
        customer_email: "customer_email",
        customer_name: "customer_name",
        amount_due: "amount_due",
        amount_paid: "amount_paid",
        amount_remaining: "amount_remaining",
        attempt_count: "attempt_count",
        next_payment_attempt: "next_payment_attempt",
        due_date: "due_date",
        hosted_invoice_url: "hosted_invoice_url",
        invoice_pdf: "invoice_pdf",
        billing_reason: "billing_reason",
        collection_method: "collection_method",
        billing: "billing",
        subscription: "subscription",
        parent: "parent",
        payment_intent: "payment_intent",
        charge: "charge",
        payments: "payments",
        account_name: "account_name",
        paid_out_of_band: "paid_out_of_band",
        period_end: "period_end",
    }
}

fields! {
    InvoicePaymentFields {
        object: "object",
        invoice: "invoice",
        payment: "payment",
        amount_paid: "amount_paid",
        currency: "currency",
    }
}

fields! {
    /// What an invoice payment was made with: one of these, or a payment record outside Stripe.
    PaymentSource { payment_intent: "payment_intent", charge: "charge" }
}

fields! {
    /// A list as Stripe embeds it (docs.stripe.com/api/pagination).
    List { data: "data" }
}

fields! {
    /// An element of an invoice's `payments`.
    AppliedPayment { payment: "payment", status: "status", is_default: "is_default" }
}

fields! { Parent { subscription_details: "subscription_details" } }
fields! { SubscriptionDetails { subscription: "subscription" } }

/// An upcoming invoice is a preview: it has no id.
pub(crate) fn upcoming(snapshot: &Snapshot<'_>) -> Result<UpcomingInvoice, Box<Malformed>> {
    let fields = InvoiceFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "invoice")?;
    let currency = fields.currency.required_currency()?;
    Ok(UpcomingInvoice {
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        customer_email: fields.customer_email.personal()?,
        customer_name: fields.customer_name.personal()?,
        amount_due: fields.amount_due.required_money(currency)?,
        next_payment_attempt: fields.next_payment_attempt.seconds()?,
        period_end: fields.period_end.seconds()?,
        subscription: subscription(&fields)?,
        collection: collection(&fields)?,
        account_name: fields.account_name.owned_text()?,
    })
}

/// The link between an invoice and what paid it (docs.stripe.com/api/invoice-payment).
pub(crate) fn invoice_payment(snapshot: &Snapshot<'_>) -> Result<InvoicePayment, Box<Malformed>> {
    let fields = InvoicePaymentFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "invoice_payment")?;
    let source_place = fields.payment.place();
    let source = PaymentSource::read(fields.payment.required_object()?, &source_place)?;
    let amount_paid = match fields.currency.currency()? {
        Some(currency) => fields.amount_paid.money(currency)?,
        None => None,
    };
    Ok(InvoicePayment {
        invoice: fields.invoice.reference()?.ok_or_else(|| fields.invoice.missing())?,
        payment: super::payment(&source.payment_intent, &source.charge)?,
        amount_paid,
    })
}

pub(crate) fn invoice(snapshot: &Snapshot<'_>) -> Result<Invoice, Box<Malformed>> {
    let fields = InvoiceFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "invoice")?;
    let amounts = Amounts::read(&fields)?;
    Ok(Invoice {
        id: fields.id.required_id()?,
        number: fields.number.owned_text()?,
        status: fields.status.owned_text()?,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        customer_email: fields.customer_email.personal()?,
        customer_name: fields.customer_name.personal()?,
        amount_due: amounts.due,
        amount_paid: amounts.paid,
        amount_remaining: amounts.remaining,
        attempt_count: fields.attempt_count.number("must be a count from 0 on")?.unwrap_or_default(),
        next_payment_attempt: fields.next_payment_attempt.seconds()?,
        due_date: fields.due_date.seconds()?,
        hosted_invoice_url: fields.hosted_invoice_url.owned_text()?,
        invoice_pdf: fields.invoice_pdf.owned_text()?,
        billing_reason: fields.billing_reason.owned_text()?,
        collection: collection(&fields)?,
        subscription: subscription(&fields)?,
        payment: payment(&fields)?,
        account_name: fields.account_name.owned_text()?,
        paid_out_of_band: fields.paid_out_of_band.flag()?,
    })
}

struct Amounts {
    due: Money,
    paid: Money,
    remaining: Money,
}

impl Amounts {
    /// `amount_paid` and `amount_remaining` are newer than `amount_due`: where they are missing, an invoice counts as paid in full
    /// or not at all, as `paid` or `status` says.
    fn read(fields: &InvoiceFields<'_>) -> Result<Self, Box<Malformed>> {
        let currency = fields.currency.required_currency()?;
        let due = fields.amount_due.required_money(currency)?;
        let is_paid = fields.paid.flag()? == Some(true) || fields.status.text()?.as_deref() == Some("paid");
        let paid = match fields.amount_paid.money(currency)? {
            Some(paid) => paid,
            None => Money::new(if is_paid { due.amount_minor } else { 0 }, currency),
        };
        // Of an invoice that was paid more than once the difference is below zero: nothing is open.
        let remaining = match fields.amount_remaining.integer()? {
            Some(remaining) => remaining,
            None => due.amount_minor.saturating_sub(paid.amount_minor),
        };
        let remaining = Money::new(remaining.max(0), currency);
        Ok(Self { due, paid, remaining })
    }
}

/// `payment_intent` or `charge`; from 2025-03-31.basil on only where `payments` is included: the one that paid, or else the one that
/// is tried.
fn payment(fields: &InvoiceFields<'_>) -> Result<Option<PaymentId>, Box<Malformed>> {
    if let Some(payment) = super::payment(&fields.payment_intent, &fields.charge)? {
        return Ok(Some(payment));
    }
    let Some(list) = fields.payments.object()? else { return Ok(None) };
    let list_place = fields.payments.place();
    let data = List::read(list, &list_place)?.data;
    let data_place = data.place();
    let mut best = None;
    for (index, element) in data.value().into_iter().flat_map(Value::elements).enumerate() {
        let place = Place::index(&data_place, index);
        let applied = AppliedPayment::read(element, &place)?;
        let rank = (applied.status.glimpse().as_deref() == Some("paid"), applied.is_default.flag()? == Some(true));
        let source_place = applied.payment.place();
        let Some(source) = applied.payment.object()? else { continue };
        let source = PaymentSource::read(source, &source_place)?;
        let Some(payment) = super::payment(&source.payment_intent, &source.charge)? else { continue };
        if best.as_ref().is_none_or(|(best_rank, _)| rank > *best_rank) {
            best = Some((rank, payment));
        }
    }
    Ok(best.map(|(_, payment)| payment))
}

/// `collection_method`, which was `billing` before 2019.
fn collection(fields: &InvoiceFields<'_>) -> Result<Collection, Box<Malformed>> {
    let word = match fields.collection_method.text()? {
        Some(word) => Some(word),
        None => fields.billing.text()?,
    };
    Ok(match word.as_deref() {
        Some("charge_automatically") => Collection::Automatic,
        Some("send_invoice") => Collection::SendInvoice,
        Some(_) | None => Collection::Unknown,
    })
}

/// `subscription`, from 2025-03-31.basil on `parent.subscription_details.subscription`.
fn subscription(fields: &InvoiceFields<'_>) -> Result<Option<SubscriptionId>, Box<Malformed>> {
    if let Some(subscription) = fields.subscription.reference()? {
        return Ok(Some(subscription));
    }
    let Some(parent) = fields.parent.object()? else { return Ok(None) };
    let parent_place = fields.parent.place();
    let parent = Parent::read(parent, &parent_place)?;
    let Some(details) = parent.subscription_details.object()? else { return Ok(None) };
    let details_place = parent.subscription_details.place();
    SubscriptionDetails::read(details, &details_place)?.subscription.reference()
}
