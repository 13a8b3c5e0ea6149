//! What the tests of single payments share.

use loyalty::{Happened, PaymentEvent, PaymentKey};
use processor_events::{
    event::Processor,
    ids::{CustomerId, EventId, PaymentId},
};

pub(crate) fn customer() -> CustomerId {
    CustomerId::new("cus_1").unwrap()
}

pub(crate) fn event(happened: Happened) -> PaymentEvent {
    PaymentEvent {
        id: EventId::new("evt_1").unwrap(),
        occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
        payment: PaymentKey { processor: Processor::Stripe, id: PaymentId::new("pi_1").unwrap() },
        happened,
    }
}
