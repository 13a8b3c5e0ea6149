//! From the processor's events to signals.

use processor_events::{
    Fact, ProcessorEvent,
    event::{
        self, Answer, Collection, FailedPayment, Invoice, PaymentMethod, PaymentMethodChange, Subscription,
        SubscriptionStatus,
    },
    ids::CustomerId,
};

use crate::{
    Decline, Month, Signal,
    signal::{Card, Demand, SignalKind, Standing},
};

/// What an event says about a customer's ability to pay; `None` where it says nothing, or names no customer.
#[must_use]
pub fn signal_of(event: &ProcessorEvent) -> Option<(&CustomerId, Signal)> {
    let customer = event.fact.customer()?;
    let kind = match &event.fact {
        Fact::InvoicePaid(invoice) => invoice_paid(invoice),
        Fact::InvoicePaymentFailed(invoice) => invoice_failed(invoice),
        Fact::InvoiceActionRequired(invoice) => {
            let invoice = invoice.id.clone();
            SignalKind::InvoiceDeclined { invoice, decline: Decline::AuthenticationRequired }
        }
        Fact::InvoiceVoided(invoice) | Fact::InvoiceUncollectible(invoice) => {
            SignalKind::InvoiceClosed { invoice: invoice.id.clone() }
        }
        Fact::PaymentSucceeded(_) => SignalKind::PaymentSucceeded,
        Fact::PaymentFailed(payment) => payment_failed(payment)?,
        Fact::PaymentMethodChanged(method) => method_changed(method),
        Fact::SubscriptionChanged(subscription) => subscription_changed(subscription)?,
        Fact::InvoiceUpcoming(_)
        | Fact::InvoicePaymentPaid(_)
        | Fact::PaymentApproved(_)
        | Fact::ChargeRefunded(_)
        | Fact::RefundChanged(_)
        | Fact::DisputeChanged(_)
        | Fact::CheckoutCompleted(_)
        | Fact::CustomerChanged(_)
        | Fact::CustomerDeleted(_) => return None,
    };
    Some((customer, Signal { at: event.occurred_at, kind }))
}

fn invoice_paid(invoice: &Invoice) -> SignalKind {
    // Before 2025-03-31.basil `amount_paid` left out what was paid elsewhere.
    let is_paid_elsewhere = invoice.paid_out_of_band == Some(true) && invoice.amount_due.amount_minor > 0;
    SignalKind::InvoicePaid {
        invoice: invoice.id.clone(),
        subscription: invoice.subscription.clone(),
        is_free: invoice.amount_paid.amount_minor <= 0 && !is_paid_elsewhere,
    }
}

fn invoice_failed(invoice: &Invoice) -> SignalKind {
    SignalKind::InvoiceFailed {
        invoice: invoice.id.clone(),
        subscription: invoice.subscription.clone(),
        attempt: invoice.attempt_count,
        // Of an invoice that is paid by hand no attempt is ever planned.
        is_final: invoice.next_payment_attempt.is_none() && invoice.collection == Collection::Automatic,
        is_first: invoice.billing_reason.as_deref() == Some("subscription_create"),
        demand: Demand {
            amount_minor: invoice.amount_remaining.amount_minor,
            currency: invoice.amount_remaining.currency,
            pay_url: invoice.hosted_invoice_url.clone(),
        },
    }
}

/// A payment of an invoice says why the invoice failed; that it failed is said by the invoice's own event.
fn payment_failed(payment: &FailedPayment) -> Option<SignalKind> {
    let has_method = payment.payment_method.is_some();
    let decline = Decline::of(payment.code.as_deref(), payment.decline_code.as_deref(), has_method);
    match (&payment.one_time.invoice, payment.one_time.answer) {
        (Some(invoice), _) => Some(SignalKind::InvoiceDeclined { invoice: invoice.clone(), decline }),
        (None, Answer::No) => None,
        (None, Answer::Yes | Answer::Unknown) => {
            Some(SignalKind::PaymentFailed { payment: payment.id.clone(), decline })
        }
    }
}

fn method_changed(method: &PaymentMethod) -> SignalKind {
    let id = method.id.clone();
    let card = method.card.as_ref().and_then(card);
    match (method.change, card) {
        (PaymentMethodChange::Removed, _) => SignalKind::MethodRemoved { method: id },
        (PaymentMethodChange::Expiring, Some(card)) => SignalKind::MethodExpiring { method: id, card },
        (
            PaymentMethodChange::Attached
            | PaymentMethodChange::Updated
            | PaymentMethodChange::AutomaticallyUpdated
            | PaymentMethodChange::Expiring,
            card,
        ) => SignalKind::MethodPresent { method: id, card },
    }
}

fn card(card: &event::Card) -> Option<Card> {
    let expires = Month::new(card.exp_year?, card.exp_month?).ok()?;
    Some(Card { expires, brand: card.brand.clone(), last4: card.last4.clone() })
}

fn subscription_changed(subscription: &Subscription) -> Option<SignalKind> {
    let standing = match subscription.status {
        // A first payment that never came took no access away.
        SubscriptionStatus::Incomplete | SubscriptionStatus::IncompleteExpired => Standing::Incomplete,
        SubscriptionStatus::Trialing | SubscriptionStatus::Active => Standing::Good,
        SubscriptionStatus::PastDue => Standing::PastDue,
        SubscriptionStatus::Unpaid => Standing::Unpaid,
        SubscriptionStatus::Canceled => Standing::Canceled,
        SubscriptionStatus::Paused => Standing::Paused,
        SubscriptionStatus::Other(_) => return None,
    };
    Some(SignalKind::Subscription { subscription: subscription.id.clone(), standing })
}

#[cfg(test)]
mod tests {
    use processor_events::{ReadOptions, Reading, read};
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: &str, api_version: &str, object: &Value, previous: &Value) -> ProcessorEvent {
        let body = json!({
            "id": "evt_1", "object": "event", "type": kind, "api_version": api_version, "created": 1_785_585_600,
            "livemode": false, "data": {"object": object, "previous_attributes": previous},
        });
        match read(&body.to_string(), &ReadOptions::default()) {
            Reading::Event(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    fn said(kind: &str, object: &Value) -> Option<String> {
        let event = event(kind, "2024-06-20", object, &json!({"customer": "cus_before"}));
        signal_of(&event).map(|(customer, signal)| format!("{customer}: {:?}", signal.kind))
    }

    fn check(kind: &str, object: &Value, expected: &str) {
        assert_eq!(said(kind, object).as_deref(), Some(expected));
    }

    fn invoice(changes: &Value) -> Value {
        let mut invoice = json!({
            "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "usd", "amount_due": 4900,
            "amount_paid": 0, "amount_remaining": 4900, "attempt_count": 2, "billing_reason": "subscription_cycle",
            "collection_method": "charge_automatically", "next_payment_attempt": 1_785_844_800, "status": "open",
            "subscription": "sub_1", "hosted_invoice_url": "https://invoice.stripe.com/i/1",
        });
        for (name, value) in changes.as_object().unwrap() {
            invoice[name] = value.clone();
        }
        invoice
    }

    #[test]
    fn an_attempt_is_final_only_where_the_processor_would_have_tried_again_by_itself() {
        let is_final =
            |changes: &Value| said("invoice.payment_failed", &invoice(changes)).unwrap().contains("is_final: true");
        assert!(!is_final(&json!({})));
        assert!(is_final(&json!({"next_payment_attempt": null})));
        assert!(!is_final(&json!({"next_payment_attempt": null, "collection_method": "send_invoice"})));
    }

    #[test]
    fn the_first_invoice_of_a_subscription_is_told_apart() {
        let first = said("invoice.payment_failed", &invoice(&json!({"billing_reason": "subscription_create"})));
        assert!(first.unwrap().contains("is_first: true"));
    }

    #[test]
    fn an_invoice_over_nothing_is_free_and_one_paid_elsewhere_is_not() {
        let is_free = |changes: &Value| said("invoice.paid", &invoice(changes)).unwrap().contains("is_free: true");
        assert!(is_free(&json!({"amount_due": 0, "amount_remaining": 0})));
        assert!(!is_free(&json!({"amount_paid": 4900, "amount_remaining": 0})));
        assert!(!is_free(&json!({"paid_out_of_band": true})));
    }

    #[test]
    fn a_voided_or_written_off_invoice_is_closed_whatever_is_still_open() {
        let expected = r#"cus_1: InvoiceClosed { invoice: InvoiceId("in_1") }"#;
        check("invoice.voided", &invoice(&json!({"status": "void"})), expected);
        check("invoice.marked_uncollectible", &invoice(&json!({"status": "uncollectible"})), expected);
    }

    #[test]
    fn a_refused_payment_of_an_invoice_only_says_why() {
        let payment = |invoice: &Value, error: &Value| {
            json!({
                "id": "pi_1", "object": "payment_intent", "customer": "cus_1", "amount": 4900, "currency": "usd",
                "status": "requires_payment_method", "invoice": invoice, "last_payment_error": error,
            })
        };
        let stolen = json!({"code": "card_declined", "decline_code": "stolen_card", "payment_method": {"id": "pm_1", "object": "payment_method"}});
        let kind = "payment_intent.payment_failed";
        let of_invoice = r#"cus_1: InvoiceDeclined { invoice: InvoiceId("in_1"), decline: Hard }"#;
        check(kind, &payment(&json!("in_1"), &stolen), of_invoice);
        check(
            kind,
            &payment(&json!(null), &stolen),
            r#"cus_1: PaymentFailed { payment: PaymentId("pi_1"), decline: Hard }"#,
        );
        check(
            kind,
            &payment(&json!(null), &json!(null)),
            r#"cus_1: PaymentFailed { payment: PaymentId("pi_1"), decline: NoMethod }"#,
        );
    }

    #[test]
    fn a_removed_method_belongs_to_whom_it_belonged_before() {
        let method = json!({"id": "pm_1", "object": "payment_method", "type": "card", "customer": null, "card": {"exp_month": 9, "exp_year": 2026}});
        check("payment_method.detached", &method, r#"cus_before: MethodRemoved { method: PaymentMethodId("pm_1") }"#);
    }

    #[test]
    fn the_references_events_about_sources_are_understood() {
        let card = json!({"id": "card_1", "object": "card", "customer": "cus_1", "exp_month": 9, "exp_year": 2026, "brand": "Visa", "last4": "4242"});
        check("customer.source.deleted", &card, r#"cus_1: MethodRemoved { method: PaymentMethodId("card_1") }"#);
        let expiring = said("customer.source.expiring", &card).unwrap();
        assert!(
            expiring.starts_with(r#"cus_1: MethodExpiring { method: PaymentMethodId("card_1"), card: Card"#),
            "{expiring}"
        );
        assert!(expiring.contains("year: 2026, month: 9"), "{expiring}");
    }

    #[test]
    fn a_subscriptions_status_is_its_standing_and_a_new_word_says_nothing() {
        let status = |status: &str| json!({"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": status, "cancel_at_period_end": false, "items": {"object": "list", "data": []}});
        let kind = "customer.subscription.updated";
        let expected = |standing: &str| {
            format!(r#"cus_1: Subscription {{ subscription: SubscriptionId("sub_1"), standing: {standing} }}"#)
        };
        check(kind, &status("past_due"), &expected("PastDue"));
        check(kind, &status("trialing"), &expected("Good"));
        check(kind, &status("incomplete_expired"), &expected("Incomplete"));
        assert_eq!(said(kind, &status("hibernating")), None);
    }

    #[test]
    fn what_says_nothing_about_the_ability_to_pay_is_no_signal() {
        let customer = json!({"id": "cus_1", "object": "customer", "email": "ada@example.com"});
        assert_eq!(said("customer.updated", &customer), None);
    }
}
