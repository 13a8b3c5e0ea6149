//! Ledger entries: immutable, and each explains itself.

use std::collections::BTreeSet;

use jiff::Timestamp;
use processor_events::{
    Currency, Money,
    ids::{CustomerId, EventId},
};

use crate::{
    account::{Account, Moved},
    event::PaymentKey,
    number::{Overflow, Points},
    program::Program,
};

/// One line of a customer's ledger. Never edited, never deleted; corrections are entries of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is about.
    pub subject: Subject,
    /// What it does, unique within its subject: `award`, `2-reversal`. Subject and effect are its identity.
    pub effect: String,
    /// Of which kind.
    pub kind: EntryKind,
    /// Whose points.
    pub customer: CustomerId,
    /// How many come (or go, when negative).
    pub points: Points,
    /// Why, for people.
    pub reason: String,
    /// The event that caused it; none for what an operator did.
    pub event: Option<EventId>,
    /// When the cause happened.
    pub occurred_at: Timestamp,
    /// The payment's amount, for entries about a payment.
    pub amount: Option<Money>,
    /// The categories of what was bought, on awards: what offers are chosen by.
    pub categories: BTreeSet<String>,
    /// The account's balance with this entry.
    pub balance_after: Points,
    /// The account's qualifying points with this entry.
    pub qualifying_after: Points,
    /// The account's lifetime spend with this entry, in minor units of `currency`.
    pub lifetime_after_minor: i64,
    /// The program's base currency.
    pub currency: Currency,
    /// The tier before.
    pub tier_before: Option<String>,
    /// The tier with this entry.
    pub tier_after: Option<String>,
    /// Whether that is an upgrade to announce.
    pub tier_risen: bool,
    /// Whether a tier was lost and the program takes its rewards back.
    pub tier_lost: bool,
    /// The tier above, and the qualifying points still missing.
    pub next_tier: Option<(String, Points)>,
    /// The highest milestone of spend that this entry reached.
    pub milestone_minor: Option<i64>,
    /// Whether with it a purchase is above the program's high-value threshold.
    pub high_value: bool,
    /// How long to wait before speaking about it, in seconds: not 0 when the payment may yet turn out to pay a subscription.
    pub settling_seconds: u32,
    /// Which edition of the program decided.
    pub program_version: u64,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A payment.
    Payment(PaymentKey),
    /// The customer, by an operator's hand or a redemption.
    Customer(CustomerId),
}

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A payment earned, net of what had been returned before it was seen.
    Award,
    /// Money was returned.
    Reversal,
    /// A refund failed later: the money came back.
    ReversalUndone,
    /// A dispute holds the money.
    DisputeHold,
    /// A dispute was won.
    DisputeRestore,
    /// A dispute was lost: what was held stays gone.
    DisputeFinal,
    /// One more part of a payment was captured.
    Capture,
    /// The payment turned out to pay an invoice that is not known to be a single one.
    SubscriptionReversal,
    /// That invoice turned out to be a single one: the payment earns after all.
    SubscriptionReversalUndone,
    /// An operator's correction.
    Adjustment,
    /// The customer spent points.
    Redemption,
}

impl EntryKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Award,
        Self::Reversal,
        Self::ReversalUndone,
        Self::DisputeHold,
        Self::DisputeRestore,
        Self::DisputeFinal,
        Self::Capture,
        Self::SubscriptionReversal,
        Self::SubscriptionReversalUndone,
        Self::Adjustment,
        Self::Redemption,
    ];

    /// The name in items, keys and answers. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Reversal => "reversal",
            Self::ReversalUndone => "reversal_undone",
            Self::DisputeHold => "dispute_hold",
            Self::DisputeRestore => "dispute_restore",
            Self::DisputeFinal => "dispute_final",
            Self::Capture => "capture",
            Self::SubscriptionReversal => "subscription_reversal",
            Self::SubscriptionReversalUndone => "subscription_reversal_undone",
            Self::Adjustment => "adjustment",
            Self::Redemption => "redemption",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Entry {
    /// The effect of every payment's award.
    pub const AWARD: &'static str = "award";

    /// Whether it starts the workflow: a purchase that earned or was large, a milestone, or another tier, higher or lower.
    ///
    /// Spend reaches a milestone once, whatever it earned: under a cap, or for goods that earn nothing, it is one all the same.
    #[must_use]
    pub fn is_noteworthy(&self) -> bool {
        let has_earned = self.kind == EntryKind::Award && self.points > Points::ZERO;
        has_earned || self.high_value || self.milestone_minor.is_some() || self.tier_before != self.tier_after
    }
}

/// What an entry says of itself before the account adds its part.
pub(crate) struct About {
    pub(crate) subject: Subject,
    pub(crate) effect: String,
    pub(crate) kind: EntryKind,
    pub(crate) customer: CustomerId,
    pub(crate) points: Points,
    pub(crate) reason: String,
    pub(crate) occurred_at: Timestamp,
}

impl About {
    /// Completes the entry with what the account is after it.
    pub(crate) fn complete(self, program: &Program, account: &Account, moved: Moved) -> Result<Entry, Overflow> {
        let next_tier = match program.tier_after(account.qualifying) {
            Some(tier) => Some((tier.name.clone(), tier.from.checked_sub(account.qualifying)?)),
            None => None,
        };
        Ok(Entry {
            subject: self.subject,
            effect: self.effect,
            kind: self.kind,
            customer: self.customer,
            points: self.points,
            reason: self.reason,
            event: None,
            occurred_at: self.occurred_at,
            amount: None,
            categories: BTreeSet::new(),
            balance_after: account.balance,
            qualifying_after: account.qualifying,
            lifetime_after_minor: account.lifetime_minor,
            currency: program.document().currency.base,
            tier_before: moved.tier_before,
            tier_after: moved.tier_after,
            tier_risen: moved.tier_risen,
            tier_lost: moved.tier_lost,
            next_tier,
            milestone_minor: moved.milestone_minor,
            high_value: false,
            settling_seconds: 0,
            program_version: program.document().version,
        })
    }
}
