//! Some days after a purchase.

use jiff::Timestamp;
use processor_events::Personal;

use super::{NextTier, Notice, samples};
use crate::{
    clean,
    letter::{Entry, Letter, Part, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// Some days after a purchase: how it was, and what could be next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// When the customer bought.
    pub purchased_at: Timestamp,
    /// What is offered, and why.
    pub offers: Vec<Offer>,
    /// The points the customer has.
    pub points_balance: i64,
    /// The tier above, if there is one.
    pub next_tier: Option<NextTier>,
    /// Where the customer can buy.
    pub shop_url: Option<String>,
}

/// An offer to one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is offered, in the program's own words.
    pub title: String,
    /// Why this customer gets it, in the program's own words.
    pub reason: Option<String>,
    /// Until when it can be taken.
    pub expires_at: Option<Timestamp>,
}

static CATALOGUE: Catalogue = catalogue!("follow_up");

impl Notice for FollowUp {
    const KIND: &'static str = "follow_up";
    const TOPIC: Topic = Topic::Offers;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.day("date", self.purchased_at)?.points("balance", self.points_balance)?;
        writer.flag("offers", !self.offers.is_empty());
        let link = writer.link(self.shop_url.as_deref());
        let mut letter = writer.letter(Tone::Calm, self.customer_name.as_ref())?;
        letter.paragraph(writer.say("body")?);
        letter.paragraph(writer.say("meaning")?);
        let entries = self.offers.iter().map(|offer| offer.entry(writer)).collect::<Result<Vec<_>, _>>()?;
        if !entries.is_empty() {
            letter.parts.push(Part::List { title: writer.say("offers-title")?, entries });
        }
        letter.progress(self.next_tier.as_ref(), writer)?;
        letter.action(writer.common("action-shop")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let with_offers = Self {
            customer_name: Some(samples::name()),
            purchased_at: samples::moment("2026-11-17T15:00:00Z"),
            offers: vec![
                Offer {
                    title: "20% off running shoes".to_owned(),
                    reason: Some("Because you bought sportswear three times this year".to_owned()),
                    expires_at: Some(samples::moment("2026-12-04T12:00:00Z")),
                },
                Offer { title: "Free gift wrapping".to_owned(), reason: None, expires_at: None },
            ],
            points_balance: 4_310,
            next_tier: Some(NextTier { name: "Gold".to_owned(), points_missing: 690, points_required: 5_000 }),
            shop_url: Some(samples::account_url()),
        };
        vec![
            ("with_offers", with_offers.clone()),
            (
                "without_offers",
                Self { customer_name: None, offers: Vec::new(), next_tier: None, shop_url: None, ..with_offers },
            ),
        ]
    }
}

impl Offer {
    /// The offer with its reason and its last day on a line below.
    fn entry(&self, writer: &mut Writer<'_>) -> Result<Entry, RenderError> {
        let mut details: Vec<String> = self.reason.iter().map(|reason| clean::line(reason)).collect();
        if let Some(moment) = self.expires_at {
            writer.day("expires", moment)?;
            details.push(writer.common("offer-expires")?);
        }
        let detail = (!details.is_empty()).then(|| details.join(" · "));
        Ok(Entry { text: clean::line(&self.title), detail })
    }
}
