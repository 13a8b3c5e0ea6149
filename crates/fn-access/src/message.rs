//! What the function is told by its own schedules.

use access::Subject;
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

/// A message of our own, beside the events of processors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnMessage {
    /// Grace has ended, or may have.
    LookAgain {
        /// Whose.
        subject: Subject,
    },
    /// The cards of this month are to be looked through.
    Sweep,
}

/// Why a message of our own cannot be understood.
#[derive(Debug, Error)]
pub enum OwnMessageError {
    /// A message that this version does not know.
    #[error("a message of Paybus with an unknown name, {name:?}")]
    Unknown {
        /// The name it has.
        name: String,
    },
    /// It names no customer.
    #[error("read whom {LOOK_AGAIN} is about")]
    Subject(#[source] serde_json::Error),
}

const LOOK_AGAIN: &str = "access.look_again";
const SWEEP: &str = "access.sweep";

/// Only what tells the messages apart.
#[derive(Deserialize)]
struct Head {
    paybus: String,
    #[serde(default)]
    subject: Value,
}

impl OwnMessage {
    /// Reads the body of a message; `None` if it is none of ours.
    #[must_use]
    pub fn read(body: &str) -> Option<Result<Self, OwnMessageError>> {
        let head: Head = serde_json::from_str(body).ok()?;
        Some(match head.paybus.as_str() {
            SWEEP => Ok(Self::Sweep),
            LOOK_AGAIN => match Subject::deserialize(head.subject) {
                Ok(subject) => Ok(Self::LookAgain { subject }),
                Err(error) => Err(OwnMessageError::Subject(error)),
            },
            name => Err(OwnMessageError::Unknown { name: name.chars().take(64).collect() }),
        })
    }

    /// The body of the message. Ids, a name and a flag: nothing personal goes through Scheduler.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Sweep => json!({"paybus": SWEEP}).to_string(),
            Self::LookAgain { subject } => json!({"paybus": LOOK_AGAIN, "subject": subject}).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use processor_events::{event::Processor, ids::CustomerId};

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let customer = CustomerId::new("cus_1").unwrap();
        let subject = Subject { processor: Processor::Stripe, livemode: true, account: None, customer };
        for message in [OwnMessage::Sweep, OwnMessage::LookAgain { subject }] {
            assert_eq!(OwnMessage::read(&message.body()).unwrap().unwrap(), message);
        }
    }

    #[test]
    fn events_of_processors_are_none_of_ours() {
        for body in ["", "{}", "[]", r#"{"id":"evt_1"}"#, r#"{"paybus":5}"#] {
            assert!(OwnMessage::read(body).is_none(), "{body}");
        }
    }

    #[test]
    fn a_message_of_ours_that_cannot_be_understood_says_why() {
        let reason = |body| OwnMessage::read(body).unwrap().unwrap_err().to_string();
        assert_eq!(
            reason(r#"{"paybus":"access.dance"}"#),
            r#"a message of Paybus with an unknown name, "access.dance""#
        );
        assert_eq!(reason(r#"{"paybus":"access.look_again"}"#), "read whom access.look_again is about");
    }
}
