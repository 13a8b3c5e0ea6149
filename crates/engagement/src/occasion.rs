//! What there is to say about an entry.

use loyalty::{Entry, EntryKind, Points};
use serde::{Deserialize, Serialize};

/// Why the customer hears from us. One entry has one occasion: the first that holds, in the order of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A higher tier is reached.
    TierUpgrade,
    /// A purchase above the program's high-value threshold.
    HighValuePurchase,
    /// A milestone of spend is reached.
    Milestone,
    /// A purchase that earned points.
    Standard,
    /// A tier was lost, or came back without being news. The customer is told nothing; the hub is, and what was given for a lost tier
    /// is taken back if the program says so.
    #[serde(alias = "tier_lost")]
    TierChanged,
}

impl Occasion {
    /// The occasion an entry deserves; `None` for corrections and for payments that earned nothing.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        if !entry.is_noteworthy() {
            return None;
        }
        if entry.tier_risen {
            return Some(Self::TierUpgrade);
        }
        Some(if entry.high_value {
            Self::HighValuePurchase
        } else if entry.milestone_minor.is_some() {
            Self::Milestone
        } else if entry.kind == EntryKind::Award && entry.points > Points::ZERO {
            Self::Standard
        } else {
            Self::TierChanged
        })
    }

    /// The name in the workflow's input.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TierUpgrade => "tier_upgrade",
            Self::HighValuePurchase => "high_value_purchase",
            Self::Milestone => "milestone",
            Self::Standard => "standard",
            Self::TierChanged => "tier_changed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::entry;

    fn check(change: impl FnOnce(&mut Entry), expected: Option<Occasion>) {
        let mut entry = entry("pi_1");
        change(&mut entry);
        assert_eq!(Occasion::of(&entry), expected);
    }

    #[test]
    fn the_first_occasion_that_holds_counts() {
        check(|_| (), Some(Occasion::Standard));
        check(|entry| entry.milestone_minor = Some(100_000), Some(Occasion::Milestone));
        check(
            |entry| {
                entry.milestone_minor = Some(100_000);
                entry.high_value = true;
            },
            Some(Occasion::HighValuePurchase),
        );
        check(
            |entry| {
                entry.high_value = true;
                entry.tier_risen = true;
                entry.tier_before = None;
            },
            Some(Occasion::TierUpgrade),
        );
    }

    #[test]
    fn a_tier_that_is_lost_or_comes_back_is_an_occasion_of_its_own() {
        check(
            |entry| {
                entry.kind = EntryKind::Reversal;
                entry.points = Points(-100);
                entry.tier_after = None;
            },
            Some(Occasion::TierChanged),
        );
        check(
            |entry| {
                entry.kind = EntryKind::DisputeRestore;
                entry.tier_before = None;
            },
            Some(Occasion::TierChanged),
        );
    }

    #[test]
    fn a_purchase_is_spoken_of_even_if_a_new_program_lowers_the_tier_with_it() {
        check(|entry| entry.tier_after = None, Some(Occasion::Standard));
    }

    #[test]
    fn payments_that_earned_nothing_and_corrections_are_silent() {
        check(|entry| entry.points = Points::ZERO, None);
        check(|entry| entry.kind = EntryKind::Reversal, None);
        check(|entry| entry.kind = EntryKind::DisputeRestore, None);
    }
}
