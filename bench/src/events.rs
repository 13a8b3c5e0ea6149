//! Batches as SQS hands them over: one EventBridge envelope per record, every id new.

use serde_json::{Value, json};

/// What a function is fed with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A paid invoice, with an address on it.
    Invoice,
    /// A one-time payment.
    Payment,
}

/// A batch of `size` records whose ids are derived from `number`.
pub(crate) fn batch(kind: Kind, number: usize, size: usize, now_seconds: i64) -> String {
    let records: Vec<Value> = (0..size).map(|index| record(kind, &format!("{number}x{index}"), now_seconds)).collect();
    json!({ "Records": records }).to_string()
}

fn record(kind: Kind, id: &str, now: i64) -> Value {
    let (detail_type, object) = match kind {
        Kind::Invoice => ("invoice.paid", invoice(id, now)),
        Kind::Payment => ("payment_intent.succeeded", payment(id, now)),
    };
    let envelope = json!({
        "version": "0", "id": format!("6a7e8feb-b491-4cf7-a9f1-{id}"), "detail-type": detail_type,
        "source": "aws.partner/stripe.com/ed_test_61Bench", "account": "123456789012", "time": "2026-01-01T00:00:00Z",
        "region": "eu-central-1", "resources": [],
        "detail": {
            "id": format!("evt_{id}"), "object": "event", "api_version": "2024-06-20", "created": now, "livemode": false,
            "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": detail_type,
            "data": {"object": object},
        },
    });
    json!({
        "messageId": format!("059f36b4-87a3-44ab-83d2-{id}"), "receiptHandle": "handle", "body": envelope.to_string(),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": now.saturating_mul(1000).to_string()},
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:bench",
    })
}

fn invoice(id: &str, now: i64) -> Value {
    json!({
        "id": format!("in_{id}"), "object": "invoice", "number": format!("B-{id}"), "status": "paid", "currency": "usd",
        "amount_due": 1999, "amount_paid": 1999, "amount_remaining": 0, "attempt_count": 1, "attempted": true,
        "next_payment_attempt": null, "customer": format!("cus_{id}"), "customer_email": "ada@example.com",
        "customer_name": "Ada Example", "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_1",
        "billing_reason": "subscription_cycle", "collection_method": "charge_automatically", "account_name": "Example Inc",
        "subscription": format!("sub_{id}"), "paid_out_of_band": false, "period_start": now, "period_end": now, "created": now,
        "lines": {"object": "list", "data": [{"id": "il_1", "amount": 1999, "currency": "usd", "description": "1 x Plan"}]},
    })
}

fn payment(id: &str, now: i64) -> Value {
    json!({
        "id": format!("pi_{id}"), "object": "payment_intent", "amount": 1999, "amount_received": 1999, "currency": "usd",
        "customer": format!("cus_{id}"), "invoice": null, "status": "succeeded", "latest_charge": format!("ch_{id}"),
        "created": now, "description": null, "metadata": {}, "payment_method": "pm_1", "livemode": false,
    })
}
