//! What CloudFormation asks for.
//!
//! Shape: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html.

use std::fmt;

use lambda_kit::Failure;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::DestinationId;

/// One request. The properties stay raw here, because even a request whose properties cannot be read must be answered.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where the answer goes.
    pub response_url: ResponseUrl,
    /// The stack's ARN; tells the account and the region that the events go to.
    pub stack_id: String,
    /// The same for every delivery of one request, and never used again.
    pub request_id: String,
    /// The resource's name in the template.
    pub logical_id: String,
    /// What to do.
    pub action: Action,
    /// What the template says about the resource now.
    pub properties: Map<String, Value>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make the resource.
    Create,
    /// Bring it in line with the properties.
    Update {
        /// What the last answer called it.
        physical_id: PhysicalId,
    },
    /// Remove it.
    Delete {
        /// What the last answer called it.
        physical_id: PhysicalId,
    },
}

/// The name under which CloudFormation keeps the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhysicalId {
    /// A destination that was made.
    Destination(DestinationId),
    /// A resource whose creation failed: our marker, or what CloudFormation makes up when it got no answer. What such a
    /// creation may have left behind is found by its metadata.
    NeverMade(String),
}

impl PhysicalId {
    /// Stripe's ids of destinations begin with `ed_`; nothing that CloudFormation makes up has an underscore.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match DestinationId::new(text) {
            Some(id) => Self::Destination(id),
            None => Self::NeverMade(text.to_owned()),
        }
    }

    /// The id as CloudFormation writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Destination(id) => id.as_str(),
            Self::NeverMade(text) => text,
        }
    }
}

/// A presigned URL: who has it can answer in our place, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(String);

impl ResponseUrl {
    /// The URL itself, for the answer only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[presigned URL]")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    #[serde(default)]
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Map<String, Value>,
}

impl Request {
    /// Reads a request. What fails here cannot be answered, because nobody asked.
    pub fn parse(event: Value) -> Result<Self, Failure> {
        let wire: Wire = serde_json::from_value(event).map_err(|error| not_a_request(&error))?;
        let physical_id = || {
            let text = wire.physical_resource_id.as_deref().unwrap_or_default();
            if text.is_empty() {
                Err(not_a_request(&"PhysicalResourceId is missing"))
            } else {
                Ok(PhysicalId::new(text))
            }
        };
        let action = match wire.request_type.as_str() {
            "Create" => Action::Create,
            "Update" => Action::Update { physical_id: physical_id()? },
            "Delete" => Action::Delete { physical_id: physical_id()? },
            _ => return Err(not_a_request(&"RequestType is none of Create, Update and Delete")),
        };
        Ok(Self {
            response_url: ResponseUrl(wire.response_url),
            stack_id: wire.stack_id,
            request_id: wire.request_id,
            logical_id: wire.logical_resource_id,
            action,
            properties: wire.resource_properties,
        })
    }

    /// The physical id of an answer that brings no new one.
    ///
    /// The marker is the same for every attempt: a different one would make CloudFormation delete the former.
    #[must_use]
    pub fn standing_physical_id(&self) -> PhysicalId {
        match &self.action {
            Action::Create => PhysicalId::NeverMade(format!("{}-never-made", self.logical_id)),
            Action::Update { physical_id } | Action::Delete { physical_id } => physical_id.clone(),
        }
    }
}

fn not_a_request(reason: &dyn fmt::Display) -> Failure {
    Failure::message("NotFromCloudFormation", format!("the event is no request of CloudFormation: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(request_type: &str) -> Value {
        json!({
            "RequestType": request_type, "ResponseURL": "https://cloudformation.example/answer?Signature=hidden",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1b2c", "RequestId": "r-1",
            "LogicalResourceId": "StripeDestination", "PhysicalResourceId": "ed_61R", "ResourceType": "Custom::StripeDestination",
            "ResourceProperties": {"ServiceToken": "arn"},
        })
    }

    #[test]
    fn an_update_names_the_destination_it_is_about() {
        let request = Request::parse(event("Update")).unwrap();
        let id = DestinationId::new("ed_61R").unwrap();
        assert_eq!(request.action, Action::Update { physical_id: PhysicalId::Destination(id) });
        assert_eq!(request.standing_physical_id().as_str(), "ed_61R");
    }

    #[test]
    fn a_name_that_cloudformation_made_up_is_no_destination() {
        assert!(matches!(PhysicalId::new("shop-StripeDestination-1QJ3P"), PhysicalId::NeverMade(_)));
        assert!(matches!(PhysicalId::new("StripeDestination-never-made"), PhysicalId::NeverMade(_)));
    }

    #[test]
    fn an_event_of_somebody_else_is_refused_by_name() {
        for event in [json!({}), json!("text"), event("Destroy")] {
            assert_eq!(Request::parse(event).unwrap_err().name, "NotFromCloudFormation");
        }
    }

    #[test]
    fn the_presigned_url_is_not_shown() {
        let request = Request::parse(event("Create")).unwrap();
        assert!(!format!("{request:?}").contains("hidden"));
    }
}
