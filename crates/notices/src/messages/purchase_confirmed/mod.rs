//! What a purchase earned.

use processor_events::Personal;

use super::{NextTier, Notice, RewardedPurchase, samples};
use crate::{
    letter::{Letter, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// A purchase earned points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseConfirmed {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// What was bought, and what it earned.
    pub purchase: RewardedPurchase,
}

static CATALOGUE: Catalogue = catalogue!("purchase_confirmed");

impl Notice for PurchaseConfirmed {
    const KIND: &'static str = "purchase_confirmed";
    const TOPIC: Topic = Topic::Rewards;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        self.purchase.letter(writer, self.customer_name.as_ref(), &["body"])
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let purchase = RewardedPurchase {
            amount: samples::money(7_450, "usd"),
            points_earned: 149,
            points_balance: 640,
            next_tier: Some(NextTier { name: "Silver".to_owned(), points_missing: 360, points_required: 1_000 }),
            rewards_url: Some(samples::account_url()),
        };
        let one_point = RewardedPurchase {
            amount: samples::money(1_250, "kwd"),
            points_earned: 1,
            points_balance: 999,
            next_tier: Some(NextTier { name: "Silver".to_owned(), points_missing: 1, points_required: 1_000 }),
            ..purchase.clone()
        };
        let highest_tier = RewardedPurchase { next_tier: None, rewards_url: None, ..purchase.clone() };
        let named = |purchase| Self { customer_name: Some(samples::name()), purchase };
        vec![
            ("purchase", named(purchase)),
            ("one_point", named(one_point)),
            ("highest_tier", Self { customer_name: None, purchase: highest_tier }),
        ]
    }
}
