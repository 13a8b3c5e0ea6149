//! Thanks for a large purchase.

use processor_events::Personal;

use super::{NextTier, Notice, RewardedPurchase, samples};
use crate::{
    letter::{Letter, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// A purchase earned more points than the program's threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighValueThanks {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What was bought, and what it earned.
    pub purchase: RewardedPurchase,
}

static CATALOGUE: Catalogue = catalogue!("high_value_thanks");

impl Notice for HighValueThanks {
    const KIND: &'static str = "high_value_thanks";
    const TOPIC: Topic = Topic::Rewards;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        self.purchase.letter(writer, self.customer_name.as_ref(), &["body", "meaning"])
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let large = RewardedPurchase {
            amount: samples::money(89_900, "usd"),
            points_earned: 1_798,
            points_balance: 4_310,
            next_tier: Some(NextTier { name: "Gold".to_owned(), points_missing: 690, points_required: 5_000 }),
            rewards_url: Some(samples::account_url()),
        };
        let highest_tier =
            RewardedPurchase { points_balance: 1_000_000, next_tier: None, rewards_url: None, ..large.clone() };
        vec![
            ("large_purchase", Self { customer_name: Some(samples::name()), purchase: large }),
            ("highest_tier", Self { customer_name: None, purchase: highest_tier }),
        ]
    }
}
