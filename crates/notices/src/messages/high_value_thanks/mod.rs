//! Thanks for a large purchase.

use processor_events::{Money, Personal};

use super::{NextTier, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// A purchase earned more points than the program's threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighValueThanks {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
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

static CATALOGUE: Catalogue = catalogue!("high_value_thanks");

impl Notice for HighValueThanks {
    const KIND: &'static str = "high_value_thanks";
    const TOPIC: Topic = Topic::Rewards;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.points("earned", self.points_earned)?.money("amount", self.amount)?;
        let link = writer.link(self.rewards_url.as_deref());
        let mut letter = writer.letter(Tone::Good, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.points_earned(self.points_earned)?);
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("meaning")?);
        letter.facts(writer.purchase(self.amount, self.points_balance)?);
        letter.progress(self.next_tier.as_ref(), writer)?;
        letter.action(writer.common("action-rewards")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let large = Self {
            customer_name: Some(samples::name()),
            amount: samples::money(89_900, "usd"),
            points_earned: 1_798,
            points_balance: 4_310,
            next_tier: Some(NextTier { name: "Gold".to_owned(), points_missing: 690, points_required: 5_000 }),
            rewards_url: Some(samples::account_url()),
        };
        vec![
            ("large_purchase", large.clone()),
            (
                "highest_tier",
                Self { customer_name: None, points_balance: 1_000_000, next_tier: None, rewards_url: None, ..large },
            ),
        ]
    }
}
