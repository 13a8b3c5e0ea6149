//! The network: one request out, one answer back.

use std::{sync::OnceLock, time::Duration};

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::{
    client::{http::HttpConnector, orchestrator::HttpRequest},
    http::HttpError,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use lambda_kit::{
    failure::with_causes,
    https::{Roots, connector},
};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::client::BaseUrl;

/// The largest answer that is read. A page of 100 events of 1 MB each would be more; Stripe's events have some KB.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// How long a connection may take. Stripe's edge answers in some 10 ms.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Carries a request to Stripe and brings the answer, whatever it says.
pub trait Transport {
    /// Sends once. An error means that no answer came; the request may have arrived all the same.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>>;
}

impl<T: Transport> Transport for &T {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, TransportError>> {
        (**self).send(request)
    }
}

/// What is done to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or changes.
    Post,
    /// Removes.
    Delete,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Headers except the authorization: names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The restricted key.
    pub key: SecretString,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `stripe-should-retry`: Stripe's own word on whether to try again.
    pub should_retry: Option<bool>,
    /// `retry-after`, in seconds.
    pub retry_after_seconds: Option<u64>,
    /// `idempotent-replayed: true`: this is what was answered to the first request of that key.
    pub replayed: bool,
    /// `request-id`: names the request in Stripe's logs.
    pub request_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why no answer came.
#[derive(Debug, Error)]
#[error("no answer: {reason}")]
pub struct TransportError {
    /// What the client saw: refused, reset, ended early. Holds nothing of the request.
    pub reason: String,
}

impl TransportError {
    fn new(error: impl std::error::Error) -> Self {
        Self { reason: with_causes(&error) }
    }
}

/// HTTP/1.1 over TLS; HTTP without TLS to this machine only, for the fake.
#[derive(Debug)]
pub struct HttpTransport {
    connector: OnceLock<Connector>,
    base_url: BaseUrl,
}

impl HttpTransport {
    /// A transport that costs nothing until it is used: most invocations ask Stripe nothing.
    #[must_use]
    pub const fn new(base_url: BaseUrl) -> Self {
        Self { connector: OnceLock::new(), base_url }
    }

    fn connector(&self) -> &Connector {
        let roots = if self.base_url.is_tls() { Roots::System } else { Roots::Nobody };
        self.connector.get_or_init(|| connector(roots, CONNECT_TIMEOUT, None))
    }

    fn request(&self, request: Request) -> Result<HttpRequest, HttpError> {
        let mut built = HttpRequest::new(SdkBody::from(request.body));
        built.set_method(match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        })?;
        built.set_uri(format!("{}{}", self.base_url.as_str(), request.path))?;
        let headers = built.headers_mut();
        headers.try_insert("authorization", format!("Bearer {}", request.key.expose_secret()))?;
        headers.try_insert("user-agent", concat!("paybus/", env!("CARGO_PKG_VERSION")))?;
        for (name, value) in request.headers {
            headers.try_insert(name, value)?;
        }
        Ok(built)
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let request = self.request(request).map_err(TransportError::new)?;
        let answer = self.connector().call(request).await.map_err(TransportError::new)?;
        let text = |name: &str| answer.headers().get(name);
        let mut response = Response {
            status: answer.status().as_u16(),
            should_retry: text("stripe-should-retry").and_then(|value| value.parse().ok()),
            retry_after_seconds: text("retry-after").and_then(|value| value.parse().ok()),
            replayed: text("idempotent-replayed") == Some("true"),
            request_id: text("request-id").map(str::to_owned),
            body: Vec::new(),
        };
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
        response.body = body.map_err(|error| TransportError { reason: with_causes(&*error) })?.to_bytes().into();
        Ok(response)
    }
}
