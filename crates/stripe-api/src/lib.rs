#![doc = include_str!("../README.md")]

mod billing;
mod client;
mod customers;
mod destinations;
mod error;
mod events;
mod form;
mod idempotency;
mod keys;
mod outcomes;
mod purchases;
mod retry;
mod rewards;
mod settings;
mod transport;

pub use billing::Subscription;
pub use client::{API_VERSION, BaseUrl, BaseUrlError, List, Stripe};
pub use customers::{Customer, CustomerPage, UnusableCustomer};
pub use destinations::{
    DestinationChange, DestinationStatus, EventBridgeTarget, EventDestination, EventPayload, EventSourceStatus,
    NewDestination,
};
pub use error::{Refusal, StripeError};
pub use events::EventQuery;
pub use idempotency::{IdempotencyKey, IdempotencyKeyError};
pub use keys::{KeyError, KeySource, Keys, NoKey, SecretKey, SecretsManagerKeys};
pub use purchases::{CheckoutSession, Invoice, InvoicePayment, SoldLine};
pub use rewards::{BalanceTransaction, Coupon, CouponValue, NewCoupon, NewPromotionCode, PromotionCode};
pub use settings::{StripeClient, StripeSettings};
pub use transport::{HttpTransport, Method, Request, Response, Transport, TransportError};
