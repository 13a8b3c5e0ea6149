//! The customer reached a tier.

use processor_events::Personal;

use super::{Discount, Grant, NextTier, Notice, samples};
use crate::{
    clean,
    letter::{Entry, Letter, Part, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// The customer reached a new tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierUpgraded {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// The new tier.
    pub tier: String,
    /// What it brings, in the program's own words.
    pub benefits: Vec<String>,
    /// What was given for reaching it, in the program's order.
    pub granted: Vec<Grant>,
    /// The points the customer has.
    pub points_balance: i64,
    /// The tier above, if there is one.
    pub next_tier: Option<NextTier>,
    /// Where the customer sees points and benefits.
    pub rewards_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("tier_upgraded");

impl Notice for TierUpgraded {
    const KIND: &'static str = "tier_upgraded";
    const TOPIC: Topic = Topic::Rewards;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.text("tier", clean::line(&self.tier)).points("balance", self.points_balance)?;
        let link = writer.link(self.rewards_url.as_deref());
        let mut letter = writer.letter(Tone::Good, self.customer_name.as_ref())?;
        letter.highlight = Some(writer.fact("fact-tier", clean::line(&self.tier))?);
        letter.paragraph(writer.say("body")?);
        for grant in &self.granted {
            letter.grant(grant, writer)?;
        }
        let entries: Vec<Entry> =
            self.benefits.iter().map(|benefit| Entry { text: clean::line(benefit), detail: None }).collect();
        if !entries.is_empty() {
            letter.parts.push(Part::List { title: writer.say("benefits")?, entries });
        }
        letter.progress(self.next_tier.as_ref(), writer)?;
        letter.action(writer.common("action-rewards")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let gold = Self {
            customer_name: Some(samples::name()),
            tier: "Gold".to_owned(),
            benefits: ["Free express shipping", "2 points for every dollar", "Early access to sales"]
                .map(str::to_owned)
                .to_vec(),
            granted: vec![Grant::Credit(samples::money(2_500, "usd"))],
            points_balance: 5_120,
            next_tier: Some(NextTier { name: "Platinum".to_owned(), points_missing: 9_880, points_required: 15_000 }),
            rewards_url: Some(samples::account_url()),
        };
        vec![
            ("gold_with_credit", gold.clone()),
            (
                "silver_with_code",
                Self {
                    tier: "Silver".to_owned(),
                    granted: vec![Grant::Code {
                        code: "SILVER-7K2M-Q9".to_owned(),
                        discount: Discount::Percent(10),
                        expires_at: Some(samples::moment("2026-12-31T12:00:00Z")),
                    }],
                    points_balance: 1_001,
                    next_tier: Some(NextTier {
                        name: "Gold".to_owned(),
                        points_missing: 3_999,
                        points_required: 5_000,
                    }),
                    ..gold.clone()
                },
            ),
            (
                "highest_tier",
                Self {
                    tier: "Platinum".to_owned(),
                    granted: vec![
                        Grant::Credit(samples::money(10_000, "usd")),
                        Grant::Code {
                            code: "PLATINUM-50".to_owned(),
                            discount: Discount::Amount(samples::money(5_000, "usd")),
                            expires_at: None,
                        },
                    ],
                    points_balance: 15_300,
                    next_tier: None,
                    ..gold.clone()
                },
            ),
            (
                "little_known",
                Self {
                    customer_name: None,
                    benefits: Vec::new(),
                    granted: Vec::new(),
                    next_tier: None,
                    rewards_url: None,
                    ..gold
                },
            ),
        ]
    }
}
