//! Classes of refused payments: they need different things from the customer.

use serde::{Deserialize, Serialize};

/// Why a payment was refused, as far as it matters for what comes next. Ordered by how little hope another attempt has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// The bank wants the customer to confirm the payment. The card is good.
    AuthenticationRequired,
    /// It may work later: too little money, a bank that did not answer, no reason given.
    Soft,
    /// There is nothing to charge.
    NoMethod,
    /// It will not work again without another method.
    Hard,
}

/// What the customer has to confirm with the bank (docs.stripe.com/declines/codes and docs.stripe.com/error-codes).
const AUTHENTICATION: [&str; 4] = [
    "authentication_required",
    "authentication_not_handled",
    "invoice_payment_intent_requires_action",
    "payment_intent_authentication_failure",
];

/// After these Stripe tries again only with another method (docs.stripe.com/billing/revenue-recovery/smart-retries), or they
/// say by themselves that this card cannot be used again (docs.stripe.com/declines/codes).
const HARD: [&str; 19] = [
    "card_not_supported",
    "currency_not_supported",
    "do_not_try_again",
    "expired_card",
    "fraudulent",
    "highest_risk_level",
    "incorrect_number",
    "invalid_account",
    "invalid_number",
    "lost_card",
    "merchant_blacklist",
    "new_account_information_available",
    "pickup_card",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "stolen_card",
    "stop_payment_order",
    "transaction_not_allowed",
];

impl Decline {
    /// Reads the processor's error code and the bank's reason; `has_method` tells whether a method was charged at all.
    ///
    /// A code that is new to us counts as soft: a wrong "it may work later" costs some days, a wrong "never" a customer.
    #[must_use]
    pub fn of(code: Option<&str>, decline_code: Option<&str>, has_method: bool) -> Self {
        let said = |list: &[&str]| [decline_code, code].into_iter().flatten().any(|code| list.contains(&code));
        if said(&HARD) {
            Self::Hard
        } else if said(&AUTHENTICATION) {
            Self::AuthenticationRequired
        } else if !has_method && decline_code.is_none() && code.is_none() {
            Self::NoMethod
        } else {
            Self::Soft
        }
    }

    /// The class in words, for explanations.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AuthenticationRequired => "the bank wants a confirmation",
            Self::Soft => "the method may work later",
            Self::NoMethod => "there is no method to charge",
            Self::Hard => "the method will not work again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: Option<&str>, decline_code: Option<&str>, has_method: bool, expected: Decline) {
        assert_eq!(Decline::of(code, decline_code, has_method), expected, "{code:?} {decline_code:?} {has_method}");
    }

    #[test]
    fn the_banks_reason_decides_the_class() {
        check(Some("card_declined"), Some("insufficient_funds"), true, Decline::Soft);
        check(Some("card_declined"), Some("generic_decline"), true, Decline::Soft);
        check(Some("card_declined"), Some("stolen_card"), true, Decline::Hard);
        check(Some("expired_card"), None, true, Decline::Hard);
        check(Some("authentication_required"), Some("authentication_required"), true, Decline::AuthenticationRequired);
        check(Some("payment_intent_authentication_failure"), None, true, Decline::AuthenticationRequired);
    }

    #[test]
    fn nothing_charged_and_nothing_said_is_a_missing_method() {
        check(None, None, false, Decline::NoMethod);
        check(None, None, true, Decline::Soft);
        check(Some("processing_error"), None, false, Decline::Soft);
    }

    #[test]
    fn a_code_new_to_us_may_work_later() {
        check(Some("card_declined"), Some("a_reason_of_the_year_2031"), true, Decline::Soft);
    }
}
