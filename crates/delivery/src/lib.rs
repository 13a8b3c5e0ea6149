#![doc = include_str!("../README.md")]

pub mod address;
pub mod courier;
pub mod devices;
pub mod feedback;
pub mod memory;
pub mod mode;
pub mod plan;
pub mod ports;
pub mod ses;
pub mod sns;
pub mod voice;

mod aws;

pub use address::EmailAddress;
pub use courier::{Attempt, ChannelReport, Courier, DeliveryError, Notice, Outcome, Pace, Report};
pub use mode::OutboundMode;
pub use plan::{Recipient, SkipReason};
pub use ports::{EmailSender, OutgoingEmail, PushSender, SendFailure};
pub use ses::SesEmail;
pub use sns::SnsPush;
pub use voice::Voice;
