//! Errors that a client can act on: problem details (RFC 9457).

use serde_json::json;

use crate::http::Response;

/// What is wrong with a request, or with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable name, the end of the `type`.
    pub name: &'static str,
    /// The same in words.
    pub title: &'static str,
    /// What it is about in this case. Holds nothing personal.
    pub detail: String,
    /// The methods that are allowed, for 405.
    pub allow: Option<&'static str>,
}

/// Every problem: status, name, title. The `OpenAPI` document lists them.
pub const PROBLEMS: [(u16, &str, &str); 15] = [
    (400, "bad-body", "The body cannot be used"),
    (400, "bad-cursor", "The cursor cannot be used"),
    (400, "bad-customer", "This is no customer id"),
    (400, "bad-device", "This is no device id"),
    (400, "bad-limit", "The limit cannot be used"),
    (400, "bad-path", "The path cannot be read"),
    (401, "not-authenticated", "The request is not authenticated"),
    (403, "not-your-customer", "The token is for another customer"),
    (404, "no-such-resource", "There is nothing here"),
    (405, "method-not-allowed", "This method is not for this resource"),
    (410, "customer-erased", "The customer was deleted"),
    (413, "body-too-large", "The body is too large"),
    (415, "not-json", "The body is not said to be JSON"),
    (422, "device-refused", "The device cannot be registered"),
    (503, "try-again", "Something did not answer; try again"),
];

impl Problem {
    pub(crate) fn new(name: &'static str, detail: impl Into<String>) -> Self {
        let known = PROBLEMS.iter().find(|(_, other, _)| *other == name);
        let (status, name, title) = *known.expect("a test asks for every name that the code uses");
        Self { status, name, title, detail: detail.into(), allow: None }
    }

    pub(crate) fn bad_path() -> Self {
        Self::new("bad-path", "the path has broken percent-encoding")
    }

    pub(crate) fn not_found() -> Self {
        Self::new("no-such-resource", "see /openapi.json for what there is")
    }

    pub(crate) fn not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new("method-not-allowed", format!("allowed here: {allow}")) }
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let body = json!({
            "type": format!("urn:paybus:problem:{}", problem.name),
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        });
        let mut response = Self::new(problem.status, "application/problem+json", Some(body.to_string()));
        if let Some(allow) = problem.allow {
            response.headers.insert("allow", allow.to_owned());
        }
        if problem.status == 503 {
            response.headers.insert("retry-after", "1".to_owned());
        }
        response
    }
}
