//! The decisions: what a group of events does to one customer's account and payments.
//!
//! Whatever happens to a payment is merged into its facts ([`crate::payment`]); the points they are worth, less the points
//! already counted, make the entry. So a refund may come before its payment, twice, or in ten parts.
//!
//! An event is checked in this order, and the first answer counts:
//! 1. contradicts what is recorded ([`Rejection::Contradiction`]);
//! 2. is recorded already ([`Verdict::Known`]);
//! 3. has a negative amount ([`Rejection::Negative`]);
//! 4. needs a rate that the program does not have ([`Rejection::UnknownCurrency`]), or another base than the account's
//!    ([`Rejection::BaseCurrency`]);
//! 5. does not fit into the ledger's integers ([`Rejection::Overflow`]).

use std::collections::BTreeMap;

use processor_events::{Currency, ids::CustomerId};
use thiserror::Error;

use crate::{
    account::Account,
    entry::Entry,
    event::{PaymentEvent, PaymentKey},
    number::{Overflow, Points},
    payment::{Contradiction, PaymentState},
    program::Program,
    step::Step,
};

/// What the store has about one customer and the payments in question. What it does not have is the default: version 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The account.
    pub account: Account,
    /// The payments.
    pub payments: BTreeMap<PaymentKey, PaymentState>,
}

/// What to write, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Whose account; `None` when only facts about payments nobody has told of yet are kept.
    pub customer: Option<CustomerId>,
    /// The account as it shall be, if it changes; its version is one more than the stored one must be.
    pub account: Option<Account>,
    /// The payments that change; versions likewise.
    pub payments: BTreeMap<PaymentKey, PaymentState>,
    /// The new entries, in order.
    pub entries: Vec<Entry>,
}

impl Plan {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.payments.is_empty() && self.entries.is_empty()
    }
}

/// A plan, and what it means for each event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to write.
    pub plan: Plan,
    /// One answer per event, in their order.
    pub verdicts: Vec<Result<Verdict, Rejection>>,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It makes an entry of so many points.
    Entered(Points),
    /// It is remembered, but moves nothing: its payment is not known yet, or its money was gone already.
    Noted,
    /// It was recorded before, with the same content.
    Known,
}

/// Why an event cannot be recorded. It fails alone; the others of its group go on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// Same key, other content: an alarm, not a duplicate.
    #[error("the ledger has payment {payment} with other content: {contradiction}")]
    Contradiction {
        /// Which payment.
        payment: PaymentKey,
        /// Recorded and told.
        contradiction: Contradiction,
    },
    /// A payment, refund or dispute below zero.
    #[error("the amount {amount} of payment {payment} is negative")]
    Negative {
        /// Which payment.
        payment: PaymentKey,
        /// The amount.
        amount: String,
    },
    /// The program has no rate for it.
    #[error("the program has no rate for {currency}: add it to currency.rates (base {base})")]
    UnknownCurrency {
        /// The payment's currency.
        currency: Currency,
        /// The program's base.
        base: Currency,
    },
    /// The program's base currency is not the one the account was opened with.
    #[error(
        "the account counts spend in {account}, but the program's base currency is {program}: a program with base {account} and a \
         rate for {program} takes both"
    )]
    BaseCurrency {
        /// The account's.
        account: Currency,
        /// The program's.
        program: Currency,
    },
    /// Beyond the integers of the ledger.
    #[error("payment {payment}: {overflow}")]
    Overflow {
        /// Which payment.
        payment: PaymentKey,
        /// What failed.
        overflow: Overflow,
    },
}

impl Rejection {
    /// Its stable name, for metrics and alarms.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Contradiction { .. } => "LedgerContradiction",
            Self::Negative { .. } => "NegativeAmount",
            Self::UnknownCurrency { .. } => "UnknownCurrency",
            Self::BaseCurrency { .. } => "BaseCurrencyChanged",
            Self::Overflow { .. } => "AmountOverflow",
        }
    }
}

/// Decides about the events of one customer (or, with `None`, about events of payments whose customer is not known yet).
#[must_use]
pub fn decide(
    program: &Program,
    customer: Option<&CustomerId>,
    snapshot: &Snapshot,
    events: &[PaymentEvent],
) -> Decision {
    let mut working = snapshot.clone();
    let mut entries = Vec::new();
    let verdicts = events
        .iter()
        .map(|event| {
            // Beside what is there, so that an event that is rejected halfway leaves nothing behind.
            let mut step = Step::new(program, &working);
            step.take(event)?;
            let verdict = step.verdict(event)?;
            let (account, payments, new) = step.into_parts();
            working.account = account;
            working.payments.extend(payments);
            entries.extend(new);
            Ok(verdict)
        })
        .collect();
    Decision { plan: plan(customer, snapshot, working, entries), verdicts }
}

fn plan(customer: Option<&CustomerId>, before: &Snapshot, after: Snapshot, entries: Vec<Entry>) -> Plan {
    let account = (after.account != before.account).then(|| {
        let version = before.account.version.saturating_add(1);
        Account { version, ..after.account }
    });
    let changed = after.payments.into_iter().filter_map(|(key, state)| {
        let unknown = PaymentState::default();
        let known = before.payments.get(&key).unwrap_or(&unknown);
        (state != *known).then(|| {
            let version = known.version.saturating_add(1);
            (key, PaymentState { version, ..state })
        })
    });
    Plan { customer: customer.cloned(), account, payments: changed.collect(), entries }
}
