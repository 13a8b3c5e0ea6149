//! The product beside Paybus: its backend and its customers' apps ask the customer API, and it subscribes on the hub.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::aws::{ApiAnswer, ApiRequest, SIGNATURE, Subscriber};

use crate::flow::Flow;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody that can be known.
    Nobody,
    /// The product's backend, which signs.
    Backend,
    /// A customer's app, with its token.
    App(String),
}

impl Caller {
    fn authorization(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Backend => Some(SIGNATURE.to_owned()),
            Self::App(token) => Some(format!("Bearer {token}")),
        }
    }
}

impl Flow {
    /// Signs this flow's customer in at the pool that the stack believes.
    pub fn app(&self) -> Result<Caller> {
        let (issuer, client) =
            (self.stack.parameter("CustomerApiIssuer")?, self.stack.parameter("CustomerApiAudience")?);
        Ok(Caller::App(self.stack.aws.token(issuer, client, &self.customer())?))
    }

    /// Asks the customer API; a body is said to be JSON.
    pub fn ask(&self, caller: &Caller, method: &str, target: &str, body: &str) -> Result<ApiAnswer> {
        let authorization = caller.authorization();
        let mut headers = Vec::new();
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        headers.extend((!body.is_empty()).then_some(("content-type", "application/json")));
        self.call(&ApiRequest { method, target, headers: &headers, body })
    }

    /// Calls the customer API.
    pub fn call(&self, request: &ApiRequest<'_>) -> Result<ApiAnswer> {
        self.stack.aws.call_api(self.stack.output("CustomerApiUrl")?, *request)
    }

    /// May the customer be given resources now?
    pub fn access(&self, caller: &Caller) -> Result<Value> {
        let answer = self.ask(caller, "GET", &format!("/customers/{}/access", self.customer()), "")?;
        anyhow::ensure!(answer.status == 200, "{} {}", answer.status, answer.body);
        answer.json()
    }

    /// Subscribes to what is said about access of this flow's customer.
    pub fn subscribe_to_access(&self) -> Result<Subscriber> {
        let pattern = json!({
            "source": ["paybus.access"],
            "detail": { "subject": { "customer": [self.customer()] } },
        });
        let bus = self.stack.output("HubName")?;
        self.stack.aws.subscribe(bus, &format!("product-{}", self.mark), &pattern)
    }
}

/// The kinds of events, in the order in which they came.
pub fn kinds(events: &[Value]) -> Result<Vec<String>> {
    let kind = |event: &Value| event["detail-type"].as_str().map(str::to_owned);
    events.iter().map(|event| kind(event).context("an event has no detail-type")).collect()
}
