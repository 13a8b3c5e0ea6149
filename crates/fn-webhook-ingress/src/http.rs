//! A request and an answer as a Lambda function URL carries them (payload format 2.0):
//! docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, "Request payload format".

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A request.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// The path, as it was sent.
    pub raw_path: String,
    /// The headers; AWS writes their names in lower case and joins repeated ones with commas.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What only AWS knows.
    pub request_context: RequestContext,
    /// The body, in base64 if the flag says so.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether the body is in base64.
    #[serde(default)]
    pub is_base64_encoded: bool,
}

/// What only AWS knows of a request.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestContext {
    /// How it came.
    pub http: HttpContext,
}

/// How a request came.
#[derive(Debug, Clone, Deserialize)]
pub struct HttpContext {
    /// `POST`.
    pub method: String,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body holds personal data, the headers signatures.
        formatter.debug_struct("HttpRequest").field("raw_path", &self.raw_path).finish_non_exhaustive()
    }
}

/// Why there is no body to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Larger than the limit.
    TooLarge,
    /// Not what its encoding says.
    Undecodable,
}

impl HttpRequest {
    /// A header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The bytes that were sent, if they are at most `limit`. The limit holds before anything is decoded.
    pub fn raw_body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let text = self.body.as_deref().unwrap_or_default();
        let longest = if self.is_base64_encoded { limit.div_ceil(3).saturating_mul(4) } else { limit };
        if text.len() > longest {
            return Err(BodyError::TooLarge);
        }
        let bytes = if self.is_base64_encoded {
            aws_smithy_types::base64::decode(text).map_err(|_| BodyError::Undecodable)?
        } else {
            text.as_bytes().to_vec()
        };
        if bytes.len() > limit { Err(BodyError::TooLarge) } else { Ok(bytes) }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    /// The status.
    pub status_code: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, &'static str>,
    /// A JSON object.
    pub body: String,
}

impl HttpResponse {
    /// An answer with a JSON object.
    #[must_use]
    pub fn json(status_code: u16, body: &Value) -> Self {
        let headers = BTreeMap::from([("content-type", "application/json"), ("cache-control", "no-store")]);
        Self { status_code, headers, body: body.to_string() }
    }

    /// An answer that says what was wrong.
    #[must_use]
    pub fn error(status_code: u16, error: &str) -> Self {
        let mut response = Self::json(status_code, &json!({"error": error}));
        if status_code == 405 {
            response.headers.insert("allow", "POST");
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str, is_base64_encoded: bool) -> HttpRequest {
        serde_json::from_value(json!({
            "version": "2.0", "rawPath": "/stripe", "headers": {"Content-Type": "application/json"},
            "requestContext": {"http": {"method": "POST"}}, "body": body, "isBase64Encoded": is_base64_encoded,
        }))
        .unwrap()
    }

    #[test]
    fn a_body_in_base64_is_the_same_bytes() {
        assert_eq!(request("eyJhIjoiw7wifQ==", true).raw_body(11).unwrap(), "{\"a\":\"ü\"}".as_bytes());
        assert_eq!(request("{\"a\":\"ü\"}", false).raw_body(11).unwrap(), "{\"a\":\"ü\"}".as_bytes());
    }

    #[test]
    fn the_limit_is_on_the_bytes_that_were_sent() {
        assert_eq!(request("12345", false).raw_body(4), Err(BodyError::TooLarge));
        assert_eq!(request("MTIzNDU=", true).raw_body(4), Err(BodyError::TooLarge));
        assert_eq!(request("MTIzNDU=", true).raw_body(5).unwrap(), b"12345");
        assert_eq!(request("MTIzNA==", true).raw_body(4).unwrap(), b"1234");
    }

    #[test]
    fn what_is_no_base64_is_told_so() {
        assert_eq!(request("%%%%", true).raw_body(100), Err(BodyError::Undecodable));
    }

    #[test]
    fn debug_shows_neither_body_nor_headers() {
        let shown = format!("{:?}", request("ada@example.com", false));
        assert!(!shown.contains("ada") && !shown.contains("json"), "{shown}");
    }
}
