//! What several reward messages have in common: the way to the next tier, and what a customer was given.

use jiff::Timestamp;
use processor_events::Money;

use crate::{
    clean,
    letter::{Letter, Part, Progress, Writer},
    render::RenderError,
};

/// The tier above the customer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextTier {
    /// Its name.
    pub name: String,
    /// How many points are still missing.
    pub points_missing: i64,
    /// At how many points it begins.
    pub points_required: i64,
}

/// Something given to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A credit that the next invoice uses by itself.
    Credit(Money),
    /// A code that the customer enters at checkout.
    Code {
        /// What to type.
        code: String,
        /// What it is worth.
        discount: Discount,
        /// Until when it can be used.
        expires_at: Option<Timestamp>,
    },
}

/// What a code is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// A part of the price, in percent.
    Percent(u8),
    /// A sum.
    Amount(Money),
}

impl Letter {
    /// Says what was given and how to use it.
    pub(super) fn grant(&mut self, grant: &Grant, writer: &mut Writer<'_>) -> Result<(), RenderError> {
        match grant {
            Grant::Credit(amount) => {
                writer.money("credit", *amount)?;
                self.paragraph(writer.common("granted-credit")?);
            }
            Grant::Code { code, discount, expires_at } => {
                match discount {
                    Discount::Percent(percent) => {
                        let percent = writer.format.number((*percent).into())?;
                        writer.text("discount-kind", "percent").text("discount", percent);
                    }
                    Discount::Amount(amount) => {
                        writer.text("discount-kind", "amount").money("discount", *amount)?;
                    }
                }
                self.paragraph(writer.common("granted-code")?);
                self.parts.push(Part::Code(clean::line(code)));
                if let Some(moment) = expires_at {
                    writer.day("expires", *moment)?;
                    self.paragraph(writer.common("granted-code-expires")?);
                }
            }
        }
        Ok(())
    }

    /// Shows how far it is to the next tier; nothing where there is none.
    pub(super) fn progress(
        &mut self,
        next_tier: Option<&NextTier>,
        writer: &mut Writer<'_>,
    ) -> Result<(), RenderError> {
        let Some(next) = next_tier.filter(|next| next.points_missing > 0 && next.points_required > 0) else {
            return Ok(());
        };
        writer.points("missing", next.points_missing)?.text("next-tier", clean::line(&next.name));
        writer.text("missing-plural", writer.format.plural(next.points_missing)?);
        let caption = writer.common("progress")?;
        self.parts.push(Part::Progress(Progress { caption, percent: next.percent() }));
        Ok(())
    }
}

impl NextTier {
    /// How much of the way is done, 2 to 100: a bar of nothing looks broken.
    fn percent(&self) -> u8 {
        let done = self.points_required.saturating_sub(self.points_missing).max(0);
        let percent = done.saturating_mul(100).checked_div(self.points_required).unwrap_or_default();
        u8::try_from(percent.clamp(2, 100)).unwrap_or(100)
    }
}
