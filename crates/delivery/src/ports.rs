//! The two ways out, as ports: SES and SNS behind them, or a memory.

use std::{fmt, future::Future};

use notices::{Email, Push, Topic, Unsubscribe};
use storage::customers::CustomerKey;

use crate::EmailAddress;

/// One email to one person.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingEmail<'a> {
    /// The only recipient.
    pub to: &'a EmailAddress,
    /// Subject and both bodies.
    pub content: &'a Email,
    /// The kind of message, for the provider's statistics.
    pub message: &'static str,
    /// What the person could switch off.
    pub topic: Topic,
    /// Who it is, so that a bounce or a complaint finds its way back to the profile.
    pub customer: Option<&'a CustomerKey>,
    /// How the person leaves the topic; set for what is not transactional.
    pub unsubscribe: Option<&'a Unsubscribe>,
}

/// Sends email.
pub trait EmailSender {
    /// Sends one email; returns the provider's id of it once the provider has accepted it.
    fn send(&self, email: &OutgoingEmail<'_>) -> impl Future<Output = Result<String, SendFailure>>;
}

/// Sends push notifications.
pub trait PushSender {
    /// Sends to one device; returns the provider's id of the message once the provider has accepted it.
    fn send(&self, endpoint_arn: &str, push: &Push) -> impl Future<Output = Result<String, SendFailure>>;
}

/// Why something was not sent, by what can be done about it. Each carries the provider's name of the error; never its words,
/// which may quote an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendFailure {
    /// Too fast: leave the provider alone for a moment.
    Throttled(String),
    /// No answer or a passing trouble; it may or may not have been sent.
    Unavailable(String),
    /// This message will never be taken.
    Refused(String),
    /// Nothing will be taken until an operator acts: a suspended account, a missing permission or identity.
    Stopped(String),
    /// The device does not exist any more.
    DeviceGone(String),
}

impl SendFailure {
    /// The provider's name of the error.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Throttled(reason)
            | Self::Unavailable(reason)
            | Self::Refused(reason)
            | Self::Stopped(reason)
            | Self::DeviceGone(reason) => reason,
        }
    }
}

impl fmt::Display for SendFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Throttled(_) => "the provider is throttling",
            Self::Unavailable(_) => "the provider gave no usable answer",
            Self::Refused(_) => "the provider refused the message",
            Self::Stopped(_) => "nothing can be sent until an operator acts",
            Self::DeviceGone(_) => "the device is gone",
        };
        write!(formatter, "{what} ({})", self.reason())
    }
}
