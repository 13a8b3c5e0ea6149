//! All that the ledger knows about one payment: facts that only grow, and what they are worth.
//!
//! Facts merge: the largest cumulative refund, the furthest state of each refund and dispute, the first award. Merging is
//! commutative and idempotent, so the order and number of deliveries cannot matter; the points follow from the facts.

use std::collections::{BTreeMap, BTreeSet};

use processor_events::{
    Currency, Money,
    ids::{CaptureId, CustomerId, DisputeId, InvoiceId, PaymentId, RefundId},
};
use thiserror::Error;

use crate::{
    event::{Dispute, DisputeStatus, Happened, InvoiceKind, InvoiceLink, Receipt, Refund, RefundStatus, Unclaimed},
    number::{Overflow, Points, Ratio, Rounding},
    program::amount_text,
};

/// The facts about one payment, and what they count for so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentState {
    /// How often it was written; 0 for a payment nothing is known about.
    pub version: u64,
    /// The payment itself; `None` while only a refund, a dispute or an invoice has told of it.
    pub award: Option<Award>,
    /// Who pays, where an event of its own tells.
    pub payer: Option<CustomerId>,
    /// What was received, by capture, while it is not known who pays, or what an invoice that it pays is for.
    pub unclaimed: BTreeMap<Option<CaptureId>, Unclaimed>,
    /// The captures that the award is made of, in minor units; empty for a payment that was told of as a whole.
    pub captures: BTreeMap<CaptureId, i64>,
    /// What was refunded.
    pub refunds: Refunds,
    /// Its disputes.
    pub disputes: BTreeMap<DisputeId, DisputeFact>,
    /// The invoice it turned out to pay.
    pub invoice: Option<InvoiceId>,
    /// What that invoice is for; of an invoice's own facts: what it is for. Not known: it counts as a subscription's.
    pub invoice_kind: Option<InvoiceKind>,
    /// Of an invoice's own facts: the payments that pay it.
    pub paid_by: BTreeSet<PaymentId>,
    /// What this payment's entries add up to.
    pub counted: Worth,
    /// How many entries there are.
    pub entries: u32,
    /// The effects whose entries deserve an engagement, so that a redelivery can see to it that it was started.
    pub noteworthy: Vec<String>,
}

/// What a payment earned before anything was taken back, in a form that answers "and for half of the money?" exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Award {
    /// Who paid.
    pub customer: CustomerId,
    /// What was received.
    pub amount: Money,
    /// The points of the whole amount, before rounding.
    pub exact: Ratio,
    /// How they become whole.
    pub rounding: Rounding,
    /// The most it may earn.
    pub limit: Option<Points>,
    /// What one minor unit is worth in minor units of the base currency.
    pub rate: Ratio,
    /// Whether it earns even if it pays a subscription.
    pub earns_if_subscription: bool,
    /// Which edition of the program decided.
    pub program_version: u64,
}

/// Points and spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worth {
    /// Points.
    pub points: Points,
    /// Spend in minor units of the base currency.
    pub spend_minor: i64,
}

/// What was refunded, by both ways of telling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refunds {
    /// The currency, once anything was refunded.
    pub currency: Option<Currency>,
    /// The highest cumulative amount any event told, in minor units.
    pub so_far_minor: i64,
    /// Each refund that told of itself.
    pub single: BTreeMap<RefundId, RefundFact>,
}

/// One refund: its amount in minor units and the furthest state seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundFact {
    /// How much, in minor units of the payment's currency.
    pub amount_minor: i64,
    /// How far.
    pub status: RefundStatus,
}

/// One dispute: the disputed amount and the furthest state seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputeFact {
    /// How much; `None`: all of it.
    pub amount: Option<Money>,
    /// How far.
    pub status: DisputeStatus,
}

/// A fact that contradicts what is recorded: never a duplicate, always an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} is recorded as {recorded}, but the event says {told}")]
pub struct Contradiction {
    /// Of what.
    pub what: &'static str,
    /// What the ledger has.
    pub recorded: String,
    /// What the event has.
    pub told: String,
}

impl PaymentState {
    /// Who pays, as far as anything has told.
    #[must_use]
    pub fn payer(&self) -> Option<&CustomerId> {
        self.award.as_ref().map(|award| &award.customer).or(self.payer.as_ref())
    }

    /// Whether it counts as a subscription's: it pays an invoice that is not known to be a single one.
    #[must_use]
    pub fn pays_subscription(&self) -> bool {
        self.invoice.is_some() && self.invoice_kind != Some(InvoiceKind::OneOff)
    }

    /// Takes in a fact that is not the payment itself; says whether it was news.
    pub(crate) fn merge(&mut self, happened: &Happened) -> Result<bool, Contradiction> {
        let before = self.clone();
        match happened {
            // The payment itself becomes an `Award`, which needs the program, and an invoice tells its payments; see `step`.
            Happened::Paid(_) | Happened::InvoiceKnown(_) => {}
            Happened::Received(receipt) => self.merge_receipt(receipt)?,
            Happened::Approved(payer) => self.merge_payer(payer)?,
            Happened::RefundedSoFar(amount) => {
                self.refunds.agree_on(self.award.as_ref(), *amount)?;
                self.refunds.so_far_minor = self.refunds.so_far_minor.max(amount.amount_minor);
            }
            Happened::Refund(refund) => {
                self.refunds.agree_on(self.award.as_ref(), refund.amount)?;
                self.refunds.merge_single(refund)?;
            }
            Happened::Dispute(dispute) => self.merge_dispute(dispute)?,
            Happened::PaysInvoice(link) => self.merge_link(link),
        }
        Ok(*self != before)
    }

    /// What the facts are worth now.
    pub(crate) fn worth(&self) -> Result<Worth, Overflow> {
        let Some(award) = &self.award else { return Ok(Worth::default()) };
        award.worth_of(self.kept_minor(award)?)
    }

    /// How much of the payment the merchant still has, in minor units.
    fn kept_minor(&self, award: &Award) -> Result<i64, Overflow> {
        if self.pays_subscription() && !award.earns_if_subscription {
            return Ok(0);
        }
        let gone = self.refunds.total_minor()?.checked_add(self.held_minor(award)?).ok_or(Overflow)?;
        Ok(award.amount.amount_minor.checked_sub(gone).ok_or(Overflow)?.max(0))
    }

    /// How much disputes hold. A dispute in another currency than the payment's cannot be compared and holds all of it.
    fn held_minor(&self, award: &Award) -> Result<i64, Overflow> {
        let holding = self.disputes.values().filter(|dispute| dispute.status.holds());
        holding.map(|dispute| dispute.amount).try_fold(0_i64, |sum, amount| {
            let held = amount.filter(|amount| amount.currency == award.amount.currency).unwrap_or(award.amount);
            sum.checked_add(held.amount_minor).ok_or(Overflow)
        })
    }

    fn merge_receipt(&mut self, receipt: &Receipt) -> Result<(), Contradiction> {
        if let Some(payer) = &receipt.payer {
            self.merge_payer(payer)?;
        }
        if let Some(link) = &receipt.invoice {
            self.merge_link(link);
        }
        let told = receipt.unclaimed.amount;
        let mut others = self.unclaimed.values().map(|unclaimed| unclaimed.amount.currency);
        let known = self.award.as_ref().map(|award| award.amount.currency).or(others.next_back());
        if let Some(known) = known.filter(|known| *known != told.currency) {
            return Err(contradiction("the currency of the payment", &known, &told.currency));
        }
        match self.recorded(receipt.capture.as_ref()) {
            Some(recorded) if recorded != told => {
                Err(contradiction("the amount of the payment", &amount_text(recorded), &amount_text(told)))
            }
            Some(_) => Ok(()),
            None => {
                self.unclaimed.insert(receipt.capture.clone(), receipt.unclaimed.clone());
                Ok(())
            }
        }
    }

    /// What is recorded of a capture, or of the payment as a whole.
    fn recorded(&self, capture: Option<&CaptureId>) -> Option<Money> {
        let waiting = self.unclaimed.get(&capture.cloned()).map(|unclaimed| unclaimed.amount);
        waiting.or_else(|| {
            let award = self.award.as_ref()?;
            match capture {
                None => Some(award.amount),
                Some(capture) => Some(Money::new(*self.captures.get(capture)?, award.amount.currency)),
            }
        })
    }

    fn merge_link(&mut self, link: &InvoiceLink) {
        self.invoice.get_or_insert_with(|| link.invoice.clone());
        self.invoice_kind = self.invoice_kind.max(link.kind);
    }

    fn merge_payer(&mut self, told: &CustomerId) -> Result<(), Contradiction> {
        match self.payer() {
            Some(recorded) if recorded != told => Err(contradiction("the customer of the payment", recorded, told)),
            Some(_) => Ok(()),
            None => {
                self.payer = Some(told.clone());
                Ok(())
            }
        }
    }

    fn merge_dispute(&mut self, dispute: &Dispute) -> Result<(), Contradiction> {
        let told = DisputeFact { amount: dispute.amount, status: dispute.status };
        let recorded = self.disputes.entry(dispute.id.clone()).or_insert(told);
        recorded.amount = larger(recorded.amount, told.amount)?;
        recorded.status = recorded.status.max(told.status);
        Ok(())
    }
}

impl Award {
    /// What a part of the amount is worth.
    fn worth_of(&self, kept_minor: i64) -> Result<Worth, Overflow> {
        let Some(share) = Ratio::new(i128::from(kept_minor), i128::from(self.amount.amount_minor)) else {
            return Ok(Worth::default()); // an amount of nothing earns nothing
        };
        let points = Points(self.exact.checked_mul(share)?.round(self.rounding)?);
        let kept = Ratio::whole(kept_minor).ok_or(Overflow)?;
        Ok(Worth {
            points: self.limit.map_or(points, |limit| points.min(limit)),
            spend_minor: self.rate.checked_mul(kept)?.round(Rounding::Down)?,
        })
    }

    /// Takes in one more part of the payment. What a unit is worth stays as it was for the first part.
    pub(crate) fn add(&mut self, part: &Self) -> Result<(), Overflow> {
        let sum = self.amount.amount_minor.checked_add(part.amount.amount_minor).ok_or(Overflow)?;
        self.amount = Money { amount_minor: sum, ..self.amount };
        self.exact = self.exact.checked_add(part.exact)?;
        self.limit = part.limit;
        Ok(())
    }

    /// The cap that cuts the points of the whole amount, if one does.
    pub(crate) fn cutting_limit(&self) -> Result<Option<Points>, Overflow> {
        let uncut = Points(self.exact.round(self.rounding)?);
        Ok(self.limit.filter(|limit| *limit < uncut))
    }

    /// Whether a redelivered payment is the recorded one. Only the processor's facts are compared: a program that changed
    /// in between is no contradiction.
    pub(crate) fn check_same(&self, customer: &CustomerId, amount: Money) -> Result<(), Contradiction> {
        if self.customer != *customer {
            return Err(contradiction("the customer of the payment", &self.customer, customer));
        }
        if self.amount != amount {
            return Err(contradiction("the amount of the payment", &amount_text(self.amount), &amount_text(amount)));
        }
        Ok(())
    }
}

impl Refunds {
    /// The refunded money: what the cumulative amount says less the refunds that failed since, or what the single refunds
    /// add up to, whichever is more.
    pub(crate) fn total_minor(&self) -> Result<i64, Overflow> {
        let sum = |failed: bool| {
            let mut matching = self.single.values().filter(|refund| (refund.status == RefundStatus::Failed) == failed);
            matching.try_fold(0_i64, |sum, refund| sum.checked_add(refund.amount_minor).ok_or(Overflow))
        };
        let cumulative = self.so_far_minor.checked_sub(sum(true)?).ok_or(Overflow)?;
        Ok(cumulative.max(sum(false)?).max(0))
    }

    /// All refunds of a payment are in its currency.
    pub(crate) fn agree_on(&mut self, award: Option<&Award>, amount: Money) -> Result<(), Contradiction> {
        let expected = award.map(|award| award.amount.currency).or(self.currency);
        if let Some(expected) = expected.filter(|expected| *expected != amount.currency) {
            return Err(contradiction("the currency of the payment", &expected, &amount.currency));
        }
        self.currency = Some(amount.currency);
        Ok(())
    }

    fn merge_single(&mut self, refund: &Refund) -> Result<(), Contradiction> {
        let told = RefundFact { amount_minor: refund.amount.amount_minor, status: refund.status };
        let recorded = self.single.entry(refund.id.clone()).or_insert(told);
        if recorded.amount_minor != told.amount_minor {
            let text = |amount_minor| amount_text(Money { amount_minor, ..refund.amount });
            return Err(contradiction(
                "the amount of a refund",
                &text(recorded.amount_minor),
                &text(told.amount_minor),
            ));
        }
        recorded.status = recorded.status.max(told.status);
        Ok(())
    }
}

/// The disputed amount can change while the dispute is open; the largest is what can be lost.
fn larger(recorded: Option<Money>, told: Option<Money>) -> Result<Option<Money>, Contradiction> {
    let (Some(recorded), Some(told)) = (recorded, told) else { return Ok(None) };
    if recorded.currency != told.currency {
        return Err(contradiction("the currency of a dispute", &recorded.currency, &told.currency));
    }
    Ok(Some(if told.amount_minor > recorded.amount_minor { told } else { recorded }))
}

pub(crate) fn contradiction(what: &'static str, recorded: &impl ToString, told: &impl ToString) -> Contradiction {
    Contradiction { what, recorded: recorded.to_string(), told: told.to_string() }
}
