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
    HighValue,
    /// A milestone of spend is reached.
    Milestone,
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
        debug_assert!(entry.kind == EntryKind::Award && entry.points > Points::ZERO, "nothing else is noteworthy");
        Some(if entry.high_value {
            Self::HighValue
        } else if entry.milestone_minor.is_some() {
            Self::Milestone
        } else {
            Self::Standard
        })
    }

    /// The name in the workflow's input.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TierUpgrade => "tier_upgrade",
            Self::HighValue => "high_value",
            Self::Milestone => "milestone",
            Self::Standard => "standard",
        }
    }
}
