//! Event destinations at Stripe.

use lambda_kit::{SystemEntropy, TokioTimer, failure::with_causes};
use stripe_api::{
    DestinationChange, DestinationStatus, EventDestination, EventSourceStatus, IdempotencyKey, SecretKey, Stripe,
    Transport,
};

use crate::{
    Call, Changes, Destination, DestinationId, Destinations, EventPayload, NewDestination, Source, SourceState, Status,
    StripeError, StripeErrorKind,
};

/// Calls Stripe over one transport with the key of each request.
#[derive(Debug)]
pub struct StripeDestinations<T> {
    transport: T,
}

impl<T: Transport> StripeDestinations<T> {
    /// Calls over this transport.
    pub const fn new(transport: T) -> Self {
        Self { transport }
    }

    fn client(&self, call: &Call<'_>) -> Stripe<&T, SecretKey, TokioTimer, SystemEntropy> {
        Stripe::new(&self.transport, call.key.clone(), TokioTimer, SystemEntropy)
    }
}

impl<T: Transport> Destinations for StripeDestinations<T> {
    async fn list(&self, call: &Call<'_>) -> Result<Vec<Destination>, StripeError> {
        let all = self.client(call).event_destinations().await.map_err(|error| failed(&error))?;
        Ok(all.into_iter().filter_map(read).collect())
    }

    async fn retrieve(&self, call: &Call<'_>, id: &DestinationId) -> Result<Option<Destination>, StripeError> {
        match self.client(call).event_destination(id.as_str()).await {
            Ok(destination) => Ok(read(destination)),
            Err(stripe_api::StripeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn create(&self, call: &Call<'_>, new: &NewDestination<'_>) -> Result<Destination, StripeError> {
        let desired = new.desired;
        let wire = stripe_api::NewDestination {
            name: desired.name.clone(),
            description: Some(desired.description.clone()).filter(|description| !description.is_empty()),
            enabled_events: desired.enabled_events.clone(),
            event_payload: match desired.fixed.event_payload {
                EventPayload::Snapshot => stripe_api::EventPayload::Snapshot,
                EventPayload::Thin => stripe_api::EventPayload::Thin,
            },
            events_from: desired.fixed.events_from.clone(),
            snapshot_api_version: desired.fixed.snapshot_api_version.clone(),
            aws_account_id: desired.fixed.aws_account_id.clone(),
            aws_region: desired.fixed.aws_region.clone(),
            metadata: new.metadata.clone(),
        };
        let key = IdempotencyKey::new(new.idempotency_key.clone()).map_err(|error| unusable(&error))?;
        made(self.client(call).create_event_destination(&wire, &key).await)
    }

    async fn update(&self, call: &Call<'_>, id: &DestinationId, changes: &Changes) -> Result<Destination, StripeError> {
        let change = DestinationChange {
            name: changes.name.clone(),
            description: changes.description.clone(),
            enabled_events: changes.enabled_events.clone(),
            metadata: changes.metadata.clone(),
        };
        made(self.client(call).update_event_destination(id.as_str(), &change, &key("update", call, id)?).await)
    }

    async fn enable(&self, call: &Call<'_>, id: &DestinationId) -> Result<Destination, StripeError> {
        made(self.client(call).enable_event_destination(id.as_str(), &key("enable", call, id)?).await)
    }

    async fn delete(&self, call: &Call<'_>, id: &DestinationId) -> Result<(), StripeError> {
        let deleted = self.client(call).delete_event_destination(id.as_str(), &key("delete", call, id)?).await;
        deleted.map_err(|error| failed(&error))
    }
}

fn key(effect: &str, call: &Call<'_>, id: &DestinationId) -> Result<IdempotencyKey, StripeError> {
    IdempotencyKey::new(format!("paybus-{effect}-{}-{id}", call.request_id)).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::error::Error) -> StripeError {
    StripeError { message: error.to_string(), kind: StripeErrorKind::Permanent }
}

fn made(result: Result<EventDestination, stripe_api::StripeError>) -> Result<Destination, StripeError> {
    let destination = result.map_err(|error| failed(&error))?;
    read(destination).ok_or_else(|| StripeError {
        message: "Stripe answered with something that is no destination for EventBridge".to_owned(),
        kind: StripeErrorKind::Permanent,
    })
}

/// `None` for destinations of other kinds (webhooks): they are none of ours.
fn read(wire: EventDestination) -> Option<Destination> {
    let target = wire.amazon_eventbridge?;
    let reason = wire.status_details.and_then(|details| details.disabled).map(|disabled| disabled.reason);
    let status = match (wire.status, reason.as_deref()) {
        (DestinationStatus::Disabled, Some("no_aws_event_source_exists")) => Status::SourceMissing,
        (DestinationStatus::Disabled, _) => Status::DisabledByUser,
        (DestinationStatus::Enabled | DestinationStatus::Other, _) => Status::Enabled,
    };
    let state = match target.aws_event_source_status {
        Some(EventSourceStatus::Active) => SourceState::Active,
        Some(EventSourceStatus::Pending) => SourceState::Pending,
        Some(EventSourceStatus::Deleted) => SourceState::Deleted,
        Some(EventSourceStatus::Unknown) | None => SourceState::Unknown,
    };
    Some(Destination {
        id: DestinationId::new(&wire.id)?,
        created: wire.created,
        name: wire.name,
        description: wire.description.unwrap_or_default(),
        enabled_events: wire.enabled_events,
        metadata: wire.metadata,
        status,
        source: Source { arn: target.aws_event_source_arn, state },
    })
}

fn failed(error: &stripe_api::StripeError) -> StripeError {
    use stripe_api::StripeError as Error;
    let kind = match error {
        Error::RateLimited { .. } | Error::Unavailable { .. } => StripeErrorKind::Passing,
        Error::NotConfigured | Error::Key(_) | Error::Unauthorized { .. } => StripeErrorKind::KeyRefused,
        Error::Refused { refusal, .. } if refusal.status == 403 => StripeErrorKind::KeyRefused,
        // A spent idempotency key is one of this request; the next request has another.
        Error::Refused { .. } | Error::NotFound { .. } | Error::KeySpent { .. } | Error::Unreadable { .. } => {
            StripeErrorKind::Permanent
        }
    };
    StripeError { message: with_causes(error), kind }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use processor_events::event::Mode;
    use serde_json::{Value, json};
    use stripe_api::{Method, Request, Response, TransportError};

    use super::*;
    use crate::Properties;

    /// Keeps what was asked and answers what it was told to.
    struct Wire {
        asked: RefCell<Vec<Request>>,
        status: u16,
        answer: Value,
    }

    impl Transport for Wire {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            self.asked.borrow_mut().push(request);
            Ok(Response { status: self.status, body: self.answer.to_string().into_bytes(), ..Response::default() })
        }
    }

    fn stripe(status: u16, answer: Value) -> StripeDestinations<Wire> {
        StripeDestinations::new(Wire { asked: RefCell::default(), status, answer })
    }

    fn call() -> Call<'static> {
        let key = SecretKey::new("rk_test_canary").unwrap();
        assert_eq!(key.mode(), Mode::Test);
        Call { key, request_id: "r-1" }
    }

    fn destination() -> Value {
        json!({
            "id": "ed_test_61R", "object": "v2.core.event_destination", "created": "2026-01-01T00:00:00.000Z",
            "name": "Paybus", "status": "disabled", "status_details": {"disabled": {"reason": "no_aws_event_source_exists"}},
            "event_payload": "snapshot", "enabled_events": ["invoice.paid"], "livemode": false,
            "type": "amazon_eventbridge", "metadata": {"team": "payments"},
            "amazon_eventbridge": {
                "aws_account_id": "123456789012", "aws_event_source_status": "deleted",
                "aws_event_source_arn": "arn:aws:events:eu-central-1::event-source/aws.partner/stripe.com/ed_test_61R",
            },
        })
    }

    fn properties(more: &Value) -> Properties {
        let mut properties = json!({
            "ApiKeySecretArn": "arn", "Name": "Paybus", "EnabledEvents": "invoice.paid", "EventsFrom": "self",
        });
        properties.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        let stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1";
        Properties::read(properties.as_object().unwrap(), stack).unwrap()
    }

    #[tokio::test]
    async fn a_destination_is_made_for_the_account_and_region_of_the_stack() {
        let stripe = stripe(200, destination());
        let desired = properties(&json!({"SnapshotApiVersion": "2026-07-29.dahlia"})).desired;
        let metadata = [("paybus_logical_id".to_owned(), "StripeDestination".to_owned())].into();
        let new = NewDestination { idempotency_key: "paybus-1".into(), desired: &desired, metadata };
        let made = stripe.create(&call(), &new).await.unwrap();
        assert_eq!(made.status, Status::SourceMissing);
        assert_eq!(made.source.name(), Some("aws.partner/stripe.com/ed_test_61R"));
        let asked = stripe.transport.asked.borrow();
        assert_eq!((asked[0].method, asked[0].path.as_str()), (Method::Post, "/v2/core/event_destinations"));
        assert!(asked[0].headers.contains(&("idempotency-key", "paybus-1".to_owned())));
        assert_eq!(
            serde_json::from_slice::<Value>(&asked[0].body).unwrap(),
            json!({
                "type": "amazon_eventbridge", "name": "Paybus", "event_payload": "snapshot", "events_from": ["@self"],
                "enabled_events": ["invoice.paid"], "snapshot_api_version": "2026-07-29.dahlia",
                "amazon_eventbridge": {"aws_account_id": "123456789012", "aws_region": "eu-central-1"},
                "metadata": {"paybus_logical_id": "StripeDestination"},
            })
        );
    }

    #[tokio::test]
    async fn a_change_names_only_what_changes_and_takes_keys_away_by_null() {
        let stripe = stripe(200, destination());
        let changes = Changes {
            description: Some(String::new()),
            metadata: [("team".to_owned(), None), ("env".to_owned(), Some("test".to_owned()))].into(),
            ..Changes::default()
        };
        stripe.update(&call(), &DestinationId::new("ed_test_61R").unwrap(), &changes).await.unwrap();
        let asked = stripe.transport.asked.borrow();
        let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
        assert_eq!(body, json!({"description": "", "metadata": {"team": null, "env": "test"}}));
        assert!(asked[0].headers.contains(&("idempotency-key", "paybus-update-r-1-ed_test_61R".to_owned())));
    }

    #[tokio::test]
    async fn webhook_endpoints_in_the_list_are_left_alone() {
        let mut webhook = destination();
        webhook["id"] = json!("we_1");
        webhook.as_object_mut().unwrap().remove("amazon_eventbridge");
        let found = stripe(200, json!({"data": [webhook, destination()]})).list(&call()).await.unwrap();
        assert_eq!(found.len(), 1);
    }

    #[tokio::test]
    async fn what_is_gone_already_is_none_and_removed() {
        let gone = json!({"error": {"code": "not_found", "message": "No such event destination"}});
        let id = DestinationId::new("ed_test_61R").unwrap();
        assert_eq!(stripe(404, gone.clone()).retrieve(&call(), &id).await, Ok(None));
        assert_eq!(stripe(404, gone).delete(&call(), &id).await, Ok(()));
    }

    #[tokio::test]
    async fn a_restricted_key_without_the_permission_is_told_from_a_wrong_request() {
        let error =
            json!({"error": {"message": "The provided key 'rk_test_***' does not have the required permissions"}});
        let refused = stripe(403, error.clone()).list(&call()).await.unwrap_err();
        assert_eq!(refused.kind, StripeErrorKind::KeyRefused);
        assert!(refused.message.contains("required permissions"), "{refused}");
        let refused = stripe(400, error).list(&call()).await.unwrap_err();
        assert_eq!(refused.kind, StripeErrorKind::Permanent);
    }
}
