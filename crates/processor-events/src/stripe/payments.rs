//! Payments: PaymentIntent objects (<https://docs.stripe.com/api/payment_intents/object>) and charges without one.

use crate::{
    Fact,
    door::Malformed,
    event::Payment,
    ids::ChargeId,
    json::{Kind, Value},
    stripe::{Snapshot, one_time},
    wire::{IdOnly, Place, fields},
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
        latest_charge: "latest_charge",
        charges: "charges",
        metadata: "metadata",
        payment_details: "payment_details",
    }
}

pub(crate) fn succeeded(snapshot: &Snapshot<'_>) -> Result<Fact, Box<Malformed>> {
    let fields = PaymentIntent::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "payment_intent")?;
    let currency = fields.currency.required_currency()?;
    let received = fields.amount_received.money(currency)?;
    Ok(Fact::PaymentSucceeded(Payment {
        id: fields.id.required_id()?,
        charge: charge(&fields)?,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        amount: match received {
            Some(received) => received,
            None => fields.amount.required_money(currency)?,
        },
        one_time: one_time::judge(snapshot.api_version, &fields.invoice, &fields.description, &fields.payment_details)?,
        metadata: fields.metadata.metadata()?,
    }))
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
