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

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use processor_events::{Currency, Money, ids::CustomerId};
use thiserror::Error;

use crate::{
    account::{Account, Moved, Movement},
    basket::{Basket, Line},
    entry::{Entry, EntryKind, Subject},
    event::{Dispute, DisputeStatus, Happened, PaymentEvent, PaymentKey, Purchase, RefundStatus, Unclaimed},
    number::{Overflow, Points, Ratio},
    payment::{Award, Contradiction, PaymentState, Refunds, Worth, contradiction},
    program::{Program, Stacking, amount_text},
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
    #[error("the account counts spend in {account}, but the program's base currency is {program}")]
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
            // On a copy, so that an event that is rejected halfway leaves nothing behind.
            let mut step = Step {
                program,
                account: working.account.clone(),
                state: working.payments.get(&event.payment).cloned().unwrap_or_default(),
            };
            let entry = step.take(event)?;
            let verdict = step.verdict(&working, event, entry.as_ref());
            working.account = step.account;
            working.payments.insert(event.payment.clone(), step.state);
            entries.extend(entry);
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

/// One event at work on copies of what is stored.
struct Step<'program> {
    program: &'program Program,
    account: Account,
    state: PaymentState,
}

impl Step<'_> {
    /// Takes in an event and makes the entry it deserves.
    fn take(&mut self, event: &PaymentEvent) -> Result<Option<Entry>, Rejection> {
        let payment = &event.payment;
        let contradicts = |contradiction| Rejection::Contradiction { payment: payment.clone(), contradiction };
        let overflows = |overflow| Rejection::Overflow { payment: payment.clone(), overflow };
        match &event.happened {
            Happened::Paid(purchase) => {
                if let Some(award) = &self.state.award {
                    award.check_same(&purchase.customer, purchase.amount).map_err(contradicts)?;
                    return Ok(None);
                }
                self.check_new(purchase).map_err(contradicts)?;
                refuse_negative(event)?;
                self.take_payment(event, purchase).map(Some)
            }
            told @ (Happened::PaidBySomebody(_) | Happened::Approved(_)) => {
                refuse_negative(event)?;
                if !self.state.merge(told).map_err(contradicts)? {
                    return Ok(None);
                }
                self.claim(event)
            }
            other => {
                refuse_negative(event)?;
                if !self.state.merge(other).map_err(contradicts)? {
                    return Ok(None);
                }
                self.enter_correction(event).map_err(overflows)
            }
        }
    }

    fn take_payment(&mut self, event: &PaymentEvent, purchase: &Purchase) -> Result<Entry, Rejection> {
        let (award, explanation) = self.award(event, purchase)?;
        self.state.award = Some(award);
        let overflows = |overflow| Rejection::Overflow { payment: event.payment.clone(), overflow };
        self.enter_award(event, purchase, &explanation).map_err(overflows)
    }

    /// Makes the award once both are known, the payment and who pays. It is dated and explained by the payment.
    fn claim(&mut self, event: &PaymentEvent) -> Result<Option<Entry>, Rejection> {
        let told = self.state.payer.clone().zip(self.state.unclaimed.clone());
        let Some((customer, Unclaimed { event: id, occurred_at, amount, metadata })) = told else { return Ok(None) };
        let purchase = Purchase { customer, amount, in_doubt: false, metadata };
        let contradicts = |contradiction| Rejection::Contradiction { payment: event.payment.clone(), contradiction };
        self.check_new(&purchase).map_err(contradicts)?;
        let happened = Happened::Paid(purchase.clone());
        let payment = PaymentEvent { id, occurred_at, payment: event.payment.clone(), happened };
        self.state.unclaimed = None;
        self.take_payment(&payment, &purchase).map(Some)
    }

    fn verdict(&self, before: &Snapshot, event: &PaymentEvent, entry: Option<&Entry>) -> Verdict {
        match entry {
            Some(entry) => Verdict::Entered(entry.points),
            None if before.payments.get(&event.payment).is_some_and(|known| *known == self.state) => Verdict::Known,
            None => Verdict::Noted,
        }
    }

    /// A refund that came first has told the payment's currency already, an approval who pays.
    fn check_new(&self, purchase: &Purchase) -> Result<(), Contradiction> {
        if let Some(payer) = self.state.payer.as_ref().filter(|payer| **payer != purchase.customer) {
            return Err(contradiction("the customer of the payment", payer, &purchase.customer));
        }
        match self.state.refunds.currency {
            Some(currency) if currency != purchase.amount.currency => {
                Err(contradiction("the currency of the payment", &currency, &purchase.amount.currency))
            }
            _ => Ok(()),
        }
    }

    fn award(&self, event: &PaymentEvent, purchase: &Purchase) -> Result<(Award, String), Rejection> {
        let overflows = |overflow| Rejection::Overflow { payment: event.payment.clone(), overflow };
        let base = self.program.document().currency.base;
        if let Some(account) = self.account.currency.filter(|currency| *currency != base) {
            return Err(Rejection::BaseCurrency { account, program: base });
        }
        let currency = purchase.amount.currency;
        let rate = self.program.rate(currency).map_err(overflows)?;
        let rate = rate.ok_or(Rejection::UnknownCurrency { currency, base })?;
        let earned = earned(self.program, purchase, rate, event.occurred_at).map_err(overflows)?;
        let left_of_day = self.account.left_of_day(self.program, event.occurred_at).map_err(overflows)?;
        let earning = &self.program.document().earning;
        let limit = [earning.cap_per_payment, left_of_day].into_iter().flatten().min();
        let award = Award {
            customer: purchase.customer.clone(),
            amount: purchase.amount,
            exact: earned.exact,
            rounding: earning.rounding,
            limit,
            rate,
            earns_if_subscription: earning.subscription_payments_earn,
            program_version: self.program.document().version,
        };
        Ok((award, earned.explanation))
    }

    fn enter_award(&mut self, event: &PaymentEvent, purchase: &Purchase, explanation: &str) -> Result<Entry, Overflow> {
        let worth = self.state.worth()?;
        self.account.currency = Some(self.program.document().currency.base);
        self.account.count_day(self.program, event.occurred_at, worth.points)?;
        let mut reasons = vec![explanation.to_owned()];
        if let Some(limit) = self.state.award.as_ref().map(Award::cutting_limit).transpose()?.flatten() {
            reasons.push(format!("a cap leaves {limit}"));
        }
        reasons.extend(self.known_before());
        let mut entry = self.enter(event, EntryKind::Award, worth, reasons.join("; "))?;
        let attention = &self.program.document().engagement;
        entry.high_value = entry.points > attention.high_value_over;
        entry.settling_seconds = if purchase.in_doubt { attention.settling_seconds } else { 0 };
        Ok(entry)
    }

    /// What had come before the payment and is netted off.
    fn known_before(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.state.refunds != Refunds::default() {
            reasons.push("less what was refunded before it was seen".to_owned());
        }
        if self.state.disputes.values().any(|dispute| dispute.status.holds()) {
            reasons.push("less what a dispute holds".to_owned());
        }
        if let Some(invoice) = &self.state.subscription_invoice {
            reasons.push(format!("it pays the subscription invoice {invoice}"));
        }
        reasons
    }

    /// The entry for what changed after the payment; none while the payment itself is unknown, or when nothing moves.
    fn enter_correction(&mut self, event: &PaymentEvent) -> Result<Option<Entry>, Overflow> {
        if self.state.award.is_none() {
            return Ok(None);
        }
        let worth = self.state.worth()?;
        let change = Worth {
            points: worth.points.checked_sub(self.state.counted.points)?,
            spend_minor: worth.spend_minor.checked_sub(self.state.counted.spend_minor).ok_or(Overflow)?,
        };
        let (kind, reason) = correction(&event.happened, change.points);
        if change == Worth::default() && kind != EntryKind::DisputeFinal {
            return Ok(None);
        }
        self.enter(event, kind, change, reason).map(Some)
    }

    fn enter(
        &mut self,
        event: &PaymentEvent,
        kind: EntryKind,
        change: Worth,
        reason: String,
    ) -> Result<Entry, Overflow> {
        let movement = Movement {
            points: change.points,
            qualifies: true,
            spend_minor: change.spend_minor,
            is_news: kind == EntryKind::Award,
        };
        let moved = self.account.apply(self.program, movement)?;
        self.state.counted = Worth {
            points: self.state.counted.points.checked_add(change.points)?,
            spend_minor: self.state.counted.spend_minor.checked_add(change.spend_minor).ok_or(Overflow)?,
        };
        self.state.entries = self.state.entries.checked_add(1).ok_or(Overflow)?;
        let effect = match kind {
            EntryKind::Award => Entry::AWARD.to_owned(),
            _ => format!("{}-{}", self.state.entries, kind.name()),
        };
        let award = self.state.award.as_ref().expect("entries about a payment are made only once its award is there");
        let about = About {
            subject: Subject::Payment(event.payment.clone()),
            effect,
            kind,
            customer: award.customer.clone(),
            points: change.points,
            reason,
            occurred_at: event.occurred_at,
        };
        let mut entry = entry(self.program, &self.account, about, moved)?;
        entry.event = Some(event.id.clone());
        entry.amount = Some(award.amount);
        if let (EntryKind::Award, Happened::Paid(purchase)) = (kind, &event.happened) {
            entry.categories = purchase.categories();
        }
        if entry.is_noteworthy() {
            self.state.noteworthy.push(entry.effect.clone());
        }
        Ok(entry)
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

/// Completes an entry with what the account is after it.
pub(crate) fn entry(program: &Program, account: &Account, about: About, moved: Moved) -> Result<Entry, Overflow> {
    let next_tier = match program.tier_after(account.qualifying) {
        Some(tier) => Some((tier.name.clone(), tier.from.checked_sub(account.qualifying)?)),
        None => None,
    };
    Ok(Entry {
        subject: about.subject,
        effect: about.effect,
        kind: about.kind,
        customer: about.customer,
        points: about.points,
        reason: about.reason,
        event: None,
        occurred_at: about.occurred_at,
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

fn refuse_negative(event: &PaymentEvent) -> Result<(), Rejection> {
    let amount = match &event.happened {
        Happened::Paid(purchase) => purchase.amount,
        Happened::Refund(refund) => refund.amount,
        Happened::PaidBySomebody(unclaimed) => unclaimed.amount,
        Happened::RefundedSoFar(amount) | Happened::Dispute(Dispute { amount: Some(amount), .. }) => *amount,
        Happened::Dispute(_) | Happened::PaysSubscription(_) | Happened::Approved(_) => return Ok(()),
    };
    if amount.amount_minor < 0 {
        return Err(Rejection::Negative { payment: event.payment.clone(), amount: amount_text(amount) });
    }
    Ok(())
}

fn correction(happened: &Happened, points: Points) -> (EntryKind, String) {
    let of_refund = |reason: String| {
        if points > Points::ZERO { (EntryKind::ReversalUndone, reason) } else { (EntryKind::Reversal, reason) }
    };
    match happened {
        // These make awards, whose reason is the basket's; they never come here.
        Happened::Paid(Purchase { amount, .. }) | Happened::PaidBySomebody(Unclaimed { amount, .. }) => {
            (EntryKind::Award, format!("paid {}", amount_text(*amount)))
        }
        Happened::Approved(customer) => (EntryKind::Award, format!("paid by {customer}")),
        Happened::RefundedSoFar(amount) => {
            of_refund(format!("{} of the payment is refunded so far", amount_text(*amount)))
        }
        Happened::Refund(refund) => {
            let amount = amount_text(refund.amount);
            of_refund(match refund.status {
                RefundStatus::Pending | RefundStatus::Succeeded => format!("refund {} of {amount}", refund.id),
                RefundStatus::Failed => format!("refund {} of {amount} failed: the money was not returned", refund.id),
            })
        }
        Happened::Dispute(dispute) => {
            let (id, amount) = (&dispute.id, dispute.amount.map_or("all of it".to_owned(), amount_text));
            match dispute.status {
                DisputeStatus::Inquiry | DisputeStatus::Open => {
                    (EntryKind::DisputeHold, format!("dispute {id} holds {amount}"))
                }
                DisputeStatus::Lost => (EntryKind::DisputeFinal, format!("dispute {id} over {amount} was lost")),
                DisputeStatus::Won => (EntryKind::DisputeRestore, format!("dispute {id} over {amount} was won")),
            }
        }
        Happened::PaysSubscription(invoice) => {
            (EntryKind::SubscriptionReversal, format!("the payment pays the subscription invoice {invoice}"))
        }
    }
}

/// Points before rounding, and how they came about.
struct Earned {
    exact: Ratio,
    explanation: String,
}

fn earned(program: &Program, purchase: &Purchase, rate: Ratio, at: Timestamp) -> Result<Earned, Overflow> {
    let (basket, note) = match Basket::of_metadata(purchase.amount, &purchase.metadata) {
        Ok(basket) => (basket, String::new()),
        Err(error) => (Basket::plain(purchase.amount), format!("; basket ignored: {error}")),
    };
    let per_minor = rate.checked_mul(program.points_per_base_minor()?)?;
    let mut exact = Ratio::ZERO;
    let mut parts = Vec::new();
    for line in &basket.lines {
        let factor = factor(program, line, at)?;
        let amount = Ratio::whole(line.amount_minor).ok_or(Overflow)?;
        exact = exact.checked_add(amount.checked_mul(per_minor)?.checked_mul(factor.value)?)?;
        parts.push(factor.explain(Money { amount_minor: line.amount_minor, ..purchase.amount }));
    }
    Ok(Earned { exact, explanation: format!("earned by {}{note}", parts.join(" + ")) })
}

/// What a line is multiplied by, and the rules that say so.
struct Factor {
    value: Ratio,
    names: BTreeSet<String>,
}

impl Factor {
    fn explain(&self, amount: Money) -> String {
        let amount = amount_text(amount);
        if self.names.is_empty() {
            return amount;
        }
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        format!("{amount} x{} ({})", self.value, names.join(", "))
    }
}

fn factor(program: &Program, line: &Line, at: Timestamp) -> Result<Factor, Overflow> {
    let earning = &program.document().earning;
    let categories = earning.multipliers.iter().filter(|multiplier| line.categories.contains(&multiplier.category));
    let promotions = earning.promotions.iter().filter(|promotion| {
        let concerned = promotion.categories.is_empty()
            || promotion.categories.iter().any(|category| line.categories.contains(category));
        concerned && promotion.starts_at <= at && at < promotion.ends_at
    });
    let matching = categories
        .map(|multiplier| (multiplier.factor, &multiplier.category))
        .chain(promotions.map(|promotion| (promotion.factor, &promotion.name)));
    let mut chosen: Option<Factor> = None;
    for (value, name) in matching {
        let names = BTreeSet::from([name.clone()]);
        chosen = Some(match (chosen, earning.stacking) {
            (None, _) => Factor { value, names },
            (Some(best), Stacking::Highest) if value > best.value => Factor { value, names },
            (Some(best), Stacking::Highest) => best,
            (Some(mut product), Stacking::Multiply) => {
                product.value = product.value.checked_mul(value)?;
                product.names.extend(names);
                product
            }
        });
    }
    Ok(chosen.unwrap_or(Factor { value: Ratio::ONE, names: BTreeSet::new() }))
}
