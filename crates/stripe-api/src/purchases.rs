//! What a payment paid for: its invoice, its Checkout session, and the lines of both.
//!
//! Stripe refuses an `expand` of more than four levels ("You cannot expand more than 4 levels of a property"), so the lines of a
//! session are a call of their own, and of an invoice's lines the price can be had, but not its product.

use std::collections::BTreeMap;

use lambda_kit::{Entropy, Timer};
use processor_events::ids::{InvoiceId, PaymentId, SubscriptionId};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    KeySource, List, Stripe, StripeError, destinations::segment, events::PAGE_SIZE, form::Form, transport::Transport,
};

/// A payment of an invoice (`docs.stripe.com/api/invoice-payment/object`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InvoicePayment {
    /// The invoice that is paid.
    pub invoice: InvoiceId,
    /// Stripe's word: `open`, `paid`, `canceled`.
    pub status: String,
}

/// An invoice, as far as we need one (`docs.stripe.com/api/invoices/object`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// The subscription it is for.
    pub subscription: Option<SubscriptionId>,
    /// Why it was made, in Stripe's word: `manual`, `subscription_cycle`.
    pub billing_reason: Option<String>,
    /// For programs.
    pub metadata: BTreeMap<String, String>,
}

/// A Checkout session, as far as we need one (`docs.stripe.com/api/checkout/sessions/object`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckoutSession {
    /// `cs_...`.
    pub id: String,
    /// For programs.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: BTreeMap<String, String>,
}

/// One line of a session or an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldLine {
    /// What was paid for it, in minor units of the payment's currency: after discounts; a session's line with its tax, an
    /// invoice's without tax that is added on top. Negative for a credit.
    pub amount_minor: i64,
    /// What stands on the line, and below that on its price and its product: the closer one wins, key by key.
    pub metadata: BTreeMap<String, String>,
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// The invoices that a PaymentIntent pays (`docs.stripe.com/api/invoice-payment/list`). Since 2025-03-31.basil the
    /// PaymentIntent itself does not say.
    pub async fn invoice_payments(&self, payment: &PaymentId) -> Result<List<InvoicePayment>, StripeError> {
        let form = Form::new()
            .with("payment[type]", "payment_intent")
            .with("payment[payment_intent]", payment)
            .with("limit", PAGE_SIZE);
        self.get("GET /v1/invoice_payments", "/v1/invoice_payments", &form).await
    }

    /// One invoice (`docs.stripe.com/api/invoices/retrieve`).
    pub async fn invoice(&self, id: &InvoiceId) -> Result<Invoice, StripeError> {
        let wire: WireInvoice = self.get("GET /v1/invoices/{id}", &format!("/v1/invoices/{id}"), &Form::new()).await?;
        Ok(wire.read())
    }

    /// The lines of an invoice, at most 100 (`docs.stripe.com/api/invoice-line-item/list`).
    pub async fn invoice_lines(&self, id: &InvoiceId) -> Result<List<SoldLine>, StripeError> {
        let form = Form::new().with("limit", PAGE_SIZE).with("expand[0]", "data.pricing.price_details.price");
        let list: List<WireInvoiceLine> =
            self.get("GET /v1/invoices/{id}/lines", &format!("/v1/invoices/{id}/lines"), &form).await?;
        Ok(List { data: list.data.into_iter().map(WireInvoiceLine::read).collect(), has_more: list.has_more })
    }

    /// The Checkout session that led to a PaymentIntent, if one did (`docs.stripe.com/api/checkout/sessions/list`).
    pub async fn checkout_session(&self, payment: &PaymentId) -> Result<Option<CheckoutSession>, StripeError> {
        let form = Form::new().with("payment_intent", payment).with("limit", 1);
        let list: List<CheckoutSession> = self.get("GET /v1/checkout/sessions", "/v1/checkout/sessions", &form).await?;
        Ok(list.data.into_iter().next())
    }

    /// What was bought in a Checkout session, at most 100 lines (`docs.stripe.com/api/checkout/sessions/line_items`).
    pub async fn checkout_lines(&self, session: &CheckoutSession) -> Result<List<SoldLine>, StripeError> {
        let path = format!("/v1/checkout/sessions/{}/line_items", segment(&session.id));
        let form = Form::new().with("limit", PAGE_SIZE).with("expand[0]", "data.price.product");
        let list: List<WireSessionLine> = self.get("GET /v1/checkout/sessions/{id}/line_items", &path, &form).await?;
        Ok(List { data: list.data.into_iter().map(WireSessionLine::read).collect(), has_more: list.has_more })
    }
}

#[derive(Deserialize)]
struct WireInvoice {
    id: InvoiceId,
    #[serde(default)]
    billing_reason: Option<String>,
    #[serde(default)]
    parent: Option<WireParent>,
    #[serde(default, deserialize_with = "nullable")]
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct WireParent {
    #[serde(default)]
    subscription_details: Option<WireSubscriptionDetails>,
}

#[derive(Deserialize)]
struct WireSubscriptionDetails {
    #[serde(default)]
    subscription: Option<SubscriptionId>,
}

impl WireInvoice {
    fn read(self) -> Invoice {
        let details = self.parent.and_then(|parent| parent.subscription_details);
        Invoice {
            id: self.id,
            subscription: details.and_then(|details| details.subscription),
            billing_reason: self.billing_reason,
            metadata: self.metadata,
        }
    }
}

#[derive(Deserialize)]
struct WireSessionLine {
    amount_total: i64,
    #[serde(default)]
    price: Value,
    #[serde(default)]
    metadata: Value,
}

impl WireSessionLine {
    fn read(self) -> SoldLine {
        let layers = [&self.price["product"]["metadata"], &self.price["metadata"], &self.metadata];
        SoldLine { amount_minor: self.amount_total, metadata: layered(layers) }
    }
}

#[derive(Deserialize)]
struct WireInvoiceLine {
    amount: i64,
    #[serde(default)]
    discount_amounts: Option<Vec<WireDiscount>>,
    #[serde(default)]
    pricing: Value,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct WireDiscount {
    amount: i64,
}

impl WireInvoiceLine {
    fn read(self) -> SoldLine {
        let discounts = self.discount_amounts.unwrap_or_default();
        let amount_minor =
            discounts.iter().fold(self.amount, |amount, discount| amount.saturating_sub(discount.amount));
        let price = &self.pricing["price_details"]["price"]["metadata"];
        SoldLine { amount_minor, metadata: layered([price, &self.metadata]) }
    }
}

/// Metadata from several places, later ones over earlier ones. What is no metadata (an object that is not expanded) has none.
fn layered<'v>(layers: impl IntoIterator<Item = &'v Value>) -> BTreeMap<String, String> {
    let objects = layers.into_iter().filter_map(Value::as_object).flatten();
    objects.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn nullable<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_word_on_the_line_wins_over_price_and_product() {
        let line: WireSessionLine = serde_json::from_value(json!({
            "amount_total": 1500, "metadata": { "a": "line" },
            "price": { "metadata": { "a": "price", "b": "price" }, "product": { "metadata": { "b": "product", "c": "product" } } },
        }))
        .unwrap();
        let words =
            [("a", "line"), ("b", "price"), ("c", "product")].map(|(key, word)| (key.to_owned(), word.to_owned()));
        assert_eq!(line.read(), SoldLine { amount_minor: 1500, metadata: words.into() });
    }

    #[test]
    fn what_is_not_expanded_or_absent_has_no_metadata() {
        let line: WireSessionLine =
            serde_json::from_value(json!({ "amount_total": 7, "price": { "product": "prod_1" } })).unwrap();
        assert_eq!(line.read(), SoldLine { amount_minor: 7, metadata: BTreeMap::new() });
        let line: WireInvoiceLine = serde_json::from_value(json!({
            "amount": 900, "discount_amounts": [{ "amount": 100 }, { "amount": 50 }],
            "pricing": { "price_details": { "price": "price_1", "product": "prod_1" } }, "metadata": { "k": "v" },
        }))
        .unwrap();
        let metadata = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
        assert_eq!(line.read(), SoldLine { amount_minor: 750, metadata });
    }

    #[test]
    fn an_invoice_without_a_parent_is_no_subscriptions() {
        let read = |wire: Value| serde_json::from_value::<WireInvoice>(wire).unwrap().read();
        let single = read(json!({ "id": "in_1", "billing_reason": "manual", "parent": null, "metadata": null }));
        assert_eq!((single.subscription, single.billing_reason.as_deref()), (None, Some("manual")));
        let parent = json!({ "type": "subscription_details", "subscription_details": { "subscription": "sub_1" } });
        let renewal = read(json!({ "id": "in_2", "billing_reason": "subscription_cycle", "parent": parent }));
        assert_eq!(renewal.subscription.unwrap().as_str(), "sub_1");
    }
}
