//! Payments: PaymentIntent objects (<https://docs.stripe.com/api/payment_intents/object>) and charges without one.

use crate::{
    Currency, Fact, Money,
    door::Malformed,
    event::{FailedPayment, OneTime, Payment},
    ids::{ChargeId, CustomerId},
    json::{Kind, Value},
    stripe::{Snapshot, Told, one_time},
    wire::{Field, IdOnly, Place, fields},
};

fields! {
    PaymentIntent {
        object: "object",
        id: "id",
        amount: "amount",
        amount_received: "amount_received",
        currency: "currency",
        customer: "customer",
        customer_account: "customer_account",
        description: "description",
        invoice: "invoice",
        last_payment_error: "last_payment_error",
        latest_charge: "latest_charge",
        charges: "charges",
        metadata: "metadata",
        payment_details: "payment_details",
        payment_method: "payment_method",
    }
}

fields! {
    /// Why the last attempt failed (<https://docs.stripe.com/api/payment_intents/object>, `last_payment_error`).
    PaymentError { code: "code", decline_code: "decline_code", payment_method: "payment_method", source: "source" }
}

fields! { MethodOwner { customer: "customer" } }

fields! {
    /// A charge (docs.stripe.com/api/charges/object).
    Charge {
        object: "object",
        id: "id",
        amount: "amount",
        amount_captured: "amount_captured",
        amount_refunded: "amount_refunded",
        captured: "captured",
        currency: "currency",
        customer: "customer",
        customer_account: "customer_account",
        description: "description",
        invoice: "invoice",
        metadata: "metadata",
        payment_details: "payment_details",
        payment_intent: "payment_intent",
    }
}

pub(crate) fn succeeded(snapshot: &Snapshot<'_>) -> Result<Payment, Box<Malformed>> {
    let fields = PaymentIntent::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "payment_intent")?;
    let currency = fields.currency.required_currency()?;
    let received = fields.amount_received.money(currency)?;
    Ok(Payment {
        id: fields.id.required_id()?,
        charge: charge(&fields)?,
        capture: None,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        amount: match received {
            Some(received) => received,
            None => fields.amount.required_money(currency)?,
        },
        one_time: one_time::judge(snapshot.api_version, &fields.invoice, &fields.description, &fields.payment_details)?,
        metadata: fields.metadata.metadata()?,
    })
}

/// After a failure the payment itself names no method any more: the error does, with the method's owner.
pub(crate) fn failed(snapshot: &Snapshot<'_>) -> Result<FailedPayment, Box<Malformed>> {
    let fields = PaymentIntent::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "payment_intent")?;
    let error_place = fields.last_payment_error.place();
    let error = match fields.last_payment_error.object()? {
        Some(error) => Some(PaymentError::read(error, &error_place)?),
        None => None,
    };
    let mut customer = super::customer(&fields.customer, &fields.customer_account)?;
    let mut payment_method = fields.payment_method.reference()?;
    if let Some(error) = &error {
        let refused = if error.payment_method.is_there() { &error.payment_method } else { &error.source };
        payment_method = refused.reference()?.or(payment_method);
        customer = customer.or(owner(refused)?);
    }
    Ok(FailedPayment {
        id: fields.id.required_id()?,
        customer,
        amount: fields.amount.required_money(fields.currency.required_currency()?)?,
        one_time: one_time_of(snapshot, &fields.invoice, &fields.description, &fields.payment_details)?,
        payment_method,
        code: error.as_ref().and_then(|error| error.code.lenient_text()),
        decline_code: error.as_ref().and_then(|error| error.decline_code.lenient_text()),
    })
}

fn owner(method: &Field<'_>) -> Result<Option<CustomerId>, Box<Malformed>> {
    match method.value().filter(|method| method.kind() == Kind::Object) {
        Some(object) => MethodOwner::read(object, &method.place())?.customer.reference(),
        None => Ok(None),
    }
}

/// A charge without a PaymentIntent is a payment of its own (the Charges API, which older integrations use). One with a
/// PaymentIntent is left to `payment_intent.succeeded`, and one that is only authorised has moved no money yet.
pub(crate) fn charge_succeeded(snapshot: &Snapshot<'_>) -> Result<Told, Box<Malformed>> {
    let fields = Charge::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "charge")?;
    if fields.payment_intent.value().is_some() {
        return Ok(Told::By("payment_intent.succeeded"));
    }
    if fields.captured.flag()? == Some(false) {
        return Ok(Told::By("charge.captured"));
    }
    charge_payment(snapshot, &fields).map(Fact::PaymentSucceeded).map(Told::from)
}

/// The capture of a charge that was only authorised before.
pub(crate) fn charge_captured(snapshot: &Snapshot<'_>) -> Result<Told, Box<Malformed>> {
    let fields = Charge::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "charge")?;
    if fields.payment_intent.value().is_some() {
        return Ok(Told::By("payment_intent.succeeded"));
    }
    charge_payment(snapshot, &fields).map(Fact::PaymentSucceeded).map(Told::from)
}

fn charge_payment(snapshot: &Snapshot<'_>, fields: &Charge<'_>) -> Result<Payment, Box<Malformed>> {
    let currency = fields.currency.required_currency()?;
    Ok(Payment {
        id: fields.id.required_id()?,
        charge: fields.id.id()?,
        capture: None,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        amount: match fields.amount_captured.money(currency)? {
            Some(captured) => captured,
            None => captured_before_2020(fields, currency)?,
        },
        one_time: one_time_of(snapshot, &fields.invoice, &fields.description, &fields.payment_details)?,
        metadata: fields.metadata.metadata()?,
    })
}

/// Before there was `amount_captured`, what a capture left out stood among the refunded amounts.
fn captured_before_2020(fields: &Charge<'_>, currency: Currency) -> Result<Money, Box<Malformed>> {
    let amount = fields.amount.required_money(currency)?;
    let released = fields.amount_refunded.money(currency)?.map_or(0, |released| released.amount_minor);
    Ok(Money::new(amount.amount_minor.saturating_sub(released).max(0), currency))
}

fn one_time_of(
    snapshot: &Snapshot<'_>,
    invoice: &Field<'_>,
    description: &Field<'_>,
    payment_details: &Field<'_>,
) -> Result<OneTime, Box<Malformed>> {
    one_time::judge(snapshot.api_version, invoice, description, payment_details)
}

/// The newest charge: `latest_charge`, before 2022-11-15 the first of the embedded `charges`.
fn charge(fields: &PaymentIntent<'_>) -> Result<Option<ChargeId>, Box<Malformed>> {
    if let Some(charge) = fields.latest_charge.reference()? {
        return Ok(Some(charge));
    }
    let Some(charges) = fields.charges.object()? else { return Ok(None) };
    let list_place = fields.charges.place();
    let list = List::read(charges, &list_place)?;
    let place = list.data.place();
    first_id(list.data.value(), &place)
}

fields! {
    /// A list as Stripe embeds it (docs.stripe.com/api/pagination).
    List { data: "data" }
}

fn first_id(list: Option<Value<'_>>, place: &Place<'_>) -> Result<Option<ChargeId>, Box<Malformed>> {
    let Some(first) = list.and_then(|list| list.elements().next()).filter(|first| first.kind() == Kind::Object) else {
        return Ok(None);
    };
    let place = Place::index(place, 0);
    IdOnly::read(first, &place)?.id.id()
}
