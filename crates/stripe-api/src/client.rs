//! The frame of every call: key, version, retries, errors.

use std::{cell::RefCell, fmt, pin::pin, str::FromStr, time::Duration};

use futures_util::future::{Either, select};
use lambda_kit::{Entropy, Timer};
use processor_events::event::Mode;
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    IdempotencyKey, KeySource, Keys, Refusal, SecretKey, StripeError,
    form::Form,
    retry,
    transport::{Method, Request, Response, Transport, TransportError},
};

/// The version of Stripe's API that every request asks for. Raising it is a change of code: the readers and the fake follow.
pub const API_VERSION: &str = "2026-07-29.dahlia";

/// One attempt, from the request to the last byte of the answer. Stripe's slowest calls take some seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(6);

/// Where Stripe is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it must be https://<host>, or http:// followed by 127.0.0.1, localhost or [::1], without a path")]
pub struct BaseUrlError;

impl BaseUrl {
    /// The URL without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self("https://api.stripe.com".to_owned())
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let uri: http::Uri = text.parse().map_err(|_| BaseUrlError)?;
        let host = uri.host().ok_or(BaseUrlError)?;
        let plain = uri.path() == "/" && uri.query().is_none() && !text.contains('@');
        let secure = match uri.scheme_str() {
            Some("https") => true,
            // The key must not cross a network in the clear.
            Some("http") => matches!(host, "127.0.0.1" | "localhost" | "[::1]"),
            _ => false,
        };
        if plain && secure { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(BaseUrlError) }
    }
}

/// Stripe, as far as Paybus needs it.
pub struct Stripe<T, K, W, E> {
    transport: T,
    source: K,
    timer: W,
    entropy: E,
    keys: RefCell<Option<Keys>>,
}

impl<T, K, W, E> fmt::Debug for Stripe<T, K, W, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stripe").finish_non_exhaustive()
    }
}

/// One page of a v1 list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct List<D> {
    /// The objects, newest first.
    pub data: Vec<D>,
    /// Whether there are more behind the last one.
    pub has_more: bool,
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// Makes a client. Nothing is read or sent before the first call.
    pub const fn new(transport: T, source: K, timer: W, entropy: E) -> Self {
        Self { transport, source, timer, entropy, keys: RefCell::new(None) }
    }

    /// Whether the key reaches real money or test data; `None` when no key is configured.
    pub async fn mode(&self) -> Result<Option<Mode>, StripeError> {
        match self.keys().await {
            Ok(keys) => Ok(Some(keys.current.mode())),
            Err(StripeError::NotConfigured) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads an object or a list; `operation` names the route for errors.
    pub(crate) async fn get<D: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        query: &Form,
    ) -> Result<D, StripeError> {
        let call = Call { operation, method: Method::Get, path: query.after(path), key: None, body: Body::None };
        self.call(call).await
    }

    /// Creates or changes by form (v1).
    pub(crate) async fn post_form<D: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        form: &Form,
        key: &IdempotencyKey,
    ) -> Result<D, StripeError> {
        let body = Body::Form(form.encode());
        self.call(Call { operation, method: Method::Post, path: path.to_owned(), key: Some(key), body }).await
    }

    /// Creates or changes by JSON (v2).
    pub(crate) async fn post_json<D: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        body: &serde_json::Value,
        key: &IdempotencyKey,
    ) -> Result<D, StripeError> {
        let body = Body::Json(body.to_string());
        self.call(Call { operation, method: Method::Post, path: path.to_owned(), key: Some(key), body }).await
    }

    /// Removes.
    pub(crate) async fn delete<D: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        key: &IdempotencyKey,
    ) -> Result<D, StripeError> {
        let call = Call { operation, method: Method::Delete, path: path.to_owned(), key: Some(key), body: Body::None };
        self.call(call).await
    }

    async fn call<D: DeserializeOwned>(&self, call: Call<'_>) -> Result<D, StripeError> {
        let keys = self.keys().await?;
        let mut response = self.attempts(&call, &keys.current).await?;
        if response.status == 401 {
            response = self.with_another_key(&call, &keys.current, response).await?;
        }
        let Response { status, replayed, request_id, body, .. } = response;
        if (200..300).contains(&status) {
            return serde_json::from_slice(&body).map_err(|error| StripeError::Unreadable {
                operation: call.operation,
                // The message of a serde error may quote a value; its place does not.
                reason: format!("{:?} at line {} column {}", error.classify(), error.line(), error.column()),
            });
        }
        Err(refused(call.operation, Refusal::read(status, &body, request_id.as_deref()), replayed))
    }

    /// The key was refused: perhaps it has been rotated, or its successor is not in force yet.
    async fn with_another_key(
        &self,
        call: &Call<'_>,
        refused: &SecretKey,
        refusal: Response,
    ) -> Result<Response, StripeError> {
        self.keys.replace(None);
        let keys = self.keys().await?;
        let others = [Some(keys.current), keys.previous].into_iter().flatten().filter(|key| !key.is_same_as(refused));
        let mut last = refusal;
        for key in others {
            last = self.attempts(call, &key).await?;
            if last.status != 401 {
                break;
            }
        }
        Ok(last)
    }

    async fn attempts(&self, call: &Call<'_>, key: &SecretKey) -> Result<Response, StripeError> {
        let mut attempt: u32 = 1;
        loop {
            let result = self.attempt(call.request(key)).await;
            if !retry::is_passing(&result) {
                return result.map_err(|error| unavailable(call.operation, attempt, &error.reason));
            }
            let response = result.as_ref().ok();
            // Stripe has bound this server error to the key: more attempts only replay it.
            let spent = response.is_some_and(|response| response.replayed && response.status >= 500);
            if attempt >= retry::ATTEMPTS || spent {
                return given_up(call.operation, attempt, result);
            }
            tracing::debug!(stripe.operation = call.operation, attempt, "Stripe did not answer usably, trying again");
            self.timer.sleep(retry::wait(attempt, response, &self.entropy)).await;
            attempt = attempt.saturating_add(1);
        }
    }

    async fn attempt(&self, request: Request) -> Result<Response, TransportError> {
        let answer = pin!(self.transport.send(request));
        let limit = pin!(self.timer.sleep(ATTEMPT_TIMEOUT));
        match select(answer, limit).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => {
                Err(TransportError { reason: format!("nothing within {} s", ATTEMPT_TIMEOUT.as_secs()) })
            }
        }
    }

    async fn keys(&self) -> Result<Keys, StripeError> {
        if let Some(keys) = self.keys.borrow().clone() {
            return Ok(keys);
        }
        let keys = self.source.keys().await?.ok_or(StripeError::NotConfigured)?;
        self.keys.replace(Some(keys.clone()));
        Ok(keys)
    }
}

struct Call<'a> {
    operation: &'static str,
    method: Method,
    path: String,
    key: Option<&'a IdempotencyKey>,
    body: Body,
}

enum Body {
    None,
    Form(String),
    Json(String),
}

impl Call<'_> {
    fn request(&self, key: &SecretKey) -> Request {
        let mut headers = vec![("stripe-version", API_VERSION.to_owned())];
        if let Some(key) = self.key {
            headers.push(("idempotency-key", key.as_str().to_owned()));
        }
        let body = match &self.body {
            Body::None => String::new(),
            Body::Form(text) => {
                headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
                text.clone()
            }
            Body::Json(text) => {
                headers.push(("content-type", "application/json".to_owned()));
                text.clone()
            }
        };
        Request {
            method: self.method,
            path: self.path.clone(),
            headers,
            key: key.secret().clone(),
            body: body.into_bytes(),
        }
    }
}

/// The last of several attempts: a conflict that lasts is Stripe's answer, the rest is no answer.
fn given_up(
    operation: &'static str,
    attempts: u32,
    result: Result<Response, TransportError>,
) -> Result<Response, StripeError> {
    match result {
        Err(error) => Err(unavailable(operation, attempts, &error.reason)),
        Ok(response) if response.status == 429 => Err(StripeError::RateLimited { operation, attempts }),
        Ok(response) if response.status >= 500 && response.replayed => Err(StripeError::KeySpent { operation }),
        Ok(response) if response.status >= 500 || response.status == 409 => {
            let refusal = Refusal::read(response.status, &response.body, response.request_id.as_deref());
            Err(unavailable(operation, attempts, &refusal.to_string()))
        }
        Ok(response) => Ok(response),
    }
}

fn unavailable(operation: &'static str, attempts: u32, reason: &str) -> StripeError {
    StripeError::Unavailable { operation, attempts, reason: reason.to_owned() }
}

fn refused(operation: &'static str, refusal: Refusal, replayed: bool) -> StripeError {
    let refusal = Box::new(refusal);
    match refusal.status {
        401 => StripeError::Unauthorized { operation, refusal },
        404 => StripeError::NotFound { operation, refusal },
        // Stripe may say not to retry a 5xx; then the answer is definitive, but the effect is not.
        500.. if replayed => StripeError::KeySpent { operation },
        500.. => unavailable(operation, 1, &refusal.to_string()),
        _ => StripeError::Refused { operation, refusal },
    }
}

#[cfg(test)]
mod tests;
