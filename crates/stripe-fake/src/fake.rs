//! One question, one answer: what stands in front of every route.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use crate::{
    form,
    routes::{self, Refusal, Route},
    store::Store,
};

/// A request, as it arrives.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// What is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An answer.
    Said {
        /// The HTTP status.
        status: u16,
        /// Headers, names in lower case.
        headers: BTreeMap<String, String>,
        /// JSON.
        body: String,
    },
    /// The connection breaks.
    Lost,
    /// Nothing comes for a minute.
    Silence,
}

/// How the next call of a route fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 409: another request of the same key is under way. Nothing is done, nothing is kept.
    Conflict,
    /// 429. Nothing is done, nothing is kept.
    TooMany,
    /// 500 without effect; v1 binds it to the key.
    ServerError,
    /// 500 after the effect; v1 binds it to the key.
    ServerErrorAfter,
    /// 503 before anything was done, with the advice to try again.
    Unavailable,
    /// The effect happens, and the connection breaks.
    Lost,
    /// The effect happens, and no answer comes.
    Silence,
}

impl Fault {
    /// The fault of a name in `POST /_fake/faults`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "conflict" => Self::Conflict,
            "too_many" => Self::TooMany,
            "server_error" => Self::ServerError,
            "server_error_after" => Self::ServerErrorAfter,
            "unavailable" => Self::Unavailable,
            "lost" => Self::Lost,
            "silence" => Self::Silence,
            _ => return None,
        })
    }
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Method and pattern: `POST /v1/coupons`.
    pub route: String,
    /// The status that was answered, or would have been.
    pub status: u16,
    /// Whether the answer was an earlier one.
    pub replayed: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    request: String,
    status: u16,
    body: String,
}

/// The fake account.
#[derive(Debug)]
pub struct Fake {
    store: Store,
    kept: BTreeMap<String, Kept>,
    faults: BTreeMap<String, VecDeque<Fault>>,
    calls: Vec<Call>,
    revoked_keys: Vec<String>,
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Fake {
    /// An empty account.
    #[must_use]
    pub fn new() -> Self {
        Self::of("fake")
    }

    /// An empty account whose ids no other account has: at Stripe an id is never given twice.
    #[must_use]
    pub fn of(account: &str) -> Self {
        Self {
            store: Store::of(account),
            kept: BTreeMap::new(),
            faults: BTreeMap::new(),
            calls: Vec::new(),
            revoked_keys: Vec::new(),
        }
    }

    /// Adds an object, or replaces the one of its id.
    pub fn put(&mut self, collection: &str, object: Value) {
        self.store.put(collection, object);
    }

    /// All objects of a collection, in the order in which they were made.
    #[must_use]
    pub fn all(&self, collection: &str) -> Vec<Value> {
        self.store.all(collection).to_vec()
    }

    /// Makes a coming call of a route (`POST /v1/coupons`) fail; several are used in the order given.
    pub fn fail_next(&mut self, route: &str, fault: Fault) {
        self.faults.entry(route.to_owned()).or_default().push_back(fault);
    }

    /// Makes the account refuse a key from now on.
    pub fn revoke_key(&mut self, key: &str) {
        self.revoked_keys.push(key.to_owned());
    }

    /// Forgets all idempotency keys, as Stripe may after 24 hours.
    pub fn forget_idempotency_keys(&mut self) {
        self.kept.clear();
    }

    /// Every call so far.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Answers a request.
    pub fn answer(&mut self, question: &Question) -> Answer {
        let (path, query) = question.path.split_once('?').unwrap_or((&question.path, ""));
        if let Some(place) = path.strip_prefix("/_fake/") {
            return self.control(&question.method, place, &question.body);
        }
        if let Err(refusal) = self.admit(question) {
            return said(&refusal.into_answer(), false);
        }
        let Some((route, ids)) = routes::find(&question.method, path) else {
            let message = format!("Unrecognized request URL ({}: {path}).", question.method);
            return said(&Refusal::invalid(404, None, None, message).into_answer(), false);
        };
        self.routed(route, &ids, question, query)
    }

    /// What Stripe checks before it looks at the request, and what we demand of ourselves.
    fn admit(&self, question: &Question) -> Result<(), Refusal> {
        let header = |name: &str| question.headers.get(name).map(String::as_str).unwrap_or_default();
        let key = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let is_key = ["rk_test_", "sk_test_", "rk_live_", "sk_live_"].iter().any(|prefix| key.starts_with(prefix));
        if !is_key || self.revoked_keys.iter().any(|revoked| revoked == key) {
            return Err(Refusal::invalid(401, None, None, "Invalid API Key provided".to_owned()));
        }
        if header("stripe-version").is_empty() {
            return Err(Refusal::invalid(400, None, None, "the fake wants a Stripe-Version".to_owned()));
        }
        if question.method != "GET" && header("idempotency-key").is_empty() {
            return Err(Refusal::invalid(400, None, None, "the fake wants an Idempotency-Key".to_owned()));
        }
        Ok(())
    }

    fn routed(&mut self, route: &'static Route, ids: &[String], question: &Question, query: &str) -> Answer {
        let name = route.name();
        let fault = self.faults.get_mut(&name).and_then(VecDeque::pop_front);
        let early = match fault {
            Some(Fault::Conflict) => Some(Refusal {
                status: 409,
                kind: "idempotency_error",
                code: Some("idempotency_key_in_use"),
                param: None,
                message: "There is currently another in-progress request using this Idempotent Key".to_owned(),
            }),
            Some(Fault::TooMany) => Some(Refusal::invalid(429, Some("rate_limit"), None, "Too many".to_owned())),
            Some(Fault::Unavailable) => Some(Refusal::server_error(503)),
            _ => None,
        };
        if let Some(refusal) = early {
            self.note(&name, refusal.status, false);
            return said(&refusal.into_answer(), false);
        }
        let request = format!("{} {} {}", question.method, question.path, String::from_utf8_lossy(&question.body));
        let key = question.headers.get("idempotency-key").filter(|_| question.method != "GET").cloned();
        if let Some(kept) = key.as_ref().and_then(|key| self.kept.get(key)).cloned() {
            return self.replay(&name, &kept, &request);
        }
        let (status, body) = match fault {
            Some(Fault::ServerError) => Refusal::server_error(500).into_answer(),
            _ => self.carry_out(route, ids, question, query),
        };
        let (status, body) = match fault {
            Some(Fault::ServerErrorAfter) => Refusal::server_error(500).into_answer(),
            _ => (status, body),
        };
        // "We save results only after the execution of an endpoint begins": a refused parameter is not kept.
        let is_kept = status < 300 || (status >= 500 && question.path.starts_with("/v1/"));
        if let Some(key) = key.filter(|_| is_kept) {
            self.kept.insert(key, Kept { request, status, body: body.clone() });
        }
        self.note(&name, status, false);
        match fault {
            Some(Fault::Lost) => Answer::Lost,
            Some(Fault::Silence) => Answer::Silence,
            _ => said(&(status, body), false),
        }
    }

    fn replay(&mut self, name: &str, kept: &Kept, request: &str) -> Answer {
        if kept.request != request {
            let refusal = Refusal {
                status: 400,
                kind: "idempotency_error",
                code: None,
                param: None,
                message: "Keys for idempotent requests can only be used with the same parameters".to_owned(),
            };
            self.note(name, 400, false);
            return said(&refusal.into_answer(), false);
        }
        self.note(name, kept.status, true);
        said(&(kept.status, kept.body.clone()), true)
    }

    fn carry_out(&mut self, route: &Route, ids: &[String], question: &Question, query: &str) -> (u16, String) {
        let parameters = match (question.method.as_str(), question.path.starts_with("/v2/")) {
            ("POST", true) => serde_json::from_slice(&question.body).unwrap_or_default(),
            ("POST", false) => form::read(&String::from_utf8_lossy(&question.body)),
            _ => form::read(query),
        };
        let result = check(route, &parameters).and_then(|()| (route.act)(&mut self.store, ids, &parameters));
        match result {
            Ok(object) => (200, object.to_string()),
            Err(refusal) => refusal.into_answer(),
        }
    }

    fn note(&mut self, route: &str, status: u16, replayed: bool) {
        self.calls.push(Call { route: route.to_owned(), status, replayed });
    }

    fn control(&mut self, method: &str, place: &str, body: &[u8]) -> Answer {
        let sent: Value = serde_json::from_slice(body).unwrap_or_default();
        let answer = match (method, place) {
            ("POST", "faults") => {
                let fault = sent["fault"].as_str().and_then(Fault::of_name);
                match (sent["route"].as_str(), fault) {
                    (Some(route), Some(fault)) => {
                        self.fail_next(route, fault);
                        (200, json!({}))
                    }
                    _ => (400, json!({"error": "route and fault are needed"})),
                }
            }
            ("GET", "calls") => {
                let calls = self.calls.iter();
                let calls =
                    calls.map(|call| json!({"route": call.route, "status": call.status, "replayed": call.replayed}));
                (200, calls.collect())
            }
            ("GET", collection) => (200, Value::Array(self.all(collection))),
            ("PUT", collection) => match sent {
                Value::Array(objects) if objects.iter().all(|object| object["id"].is_string()) => {
                    for object in objects {
                        self.put(collection, object);
                    }
                    (200, json!({}))
                }
                _ => (400, json!({"error": "an array of objects with ids is needed"})),
            },
            _ => (404, json!({"error": "no such control"})),
        };
        said(&(answer.0, answer.1.to_string()), false)
    }
}

/// Unknown parameters are mistakes of ours; Stripe refuses them too (`parameter_unknown`).
fn check(route: &Route, parameters: &Map<String, Value>) -> Result<(), Refusal> {
    if let Some(unknown) = parameters.keys().find(|name| !route.parameters.contains(&name.as_str())) {
        let message = format!("Received unknown parameter: {unknown} (docs.stripe.com/api/{})", route.document);
        return Err(Refusal::invalid(400, Some("parameter_unknown"), Some(unknown), message));
    }
    if let Some(missing) = route.required.iter().find(|name| !parameters.contains_key(**name)) {
        let message = format!("Missing required param: {missing}.");
        return Err(Refusal::invalid(400, Some("parameter_missing"), Some(missing), message));
    }
    Ok(())
}

fn said((status, body): &(u16, String), replayed: bool) -> Answer {
    let mut headers = BTreeMap::from([
        ("content-type".to_owned(), "application/json".to_owned()),
        ("request-id".to_owned(), "req_fake".to_owned()),
    ]);
    if replayed {
        headers.insert("idempotent-replayed".to_owned(), "true".to_owned());
    }
    Answer::Said { status: *status, headers, body: body.clone() }
}

#[cfg(test)]
mod tests;
