//! Customers, their payment methods and subscriptions, and finished checkouts.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::{
    door::Malformed,
    event::{
        Card, CheckoutSession, Customer, PaymentMethod, PaymentMethodChange, Subscription, SubscriptionChange,
        SubscriptionStatus,
    },
    ids::CustomerId,
    json::Kind,
    stripe::Snapshot,
    wire::{Field, Place, fields},
};

fields! {
    /// A customer (docs.stripe.com/api/customers/object).
    CustomerFields {
        object: "object",
        id: "id",
        default_source: "default_source",
        delinquent: "delinquent",
        email: "email",
        invoice_settings: "invoice_settings",
        metadata: "metadata",
        name: "name",
        phone: "phone",
        preferred_locales: "preferred_locales",
    }
}

fields! { InvoiceSettings { default_payment_method: "default_payment_method" } }

fields! {
    /// A payment method (<https://docs.stripe.com/api/payment_methods/object>), or a legacy card or source, whose details stand at the top
    /// (docs.stripe.com/api/cards/object) or under their type.
    PaymentMethodFields {
        id: "id",
        object: "object",
        brand: "brand",
        card: "card",
        customer: "customer",
        customer_account: "customer_account",
        exp_month: "exp_month",
        exp_year: "exp_year",
        kind: "type",
        last4: "last4",
    }
}

fields! { CardFields { brand: "brand", exp_month: "exp_month", exp_year: "exp_year", last4: "last4" } }

fields! { PreviousOwner { customer: "customer", customer_account: "customer_account" } }

fields! {
    /// A subscription (docs.stripe.com/api/subscriptions/object).
    SubscriptionFields {
        object: "object",
        id: "id",
        cancel_at_period_end: "cancel_at_period_end",
        current_period_end: "current_period_end",
        customer: "customer",
        customer_account: "customer_account",
        default_payment_method: "default_payment_method",
        items: "items",
        latest_invoice: "latest_invoice",
        status: "status",
        trial_end: "trial_end",
    }
}

fields! { Items { data: "data" } }
fields! { Item { current_period_end: "current_period_end" } }

fields! {
    /// A checkout session (docs.stripe.com/api/checkout/sessions/object).
    CheckoutFields {
        object: "object",
        id: "id",
        amount_total: "amount_total",
        currency: "currency",
        customer: "customer",
        customer_account: "customer_account",
        customer_details: "customer_details",
        customer_email: "customer_email",
        invoice: "invoice",
        locale: "locale",
        metadata: "metadata",
        mode: "mode",
        payment_intent: "payment_intent",
        payment_status: "payment_status",
        subscription: "subscription",
    }
}

fields! { CustomerDetails { email: "email", name: "name" } }

pub(crate) fn customer(snapshot: &Snapshot<'_>) -> Result<Box<Customer>, Box<Malformed>> {
    let fields = CustomerFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "customer")?;
    let settings_place = fields.invoice_settings.place();
    let default_method = match fields.invoice_settings.object()? {
        Some(settings) => InvoiceSettings::read(settings, &settings_place)?.default_payment_method.reference()?,
        None => None,
    };
    Ok(Box::new(Customer {
        id: fields.id.required_id()?,
        email: fields.email.personal()?,
        name: fields.name.personal()?,
        phone: fields.phone.personal()?,
        preferred_locales: texts(&fields.preferred_locales),
        delinquent: fields.delinquent.flag()?,
        default_payment_method: match default_method {
            Some(method) => Some(method),
            None => fields.default_source.reference()?,
        },
        metadata: fields.metadata.metadata()?,
    }))
}

fn texts(list: &Field<'_>) -> Vec<String> {
    let elements = list.value().into_iter().flat_map(|list| list.elements().collect::<Vec<_>>());
    elements.filter_map(|element| element.text().map(Cow::into_owned)).collect()
}

pub(crate) fn payment_method(
    snapshot: &Snapshot<'_>,
    change: PaymentMethodChange,
) -> Result<PaymentMethod, Box<Malformed>> {
    let fields = PaymentMethodFields::read(snapshot.object, snapshot.place)?;
    let owner = super::customer(&fields.customer, &fields.customer_account)?;
    // Of a legacy card, `type` is the brand.
    let is_legacy_card = fields.object.text()?.as_deref() == Some("card");
    Ok(PaymentMethod {
        id: fields.id.required_id()?,
        customer: match owner {
            Some(owner) => Some(owner),
            None => previous_owner(snapshot)?,
        },
        change,
        kind: if is_legacy_card { Some("card".to_owned()) } else { fields.kind.lenient_text() },
        card: card(&fields, is_legacy_card)?,
    })
}

/// A detached method belongs to nobody any more; whose it was stands among the old values.
fn previous_owner(snapshot: &Snapshot<'_>) -> Result<Option<CustomerId>, Box<Malformed>> {
    let Some(previous) = snapshot.previous else { return Ok(None) };
    let owner = PreviousOwner::read(previous, snapshot.previous_place)?;
    super::customer(&owner.customer, &owner.customer_account)
}

fn card(fields: &PaymentMethodFields<'_>, is_legacy_card: bool) -> Result<Option<Card>, Box<Malformed>> {
    if is_legacy_card {
        return read_card(&fields.brand, &fields.last4, &fields.exp_month, &fields.exp_year).map(Some);
    }
    let Some(card) = fields.card.object()? else { return Ok(None) };
    let place = fields.card.place();
    let card = CardFields::read(card, &place)?;
    read_card(&card.brand, &card.last4, &card.exp_month, &card.exp_year).map(Some)
}

fn read_card(
    brand: &Field<'_>,
    last4: &Field<'_>,
    exp_month: &Field<'_>,
    exp_year: &Field<'_>,
) -> Result<Card, Box<Malformed>> {
    let month = exp_month.number("must be a month from 1 to 12")?;
    if month.is_some_and(|month: u8| !(1..=12).contains(&month)) {
        return Err(exp_month.breaks("must be a month from 1 to 12"));
    }
    Ok(Card {
        brand: brand.lenient_text(),
        last4: last4.lenient_text(),
        exp_month: month,
        exp_year: exp_year.number("must be a year")?,
    })
}

pub(crate) fn subscription(
    snapshot: &Snapshot<'_>,
    change: SubscriptionChange,
) -> Result<Subscription, Box<Malformed>> {
    let fields = SubscriptionFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "subscription")?;
    Ok(Subscription {
        id: fields.id.required_id()?,
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        change,
        status: subscription_status(&fields.status)?,
        cancel_at_period_end: fields.cancel_at_period_end.flag()?.unwrap_or_default(),
        current_period_end: match fields.current_period_end.seconds()? {
            Some(end) => Some(end),
            None => latest_item_period_end(&fields.items)?,
        },
        trial_end: fields.trial_end.seconds()?,
        latest_invoice: fields.latest_invoice.reference()?,
        default_payment_method: fields.default_payment_method.reference()?,
    })
}

/// From 2025-03-31.basil on each item has its own period.
fn latest_item_period_end(items: &Field<'_>) -> Result<Option<Timestamp>, Box<Malformed>> {
    let Some(list) = items.object()? else { return Ok(None) };
    let list_place = items.place();
    let data = Items::read(list, &list_place)?.data;
    let data_place = data.place();
    let mut latest = None;
    for (index, item) in data.value().into_iter().flat_map(|data| data.elements().enumerate().collect::<Vec<_>>()) {
        if item.kind() == Kind::Object {
            let place = Place::index(&data_place, index);
            latest = latest.max(Item::read(item, &place)?.current_period_end.seconds()?);
        }
    }
    Ok(latest)
}

fn subscription_status(status: &Field<'_>) -> Result<SubscriptionStatus, Box<Malformed>> {
    Ok(match status.text()?.as_deref() {
        Some("incomplete") => SubscriptionStatus::Incomplete,
        Some("incomplete_expired") => SubscriptionStatus::IncompleteExpired,
        Some("trialing") => SubscriptionStatus::Trialing,
        Some("active") => SubscriptionStatus::Active,
        Some("past_due") => SubscriptionStatus::PastDue,
        Some("unpaid") => SubscriptionStatus::Unpaid,
        Some("canceled") => SubscriptionStatus::Canceled,
        Some("paused") => SubscriptionStatus::Paused,
        other => SubscriptionStatus::Other(other.map(str::to_owned)),
    })
}

pub(crate) fn checkout_session(snapshot: &Snapshot<'_>) -> Result<Box<CheckoutSession>, Box<Malformed>> {
    let fields = CheckoutFields::read(snapshot.object, snapshot.place)?;
    super::expect_object(&fields.object, "checkout.session")?;
    let details_place = fields.customer_details.place();
    let details = match fields.customer_details.object()? {
        Some(details) => Some(CustomerDetails::read(details, &details_place)?),
        None => None,
    };
    let entered_email = match &details {
        Some(details) => details.email.personal()?,
        None => None,
    };
    let amount_total = match fields.currency.currency()? {
        Some(currency) => fields.amount_total.money(currency)?,
        None => None,
    };
    Ok(Box::new(CheckoutSession {
        id: fields.id.required_text()?.into_owned(),
        customer: super::customer(&fields.customer, &fields.customer_account)?,
        customer_email: match entered_email {
            Some(email) => Some(email),
            None => fields.customer_email.personal()?,
        },
        customer_name: match &details {
            Some(details) => details.name.personal()?,
            None => None,
        },
        payment: fields.payment_intent.reference()?,
        invoice: fields.invoice.reference()?,
        subscription: fields.subscription.reference()?,
        mode: fields.mode.lenient_text(),
        payment_status: fields.payment_status.lenient_text(),
        amount_total,
        locale: fields.locale.lenient_text(),
        metadata: fields.metadata.metadata()?,
    }))
}
