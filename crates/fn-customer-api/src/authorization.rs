//! Who may ask for whom.

use processor_events::ids::CustomerId;
use serde_json::Value;

use crate::{http::Request, problem::Problem};

/// Who may ask for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// A principal of AWS that may call the API, for every customer: the product's own backend.
    Iam,
    /// The holder of a token, for the customer that it names: the customer's own app.
    Jwt {
        /// The claim that holds the processor's customer id.
        customer_claim: String,
    },
}

impl Authorization {
    /// Refuses a request that API Gateway has not authenticated.
    pub(crate) fn check_caller(&self, request: &Request) -> Result<(), Problem> {
        let authorizer = request.request_context.authorizer.as_ref();
        let is_authenticated = match self {
            Self::Iam => {
                authorizer.is_some_and(|authorizer| authorizer.iam.as_ref().is_some_and(|iam| !iam.is_empty()))
            }
            Self::Jwt { .. } => authorizer.is_some_and(|authorizer| authorizer.jwt.is_some()),
        };
        if is_authenticated {
            return Ok(());
        }
        let detail = match self {
            Self::Iam => "sign the request (AWS Signature Version 4, service execute-api)",
            Self::Jwt { .. } => "send a token: Authorization: Bearer ...",
        };
        Err(Problem::new("not-authenticated", detail))
    }

    /// Refuses a token that is for somebody else.
    pub(crate) fn check_customer(&self, request: &Request, customer: &CustomerId) -> Result<(), Problem> {
        let Self::Jwt { customer_claim } = self else { return Ok(()) };
        let jwt = request.request_context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        let claimed = jwt.and_then(|jwt| jwt.claims.get(customer_claim)).and_then(Value::as_str);
        if claimed == Some(customer.as_str()) {
            Ok(())
        } else {
            Err(Problem::new(
                "not-your-customer",
                format!("the claim {customer_claim} is not the customer in the path"),
            ))
        }
    }
}
