//! Giving and taking back at Stripe, each at most once.

use engagement::rewards::{Discount, GivenGrant, Grant};
use lambda_kit::{Entropy, Timer};
use processor_events::{Money, ids::CustomerId};
use stripe_api::{
    BalanceTransaction, CouponValue, IdempotencyKey, KeySource, NewCoupon, NewPromotionCode, PromotionCode, Stripe,
    StripeError, Transport,
};

/// The metadata key that marks what we made.
const MARK: &str = "paybus_reward";

/// How many idempotency keys are tried when Stripe binds server errors to them.
const KEYS: u8 = 3;

/// How many pages of a customer's balance transactions are looked through: 1,000 transactions.
const PAGES: usize = 10;

/// Gives a grant unless Stripe shows that it was given.
pub(crate) async fn give<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    customer: &CustomerId,
    tier: &str,
    mark: &str,
    given: &mut GivenGrant,
) -> Result<(), StripeError> {
    match given.grant {
        Grant::Credit { amount } => {
            let credit = Money { amount_minor: amount.amount_minor.saturating_neg(), ..amount };
            let description = format!("Reward for reaching {tier}");
            let made = change_balance(stripe, customer, credit, &description, mark).await?;
            given.processor_id = Some(made.id);
        }
        Grant::Code { discount, expires_at } => {
            let coupon = ensure_coupon(stripe, tier, discount).await?;
            let new = NewPromotionCode { coupon: &coupon, customer, expires_at, metadata: &[(MARK, mark)] };
            let made = ensure_code(stripe, &new, mark).await?;
            given.processor_id = Some(made.id);
            given.code = Some(made.code);
        }
    }
    Ok(())
}

/// Takes a grant back. What was never given (a task that died before it was) is looked for, not trusted.
pub(crate) async fn take_back<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    customer: &CustomerId,
    tier: &str,
    mark: &str,
    given: &GivenGrant,
) -> Result<(), StripeError> {
    match given.grant {
        Grant::Credit { amount } => {
            if find_transaction(stripe, customer, mark).await?.is_some() {
                let description = format!("Reward for {tier} taken back");
                change_balance(stripe, customer, amount, &description, &format!("{mark}:reversed")).await?;
            }
        }
        Grant::Code { discount, .. } => {
            if let Some(code) = find_code(stripe, customer, &coupon_id(tier, discount), mark).await?
                && code.active
            {
                let key = idempotency_key(&format!("{mark}:deactivated"), 0);
                stripe.deactivate_promotion_code(&code.id, &key).await?;
            }
        }
    }
    Ok(())
}

/// Changes the balance once: a change with this mark is the one that is asked for.
async fn change_balance<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    customer: &CustomerId,
    amount: Money,
    description: &str,
    mark: &str,
) -> Result<BalanceTransaction, StripeError> {
    let mut attempt = 0;
    loop {
        if let Some(made) = find_transaction(stripe, customer, mark).await? {
            return Ok(made);
        }
        let key = idempotency_key(mark, attempt);
        let answer = stripe.create_balance_transaction(customer, amount, description, &[(MARK, mark)], &key).await;
        match answer {
            Err(StripeError::KeySpent { .. }) if attempt < KEYS => attempt = attempt.saturating_add(1),
            answer => return answer,
        }
    }
}

async fn find_transaction<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    customer: &CustomerId,
    mark: &str,
) -> Result<Option<BalanceTransaction>, StripeError> {
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let page = stripe.balance_transactions(customer, after.as_deref()).await?;
        let last = page.data.last().map(|transaction| transaction.id.clone());
        let found = page.data.into_iter().find(|made| made.metadata.get(MARK).is_some_and(|found| found == mark));
        if found.is_some() || !page.has_more {
            return Ok(found);
        }
        after = last;
    }
    Ok(None)
}

/// The coupon that all codes of one tier and worth stand for; its id says what it is, so there is one.
async fn ensure_coupon<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    tier: &str,
    discount: Discount,
) -> Result<String, StripeError> {
    let id = coupon_id(tier, discount);
    let value = match discount {
        Discount::Percent(percent) => CouponValue::PercentOff(percent),
        Discount::Amount(amount) => CouponValue::AmountOff(amount),
    };
    let name: String = format!("{tier} reward").chars().take(40).collect();
    let new = NewCoupon { id: &id, name: &name, value, metadata: &[(MARK, tier)] };
    let mut attempt = 0;
    loop {
        match stripe.create_coupon(&new, &idempotency_key(&id, attempt)).await {
            Ok(coupon) => return Ok(coupon.id),
            Err(StripeError::Refused { refusal, .. }) if refusal.has_code("resource_already_exists") => return Ok(id),
            Err(StripeError::KeySpent { .. }) if attempt < KEYS => attempt = attempt.saturating_add(1),
            Err(error) => return Err(error),
        }
    }
}

async fn ensure_code<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    new: &NewPromotionCode<'_>,
    mark: &str,
) -> Result<PromotionCode, StripeError> {
    let mut attempt = 0;
    loop {
        if let Some(made) = find_code(stripe, new.customer, new.coupon, mark).await? {
            return Ok(made);
        }
        match stripe.create_promotion_code(new, &idempotency_key(mark, attempt)).await {
            Err(StripeError::KeySpent { .. }) if attempt < KEYS => attempt = attempt.saturating_add(1),
            answer => return answer,
        }
    }
}

async fn find_code<T: Transport, S: KeySource, W: Timer, E: Entropy>(
    stripe: &Stripe<T, S, W, E>,
    customer: &CustomerId,
    coupon: &str,
    mark: &str,
) -> Result<Option<PromotionCode>, StripeError> {
    let codes = stripe.promotion_codes(customer, coupon).await?;
    Ok(codes.data.into_iter().find(|code| code.metadata.get(MARK).is_some_and(|found| found == mark)))
}

fn coupon_id(tier: &str, discount: Discount) -> String {
    match discount {
        Discount::Percent(percent) => format!("paybus-{tier}-{percent}percent"),
        Discount::Amount(amount) => format!("paybus-{tier}-{}{}", amount.amount_minor, amount.currency),
    }
}

fn idempotency_key(mark: &str, attempt: u8) -> IdempotencyKey {
    // Customer ids and tier names are bounded, but together they may be longer than a key: its end tells keys apart.
    let text = format!("paybus:{mark}:{attempt}");
    let tail: String = text.chars().skip(text.len().saturating_sub(255)).collect();
    IdempotencyKey::new(tail).expect("ids and tier names are printable ASCII, and the length is cut")
}
