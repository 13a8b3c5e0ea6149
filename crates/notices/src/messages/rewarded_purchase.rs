//! A purchase and what it earned, as several messages tell it.

use processor_events::{Money, Personal};

use super::NextTier;
use crate::{
    letter::{Letter, Tone, Writer},
    render::RenderError,
};

/// A purchase that earned points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardedPurchase {
    /// What was paid.
    pub amount: Money,
    /// The points it earned.
    pub points_earned: i64,
    /// The points the customer has now.
    pub points_balance: i64,
    /// The tier above, if there is one.
    pub next_tier: Option<NextTier>,
    /// Where the customer sees points and benefits.
    pub rewards_url: Option<String>,
}

impl RewardedPurchase {
    /// The letter, with these paragraphs of the message's own words.
    pub(super) fn letter(
        &self,
        writer: &mut Writer<'_>,
        customer_name: Option<&Personal<String>>,
        paragraphs: &[&str],
    ) -> Result<Letter, RenderError> {
        writer.points("earned", self.points_earned)?.money("amount", self.amount)?;
        let link = writer.link(self.rewards_url.as_deref());
        let mut letter = writer.letter(Tone::Good, customer_name)?;
        letter.highlight = Some(writer.points_earned(self.points_earned)?);
        for key in paragraphs {
            letter.paragraph(writer.say(key)?);
        }
        letter.facts(writer.purchase(self.amount, self.points_balance)?);
        letter.progress(self.next_tier.as_ref(), writer)?;
        letter.action(writer.common("action-rewards")?, link);
        Ok(letter)
    }
}
