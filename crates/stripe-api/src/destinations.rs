//! Event destinations (v2): docs.stripe.com/api/v2/core/event-destinations.

use std::collections::BTreeMap;

use lambda_kit::{Entropy, Timer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{IdempotencyKey, KeySource, Stripe, StripeError, form::Form, transport::Transport};

/// A place to which Stripe sends events.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EventDestination {
    /// `ed_...`, or `ed_test_...`; also the last part of the partner event source's name.
    pub id: String,
    /// The name that people gave it.
    pub name: String,
    /// When it was made (RFC 3339).
    #[serde(default)]
    pub created: String,
    /// What people noted about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is on.
    pub status: DestinationStatus,
    /// Why it is off.
    #[serde(default)]
    pub status_details: Option<StatusDetails>,
    /// Snapshot or thin.
    pub event_payload: EventPayload,
    /// Which events it gets.
    pub enabled_events: Vec<String>,
    /// From whose accounts.
    #[serde(default)]
    pub events_from: Vec<String>,
    /// The API version of the snapshots.
    #[serde(default)]
    pub snapshot_api_version: Option<String>,
    /// Real money or test data.
    pub livemode: bool,
    /// What its maker noted for programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The bus it sends to; absent for other kinds of destinations.
    #[serde(default)]
    pub amazon_eventbridge: Option<EventBridgeTarget>,
}

/// Whether a destination is on. A state that is new to us is [`DestinationStatus::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationStatus {
    /// It sends.
    Enabled,
    /// It does not.
    Disabled,
    /// Something newer than this program.
    #[serde(other)]
    Other,
}

/// Why a destination is off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatusDetails {
    /// Set when it is disabled.
    #[serde(default)]
    pub disabled: Option<DisabledDetails>,
}

/// Why a destination is disabled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DisabledDetails {
    /// `user`, `no_aws_event_source_exists`.
    pub reason: String,
}

/// The form of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventPayload {
    /// The whole object as it was: what Paybus reads.
    Snapshot,
    /// Only its id.
    Thin,
}

/// The AWS side of a destination.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EventBridgeTarget {
    /// The twelve digits of the AWS account.
    pub aws_account_id: String,
    /// The region of the bus.
    #[serde(default)]
    pub aws_region: Option<String>,
    /// The partner event source; its last part but one is `aws.partner/stripe.com`.
    #[serde(default)]
    pub aws_event_source_arn: Option<String>,
    /// How far the source is.
    #[serde(default)]
    pub aws_event_source_status: Option<EventSourceStatus>,
}

/// The state of the partner event source, as Stripe sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSourceStatus {
    /// Associated with a bus.
    Active,
    /// Gone: the destination must be made anew.
    Deleted,
    /// Waits to be associated, for at most seven days.
    Pending,
    /// Stripe does not know, or says something newer than this program.
    #[serde(other)]
    Unknown,
}

/// A destination to be made. What Stripe cannot change later needs a new destination: everything but name, description, events
/// and metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDestination {
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Which events, at least one.
    pub enabled_events: Vec<String>,
    /// Snapshot or thin.
    pub event_payload: EventPayload,
    /// From whose accounts, in the words since 2026-03-25.dahlia (`@self`, `@accounts`); empty: Stripe's default.
    pub events_from: Vec<String>,
    /// The API version of the snapshots; `None`: the account's default at the time of creation.
    pub snapshot_api_version: Option<String>,
    /// The twelve digits of the AWS account.
    pub aws_account_id: String,
    /// The region of the bus.
    pub aws_region: String,
    /// For programs.
    pub metadata: BTreeMap<String, String>,
}

/// What Stripe can change in place; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DestinationChange {
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Which events, all of them.
    pub enabled_events: Option<Vec<String>>,
    /// For programs: keys to set, and keys to take away (`None`); others stay.
    pub metadata: BTreeMap<String, Option<String>>,
}

const ROUTE: &str = "/v2/core/event_destinations";

/// The most objects on one page of a v2 list.
const PAGE_SIZE: u8 = 100;

/// Stripe allows 16 destinations of one account; ten pages are far beyond, and end a list that leads in circles.
const MOST_PAGES: usize = 10;

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// All destinations of the account.
    pub async fn event_destinations(&self) -> Result<Vec<EventDestination>, StripeError> {
        const OPERATION: &str = "GET /v2/core/event_destinations";
        let mut found = Vec::new();
        let mut path = Form::new().with("limit", PAGE_SIZE).after(ROUTE);
        for _ in 0..MOST_PAGES {
            let page: Page = self.get(OPERATION, &path, &Form::new()).await?;
            found.extend(page.data);
            let Some(next) = page.next_page_url else { return Ok(found) };
            path = next_path(OPERATION, &next)?;
        }
        Err(StripeError::Unreadable { operation: OPERATION, reason: format!("more than {MOST_PAGES} pages") })
    }

    /// One destination.
    pub async fn event_destination(&self, id: &str) -> Result<EventDestination, StripeError> {
        self.get("GET /v2/core/event_destinations/{id}", &format!("{ROUTE}/{}", segment(id)), &Form::new()).await
    }

    /// Makes a destination of kind EventBridge.
    pub async fn create_event_destination(
        &self,
        new: &NewDestination,
        key: &IdempotencyKey,
    ) -> Result<EventDestination, StripeError> {
        let mut body = json!({
            "type": "amazon_eventbridge",
            "event_payload": new.event_payload,
            "name": new.name,
            "enabled_events": new.enabled_events,
            "amazon_eventbridge": {"aws_account_id": new.aws_account_id, "aws_region": new.aws_region},
            "metadata": new.metadata,
        });
        set(&mut body, "events_from", Some(&new.events_from).filter(|accounts| !accounts.is_empty()));
        set(&mut body, "description", new.description.as_ref());
        set(&mut body, "snapshot_api_version", new.snapshot_api_version.as_ref());
        self.post_json("POST /v2/core/event_destinations", ROUTE, &body, key).await
    }

    /// Changes what can be changed in place.
    pub async fn update_event_destination(
        &self,
        id: &str,
        change: &DestinationChange,
        key: &IdempotencyKey,
    ) -> Result<EventDestination, StripeError> {
        let mut body = json!({});
        set(&mut body, "name", change.name.as_ref());
        set(&mut body, "description", change.description.as_ref());
        set(&mut body, "enabled_events", change.enabled_events.as_ref());
        set(&mut body, "metadata", Some(&change.metadata).filter(|metadata| !metadata.is_empty()));
        let path = format!("{ROUTE}/{}", segment(id));
        self.post_json("POST /v2/core/event_destinations/{id}", &path, &body, key).await
    }

    /// Removes a destination. One that is gone already counts as removed.
    pub async fn delete_event_destination(&self, id: &str, key: &IdempotencyKey) -> Result<(), StripeError> {
        let path = format!("{ROUTE}/{}", segment(id));
        match self.delete::<Value>("DELETE /v2/core/event_destinations/{id}", &path, key).await {
            Ok(_) | Err(StripeError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Switches a destination on.
    pub async fn enable_event_destination(
        &self,
        id: &str,
        key: &IdempotencyKey,
    ) -> Result<EventDestination, StripeError> {
        let path = format!("{ROUTE}/{}/enable", segment(id));
        self.post_json("POST /v2/core/event_destinations/{id}/enable", &path, &json!({}), key).await
    }

    /// Switches a destination off; it keeps its event source.
    pub async fn disable_event_destination(
        &self,
        id: &str,
        key: &IdempotencyKey,
    ) -> Result<EventDestination, StripeError> {
        let path = format!("{ROUTE}/{}/disable", segment(id));
        self.post_json("POST /v2/core/event_destinations/{id}/disable", &path, &json!({}), key).await
    }

    /// Has Stripe send `v2.core.event_destination.ping` to the destination; returns the id of that event.
    pub async fn ping_event_destination(&self, id: &str, key: &IdempotencyKey) -> Result<String, StripeError> {
        #[derive(Deserialize)]
        struct Ping {
            id: String,
        }
        let path = format!("{ROUTE}/{}/ping", segment(id));
        let ping: Ping = self.post_json("POST /v2/core/event_destinations/{id}/ping", &path, &json!({}), key).await?;
        Ok(ping.id)
    }
}

#[derive(Deserialize)]
struct Page {
    data: Vec<EventDestination>,
    #[serde(default)]
    next_page_url: Option<String>,
}

fn set(body: &mut Value, name: &str, value: Option<impl Serialize>) {
    if let (Some(object), Some(value)) = (body.as_object_mut(), value) {
        object.insert(name.to_owned(), json!(value));
    }
}

/// The next page's path. The key goes only where the first request went: a URL of another host is not followed.
fn next_path(operation: &'static str, url: &str) -> Result<String, StripeError> {
    let uri: Option<http::Uri> = url.parse().ok();
    let path = uri.as_ref().and_then(http::Uri::path_and_query).map(http::uri::PathAndQuery::as_str);
    match path {
        Some(path) if path.starts_with(ROUTE) => Ok(path.to_owned()),
        _ => Err(StripeError::Unreadable { operation, reason: "next_page_url leads elsewhere".to_owned() }),
    }
}

/// An id as one segment of a path, whatever is in it.
pub(crate) fn segment(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_elsewhere_is_not_followed() {
        assert_eq!(next_path("o", "/v2/core/event_destinations?page=2").unwrap(), "/v2/core/event_destinations?page=2");
        let full = "https://api.stripe.com/v2/core/event_destinations?page=2";
        assert_eq!(next_path("o", full).unwrap(), "/v2/core/event_destinations?page=2");
        assert!(next_path("o", "/v1/customers").is_err());
        assert!(next_path("o", "not a url").is_err());
    }

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(segment("ed_1"), "ed_1");
        assert_eq!(segment("../v1/customers?x"), "..%2Fv1%2Fcustomers%3Fx");
    }

    #[test]
    fn a_state_that_is_new_to_us_is_no_error() {
        let destination: EventDestination = serde_json::from_value(json!({
            "id": "ed_1", "object": "v2.core.event_destination", "name": "n", "status": "paused",
            "event_payload": "snapshot", "enabled_events": ["invoice.paid"], "livemode": false,
            "amazon_eventbridge": {"aws_account_id": "123456789012", "aws_event_source_status": "strange"},
        }))
        .unwrap();
        assert_eq!(destination.status, DestinationStatus::Other);
        let target = destination.amazon_eventbridge.unwrap();
        assert_eq!(target.aws_event_source_status, Some(EventSourceStatus::Unknown));
    }
}
