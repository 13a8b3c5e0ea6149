//! Looking: at Stripe, at EventBridge, at the event log.

use anyhow::Result;
use aws_sdk_eventbridge::{
    Client,
    operation::{
        describe_event_bus::DescribeEventBusError, describe_event_source::DescribeEventSourceError,
        describe_rule::DescribeRuleError,
    },
    types::{EventSourceState, RuleState},
};
use jiff::Timestamp;
use lambda_kit::{Clock, SystemClock, failure::with_causes};
use stripe_api::{DestinationStatus, EventDestination, EventQuery, EventSourceStatus, StripeClient, StripeError};

use super::{
    Place,
    aws::{self, Unseen, unseen},
    destination::{is_of_stack, source_name},
    diagnosis::{DestinationSeen, DestinationState, EventSeen, Observed, RuleSeen, SourceSeen},
};

/// Looks at everything; what cannot be looked at is part of the answer.
pub(crate) async fn observe(place: &Place) -> Result<Observed> {
    let config = crate::aws::settings()?;
    let events = Client::new(&config);
    let (destinations, newest_at_stripe) = match &place.secret {
        Some(secret) => {
            let client = place.stripe(&config, secret);
            (Some(destinations(&client, &events, &place.stack).await), Some(newest(&client).await))
        }
        None => (None, None),
    };
    Ok(Observed {
        stack: place.stack.clone(),
        region: config.region().map_or_else(|| "no region".to_owned(), ToString::to_string),
        now: SystemClock.now(),
        hub: hub(&events, &place.stack).await,
        destinations,
        newest_at_stripe,
        newest_on_hub: aws::event_log_seen(&aws_sdk_cloudwatchlogs::Client::new(&config), &place.stack).await,
    })
}

/// The destinations that the stack has made, and those of other makers whose bus has the stack's forward rule.
async fn destinations(stripe: &StripeClient, events: &Client, stack: &str) -> Result<Vec<DestinationSeen>, Unseen> {
    let all = stripe.event_destinations().await.map_err(|error| explained(&error))?;
    let mut seen = Vec::new();
    for destination in all {
        let is_ours = is_of_stack(&destination, stack);
        let source_name = source_name(&destination);
        if source_name.is_none() && !is_ours {
            continue;
        }
        let name = source_name.as_deref().unwrap_or_default();
        let rule = rule(events, name, stack).await;
        if is_ours || matches!(rule, Ok(RuleSeen::Enabled | RuleSeen::Disabled)) {
            seen.push(DestinationSeen {
                status: state(&destination),
                source: source(events, name).await,
                rule,
                id: destination.id,
                name: destination.name,
                source_name,
            });
        }
    }
    Ok(seen)
}

fn state(destination: &EventDestination) -> DestinationState {
    let reason = destination.status_details.as_ref().and_then(|details| details.disabled.as_ref());
    let gone = reason.is_some_and(|disabled| disabled.reason == "no_aws_event_source_exists");
    let target = destination.amazon_eventbridge.as_ref();
    let deleted = target.and_then(|target| target.aws_event_source_status) == Some(EventSourceStatus::Deleted);
    match destination.status {
        _ if gone || deleted => DestinationState::SourceGone,
        DestinationStatus::Disabled => DestinationState::Disabled,
        DestinationStatus::Enabled | DestinationStatus::Other => DestinationState::Enabled,
    }
}

async fn newest(stripe: &StripeClient) -> Result<Option<EventSeen>, Unseen> {
    let page = stripe.events(&EventQuery::default()).await.map_err(|error| explained(&error))?;
    Ok(page.data.first().and_then(|event| {
        Some(EventSeen {
            kind: event["type"].as_str()?.to_owned(),
            at: Timestamp::from_second(event["created"].as_i64()?).ok()?,
            undelivered: event["pending_webhooks"].as_u64().unwrap_or_default(),
        })
    }))
}

fn explained(error: &StripeError) -> Unseen {
    let next = match error {
        StripeError::Unauthorized { .. } => Some("put a key that is in force into the secret"),
        StripeError::Refused { refusal, .. } if refusal.status == 403 => {
            Some("the key needs to read event destinations and events: dashboard.stripe.com/apikeys")
        }
        StripeError::Key(_) => Some("--secret is the stack's StripeSecretArn; docs/connect.md says what it holds"),
        _ => None,
    };
    Unseen { reason: with_causes(error), next }
}

async fn source(events: &Client, name: &str) -> Result<SourceSeen, Unseen> {
    match events.describe_event_source().name(name).send().await {
        Ok(source) => Ok(match source.state() {
            Some(EventSourceState::Active) => SourceSeen::Active,
            Some(EventSourceState::Pending) => {
                let expires = source.expiration_time().map(aws_sdk_eventbridge::primitives::DateTime::secs);
                SourceSeen::Pending(expires.and_then(|seconds| Timestamp::from_second(seconds).ok()))
            }
            _ => SourceSeen::Gone,
        }),
        Err(error)
            if error.as_service_error().is_some_and(DescribeEventSourceError::is_resource_not_found_exception) =>
        {
            Ok(SourceSeen::Gone)
        }
        Err(error) => Err(unseen(&error)),
    }
}

async fn rule(events: &Client, bus: &str, stack: &str) -> Result<RuleSeen, Unseen> {
    let name = format!("{stack}-stripe-forward");
    match events.describe_rule().name(name).event_bus_name(bus).send().await {
        Ok(rule) if rule.state() == Some(&RuleState::Enabled) => Ok(RuleSeen::Enabled),
        Ok(_) => Ok(RuleSeen::Disabled),
        Err(error) if error.as_service_error().is_some_and(DescribeRuleError::is_resource_not_found_exception) => {
            Ok(RuleSeen::Missing)
        }
        Err(error) => Err(unseen(&error)),
    }
}

async fn hub(events: &Client, stack: &str) -> Result<bool, Unseen> {
    match events.describe_event_bus().name(format!("{stack}-payment-events")).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(DescribeEventBusError::is_resource_not_found_exception) => {
            Ok(false)
        }
        Err(error) => Err(unseen(&error)),
    }
}
