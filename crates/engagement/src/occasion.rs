//! What there is to say about an entry.

use loyalty::Entry;
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
    /// A reversal took a tier back, and the program takes its rewards back with it.
    TierLost,
    /// A purchase that earned points.
    Standard,
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
        } else if entry.tier_lost {
            Self::TierLost
        } else {
            Self::Standard
        })
    }

    /// The name in the workflow's input.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TierUpgrade => "tier_upgrade",
            Self::HighValuePurchase => "high_value_purchase",
            Self::Milestone => "milestone",
            Self::TierLost => "tier_lost",
            Self::Standard => "standard",
        }
    }
}

#[cfg(test)]
mod tests {
    use loyalty::{EntryKind, Points};

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
            },
            Some(Occasion::TierUpgrade),
        );
    }

    #[test]
    fn a_tier_taken_back_is_an_occasion_only_if_the_program_takes_rewards_back() {
        check(
            |entry| {
                entry.kind = EntryKind::Reversal;
                entry.tier_lost = true;
            },
            Some(Occasion::TierLost),
        );
    }

    #[test]
    fn payments_that_earned_nothing_and_corrections_are_silent() {
        check(|entry| entry.points = Points::ZERO, None);
        check(|entry| entry.kind = EntryKind::Reversal, None);
        check(|entry| entry.kind = EntryKind::DisputeRestore, None);
    }
}
