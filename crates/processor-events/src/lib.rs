//! What payment processors say happened.
//!
//! Events arrive in many shapes: EventBridge envelopes, signed webhooks, snapshots of ten years of API versions. This crate
//! reads them tolerantly and hands out one model, [`ProcessorEvent`], whose types cannot be wrong. It is pure: no clock, no
//! environment, no network.
//!
//! # The door
//!
//! [`read`] takes the body of a message and answers with one of four [`Reading`]s. A handler gives each a fate, and only one of
//! them is work:
//!
//! ```
//! use processor_events::{Fact, ReadOptions, Reading, read};
//!
//! fn handle(body: &str, options: &ReadOptions) -> Result<(), String> {
//!     match read(body, options) {
//!         Reading::Event(event) => match &event.fact {
//!             Fact::PaymentSucceeded(payment) => award(event.mode, payment),
//!             // Every other fact is not for this consumer: done.
//!             _ => Ok(()),
//!         },
//!         // Understood, and nobody's business here: done.
//!         Reading::NotForUs(_) => Ok(()),
//!         // A failed item: it goes to the dead-letter queue with its body intact. The texts hold no personal data.
//!         Reading::Unsupported(unsupported) => Err(unsupported.to_string()),
//!         Reading::Malformed(malformed) => Err(malformed.to_string()),
//!     }
//! }
//! # fn award(_: processor_events::event::Mode, _: &processor_events::event::Payment) -> Result<(), String> { Ok(()) }
//! # let body = r#"{"id":"evt_1","object":"event","type":"plan.created","created":1,"livemode":false,"data":{"object":{}}}"#;
//! # handle(body, &ReadOptions::default()).unwrap();
//! ```
//!
//! # Adding a processor
//!
//! Write one module beside `stripe` and `checkout_com` that holds a `ProcessorModule`: the prefix of its partner source, its name
//! in our own webhook source, how to tell its events without an envelope, and how to read one. Then add its line to
//! `PROCESSORS` in `door.rs`, its variant to [`event::Processor`], and nothing else.

pub mod event;
pub mod ids;
pub mod money;
pub mod personal;
pub mod signature;

mod checkout_com;
mod door;
mod json;
mod stripe;
mod wire;

pub use door::{
    About, Malformed, NotForUs, RECONCILER_SOURCE_PREFIX, ReadOptions, Reading, Unsupported, WEBHOOK_SOURCE_PREFIX,
    WhyNotForUs, read, read_bytes,
};
pub use event::{Fact, ProcessorEvent};
pub use money::{Currency, Money, MoneyError, Rate, Rounding};
pub use personal::Personal;
pub use stripe::catalogue;
