//! Which request is for what.

use processor_events::ids::CustomerId;
use storage::customers::DeviceId;

use crate::{http::Request, problem::Problem};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The document that describes the API.
    OpenApi,
    /// May the customer be given resources?
    Access(CustomerId),
    /// Balance, tier, offers.
    Loyalty(CustomerId),
    /// The history of points.
    Ledger(CustomerId),
    /// Replace the preferences.
    PutPreferences(CustomerId),
    /// Register a device.
    PutDevice(CustomerId, DeviceId),
    /// Unregister a device.
    DeleteDevice(CustomerId, DeviceId),
}

impl Route {
    /// Finds the route of a request. Path first, then method, then ids: the first that is wrong is what the client is told.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let method = request.request_context.http.method.as_str();
        match segments.as_slice() {
            ["openapi.json"] => get(method, || Ok(Self::OpenApi)),
            ["customers", customer, "access"] => get(method, || Ok(Self::Access(customer_id(customer)?))),
            ["customers", customer, "loyalty"] => get(method, || Ok(Self::Loyalty(customer_id(customer)?))),
            ["customers", customer, "ledger"] => get(method, || Ok(Self::Ledger(customer_id(customer)?))),
            ["customers", customer, "preferences"] => match method {
                "PUT" => Ok(Self::PutPreferences(customer_id(customer)?)),
                _ => Err(Problem::not_allowed("PUT")),
            },
            ["customers", customer, "devices", device] => match method {
                "PUT" => Ok(Self::PutDevice(customer_id(customer)?, device_id(device)?)),
                "DELETE" => Ok(Self::DeleteDevice(customer_id(customer)?, device_id(device)?)),
                _ => Err(Problem::not_allowed("PUT, DELETE")),
            },
            _ => Err(Problem::not_found()),
        }
    }

    /// Whose data it is about.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::OpenApi => None,
            Self::Access(customer)
            | Self::Loyalty(customer)
            | Self::Ledger(customer)
            | Self::PutPreferences(customer)
            | Self::PutDevice(customer, _)
            | Self::DeleteDevice(customer, _) => Some(customer),
        }
    }
}

fn get(method: &str, route: impl FnOnce() -> Result<Route, Problem>) -> Result<Route, Problem> {
    if method == "GET" { route() } else { Err(Problem::not_allowed("GET")) }
}

fn customer_id(text: &str) -> Result<CustomerId, Problem> {
    CustomerId::new(text).map_err(|error| Problem::new("bad-customer", error.to_string()))
}

fn device_id(text: &str) -> Result<DeviceId, Problem> {
    DeviceId::new(text).map_err(|error| Problem::new("bad-device", error.to_string()))
}
