#![doc = include_str!("../README.md")]

use std::collections::BTreeSet;

use access::{Access, Facts, Policy, Status};
use delivery::devices::{self, PushEndpoints, RegistrationError};
use futures_util::future::join;
use lambda_kit::{Clock, Failure};
use loyalty::Entry;
use processor_events::ids::CustomerId;
use serde_json::{Value, json};
use storage::{
    Scope, StorageError,
    access::AccessReader,
    customers::{ChangeAnswer, CustomerKey, DeviceId, Devices, ProfileChanges, Profiles},
    ledger::{Cursor, HistoryPages, Ledger, LedgerKey},
    offers::Offers,
    program::{CachedProgram, Programs},
};

mod authorization;
mod body;
mod config;
pub mod http;
pub mod openapi;
pub mod problem;
pub mod route;
#[cfg(test)]
mod tests;

pub use authorization::Authorization;
pub use config::Config;

use http::{Request, Response};
use problem::Problem;
use route::Route;

/// How many ledger entries an answer has, unless the client says otherwise, and at most.
const USUAL_LIMIT: u16 = 25;
const HIGHEST_LIMIT: u16 = 100;

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<A, C, L, O, P, E, K> {
    /// Access records.
    pub access: A,
    /// Profiles and devices.
    pub customers: C,
    /// Points and offers; `None` where loyalty is off.
    pub loyalty: Option<Loyalty<L, O, P>>,
    /// Makes and deletes push endpoints.
    pub endpoints: E,
    /// Tells the time.
    pub clock: K,
    /// The rules of access.
    pub policy: Policy,
    /// Real customers or those of a test.
    pub scope: Scope,
    /// Who may ask for whom.
    pub authorization: Authorization,
}

/// What answers about points.
#[derive(Debug)]
pub struct Loyalty<L, O, P> {
    /// The ledger.
    pub ledger: L,
    /// The customers' personal offers.
    pub offers: O,
    /// The program in force, for the next tier.
    pub program: CachedProgram<P>,
}

impl<A, C, L, O, P, E, K> Handler<A, C, L, O, P, E, K>
where
    A: AccessReader,
    C: Profiles + Devices + ProfileChanges,
    L: Ledger + HistoryPages,
    O: Offers,
    P: Programs,
    E: PushEndpoints,
    K: Clock,
{
    /// Answers a request.
    pub async fn handle(&self, request: &Request) -> Response {
        let response = self.answer(request).await.unwrap_or_else(Response::from);
        if request.request_context.http.method == "HEAD" { response.without_body() } else { response }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Problem> {
        // Before anything is said about what there is.
        self.authorization.check_caller(request)?;
        let route = Route::of(request)?;
        if let Some(customer) = route.customer() {
            self.authorization.check_customer(request, customer)?;
        }
        match route {
            Route::OpenApi => Ok(Response::json(&openapi::document(&self.authorization))),
            Route::Options(allow) => Ok(Response::options(allow)),
            Route::Access(customer) => self.access(customer).await,
            Route::Loyalty(customer) => self.loyalty(customer).await,
            Route::Ledger(customer) => self.ledger(customer, request).await,
            Route::PutPreferences(customer) => self.put_preferences(customer, request).await,
            Route::PutDevice(customer, device) => self.put_device(customer, device, request).await,
            Route::DeleteDevice(customer, device) => self.delete_device(customer, device).await,
        }
    }

    async fn access(&self, customer: CustomerId) -> Result<Response, Problem> {
        let key = self.key(customer);
        let record = self.access.load(&key).await.map_err(|error| unavailable(&error))?;
        let facts = record.map_or_else(Facts::default, |record| record.facts);
        let access = Access::derive(&facts, &self.policy, self.clock.now());
        let until = match access.status {
            Status::Grace { until } => Some(until),
            Status::Active | Status::Held | Status::Restored => None,
        };
        Ok(Response::json(&json!({
            "customer": key.customer,
            "allowed": access.status.is_allowed(),
            "status": access.status.name(),
            "since": access.since,
            "until": until,
            "trouble_since": access.trouble_since,
            "reason": access.reason,
            "explanation": access.reason.explain(),
        })))
    }

    async fn loyalty(&self, customer: CustomerId) -> Result<Response, Problem> {
        let Some(loyalty) = &self.loyalty else { return Err(Problem::not_found()) };
        let key = self.key(customer);
        let account_key = LedgerKey::Account(self.scope.clone(), key.customer.clone());
        let account_keys = BTreeSet::from([account_key]);
        let (loaded, offers) = join(loyalty.ledger.read(&account_keys), loyalty.offers.offers(&key)).await;
        let account = loaded.map_err(|error| unavailable(&error))?;
        let account = account.account(&self.scope, &key.customer).map_err(|corrupt| unavailable(&corrupt.into()))?;
        let offers = offers.map_err(|error| unavailable(&error))?;
        let now = self.clock.now();
        let (program, _) = loyalty.program.program(now).await.map_err(|error| {
            log("ProgramUnavailable", &error);
            try_again()
        })?;
        let next = program.tier_after(account.qualifying).map(|tier| {
            json!({
                "tier": tier.name,
                "from": tier.from.0,
                "points_missing": tier.from.0.saturating_sub(account.qualifying.0),
            })
        });
        let open: Vec<Value> = offers
            .iter()
            .filter(|offer| offer.is_open(now))
            .map(|offer| {
                json!({
                    "name": offer.name,
                    "title": offer.title,
                    "because": offer.because,
                    "expires_at": offer.expires_at,
                })
            })
            .collect();
        Ok(Response::json(&json!({
            "customer": key.customer,
            "balance": account.balance.0,
            "qualifying": account.qualifying.0,
            "tier": account.tier,
            "next_tier": next,
            "lifetime_minor": account.lifetime_minor,
            "currency": account.currency,
            "offers": open,
        })))
    }

    async fn ledger(&self, customer: CustomerId, request: &Request) -> Result<Response, Problem> {
        let Some(loyalty) = &self.loyalty else { return Err(Problem::not_found()) };
        let limit = limit(request)?;
        let cursor = cursor(request)?;
        let page = loyalty.ledger.page(&self.scope, &customer, cursor.as_ref(), limit).await;
        let page = page.map_err(|error| unavailable(&error))?;
        Ok(Response::json(&json!({
            "customer": customer,
            "entries": page.entries.iter().map(entry).collect::<Vec<_>>(),
            "next_cursor": page.next.map(|cursor| cursor.to_text()),
        })))
    }

    async fn put_preferences(&self, customer: CustomerId, request: &Request) -> Result<Response, Problem> {
        let preferences = body::preferences(request)?;
        let answer = self.customers.prefer(&self.key(customer), &preferences).await;
        match answer.map_err(|error| unavailable(&error))? {
            ChangeAnswer::Applied => Ok(Response::json(&json!({
                "email": preferences.email,
                "push": preferences.push,
                "muted_topics": preferences.muted_topics,
            }))),
            ChangeAnswer::Outdated => Err(erased()),
        }
    }

    async fn put_device(&self, customer: CustomerId, device: DeviceId, request: &Request) -> Result<Response, Problem> {
        let (platform, token) = body::device(request)?;
        let (key, now) = (self.key(customer), self.clock.now());
        devices::register(&self.endpoints, &self.customers, &key, &device, (platform, &token), now)
            .await
            .map_err(|error| device_problem(&error))?;
        Ok(Response::no_content())
    }

    async fn delete_device(&self, customer: CustomerId, device: DeviceId) -> Result<Response, Problem> {
        devices::unregister(&self.endpoints, &self.customers, &self.key(customer), &device)
            .await
            .map_err(|error| device_problem(&error))?;
        // Whether it was there makes no difference: it is not there now.
        Ok(Response::no_content())
    }

    fn key(&self, customer: CustomerId) -> CustomerKey {
        CustomerKey { scope: self.scope.clone(), customer }
    }
}

fn entry(entry: &Entry) -> Value {
    json!({
        "id": engagement::entry_key(entry),
        "kind": entry.kind.name(),
        "points": entry.points.0,
        "reason": entry.reason,
        "occurred_at": entry.occurred_at,
        "amount_minor": entry.amount.map(|amount| amount.amount_minor),
        "currency": entry.amount.map(|amount| amount.currency),
        "balance_after": entry.balance_after.0,
        "tier_after": entry.tier_after,
    })
}

fn limit(request: &Request) -> Result<u16, Problem> {
    let Some(text) = request.query_string_parameters.get("limit") else { return Ok(USUAL_LIMIT) };
    // `parse` alone takes a sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| is_number && (1..=HIGHEST_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::new("bad-limit", format!("limit is a number from 1 to {HIGHEST_LIMIT}")))
}

fn cursor(request: &Request) -> Result<Option<Cursor>, Problem> {
    let text = request.query_string_parameters.get("cursor");
    let cursor = text.map(|text| Cursor::from_text(text)).transpose();
    cursor.map_err(|error| Problem::new("bad-cursor", error.to_string()))
}

fn device_problem(error: &RegistrationError) -> Problem {
    match error {
        RegistrationError::NoApplication { .. } | RegistrationError::Token { .. } => {
            Problem::new("device-refused", error.to_string())
        }
        RegistrationError::Erased => erased(),
        RegistrationError::Provider(_) => {
            log("DeviceNotKept", error);
            try_again()
        }
        RegistrationError::Storage(error) => unavailable(error),
    }
}

fn erased() -> Problem {
    Problem::new("customer-erased", "nothing more is kept of this customer")
}

fn unavailable(error: &StorageError) -> Problem {
    log("StorageFailed", error);
    try_again()
}

fn try_again() -> Problem {
    Problem::new("try-again", "the request has changed nothing, or can be repeated without harm")
}

fn log(name: &'static str, error: &dyn std::error::Error) {
    let failure = Failure::new(name, error);
    tracing::error!(error.name = failure.name, error.detail = failure.detail, "a request could not be answered");
}
