//! What starts grace, how long it is, and what holds: data, not code.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Decline;

/// What a kind of trouble does to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is known, but access stays.
    Nothing,
    /// Access stays for a time, then it is held.
    Grace,
    /// Access is held at once.
    Hold,
}

/// The rules. Written as JSON; what is left out is as in [`Policy::standard`], or in [`Policy::metered`] where `base` says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// How long access stays after the first failed attempt.
    pub grace_hours: u32,
    /// The same where the bank wants a confirmation: the card is good.
    pub authentication_grace_hours: u32,
    /// The same where there is nothing to charge.
    pub no_method_grace_hours: u32,
    /// The same where the method will not work again: further attempts are pointless.
    pub hard_decline_grace_hours: u32,
    /// How long access stays after the last automatic attempt, if grace has not ended before: time to read the message.
    pub after_final_failure_hours: u32,
    /// How long the processor tries (Stripe: two weeks by default). No grace may be longer.
    pub retry_window_hours: u32,
    /// An attempt to collect an invoice failed.
    pub invoice_failed: Effect,
    /// The same for the first invoice of a subscription: the customer is still at the checkout.
    pub first_invoice_failed: Effect,
    /// A payment failed that has no invoice behind it: a card declined at a checkout, or metered billing outside of invoices.
    pub standalone_payment_failed: Effect,
    /// The last method that is known was removed. Methods from before the installation are known once an event names them (the
    /// import of customers fills profiles only), so that this can be wrong for older customers.
    pub last_method_removed: Effect,
    /// A subscription is past due.
    pub subscription_past_due: Effect,
    /// The attempts for a subscription have ended, its invoices stay open. Grace is `after_final_failure_hours` at most then.
    pub subscription_unpaid: Effect,
    /// A subscription is paused: its trial ended without a payment method.
    pub subscription_paused: Effect,
    /// A subscription was canceled. What the customer bought then is the product's matter; the ability to pay is not in doubt.
    pub subscription_canceled: Effect,
}

/// Why a policy cannot be used.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// No JSON, an unknown rule, or a value of the wrong type.
    #[error("read the access policy")]
    Json(#[source] serde_json::Error),
    /// A duration beyond what the processor's attempts last.
    #[error(
        "{field} is {hours} hours, more than the {window} hours of retry_window_hours: access would outlast the processor's attempts"
    )]
    BeyondRetries {
        /// The rule.
        field: &'static str,
        /// Its value.
        hours: u32,
        /// The value it must not exceed.
        window: u32,
    },
    /// A retry window that no processor has.
    #[error("retry_window_hours is {hours}, more than {MAX_RETRY_WINDOW_HOURS}: Stripe tries for two months at most")]
    Window {
        /// Its value.
        hours: u32,
    },
}

/// Stripe's longest schedule of attempts is two months (docs.stripe.com/billing/revenue-recovery/smart-retries).
pub const MAX_RETRY_WINDOW_HOURS: u32 = 62 * 24;

impl Policy {
    /// Grace first: a week, three days where the method will not work again.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            grace_hours: 7 * 24,
            authentication_grace_hours: 7 * 24,
            no_method_grace_hours: 3 * 24,
            hard_decline_grace_hours: 3 * 24,
            after_final_failure_hours: 24,
            retry_window_hours: 14 * 24,
            invoice_failed: Effect::Grace,
            first_invoice_failed: Effect::Nothing,
            standalone_payment_failed: Effect::Nothing,
            last_method_removed: Effect::Nothing,
            subscription_past_due: Effect::Grace,
            subscription_unpaid: Effect::Grace,
            subscription_paused: Effect::Hold,
            subscription_canceled: Effect::Nothing,
        }
    }

    /// Hold at once, for those who meter resources and would go on paying for them: every failed payment counts.
    #[must_use]
    pub const fn metered() -> Self {
        Self {
            invoice_failed: Effect::Hold,
            standalone_payment_failed: Effect::Hold,
            last_method_removed: Effect::Hold,
            subscription_past_due: Effect::Hold,
            subscription_unpaid: Effect::Hold,
            ..Self::standard()
        }
    }

    /// Reads a policy: `{}` is the standard one, `{"base":"metered"}` the metered one, and every rule can be named.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let document: Document = serde_json::from_str(text).map_err(PolicyError::Json)?;
        let policy = document.over_base();
        policy.check()?;
        Ok(policy)
    }

    /// When this kind of trouble ends access, if it does.
    #[must_use]
    pub(crate) fn held_from(&self, effect: Effect, since: Timestamp, decline: Option<Decline>) -> Option<Timestamp> {
        match effect {
            Effect::Nothing => None,
            Effect::Grace => Some(later(since, self.grace_for(decline))),
            Effect::Hold => Some(since),
        }
    }

    /// When this kind of trouble ends access, where the processor has stopped trying at `final_since`: access does not outlast
    /// the attempts, but leaves time to read about the last one.
    #[must_use]
    pub(crate) fn held_from_final(
        &self,
        effect: Effect,
        since: Timestamp,
        decline: Option<Decline>,
        final_since: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let held_from = self.held_from(effect, since, decline)?;
        let after_final = final_since.map(|at| later(at, self.after_final_failure_hours));
        Some(after_final.map_or(held_from, |after_final| held_from.min(after_final)))
    }

    const fn grace_for(&self, decline: Option<Decline>) -> u32 {
        match decline {
            None | Some(Decline::Soft) => self.grace_hours,
            Some(Decline::AuthenticationRequired) => self.authentication_grace_hours,
            Some(Decline::NoMethod) => self.no_method_grace_hours,
            Some(Decline::Hard) => self.hard_decline_grace_hours,
        }
    }

    fn check(&self) -> Result<(), PolicyError> {
        let window = self.retry_window_hours;
        if window > MAX_RETRY_WINDOW_HOURS {
            return Err(PolicyError::Window { hours: window });
        }
        let durations = [
            ("grace_hours", self.grace_hours),
            ("authentication_grace_hours", self.authentication_grace_hours),
            ("no_method_grace_hours", self.no_method_grace_hours),
            ("hard_decline_grace_hours", self.hard_decline_grace_hours),
            ("after_final_failure_hours", self.after_final_failure_hours),
        ];
        match durations.into_iter().find(|(_, hours)| *hours > window) {
            Some((field, hours)) => Err(PolicyError::BeyondRetries { field, hours, window }),
            None => Ok(()),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::standard()
    }
}

/// As [`Policy::from_json`].
impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::from_json(text)
    }
}

fn later(at: Timestamp, hours: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(Timestamp::MAX)
}

macro_rules! document {
    ($($rule:ident: $type:ty,)*) => {
        /// The policy as it is written: every rule may be left out.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            #[serde(default)]
            base: Base,
            $(#[serde(default)] $rule: Option<$type>,)*
        }

        impl Document {
            fn over_base(self) -> Policy {
                let base = match self.base {
                    Base::Standard => Policy::standard(),
                    Base::Metered => Policy::metered(),
                };
                Policy { $($rule: self.$rule.unwrap_or(base.$rule),)* }
            }
        }
    };
}

document! {
    grace_hours: u32,
    authentication_grace_hours: u32,
    no_method_grace_hours: u32,
    hard_decline_grace_hours: u32,
    after_final_failure_hours: u32,
    retry_window_hours: u32,
    invoice_failed: Effect,
    first_invoice_failed: Effect,
    standalone_payment_failed: Effect,
    last_method_removed: Effect,
    subscription_past_due: Effect,
    subscription_unpaid: Effect,
    subscription_paused: Effect,
    subscription_canceled: Effect,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Base {
    #[default]
    Standard,
    Metered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_document_is_the_standard_policy() {
        assert_eq!(Policy::from_json("{}").unwrap(), Policy::standard());
        assert_eq!(Policy::from_json(r#"{"base":"metered"}"#).unwrap(), Policy::metered());
    }

    #[test]
    fn a_rule_that_is_named_wins_over_the_base() {
        let policy = Policy::from_json(r#"{"base":"metered","last_method_removed":"grace","grace_hours":48}"#).unwrap();
        assert_eq!(policy, Policy { last_method_removed: Effect::Grace, grace_hours: 48, ..Policy::metered() });
    }

    #[test]
    fn a_policy_written_out_in_full_is_read_back() {
        let text = serde_json::to_string(&Policy::metered()).unwrap();
        assert_eq!(Policy::from_json(&text).unwrap(), Policy::metered());
    }

    #[test]
    fn an_unknown_rule_is_refused_by_name() {
        let error = Policy::from_json(r#"{"grace_days":7}"#).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("grace_days"), "{source}");
    }

    #[test]
    fn grace_beyond_the_processors_attempts_is_refused() {
        let error = Policy::from_json(r#"{"grace_hours":337}"#).unwrap_err();
        assert!(
            matches!(error, PolicyError::BeyondRetries { field: "grace_hours", hours: 337, window: 336 }),
            "{error}"
        );
        assert!(Policy::from_json(r#"{"grace_hours":337,"retry_window_hours":337}"#).is_ok());
        assert!(matches!(
            Policy::from_json(r#"{"retry_window_hours":1489}"#),
            Err(PolicyError::Window { hours: 1489 })
        ));
    }
}
