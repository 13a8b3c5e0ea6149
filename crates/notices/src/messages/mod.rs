//! One folder per message: its context, its samples, what it consists of, and its words in every language.

mod access_grace_started;
mod access_held;
mod access_restored;
mod card;
mod card_expiring;
mod common;
mod follow_up;
mod high_value_thanks;
mod invoice_paid;
mod invoice_upcoming;
mod milestone_reached;
mod missing;
mod payment_action_required;
mod payment_failed;
mod payment_failed_final;
mod payment_method_removed;
mod purchase_confirmed;
mod rewarded_purchase;
mod rewards;
mod tier_upgraded;

pub(crate) use self::common::COMMON;
pub use self::{
    access_grace_started::AccessGraceStarted,
    access_held::AccessHeld,
    access_restored::AccessRestored,
    card::{Card, ExpiryMonth},
    card_expiring::CardExpiring,
    follow_up::{FollowUp, Offer},
    high_value_thanks::HighValueThanks,
    invoice_paid::{InvoicePaid, Settlement},
    invoice_upcoming::{InvoiceUpcoming, UpcomingPayment},
    milestone_reached::MilestoneReached,
    missing::Missing,
    payment_action_required::PaymentActionRequired,
    payment_failed::{PaymentFailed, Retry},
    payment_failed_final::PaymentFailedFinal,
    payment_method_removed::{PaymentMethodRemoved, Remaining},
    purchase_confirmed::PurchaseConfirmed,
    rewarded_purchase::RewardedPurchase,
    rewards::{Discount, Grant, NextTier},
    tier_upgraded::TierUpgraded,
};

use crate::{
    letter::{Letter, Writer},
    message::Topic,
    render::RenderError,
    words::Catalogue,
};

/// What every message can do.
pub(crate) trait Notice: Sized {
    /// Its stable name, which is also the name of its folder.
    const KIND: &'static str;
    const TOPIC: Topic;

    fn catalogue() -> &'static Catalogue;

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError>;

    /// Every situation that the words tell apart, by name.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// Values that samples share.
mod samples {
    use jiff::Timestamp;
    use processor_events::{Currency, Money, Personal};

    use super::{Card, ExpiryMonth};

    pub(super) fn name() -> Personal<String> {
        Personal::new("Ada Lovelace".to_owned())
    }

    pub(super) fn money(amount_minor: i64, currency: &str) -> Money {
        Money::new(amount_minor, Currency::new(currency).expect("samples use currency codes"))
    }

    pub(super) fn moment(text: &str) -> Timestamp {
        text.parse().expect("samples use RFC 3339")
    }

    pub(super) fn card() -> Card {
        Card { brand: "visa".to_owned(), last4: "4242".to_owned() }
    }

    pub(super) fn month(year: i16, month: i8) -> ExpiryMonth {
        ExpiryMonth::new(year, month).expect("samples use months that exist")
    }

    /// A page of the merchant.
    pub(super) fn account_url() -> String {
        "https://www.example.com/account".to_owned()
    }

    /// A link as Stripe makes them.
    pub(super) fn invoice_url() -> String {
        "https://invoice.stripe.com/i/acct_1PaybusSample/test_YWNjdF8xUGF5YnVz".to_owned()
    }
}
