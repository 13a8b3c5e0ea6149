//! A customer's account: what all entries add up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor_events::Currency;

use crate::{
    number::{Overflow, Points},
    program::{Program, TierPolicy},
};

/// How many days of a daily cap an account remembers. Events of older days count as if nothing was earned on theirs.
const REMEMBERED_DAYS: usize = 35;

/// What one customer has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// How often it was written; 0 for an account that does not exist yet.
    pub version: u64,
    /// The points: always the sum of the customer's entries. Negative when more was taken back than is left.
    pub balance: Points,
    /// The points that decide the tier: what was earned and not taken back, whether redeemed or not.
    pub qualifying: Points,
    /// The tier, by name.
    pub tier: Option<String>,
    /// The highest tier there ever was: reaching it again by a restoration is no news.
    pub highest_tier: Option<String>,
    /// Money spent and not returned on payments that earn, in minor units of [`Account::currency`].
    pub lifetime_minor: i64,
    /// The program's base currency when the account was opened.
    pub currency: Option<Currency>,
    /// The highest milestone of spend that was reached, so that each is celebrated once.
    pub highest_milestone_minor: i64,
    /// Points earned by day, for programs with a daily cap; the key is the number of the day since 1970.
    pub days: BTreeMap<i64, Points>,
}

/// What an entry does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Movement {
    /// Points that come or go.
    pub(crate) points: Points,
    /// Whether they count for the tier.
    pub(crate) qualifies: bool,
    /// Spend that comes or goes.
    pub(crate) spend_minor: i64,
    /// Whether reaching a tier by it is always news (an award), or only when the customer never had it (a restoration).
    pub(crate) is_news: bool,
}

/// What a movement did beyond the sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) tier_before: Option<String>,
    pub(crate) tier_after: Option<String>,
    pub(crate) tier_risen: bool,
    pub(crate) tier_lost: bool,
    pub(crate) milestone_minor: Option<i64>,
}

impl Account {
    /// Carries out a movement.
    pub(crate) fn apply(&mut self, program: &Program, movement: Movement) -> Result<Moved, Overflow> {
        self.balance = self.balance.checked_add(movement.points)?;
        if movement.qualifies {
            self.qualifying = self.qualifying.checked_add(movement.points)?;
        }
        self.lifetime_minor = self.lifetime_minor.checked_add(movement.spend_minor).ok_or(Overflow)?;
        let milestone_minor = self.pass_milestones(program);
        let tier_before = self.tier.clone();
        let tier_risen = self.settle_tier(program, movement.is_news);
        let fell = program.rank(self.tier.as_deref()) < program.rank(tier_before.as_deref());
        let tier_lost = fell && program.document().tiers.revoke_rewards;
        Ok(Moved { tier_before, tier_after: self.tier.clone(), tier_risen, tier_lost, milestone_minor })
    }

    /// How many points are left of a daily cap on the day of a moment; `None` without a cap.
    pub(crate) fn left_of_day(&self, program: &Program, at: Timestamp) -> Result<Option<Points>, Overflow> {
        let Some((day, cap)) = day_and_cap(program, at)? else { return Ok(None) };
        let earned = self.days.get(&day).copied().unwrap_or_default();
        Ok(Some(cap.checked_sub(earned)?.max(Points::ZERO)))
    }

    /// Counts points against the daily cap of the day of a moment.
    pub(crate) fn count_day(&mut self, program: &Program, at: Timestamp, points: Points) -> Result<(), Overflow> {
        let Some((day, _)) = day_and_cap(program, at)? else { return Ok(()) };
        let earned = self.days.entry(day).or_default();
        *earned = earned.checked_add(points)?;
        while self.days.len() > REMEMBERED_DAYS {
            self.days.pop_first();
        }
        Ok(())
    }

    fn pass_milestones(&mut self, program: &Program) -> Option<i64> {
        let milestones = &program.document().engagement.milestones_minor;
        let reached = milestones.iter().rev().find(|milestone| **milestone <= self.lifetime_minor).copied()?;
        if reached <= self.highest_milestone_minor {
            return None;
        }
        self.highest_milestone_minor = reached;
        Some(reached)
    }

    /// Moves to the tier that the qualifying points reach; says whether that is an upgrade to announce.
    fn settle_tier(&mut self, program: &Program, is_news: bool) -> bool {
        let reached = program.tier_of(self.qualifying).map(|tier| tier.name.clone());
        let rank_before = program.rank(self.tier.as_deref());
        let rank_reached = program.rank(reached.as_deref());
        let keeps = program.document().tiers.policy == TierPolicy::Keep && rank_before > rank_reached;
        if keeps || self.tier == reached {
            return false;
        }
        let highest = program.rank(self.highest_tier.as_deref());
        self.tier = reached;
        if rank_reached > highest {
            self.highest_tier.clone_from(&self.tier);
        }
        // A tier that the program no longer has cannot be compared, so leaving it is no upgrade.
        rank_before.is_some() && rank_reached > rank_before && (is_news || rank_reached > highest)
    }
}

fn day_and_cap(program: &Program, at: Timestamp) -> Result<Option<(i64, Points)>, Overflow> {
    let Some(cap) = &program.document().earning.cap_per_day else { return Ok(None) };
    let offset_seconds = i64::from(cap.utc_offset_minutes).checked_mul(60).ok_or(Overflow)?;
    let local_seconds = at.as_second().checked_add(offset_seconds).ok_or(Overflow)?;
    Ok(Some((local_seconds.div_euclid(86_400), cap.points)))
}
