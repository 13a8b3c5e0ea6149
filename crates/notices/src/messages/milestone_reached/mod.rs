//! All purchases together reached a mark.

use processor_events::{Money, Personal};

use super::{Grant, Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// What a customer has bought over time reached one of the program's marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneReached {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// The mark.
    pub milestone: Money,
    /// What was given for reaching it.
    pub granted: Option<Grant>,
    /// The points the customer has.
    pub points_balance: i64,
    /// Where the customer sees points and benefits.
    pub rewards_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("milestone_reached");

impl Notice for MilestoneReached {
    const KIND: &'static str = "milestone_reached";
    const TOPIC: Topic = Topic::Rewards;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.money("milestone", self.milestone)?;
        let link = writer.link(self.rewards_url.as_deref());
        let mut letter = writer.letter(Tone::Good, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.fact("fact-milestone", writer.format.money(self.milestone)?)?);
        letter.paragraph(writer.say("body")?);
        if let Some(granted) = &self.granted {
            letter.grant(granted, writer)?;
        }
        letter.facts(vec![writer.fact("fact-balance", writer.points_phrase(self.points_balance)?)?]);
        letter.action(writer.common("action-rewards")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let reached = Self {
            customer_name: Some(samples::name()),
            milestone: samples::money(500_000, "usd"),
            granted: Some(Grant::Credit(samples::money(5_000, "usd"))),
            points_balance: 6_240,
            rewards_url: Some(samples::account_url()),
        };
        vec![
            ("with_credit", reached.clone()),
            ("without_gift", Self { customer_name: None, granted: None, rewards_url: None, ..reached }),
        ]
    }
}
