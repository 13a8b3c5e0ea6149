//! What gives a customer something: balance credit, coupons and promotion codes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_kit::{Entropy, Timer};
use processor_events::{Currency, Money, ids::CustomerId};
use serde::Deserialize;

use crate::{
    IdempotencyKey, KeySource, List, Stripe, StripeError, destinations::segment, events::PAGE_SIZE, form::Form,
    transport::Transport,
};

/// A change of a customer's balance (`docs.stripe.com/api/customer_balance_transactions/object`). It is never changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BalanceTransaction {
    /// `cbtxn_...`.
    pub id: String,
    /// Minor units; negative is credit, which the next invoice uses.
    pub amount: i64,
    /// Its currency, which is the customer's.
    pub currency: Currency,
    /// For programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// A coupon (`docs.stripe.com/api/coupons/object`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Coupon {
    /// The id that we chose.
    pub id: String,
    /// Whether it can still be used.
    pub valid: bool,
}

/// What a coupon takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouponValue {
    /// A part of the price, 1 to 100.
    PercentOff(u8),
    /// A sum, above 0.
    AmountOff(Money),
}

/// A coupon to be made; it takes off once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCoupon<'a> {
    /// Our own id for it: making it again is refused, so there is one.
    pub id: &'a str,
    /// What customers read on their invoice, at most 40 characters.
    pub name: &'a str,
    /// What it takes off.
    pub value: CouponValue,
    /// For programs.
    pub metadata: &'a [(&'a str, &'a str)],
}

/// A code that a customer types (`docs.stripe.com/api/promotion_codes/object`).
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct PromotionCode {
    /// `promo_...`.
    pub id: String,
    /// What the customer types.
    pub code: String,
    /// Whether it can still be used.
    pub active: bool,
    /// How often it was used.
    #[serde(default)]
    pub times_redeemed: u64,
    /// For programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

impl std::fmt::Debug for PromotionCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The code is worth money: it is for its customer only.
        formatter
            .debug_struct("PromotionCode")
            .field("id", &self.id)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// A promotion code to be made: for one customer, to be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPromotionCode<'a> {
    /// The coupon it stands for.
    pub coupon: &'a str,
    /// Who alone may use it.
    pub customer: &'a CustomerId,
    /// Until when.
    pub expires_at: Timestamp,
    /// For programs.
    pub metadata: &'a [(&'a str, &'a str)],
}

impl<T: Transport, K: KeySource, W: Timer, E: Entropy> Stripe<T, K, W, E> {
    /// One page of changes of a customer's balance, newest first.
    pub async fn balance_transactions(
        &self,
        customer: &CustomerId,
        starting_after: Option<&str>,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let form = Form::new().with("limit", PAGE_SIZE).with_some("starting_after", starting_after);
        let path = format!("/v1/customers/{customer}/balance_transactions");
        self.get("GET /v1/customers/{id}/balance_transactions", &path, &form).await
    }

    /// Changes a customer's balance by `amount`: negative credits the customer.
    pub async fn create_balance_transaction(
        &self,
        customer: &CustomerId,
        amount: Money,
        description: &str,
        metadata: &[(&str, &str)],
        key: &IdempotencyKey,
    ) -> Result<BalanceTransaction, StripeError> {
        let form = Form::new()
            .with("amount", amount.amount_minor)
            .with("currency", amount.currency)
            .with("description", description)
            .with_metadata(metadata.iter().copied());
        let path = format!("/v1/customers/{customer}/balance_transactions");
        self.post_form("POST /v1/customers/{id}/balance_transactions", &path, &form, key).await
    }

    /// Makes a coupon.
    pub async fn create_coupon(&self, new: &NewCoupon<'_>, key: &IdempotencyKey) -> Result<Coupon, StripeError> {
        let form = Form::new().with("id", new.id).with("name", new.name).with("duration", "once");
        let form = match new.value {
            CouponValue::PercentOff(percent) => form.with("percent_off", percent),
            CouponValue::AmountOff(money) => {
                form.with("amount_off", money.amount_minor).with("currency", money.currency)
            }
        };
        let form = form.with_metadata(new.metadata.iter().copied());
        self.post_form("POST /v1/coupons", "/v1/coupons", &form, key).await
    }

    /// One coupon.
    pub async fn coupon(&self, id: &str) -> Result<Coupon, StripeError> {
        self.get("GET /v1/coupons/{id}", &format!("/v1/coupons/{}", segment(id)), &Form::new()).await
    }

    /// One page of the promotion codes of a coupon that only this customer can use.
    pub async fn promotion_codes(
        &self,
        customer: &CustomerId,
        coupon: &str,
    ) -> Result<List<PromotionCode>, StripeError> {
        let form = Form::new().with("customer", customer).with("coupon", coupon).with("limit", PAGE_SIZE);
        self.get("GET /v1/promotion_codes", "/v1/promotion_codes", &form).await
    }

    /// Makes a promotion code; Stripe chooses the code itself.
    pub async fn create_promotion_code(
        &self,
        new: &NewPromotionCode<'_>,
        key: &IdempotencyKey,
    ) -> Result<PromotionCode, StripeError> {
        let form = Form::new()
            .with("promotion[type]", "coupon")
            .with("promotion[coupon]", new.coupon)
            .with("customer", new.customer)
            .with("max_redemptions", 1)
            .with("expires_at", new.expires_at.as_second())
            .with_metadata(new.metadata.iter().copied());
        self.post_form("POST /v1/promotion_codes", "/v1/promotion_codes", &form, key).await
    }

    /// Makes a promotion code unusable; it cannot be removed.
    pub async fn deactivate_promotion_code(
        &self,
        id: &str,
        key: &IdempotencyKey,
    ) -> Result<PromotionCode, StripeError> {
        let path = format!("/v1/promotion_codes/{}", segment(id));
        let form = Form::new().with("active", false);
        self.post_form("POST /v1/promotion_codes/{id}", &path, &form, key).await
    }
}
