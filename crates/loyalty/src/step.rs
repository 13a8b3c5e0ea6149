//! One event at work: on copies of what is stored, so that it can be dropped as a whole.

use std::{borrow::Cow, collections::BTreeMap};

use processor_events::ids::{CaptureId, PaymentId};

use crate::{
    account::{Account, Movement},
    correction::correction,
    decision::{Rejection, Snapshot, Verdict},
    earning::earned,
    entry::{About, Entry, EntryKind, Subject},
    event::{
        Dispute, Happened, InvoiceKind, InvoiceLink, KnownInvoice, PaymentEvent, PaymentKey, Purchase, Receipt,
        Unclaimed,
    },
    number::{Overflow, Points},
    payment::{Award, Contradiction, PaymentState, Refunds, Worth, contradiction},
    program::{Program, amount_text},
};

/// One event at work.
pub(crate) struct Step<'a> {
    program: &'a Program,
    before: &'a Snapshot,
    account: Account,
    /// What is touched, over what is stored.
    payments: BTreeMap<PaymentKey, PaymentState>,
    entries: Vec<Entry>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(program: &'a Program, before: &'a Snapshot) -> Self {
        let account = before.account.clone();
        Self { program, before, account, payments: BTreeMap::new(), entries: Vec::new() }
    }

    /// The account, the touched payments and the new entries.
    pub(crate) fn into_parts(self) -> (Account, BTreeMap<PaymentKey, PaymentState>, Vec<Entry>) {
        (self.account, self.payments, self.entries)
    }

    /// Takes in an event and makes the entries it deserves.
    pub(crate) fn take(&mut self, event: &PaymentEvent) -> Result<(), Rejection> {
        if let Happened::InvoiceKnown(known) = &event.happened {
            return self.take_invoice(event, known);
        }
        let event = self.with_invoice(event);
        self.take_about_payment(&event)
    }

    /// What became of the event.
    pub(crate) fn verdict(&self, event: &PaymentEvent) -> Result<Verdict, Rejection> {
        if !self.entries.is_empty() {
            let sum = self.entries.iter().try_fold(Points::ZERO, |sum, entry| sum.checked_add(entry.points));
            return sum.map(Verdict::Entered).map_err(|overflow| overflows(event, overflow));
        }
        let unknown = PaymentState::default();
        let is_known =
            |(key, state): (&PaymentKey, &PaymentState)| self.before.payments.get(key).unwrap_or(&unknown) == state;
        Ok(if self.payments.iter().all(is_known) { Verdict::Known } else { Verdict::Noted })
    }

    /// An invoice has told what it is for: that concerns every payment that is known to pay it.
    fn take_invoice(&mut self, event: &PaymentEvent, known: &KnownInvoice) -> Result<(), Rejection> {
        let mut invoice = self.state(&event.payment);
        invoice.invoice_kind = invoice.invoice_kind.max(Some(known.kind));
        invoice.paid_by.extend(known.payment.clone());
        let (kind, paid_by) = (invoice.invoice_kind, invoice.paid_by.clone());
        self.payments.insert(event.payment.clone(), invoice);
        let Ok(invoice) = event.payment.id.as_str().to_owned().try_into() else { return Ok(()) };
        let link = InvoiceLink { invoice, kind };
        for payment in paid_by {
            let payment = event.payment.beside(payment);
            if let Some(payer) = self.state(&payment).payer().filter(|payer| **payer != known.customer) {
                let told = contradiction("the customer of the payment", payer, &known.customer);
                return Err(contradicts(event, told));
            }
            let happened = Happened::PaysInvoice(link.clone());
            self.take_about_payment(&PaymentEvent { payment, happened, ..event.clone() })?;
        }
        Ok(())
    }

    /// A payment that names its invoice: each gets to know of the other.
    fn with_invoice<'e>(&mut self, event: &'e PaymentEvent) -> Cow<'e, PaymentEvent> {
        let Some(link) = event.happened.link() else { return Cow::Borrowed(event) };
        let Ok(id) = PaymentId::new(link.invoice.as_str()) else { return Cow::Borrowed(event) };
        let key = event.payment.beside(id);
        let mut invoice = self.state(&key);
        invoice.paid_by.insert(event.payment.id.clone());
        invoice.invoice_kind = invoice.invoice_kind.max(link.kind);
        let link = InvoiceLink { kind: invoice.invoice_kind, ..link.clone() };
        self.payments.insert(key, invoice);
        let happened = match &event.happened {
            Happened::Received(receipt) => Happened::Received(Receipt { invoice: Some(link), ..receipt.clone() }),
            _ => Happened::PaysInvoice(link),
        };
        Cow::Owned(PaymentEvent { happened, ..event.clone() })
    }

    fn state(&self, payment: &PaymentKey) -> PaymentState {
        self.payments.get(payment).or_else(|| self.before.payments.get(payment)).cloned().unwrap_or_default()
    }

    fn take_about_payment(&mut self, event: &PaymentEvent) -> Result<(), Rejection> {
        let state = self.state(&event.payment);
        let mut about = AboutPayment { program: self.program, account: &mut self.account, state, entries: Vec::new() };
        about.take(event)?;
        let AboutPayment { state, entries, .. } = about;
        self.payments.insert(event.payment.clone(), state);
        self.entries.extend(entries);
        Ok(())
    }
}

/// One payment, and the account of the one who pays.
struct AboutPayment<'a> {
    program: &'a Program,
    account: &'a mut Account,
    state: PaymentState,
    entries: Vec<Entry>,
}

impl AboutPayment<'_> {
    fn take(&mut self, event: &PaymentEvent) -> Result<(), Rejection> {
        if let Happened::Paid(purchase) = &event.happened {
            return self.take_whole(event, purchase);
        }
        refuse_negative(event)?;
        if !self.state.merge(&event.happened).map_err(|told| contradicts(event, told))? || self.claim(event)? {
            return Ok(());
        }
        self.enter_correction(event).map_err(|overflow| overflows(event, overflow))
    }

    /// A payment that is told of as a whole, and may earn at once.
    fn take_whole(&mut self, event: &PaymentEvent, purchase: &Purchase) -> Result<(), Rejection> {
        let check = match &self.state.award {
            Some(award) => award.check_same(&purchase.customer, purchase.amount),
            None => self.check_new(purchase),
        };
        check.map_err(|told| contradicts(event, told))?;
        if self.state.award.is_some() {
            return Ok(());
        }
        refuse_negative(event)?;
        self.state.unclaimed.clear();
        if self.state.pays_subscription() && !self.program.document().earning.subscription_payments_earn {
            self.hold(event, purchase);
            return Ok(());
        }
        self.enter_award(event, purchase)
    }

    /// Its invoice was heard of first: it earns once that turns out to be a single one. The account is opened all the same, as it
    /// is when the payment comes first.
    fn hold(&mut self, event: &PaymentEvent, purchase: &Purchase) {
        self.account.currency.get_or_insert(self.program.document().currency.base);
        self.state.payer = Some(purchase.customer.clone());
        let unclaimed = Unclaimed {
            event: event.id.clone(),
            occurred_at: event.occurred_at,
            amount: purchase.amount,
            metadata: purchase.metadata.clone(),
            is_for_invoice: true,
        };
        self.state.unclaimed.insert(None, unclaimed);
    }

    /// Makes the award of what was received, once it is known who pays and that it earns. It is dated and explained by the
    /// payment. Says whether there was anything to claim.
    fn claim(&mut self, event: &PaymentEvent) -> Result<bool, Rejection> {
        let Some(customer) = self.state.payer().cloned() else { return Ok(false) };
        let is_one_off = self.state.invoice_kind == Some(InvoiceKind::OneOff);
        let waiting = std::mem::take(&mut self.state.unclaimed);
        let (ready, waiting): (BTreeMap<_, _>, BTreeMap<_, _>) =
            waiting.into_iter().partition(|(_, unclaimed)| is_one_off || !unclaimed.is_for_invoice);
        self.state.unclaimed = waiting;
        let is_any = !ready.is_empty();
        for (capture, unclaimed) in ready {
            let Unclaimed { event: id, occurred_at, amount, metadata, is_for_invoice: _ } = unclaimed;
            let purchase = Purchase { customer: customer.clone(), amount, in_doubt: false, metadata };
            let happened = Happened::Paid(purchase.clone());
            let payment = PaymentEvent { id, occurred_at, payment: event.payment.clone(), happened };
            if self.state.award.is_none() {
                self.check_new(&purchase).map_err(|told| contradicts(event, told))?;
                self.enter_award(&payment, &purchase)?;
            } else {
                self.enter_capture(&payment, &purchase)?;
            }
            if let Some(capture) = capture {
                self.note_capture(capture, &purchase);
            }
        }
        Ok(is_any)
    }

    fn note_capture(&mut self, capture: CaptureId, purchase: &Purchase) {
        self.state.captures.insert(capture, purchase.amount.amount_minor);
    }

    /// A refund that came first has told the payment's currency already, an approval who pays.
    fn check_new(&self, purchase: &Purchase) -> Result<(), Contradiction> {
        if let Some(payer) = self.state.payer.as_ref().filter(|payer| **payer != purchase.customer) {
            return Err(contradiction("the customer of the payment", payer, &purchase.customer));
        }
        if let Some(told) = self.state.unclaimed.get(&None).filter(|told| told.amount != purchase.amount) {
            let (recorded, told) = (amount_text(told.amount), amount_text(purchase.amount));
            return Err(contradiction("the amount of the payment", &recorded, &told));
        }
        match self.state.refunds.currency {
            Some(currency) if currency != purchase.amount.currency => {
                Err(contradiction("the currency of the payment", &currency, &purchase.amount.currency))
            }
            _ => Ok(()),
        }
    }

    fn award(&self, event: &PaymentEvent, purchase: &Purchase) -> Result<(Award, String), Rejection> {
        let overflows = |overflow| overflows(event, overflow);
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
        // What this payment has earned that day already is not left, but its own.
        let left_of_day = left_of_day.map(|left| left.checked_add(self.state.counted.points.max(Points::ZERO)));
        let left_of_day = left_of_day.transpose().map_err(overflows)?;
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

    fn enter_award(&mut self, event: &PaymentEvent, purchase: &Purchase) -> Result<(), Rejection> {
        let (award, explanation) = self.award(event, purchase)?;
        self.state.award = Some(award);
        self.enter_earned(event, purchase, EntryKind::Award, explanation).map_err(|overflow| overflows(event, overflow))
    }

    /// One more part of the payment: its points come to those of the parts before, and are rounded together with them.
    fn enter_capture(&mut self, event: &PaymentEvent, purchase: &Purchase) -> Result<(), Rejection> {
        let (part, explanation) = self.award(event, purchase)?;
        if let Some(award) = &mut self.state.award {
            award.add(&part).map_err(|overflow| overflows(event, overflow))?;
        }
        let explanation = format!("one more part of the payment: {explanation}");
        self.enter_earned(event, purchase, EntryKind::Capture, explanation)
            .map_err(|overflow| overflows(event, overflow))
    }

    fn enter_earned(
        &mut self,
        event: &PaymentEvent,
        purchase: &Purchase,
        kind: EntryKind,
        explanation: String,
    ) -> Result<(), Overflow> {
        let change = self.change()?;
        self.account.currency = Some(self.program.document().currency.base);
        self.account.count_day(self.program, event.occurred_at, change.points)?;
        let mut reasons = vec![explanation];
        if let Some(limit) = self.state.award.as_ref().map(Award::cutting_limit).transpose()?.flatten() {
            reasons.push(format!("a cap leaves {limit}"));
        }
        reasons.extend(self.known_before());
        let is_settled = self.state.invoice_kind == Some(InvoiceKind::OneOff);
        let attention = &self.program.document().engagement;
        let mut entry = self.enter(event, kind, change, reasons.join("; "))?;
        entry.categories = purchase.categories();
        entry.settling_seconds = if purchase.in_doubt && !is_settled { attention.settling_seconds } else { 0 };
        self.entries.push(entry);
        Ok(())
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
        match (&self.state.invoice, self.state.invoice_kind) {
            (None, _) => {}
            (Some(invoice), Some(InvoiceKind::OneOff)) => reasons.push(format!("it pays the single invoice {invoice}")),
            (Some(invoice), Some(InvoiceKind::Subscription)) => {
                reasons.push(format!("it pays the subscription invoice {invoice}"));
            }
            (Some(invoice), None) => {
                reasons.push(format!("it pays the invoice {invoice}, which may be a subscription's"));
            }
        }
        reasons
    }

    /// The entry for what changed after the payment; none while the payment itself is unknown, or when nothing moves.
    fn enter_correction(&mut self, event: &PaymentEvent) -> Result<(), Overflow> {
        if self.state.award.is_none() {
            return Ok(());
        }
        let change = self.change()?;
        let (kind, reason) = correction(&event.happened, change.points);
        if change == Worth::default() && kind != EntryKind::DisputeFinal {
            return Ok(());
        }
        let entry = self.enter(event, kind, change, reason)?;
        self.entries.push(entry);
        Ok(())
    }

    /// What the facts are worth now, less what is counted.
    fn change(&self) -> Result<Worth, Overflow> {
        let (worth, counted) = (self.state.worth()?, self.state.counted);
        Ok(Worth {
            points: worth.points.checked_sub(counted.points)?,
            spend_minor: worth.spend_minor.checked_sub(counted.spend_minor).ok_or(Overflow)?,
        })
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
            is_news: matches!(kind, EntryKind::Award | EntryKind::Capture),
        };
        let moved = self.account.apply(self.program, movement)?;
        let before = self.state.counted.points;
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
        let mut entry = about.complete(self.program, self.account, moved)?;
        entry.event = Some(event.id.clone());
        entry.amount = Some(award.amount);
        // Of a payment that comes in parts, the part that makes it large.
        let threshold = self.program.document().engagement.high_value_over;
        entry.high_value = movement.is_news && before <= threshold && self.state.counted.points > threshold;
        if entry.is_noteworthy() {
            self.state.noteworthy.push(entry.effect.clone());
        }
        Ok(entry)
    }
}

fn contradicts(event: &PaymentEvent, contradiction: Contradiction) -> Rejection {
    Rejection::Contradiction { payment: event.payment.clone(), contradiction }
}

fn overflows(event: &PaymentEvent, overflow: Overflow) -> Rejection {
    Rejection::Overflow { payment: event.payment.clone(), overflow }
}

fn refuse_negative(event: &PaymentEvent) -> Result<(), Rejection> {
    let amount = match &event.happened {
        Happened::Paid(purchase) => purchase.amount,
        Happened::Refund(refund) => refund.amount,
        Happened::Received(receipt) => receipt.unclaimed.amount,
        Happened::RefundedSoFar(amount) | Happened::Dispute(Dispute { amount: Some(amount), .. }) => *amount,
        Happened::Dispute(_) | Happened::PaysInvoice(_) | Happened::InvoiceKnown(_) | Happened::Approved(_) => {
            return Ok(());
        }
    };
    if amount.amount_minor < 0 {
        return Err(Rejection::Negative { payment: event.payment.clone(), amount: amount_text(amount) });
    }
    Ok(())
}
