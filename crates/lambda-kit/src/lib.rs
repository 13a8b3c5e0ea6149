#![doc = include_str!("../README.md")]

pub mod aws;
pub mod batch;
pub mod environment;
pub mod failure;
pub mod https;
pub mod logging;
pub mod metrics;
pub mod ports;
pub mod sqs;
pub mod start;

pub use batch::{Limits, Outcome, Task};
pub use environment::{ConfigError, Environment};
pub use failure::Failure;
pub use metrics::{Metrics, Unit};
pub use ports::{Clock, Entropy, SystemClock, SystemEntropy, Timer, TokioTimer};
pub use sqs::{BatchResponse, MessageId, SqsEvent, SqsRecord};
