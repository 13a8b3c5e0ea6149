//! From the workflow's input to a message: pure.

use engagement::{
    Input,
    offers::Offer,
    rewards::{Discount, Grant, RewardState, TierReward},
};
use jiff::Timestamp;
use loyalty::{Account, Points, Program};
use notices::{
    Message,
    messages::{
        Discount as ShownDiscount, FollowUp, Grant as ShownGrant, HighValueThanks, MilestoneReached, NextTier,
        Offer as ShownOffer, PurchaseConfirmed, RewardedPurchase, TierUpgraded,
    },
};
use processor_events::{Money, Personal};

use crate::Settings;

/// What messages are made from. Each maker answers `None` where the input has nothing to say.
pub(crate) struct About<'a> {
    pub(crate) input: &'a Input,
    pub(crate) program: &'a Program,
    pub(crate) settings: &'a Settings,
    pub(crate) name: Option<Personal<String>>,
}

impl About<'_> {
    /// The new status alone: what was granted is not known yet.
    pub(crate) fn tier_status(&self) -> Option<Message> {
        self.tier_upgrade(None)
    }

    pub(crate) fn tier_upgrade(&self, reward: Option<&TierReward>) -> Option<Message> {
        let tier = self.input.current_tier.as_deref()?;
        let level = self.program.document().tiers.levels.iter().find(|level| level.name == tier);
        let benefits = level.map(|level| level.benefits.as_slice()).unwrap_or_default();
        Some(Message::from(TierUpgraded {
            customer_name: self.name.clone(),
            tier: in_words(tier),
            benefits: benefits.iter().map(|benefit| in_words(benefit)).collect(),
            granted: reward.map(granted).unwrap_or_default(),
            points_balance: self.input.total_points,
            next_tier: self.next_tier(),
            rewards_url: self.settings.rewards_url.clone(),
        }))
    }

    pub(crate) fn high_value_purchase(&self) -> Option<Message> {
        Some(Message::from(HighValueThanks { customer_name: self.name.clone(), purchase: self.purchase()? }))
    }

    pub(crate) fn milestone(&self) -> Option<Message> {
        Some(Message::from(MilestoneReached {
            customer_name: self.name.clone(),
            milestone: Money::new(self.input.milestone_minor?, self.input.base_currency),
            granted: None,
            points_balance: self.input.total_points,
            rewards_url: self.settings.rewards_url.clone(),
        }))
    }

    pub(crate) fn purchase_confirmation(&self) -> Option<Message> {
        Some(Message::from(PurchaseConfirmed { customer_name: self.name.clone(), purchase: self.purchase()? }))
    }

    /// Speaks of the present, not of the purchase: of the account as it is, and of offers that are open.
    #[expect(clippy::unnecessary_wraps, reason = "the makers have one shape")]
    pub(crate) fn follow_up(&self, account: &Account, offers: &[Offer], now: Timestamp) -> Option<Message> {
        let open = offers.iter().filter(|offer| offer.is_open(now)).map(|offer| ShownOffer {
            title: offer.title.clone(),
            reason: offer.because.clone(),
            expires_at: Some(offer.expires_at),
        });
        Some(Message::from(FollowUp {
            customer_name: self.name.clone(),
            purchased_at: self.input.occurred_at,
            offers: open.collect(),
            points_balance: account.balance.0,
            next_tier: self.tier_after(account.qualifying),
            shop_url: self.settings.shop_url.clone(),
        }))
    }

    /// What the entry says of a purchase; `None` for other entries.
    fn purchase(&self) -> Option<RewardedPurchase> {
        Some(RewardedPurchase {
            amount: Money::new(self.input.amount_minor?, self.input.currency?),
            points_earned: self.input.points,
            points_balance: self.input.total_points,
            next_tier: self.next_tier(),
            rewards_url: self.settings.rewards_url.clone(),
        })
    }

    /// The tier above as the entry saw it; left out where the program in force has no such tier any more.
    fn next_tier(&self) -> Option<NextTier> {
        let next = self.input.next_tier.as_ref()?;
        let level = self.program.document().tiers.levels.iter().find(|level| level.name == next.name)?;
        Some(NextTier {
            name: in_words(&next.name),
            points_missing: next.missing_points,
            points_required: level.from.0,
        })
    }

    fn tier_after(&self, qualifying: Points) -> Option<NextTier> {
        let level = self.program.tier_after(qualifying)?;
        let missing = level.from.checked_sub(qualifying).ok()?;
        Some(NextTier { name: in_words(&level.name), points_missing: missing.0, points_required: level.from.0 })
    }
}

/// What is given, or would have been where nothing may leave; what was decided and not done yet is not spoken of.
fn granted(reward: &TierReward) -> Vec<ShownGrant> {
    if reward.state == RewardState::Revoked {
        return Vec::new();
    }
    let shown = reward.grants.iter().filter_map(|given| match (&given.grant, &given.processor_id, &given.code) {
        (Grant::Credit { amount }, Some(_), _) => Some(ShownGrant::Credit(*amount)),
        (Grant::Code { discount, expires_at }, Some(_), Some(code)) => Some(ShownGrant::Code {
            code: code.clone(),
            discount: match discount {
                Discount::Percent(percent) => ShownDiscount::Percent(*percent),
                Discount::Amount(amount) => ShownDiscount::Amount(*amount),
            },
            expires_at: Some(*expires_at),
        }),
        _ => None,
    });
    shown.collect()
}

/// A name of the program as customers read it: `early_access` is "Early access".
fn in_words(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_program_are_shown_in_words() {
        assert_eq!(in_words("gold"), "Gold");
        assert_eq!(in_words("early_access"), "Early access");
        assert_eq!(in_words(""), "");
    }
}
