//! Which request is for what.

use processor_events::ids::CustomerId;
use storage::customers::DeviceId;

use crate::{http::Request, problem::Problem};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The document that describes the API.
    OpenApi,
    /// Which methods there are.
    Options(&'static str),
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
    ///
    /// `HEAD` is asked like `GET`; the answer leaves out the body.
    pub fn of(request: &Request) -> Result<Self, Problem> {
        let segments = request.segments()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let allow = allowed(&segments).ok_or_else(Problem::not_found)?;
        let method = request.request_context.http.method.as_str();
        match (method, segments.as_slice()) {
            ("OPTIONS", _) => Ok(Self::Options(allow)),
            ("GET" | "HEAD", ["openapi.json"]) => Ok(Self::OpenApi),
            ("GET" | "HEAD", ["customers", customer, "access"]) => Ok(Self::Access(customer_id(customer)?)),
            ("GET" | "HEAD", ["customers", customer, "loyalty"]) => Ok(Self::Loyalty(customer_id(customer)?)),
            ("GET" | "HEAD", ["customers", customer, "ledger"]) => Ok(Self::Ledger(customer_id(customer)?)),
            ("PUT", ["customers", customer, "preferences"]) => Ok(Self::PutPreferences(customer_id(customer)?)),
            ("PUT", ["customers", customer, "devices", device]) => {
                Ok(Self::PutDevice(customer_id(customer)?, device_id(device)?))
            }
            ("DELETE", ["customers", customer, "devices", device]) => {
                Ok(Self::DeleteDevice(customer_id(customer)?, device_id(device)?))
            }
            _ => Err(Problem::not_allowed(allow)),
        }
    }

    /// Whose data it is about.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::OpenApi | Self::Options(_) => None,
            Self::Access(customer)
            | Self::Loyalty(customer)
            | Self::Ledger(customer)
            | Self::PutPreferences(customer)
            | Self::PutDevice(customer, _)
            | Self::DeleteDevice(customer, _) => Some(customer),
        }
    }
}

/// The methods of a path; `None` where there is nothing.
fn allowed(segments: &[&str]) -> Option<&'static str> {
    match segments {
        ["openapi.json"] | ["customers", _, "access" | "loyalty" | "ledger"] => Some("GET, HEAD, OPTIONS"),
        ["customers", _, "preferences"] => Some("PUT, OPTIONS"),
        ["customers", _, "devices", _] => Some("PUT, DELETE, OPTIONS"),
        _ => None,
    }
}

fn customer_id(text: &str) -> Result<CustomerId, Problem> {
    CustomerId::new(text).map_err(|error| Problem::new("bad-customer", error.to_string()))
}

fn device_id(text: &str) -> Result<DeviceId, Problem> {
    DeviceId::new(text).map_err(|error| Problem::new("bad-device", error.to_string()))
}
