//! Requests as API Gateway hands them over (HTTP API, payload format 2.0), and answers.
//!
//! Shape: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// A request.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The path as it was sent, percent-encoded, with the stage where there is one.
    pub raw_path: String,
    /// The query, decoded; values of a repeated name are joined by commas.
    #[serde(default)]
    pub query_string_parameters: BTreeMap<String, String>,
    /// What API Gateway knows of the request.
    pub request_context: RequestContext,
    /// The headers, names in lower case; values of a repeated name are joined by commas.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, if there is one.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether the body is base64.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

/// What API Gateway knows of a request.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// Method and path.
    pub http: Http,
    /// The stage; `$default` is not part of the path.
    #[serde(default)]
    pub stage: Option<String>,
    /// Who asks, as far as API Gateway has checked it.
    #[serde(default)]
    pub authorizer: Option<Authorizer>,
}

/// The method of a request.
#[derive(Debug, Clone, Deserialize)]
pub struct Http {
    /// `GET`, `HEAD`, `PUT`, `DELETE`, `OPTIONS` and whatever else clients send.
    pub method: String,
}

/// Who asks.
#[derive(Clone, Default, Deserialize)]
pub struct Authorizer {
    /// Signed by a principal of AWS.
    #[serde(default)]
    pub iam: Option<Map<String, Value>>,
    /// A token that API Gateway has verified.
    #[serde(default)]
    pub jwt: Option<Jwt>,
}

/// A verified token.
#[derive(Clone, Deserialize)]
pub struct Jwt {
    /// What it says. API Gateway writes numbers and lists as texts.
    #[serde(default)]
    pub claims: BTreeMap<String, Value>,
}

impl std::fmt::Debug for Request {
    /// Shows neither body nor claims: they are about a person.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.request_context.http.method)
            .field("raw_path", &self.raw_path)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// The parts of the path, decoded, without the stage.
    pub fn segments(&self) -> Result<Vec<String>, Problem> {
        let path = match self.request_context.stage.as_deref() {
            Some(stage) if stage != "$default" => {
                let prefix = format!("/{stage}/");
                self.raw_path.strip_prefix(&prefix).unwrap_or(&self.raw_path)
            }
            _ => &self.raw_path,
        };
        path.trim_matches('/').split('/').map(decode).collect::<Option<_>>().ok_or_else(Problem::bad_path)
    }
}

/// Undoes percent-encoding; `None` where it is broken or not UTF-8.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(bytes.next()?)?.checked_mul(16)?.checked_add(digit(bytes.next()?)?)?;
            decoded.push(u8::try_from(value).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The HTTP status.
    pub status_code: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Response {
    /// 200 with a JSON body.
    #[must_use]
    pub fn json(body: &Value) -> Self {
        Self::new(200, "application/json", Some(body.to_string()))
    }

    /// 204 that says which methods there are.
    #[must_use]
    pub(crate) fn options(allow: &str) -> Self {
        let mut response = Self::no_content();
        response.headers.insert("allow", allow.to_owned());
        response
    }

    /// The same for `HEAD`: everything but the body.
    #[must_use]
    pub(crate) fn without_body(self) -> Self {
        Self { body: None, ..self }
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self { headers: BTreeMap::from([("cache-control", "no-store".to_owned())]), status_code: 204, body: None }
    }

    pub(crate) fn new(status_code: u16, content_type: &str, body: Option<String>) -> Self {
        let headers = BTreeMap::from([
            ("content-type", content_type.to_owned()),
            // Whether somebody may have something must not be answered by a cache.
            ("cache-control", "no-store".to_owned()),
        ]);
        Self { status_code, headers, body }
    }
}
