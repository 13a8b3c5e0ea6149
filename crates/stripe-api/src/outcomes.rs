//! What became of things since they happened: asked before something is told late.

use lambda_kit::{Entropy, Timer};
use processor_events::ids::{CustomerId, InvoiceId};
use serde::Deserialize;
use serde_json::Value;

use crate::{KeySource, List, Stripe, StripeError, events::PAGE_SIZE, form::Form, transport::Transport};

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// Whether nothing is to be paid for an invoice any more: it is paid, void or written off (`status` of
    /// `docs.stripe.com/api/invoices/object`).
    pub async fn is_settled(&self, invoice: &InvoiceId) -> Result<bool, StripeError> {
        let path = format!("/v1/invoices/{invoice}");
        let invoice: Status = self.get("GET /v1/invoices/{id}", &path, &Form::new()).await?;
        Ok(matches!(invoice.status.as_deref(), Some("paid" | "void" | "uncollectible")))
    }

    /// Whether everything that was paid for an invoice has been given back. `false` also where nothing was paid through Stripe.
    ///
    /// One call: a payment of an invoice leads to its charge (`docs.stripe.com/api/invoice-payment/list`), four levels of which
    /// Stripe expands. `refunded` of a charge is true only when it was refunded in full.
    pub async fn is_refunded(&self, invoice: &InvoiceId) -> Result<bool, StripeError> {
        let form = Form::new()
            .with("invoice", invoice)
            .with("status", "paid")
            .with("limit", PAGE_SIZE)
            .with("expand[0]", "data.payment.payment_intent.latest_charge")
            .with("expand[1]", "data.payment.charge");
        let paid: List<PaidBy> = self.get("GET /v1/invoice_payments", "/v1/invoice_payments", &form).await?;
        Ok(!paid.data.is_empty() && paid.data.iter().all(PaidBy::is_refunded))
    }

    /// Whether a customer has a payment method (`docs.stripe.com/api/payment_methods/customer_list`).
    pub async fn has_payment_method(&self, customer: &CustomerId) -> Result<bool, StripeError> {
        const OPERATION: &str = "GET /v1/customers/{id}/payment_methods";
        let path = format!("/v1/customers/{customer}/payment_methods");
        let methods: List<Value> = self.get(OPERATION, &path, &Form::new().with("limit", 1)).await?;
        Ok(!methods.data.is_empty())
    }
}

/// An invoice, as far as it is asked about here.
#[derive(Deserialize)]
struct Status {
    status: Option<String>,
}

/// A payment of an invoice, with what it was made with.
#[derive(Deserialize)]
struct PaidBy {
    payment: Source,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    payment_intent: Option<Intent>,
    #[serde(default)]
    charge: Option<Charge>,
}

#[derive(Deserialize)]
struct Intent {
    latest_charge: Option<Charge>,
}

#[derive(Deserialize)]
struct Charge {
    refunded: bool,
}

impl PaidBy {
    /// A payment outside Stripe has no charge, and nobody can say that it was given back.
    fn is_refunded(&self) -> bool {
        let intent = self.payment.payment_intent.as_ref();
        let charge = intent.and_then(|intent| intent.latest_charge.as_ref()).or(self.payment.charge.as_ref());
        charge.is_some_and(|charge| charge.refunded)
    }
}
