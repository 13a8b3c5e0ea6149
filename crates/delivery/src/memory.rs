//! Email and push in memory: for tests and the simulation.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use notices::{Email, Push};

use crate::{EmailSender, OutgoingEmail, PushSender, SendFailure};

/// An email that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentEmail {
    /// The recipient.
    pub to: String,
    /// The kind of message.
    pub message: &'static str,
    /// What was said.
    pub content: Email,
}

/// Accepts every email, unless told to fail.
#[derive(Debug, Default)]
pub struct InMemoryEmail {
    sent: Mutex<Vec<SentEmail>>,
    failures: Mutex<VecDeque<SendFailure>>,
}

impl InMemoryEmail {
    /// Every email so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<SentEmail> {
        lock(&self.sent).clone()
    }

    /// Answers a coming send with this failure; several are used in the order given.
    pub fn fail_next(&self, failure: SendFailure) {
        lock(&self.failures).push_back(failure);
    }
}

impl EmailSender for InMemoryEmail {
    async fn send(&self, email: &OutgoingEmail<'_>) -> Result<String, SendFailure> {
        if let Some(failure) = lock(&self.failures).pop_front() {
            return Err(failure);
        }
        let mut sent = lock(&self.sent);
        sent.push(SentEmail {
            to: email.to.reveal().to_owned(),
            message: email.message,
            content: email.content.clone(),
        });
        Ok(format!("email-{}", sent.len()))
    }
}

/// A push notification that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPush {
    /// The endpoint of the device.
    pub endpoint_arn: String,
    /// What was said.
    pub push: Push,
}

/// Accepts every push notification, unless told to fail.
#[derive(Debug, Default)]
pub struct InMemoryPush {
    sent: Mutex<Vec<SentPush>>,
    failures: Mutex<VecDeque<(String, SendFailure)>>,
}

impl InMemoryPush {
    /// Every push notification so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<SentPush> {
        lock(&self.sent).clone()
    }

    /// Answers the next send to this endpoint with a failure.
    pub fn fail_next(&self, endpoint_arn: &str, failure: SendFailure) {
        lock(&self.failures).push_back((endpoint_arn.to_owned(), failure));
    }
}

impl PushSender for InMemoryPush {
    async fn send(&self, endpoint_arn: &str, push: &Push) -> Result<String, SendFailure> {
        let mut failures = lock(&self.failures);
        if let Some(place) = failures.iter().position(|(arn, _)| arn == endpoint_arn)
            && let Some((_, failure)) = failures.remove(place)
        {
            return Err(failure);
        }
        let mut sent = lock(&self.sent);
        sent.push(SentPush { endpoint_arn: endpoint_arn.to_owned(), push: push.clone() });
        Ok(format!("push-{}", sent.len()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds a lock, and each change is one insertion or removal.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
