//! Events as they arrive: the samples of the repository, with what a test needs changed.

use jiff::Timestamp;
use lambda_kit::{MessageId, SqsEvent, SqsRecord, sqs::SqsAttributes};
use processor_events::{event::Mode, ids::CustomerId};
use serde_json::{Value, json};
use storage::{Scope, customers::CustomerKey, deliveries::NoticeKey};

const PAID: &str = include_str!("../../../../events/invoice.paid/subscription_cycle.json");
const FAILED: &str = include_str!("../../../../events/invoice.payment_failed/partly_paid.json");

/// An event about one invoice of one customer.
#[derive(Clone)]
pub(crate) struct Event(Value);

/// The invoice of customer `number` is paid.
pub(crate) fn paid(number: usize) -> Event {
    sample(PAID).about(number)
}

/// The first attempt to collect the invoice of customer `number` failed: 50.00 of 200.00 EUR are paid, 150.00 are open.
pub(crate) fn failed(number: usize) -> Event {
    sample(FAILED).about(number)
}

/// The bank of customer `number` wants the payment of the same invoice confirmed, in the same attempt.
pub(crate) fn action_required(number: usize) -> Event {
    sample(include_str!("../../../../events/invoice.payment_action_required/three_d_secure.json")).about(number)
}

/// The subscription of customer `number` renews in some days.
pub(crate) fn upcoming(number: usize) -> Event {
    let event = sample(include_str!("../../../../events/invoice.upcoming/renewal_in_seven_days.json"));
    event.with("customer", json!(format!("cus_{number}"))).with("customer_email", json!(address(number)))
}

/// The processor says that a card of customer `number` expires.
pub(crate) fn expiring(number: usize) -> Event {
    let event = sample(include_str!("../../../../events/customer.source.expiring/legacy_card.json"));
    event.with("customer", json!(format!("cus_{number}"))).with("id", json!("card_1"))
}

/// The processor says that a payment method of customer `number` was removed.
pub(crate) fn detached(number: usize) -> Event {
    let mut event =
        sample(include_str!("../../../../events/payment_method.detached/owner_only_in_previous_attributes.json"));
    event.0["detail"]["data"]["previous_attributes"]["customer"] = json!(format!("cus_{number}"));
    event.with("id", json!("pm_1"))
}

/// Our own watch says that the same card expires, or that the same payment method was the last one.
pub(crate) fn announced_expiring(number: usize) -> Event {
    sample(include_str!("../../../../events/access.method_expiring/card.json"))
        .announced_of(number)
        .announcing("method", json!("card_1"))
}

pub(crate) fn announced_removed(number: usize) -> Event {
    sample(include_str!("../../../../events/access.method_removed/last_card.json"))
        .announced_of(number)
        .announcing("method", json!("pm_1"))
}

/// Grace began with the failed attempt of [`failed`]; access says that its message tells it.
pub(crate) fn grace_by_failed_payment(number: usize) -> Event {
    sample(include_str!("../../../../events/access.grace_started/told_by_failed_payment.json")).announced_of(number)
}

/// Grace began because no payment method is left.
pub(crate) fn grace_without_method(number: usize) -> Event {
    sample(include_str!("../../../../events/access.grace_started/no_payment_method.json"))
        .announced_of(number)
        .announcing("reason", json!({"kind": "no_payment_method", "method": "pm_1"}))
}

/// Access of customer `number` ended, because the invoice of [`failed`] is still open.
pub(crate) fn held(number: usize) -> Event {
    sample(include_str!("../../../../events/access.held/invoice_unpaid.json")).announced_of(number)
}

/// Access of customer `number` is back.
pub(crate) fn restored(number: usize) -> Event {
    sample(include_str!("../../../../events/access.restored/invoice_settled.json")).announced_of(number)
}

/// A sample about an invoice, as one about the invoice of customer `number`.
pub(crate) fn invoice_sample(text: &str, number: usize) -> Event {
    sample(text).about(number)
}

fn sample(text: &str) -> Event {
    Event(serde_json::from_str(text).unwrap())
}

/// When every sample happened.
pub(crate) fn occurred_at() -> Timestamp {
    Timestamp::from_second(1_795_168_800).unwrap()
}

pub(crate) fn customer(number: usize) -> CustomerKey {
    CustomerKey { scope: scope(), customer: CustomerId::new(format!("cus_{number}")).unwrap() }
}

pub(crate) fn address(number: usize) -> String {
    format!("customer{number}@example.com")
}

pub(crate) fn paid_key(number: usize) -> NoticeKey {
    NoticeKey::new(scope(), format!("in_{number}:paid")).unwrap()
}

fn scope() -> Scope {
    Scope { mode: Mode::Test, account: None }
}

impl Event {
    fn about(self, number: usize) -> Self {
        self.with("id", json!(format!("in_{number}")))
            .with("customer", json!(format!("cus_{number}")))
            .with("customer_email", json!(address(number)))
    }

    /// Makes an event of our own one of this customer, and of this customer's invoice.
    fn announced_of(mut self, number: usize) -> Self {
        let detail = &mut self.0["detail"];
        detail["subject"]["customer"] = json!(format!("cus_{number}"));
        if detail["reason"]["invoice"].is_string() {
            detail["reason"]["invoice"] = json!(format!("in_{number}"));
        }
        self
    }

    /// Changes a field of an event of our own.
    pub(crate) fn announcing(mut self, field: &str, value: Value) -> Self {
        self.0["detail"][field] = value;
        self
    }

    /// Makes it one of a connected account.
    pub(crate) fn at_account(self, account: &str) -> Self {
        self.announcing("account", json!(account))
    }

    /// Changes a field of the envelope.
    pub(crate) fn enveloped(mut self, field: &str, value: Value) -> Self {
        self.0[field] = value;
        self
    }

    /// Changes a field of the invoice.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.0["detail"]["data"]["object"][field] = value;
        self
    }

    /// Gives the event another id of EventBridge and of Stripe: the same news, told again.
    pub(crate) fn told_again(mut self) -> Self {
        self.0["id"] = json!("00000000-0000-0000-0000-000000000001");
        // What Paybus itself announces keeps its id in every repetition.
        if self.0["detail"]["object"] == "event" {
            self.0["detail"]["id"] = json!("evt_again");
        }
        self
    }

    /// As a message with this id.
    pub(crate) fn as_record(&self, message_id: &str) -> SqsRecord {
        record(message_id, self.0.to_string())
    }
}

pub(crate) fn record(message_id: &str, body: impl Into<String>) -> SqsRecord {
    SqsRecord {
        message_id: MessageId::new(message_id).unwrap(),
        body: body.into(),
        attributes: SqsAttributes::default(),
    }
}

/// A batch of these events, with the message ids `m-0`, `m-1`, ...
pub(crate) fn batch(events: impl IntoIterator<Item = Event>) -> SqsEvent {
    let records = events.into_iter().enumerate().map(|(index, event)| event.as_record(&format!("m-{index}")));
    SqsEvent { records: records.collect() }
}
