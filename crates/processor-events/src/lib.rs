//! What payment processors say happened.
//!
//! Events arrive in many shapes: EventBridge envelopes, signed webhooks, snapshots of ten years of API versions. This crate
//! reads them tolerantly and hands out one model, [`ProcessorEvent`], whose types cannot be wrong. It is pure: no clock, no
//! environment, no network.

pub mod event;
pub mod ids;
pub mod money;
pub mod personal;

pub use event::{Fact, ProcessorEvent};
pub use money::{Currency, Money};
pub use personal::Personal;
