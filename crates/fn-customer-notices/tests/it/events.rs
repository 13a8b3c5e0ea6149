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
    Event(serde_json::from_str(PAID).unwrap()).about(number)
}

/// The first attempt to collect the invoice of customer `number` failed: 50.00 of 200.00 EUR are paid, 150.00 are open.
pub(crate) fn failed(number: usize) -> Event {
    Event(serde_json::from_str(FAILED).unwrap()).about(number)
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

    /// Changes a field of the invoice.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.0["detail"]["data"]["object"][field] = value;
        self
    }

    /// Gives the event another id of EventBridge and of Stripe: the same news, told again.
    pub(crate) fn told_again(mut self) -> Self {
        self.0["id"] = json!("00000000-0000-0000-0000-000000000001");
        self.0["detail"]["id"] = json!("evt_again");
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
