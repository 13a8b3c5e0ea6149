#![doc = include_str!("../README.md")]

pub mod adapters;
pub mod event;
pub mod http;
mod signature;
pub mod signing_secrets;

use hub::{Hub, HubEvent, PublishError};
use jiff::Timestamp;
use lambda_kit::{Clock, Environment, Metrics, aws::AwsSettings};
use processor_events::{
    WEBHOOK_SOURCE_PREFIX,
    event::{Mode, Processor},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use event::Outline;
use http::{BodyError, HttpRequest, HttpResponse};
use signature::SignatureError;
use signing_secrets::{SecretCache, SecretStore, SigningSecrets};

/// The name of the function in its metrics.
pub const NAME: &str = "webhook-ingress";

/// The largest body that is looked at: what the bus takes, less room for the envelope.
pub const LARGEST_BODY_BYTES: usize = hub::LARGEST_ENTRY_BYTES - 256;

/// What the function is told by its environment.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The hub bus.
    pub hub_name: String,
    /// The secret with the signing secrets.
    pub secret_arn: String,
    /// The mode of the stack: events of the other one are left out.
    pub mode: Mode,
}

impl Config {
    /// Reads `HUB_NAME`, `WEBHOOK_SECRET_ARN` and `PAYMENT_MODE` (`live` or `test`).
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let hub_name = environment.required("HUB_NAME");
        let secret_arn = environment.required("WEBHOOK_SECRET_ARN");
        let mode = environment.parsed("PAYMENT_MODE");
        Some(Self { aws: aws?, hub_name: hub_name?, secret_arn: secret_arn?, mode: mode? })
    }
}

/// The function: takes one webhook and answers it.
#[derive(Debug)]
pub struct Ingress<S, H, C> {
    /// The signing secrets.
    pub secrets: SecretCache<S>,
    /// Where events go.
    pub hub: H,
    /// Tells the time.
    pub clock: C,
    /// The mode of the stack.
    pub mode: Mode,
    /// What is counted.
    pub metrics: Metrics,
}

/// Why a webhook is not taken: the status and what the processor's dashboard shows.
struct Refusal {
    status: u16,
    /// For the metric: one of a few words.
    reason: &'static str,
    text: String,
}

impl Refusal {
    fn new(status: u16, reason: &'static str, text: impl Into<String>) -> Self {
        Self { status, reason, text: text.into() }
    }
}

impl<S: SecretStore, H: Hub, C: Clock> Ingress<S, H, C> {
    /// Answers one request.
    pub async fn handle(&self, event: Value) -> HttpResponse {
        let result = match serde_json::from_value(event) {
            Ok(request) => self.take(&request).await,
            Err(_) => Err(Refusal::new(400, "not_http", "this is no request of a function URL")),
        };
        result.unwrap_or_else(|refusal| {
            self.metrics.count("WebhookRefused", &[("reason", refusal.reason)]);
            // Refusals of strangers are no news; what the processor will have to send again is.
            if refusal.status >= 500 {
                tracing::error!(error.name = refusal.reason, error.detail = refusal.text, "a webhook was not taken");
            }
            HttpResponse::error(refusal.status, &refusal.text)
        })
    }

    async fn take(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let processor = route(request)?;
        let body = request.raw_body(LARGEST_BODY_BYTES).map_err(|error| match error {
            BodyError::TooLarge => {
                Refusal::new(413, "too_large", format!("the body has more than {LARGEST_BODY_BYTES} bytes"))
            }
            BodyError::Undecodable => Refusal::new(400, "undecodable", "the body is not the base64 it says it is"),
        })?;
        self.verify(processor, request, &body).await?;
        let body = String::from_utf8(body).map_err(|_| Refusal::new(400, "no_event", "the body is no UTF-8"))?;
        let outline = Outline::read(&body).map_err(|error| Refusal::new(400, "no_event", error.to_string()))?;
        if outline.mode.is_some_and(|mode| mode != self.mode) {
            return Ok(self.left_out(&outline));
        }
        self.publish(processor, outline, body).await
    }

    /// The signature, by the kept secrets first, and by newly read ones if these did not make it.
    async fn verify(&self, processor: Processor, request: &HttpRequest, body: &[u8]) -> Result<(), Refusal> {
        let header = signature::header(processor, request)
            .ok_or_else(|| Refusal::new(400, "no_signature", "the signature header is missing"))?;
        let now = self.clock.now();
        let unavailable =
            || Refusal::new(503, "secrets_unavailable", "the signing secrets cannot be read; send it again");
        let kept = self.secrets.current(now).await.ok_or_else(unavailable)?;
        let check = |secrets: &SigningSecrets| check(processor, header, body, secrets.of(processor), now);
        match check(&kept) {
            Err(SignatureError::NoMatch) => match self.secrets.renewed(now).await {
                Some(renewed) => check(&renewed).map_err(|error| refused(&error)),
                None => Err(refused(&SignatureError::NoMatch)),
            },
            result => result.map_err(|error| refused(&error)),
        }
    }

    fn left_out(&self, outline: &Outline) -> HttpResponse {
        self.metrics.count("WebhookOfOtherMode", &[]);
        let reason = match self.mode {
            Mode::Live => "this endpoint takes live events only",
            Mode::Test => "this endpoint takes test events only",
        };
        HttpResponse::json(200, &json!({"outcome": "left out", "event": outline.id, "reason": reason}))
    }

    async fn publish(&self, processor: Processor, outline: Outline, body: String) -> Result<HttpResponse, Refusal> {
        let event = HubEvent {
            source: format!("{WEBHOOK_SOURCE_PREFIX}{}", processor.name()),
            detail_type: outline.kind,
            detail: body,
            occurred_at: outline.occurred_at,
        };
        let result = self.hub.publish(&[event]).await.pop();
        match result {
            Some(Ok(())) => {
                self.metrics.count("WebhookTaken", &[("processor", processor.name())]);
                Ok(HttpResponse::json(200, &json!({"outcome": "taken", "event": outline.id})))
            }
            Some(Err(error)) => Err(not_taken(&error)),
            None => Err(Refusal::new(503, "hub_unavailable", "the hub did not answer; send it again")),
        }
    }
}

fn route(request: &HttpRequest) -> Result<Processor, Refusal> {
    let path = request.raw_path.trim_matches('/');
    let processor = signing_secrets::by_name(path)
        .ok_or_else(|| Refusal::new(404, "no_such_path", "there is /stripe and /checkout_com"))?;
    if !request.request_context.http.method.eq_ignore_ascii_case("POST") {
        return Err(Refusal::new(405, "method", "only POST is taken"));
    }
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(415, "content_type", "only application/json is taken"));
    }
    Ok(processor)
}

fn check(
    processor: Processor,
    header: &str,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), SignatureError> {
    signature::verify(processor, header, body, secrets, now)
}

fn refused(error: &SignatureError) -> Refusal {
    Refusal::new(400, "bad_signature", error.to_string())
}

fn not_taken(error: &PublishError) -> Refusal {
    match error {
        PublishError::TooLarge { .. } => Refusal::new(413, "too_large", error.to_string()),
        // The reason may name our account and role, which are nobody's business outside.
        PublishError::Refused { reason } => {
            tracing::error!(error.name = "HubRefused", error.detail = reason, "the hub refuses events");
            Refusal::new(500, "hub_refused", "the hub refused the event; its operator must look at the log")
        }
        PublishError::Unavailable { reason } => {
            tracing::warn!(error.name = "HubUnavailable", error.detail = reason, "the hub did not take an event");
            Refusal::new(503, "hub_unavailable", "the hub did not take the event this time; send it again")
        }
    }
}

#[cfg(test)]
mod tests;
