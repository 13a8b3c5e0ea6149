//! When to try again, by Stripe's rules.
//!
//! As Stripe's own libraries do (stripe-node, `RequestSender`): a lost connection, 409 and 5xx are tried again, and
//! `stripe-should-retry` overrules the status either way. 429 too, which they leave to the caller
//! (docs.stripe.com/rate-limits asks for a retry with exponential backoff). The idempotency key makes every retry safe.

use std::time::Duration;

use lambda_kit::Entropy;

use crate::transport::{Response, TransportError};

/// Attempts in all. A task that fails after them comes again with its workflow or queue.
pub(crate) const ATTEMPTS: u32 = 4;

/// The wait before the second attempt; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(300);

/// The longest wait, also when Stripe asks for more: an invocation has some 20 s in all.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Whether an answer, or its absence, is worth another attempt.
pub(crate) fn is_passing(result: &Result<Response, TransportError>) -> bool {
    let Ok(response) = result else { return true };
    match response.should_retry {
        // A success is never repeated, whatever the header says.
        _ if response.status < 400 => false,
        Some(advice) => advice,
        None => matches!(response.status, 409 | 429) || response.status >= 500,
    }
}

/// How long to wait after so many attempts: between half and all of the doubled wait, so that callers spread out.
pub(crate) fn wait(attempts: u32, response: Option<&Response>, entropy: &impl Entropy) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    let whole = doubled.min(LONGEST_WAIT);
    let half = whole.checked_div(2).unwrap_or_default();
    let spread = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
    let jittered = half.saturating_add(Duration::from_millis(entropy.below(spread)));
    let asked = response.and_then(|response| response.retry_after_seconds).map(Duration::from_secs);
    jittered.max(asked.unwrap_or_default()).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Highest;

    impl Entropy for Highest {
        fn below(&self, bound: u64) -> u64 {
            bound.saturating_sub(1)
        }
    }

    fn check(status: u16, should_retry: Option<bool>, expected: bool) {
        let response = Response { status, should_retry, ..Response::default() };
        assert_eq!(is_passing(&Ok(response)), expected, "{status} {should_retry:?}");
    }

    #[test]
    fn conflicts_limits_and_server_errors_pass() {
        for status in [409, 429, 500, 502, 503] {
            check(status, None, true);
        }
        for status in [200, 400, 401, 402, 403, 404] {
            check(status, None, false);
        }
        assert!(is_passing(&Err(TransportError { reason: "reset".into() })));
    }

    #[test]
    fn stripes_advice_overrules_the_status() {
        check(500, Some(false), false);
        check(400, Some(true), true);
        check(200, Some(true), false);
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit_and_heeds_stripe() {
        let waits: Vec<u128> = (1..=6).map(|attempts| wait(attempts, None, &Highest).as_millis()).collect();
        assert_eq!(waits, [299, 599, 1199, 2399, 2999, 2999]);
        let asked = Response { retry_after_seconds: Some(2), ..Response::default() };
        assert_eq!(wait(1, Some(&asked), &Highest), Duration::from_secs(2));
        let asked = Response { retry_after_seconds: Some(3_600), ..Response::default() };
        assert_eq!(wait(1, Some(&asked), &Highest), LONGEST_WAIT);
    }
}
