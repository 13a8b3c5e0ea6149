//! A request and an answer as a Lambda function URL carries them (payload format 2.0):
//! docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, "Request payload format".

use std::borrow::Cow;

use notices::Locale;
use serde_json::{Value, json};

/// What a request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Other,
}

/// A request, as far as it matters: the body does not, because the link says everything.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) token: Option<String>,
    pub(crate) comes_back: bool,
    language: Option<String>,
}

impl Request {
    /// Reads what AWS passes on; what is missing is nothing asked.
    pub(crate) fn read(event: &Value) -> Self {
        let method = match event["requestContext"]["http"]["method"].as_str() {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            Some("POST") => Method::Post,
            _ => Method::Other,
        };
        let query = event["rawQueryString"].as_str().unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| Cow::into_owned(value))
        };
        Self { method, token: value("t"), comes_back: value("do").as_deref() == Some("back"), language: value("l") }
    }

    /// The language of the mail.
    pub(crate) fn locale(&self, default: &Locale) -> Locale {
        Locale::resolve(self.language.as_deref(), None, default)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response(Value);

/// The page loads nothing, runs nothing, posts only to itself, is shown in no frame; nobody keeps or finds it, and the link goes
/// nowhere by a referrer.
const HEADERS: [(&str, &str); 6] = [
    ("content-type", "text/html; charset=utf-8"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    ("x-content-type-options", "nosniff"),
];

impl Response {
    pub(crate) fn page(status: u16, html: &str) -> Self {
        let headers: serde_json::Map<String, Value> =
            HEADERS.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        Self(json!({"statusCode": status, "headers": headers, "body": html}))
    }

    pub(crate) fn not_allowed() -> Self {
        Self(json!({"statusCode": 405, "headers": {"allow": "GET, HEAD, POST"}, "body": ""}))
    }

    /// What Lambda is given.
    #[must_use]
    pub fn into_json(self) -> Value {
        self.0
    }
}
