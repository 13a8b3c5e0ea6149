//! The network: one request out, one answer back.

use std::{sync::OnceLock, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
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
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            reason.push_str(": ");
            reason.push_str(&error.to_string());
            cause = error.source();
        }
        Self { reason }
    }
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// HTTP/1.1 over TLS; HTTP without TLS to this machine only, for the fake.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: OnceLock<HttpClient>,
    base_url: BaseUrl,
}

impl HttpTransport {
    /// A transport that costs nothing until it is used: most invocations ask Stripe nothing, and to read the system's trusted
    /// roots takes longer than everything else that happens at a cold start.
    #[must_use]
    pub const fn new(base_url: BaseUrl) -> Self {
        Self { client: OnceLock::new(), base_url }
    }

    /// Fails when the system has no trusted roots. They are read only where TLS is spoken.
    fn client(&self) -> Result<&HttpClient, TransportError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = client(&self.base_url)?;
        Ok(self.client.get_or_init(|| client))
    }

    fn request(&self, request: Request) -> Result<http::Request<Full<Bytes>>, TransportError> {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Delete => http::Method::DELETE,
        };
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", request.key.expose_secret()))
            .map_err(|_| TransportError { reason: "the key has characters that no header can hold".to_owned() })?;
        authorization.set_sensitive(true);
        let mut built = http::Request::builder()
            .method(method)
            .uri(format!("{}{}", self.base_url.as_str(), request.path))
            .header(header::AUTHORIZATION, authorization)
            .header(header::USER_AGENT, concat!("paybus/", env!("CARGO_PKG_VERSION")));
        for (name, value) in request.headers {
            built = built.header(HeaderName::from_static(name), value);
        }
        built.body(Full::new(Bytes::from(request.body))).map_err(TransportError::new)
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.client()?.request(self.request(request)?).await.map_err(TransportError::new)?;
        let text = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let mut response = Response {
            status: answer.status().as_u16(),
            should_retry: text("stripe-should-retry").and_then(|value| value.parse().ok()),
            retry_after_seconds: text("retry-after").and_then(|value| value.parse().ok()),
            replayed: text("idempotent-replayed") == Some("true"),
            request_id: text("request-id").map(str::to_owned),
            body: Vec::new(),
        };
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
        response.body = body.map_err(|error| TransportError { reason: error.to_string() })?.to_bytes().into();
        Ok(response)
    }
}

fn client(base_url: &BaseUrl) -> Result<HttpClient, TransportError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    http.set_nodelay(true);
    let provider = rustls::crypto::ring::default_provider();
    let builder = HttpsConnectorBuilder::new();
    let connector = if base_url.is_tls() {
        builder
            .with_provider_and_native_roots(provider)
            .map_err(TransportError::new)?
            .https_only()
            .enable_http1()
            .wrap_connector(http)
    } else {
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(TransportError::new)?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        builder.with_tls_config(config).https_or_http().enable_http1().wrap_connector(http)
    };
    Ok(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector))
}
