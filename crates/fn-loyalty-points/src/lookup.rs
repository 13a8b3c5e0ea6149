//! Asking Stripe what an event leaves open: the port, Stripe behind it, and an account in memory.

use std::{cell::RefCell, collections::BTreeMap, future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use lambda_kit::{Entropy, Timer};
use loyalty::{
    event::{InvoiceKind, InvoiceLink},
    lookup::{Found, Pays, Questions, Sold},
};
use processor_events::{
    event::Mode,
    ids::{InvoiceId, PaymentId},
};
use stripe_api::{Invoice, KeySource, SoldLine, Stripe, StripeError, Transport};
use thiserror::Error;

/// How long all questions about one payment may take together: the rest of the function's 10 seconds is enough to post.
const BUDGET: Duration = Duration::from_secs(2);

/// So many deliveries of a record wait for an answer that may come in a minute; the next one goes on without. The queue has five:
/// two are left for the ledger's own bad days.
const DELIVERIES_THAT_WAIT: u32 = 3;

/// Why nothing was found out.
#[derive(Debug, Error)]
pub enum LookupError {
    /// Stripe did not answer usably, or refused.
    #[error("Stripe was asked about a payment")]
    Stripe(#[from] StripeError),
    /// Stripe took longer than there is time.
    #[error("Stripe had no answer within {} s", BUDGET.as_secs())]
    TooLate,
    /// The key is of test mode and the payment is live, or the other way round.
    #[error("the key is not of the payment's mode")]
    OtherMode,
}

impl LookupError {
    /// The stable name, for metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stripe(error) => error.name(),
            Self::TooLate => "StripeTooLate",
            Self::OtherMode => "StripeKeyOfOtherMode",
        }
    }

    /// Whether a record that was handed out so often shall come again for an answer. One that no queue hands out again (it does not
    /// tell how often it was) shall not, nor one for which somebody has to mend the key first.
    pub(crate) const fn is_worth_waiting(&self, deliveries: Option<u32>) -> bool {
        let is_passing = match self {
            Self::Stripe(error) => error.is_passing(),
            Self::TooLate => true,
            Self::OtherMode => false,
        };
        matches!(deliveries, Some(1..=DELIVERIES_THAT_WAIT)) && is_passing
    }
}

/// Who can be asked about payments.
pub trait Lookup {
    /// Whether there is anybody to ask.
    fn is_on(&self) -> bool;

    /// Asks about one payment.
    fn look_up(
        &self,
        mode: Mode,
        payment: &PaymentId,
        questions: Questions,
    ) -> impl Future<Output = Result<Found, LookupError>>;
}

/// Stripe.
#[derive(Debug)]
pub struct StripeLookup<T, K, W, E> {
    stripe: Stripe<T, K, W, E>,
    timer: W,
    is_on: bool,
}

impl<T: Transport, K: KeySource, W: Timer + Clone, E: Entropy> StripeLookup<T, K, W, E> {
    /// Asks Stripe if `is_on`, otherwise nobody.
    #[must_use]
    pub const fn new(stripe: Stripe<T, K, W, E>, timer: W, is_on: bool) -> Self {
        Self { stripe, timer, is_on }
    }

    async fn ask(&self, mode: Mode, payment: &PaymentId, questions: Questions) -> Result<Found, LookupError> {
        if self.stripe.mode().await? != Some(mode) {
            return Err(LookupError::OtherMode);
        }
        let invoice = if questions.invoice { self.invoice(payment).await? } else { None };
        let kind = invoice.as_ref().map(kind_of);
        let earns = questions.earns_anyway || kind != Some(InvoiceKind::Subscription);
        let found =
            if questions.basket && earns { self.basket(payment, invoice.as_ref()).await? } else { Found::default() };
        let pays = invoice.map_or(Pays::NoInvoice, |invoice| Pays::Invoice(InvoiceLink { invoice: invoice.id, kind }));
        let is_asked = questions.invoice && !questions.earns_anyway;
        Ok(Found { pays: is_asked.then_some(pays), ..found })
    }

    /// What was bought, by the invoice, or else by the Checkout session. One that makes an invoice of its payment afterwards
    /// (`invoice_creation`) knows the products; the invoice, which may be there by now or not, does not.
    async fn basket(&self, payment: &PaymentId, invoice: Option<&Invoice>) -> Result<Found, StripeError> {
        if let Some(invoice) = invoice {
            let lines = self.stripe.invoice_lines(&invoice.id).await?.data;
            let sold = lines.into_iter().map(sold).collect();
            let found = Found { pays: None, metadata: invoice.metadata.clone(), sold };
            if found.tells_categories() {
                return Ok(found);
            }
        }
        self.session(payment).await
    }

    async fn invoice(&self, payment: &PaymentId) -> Result<Option<Invoice>, StripeError> {
        let payments = self.stripe.invoice_payments(payment).await?;
        // A payment can have been meant for an invoice that was voided, and then be used for another, or for none.
        let paid = payments.data.into_iter().find(|payment| payment.status != "canceled");
        let id: Option<InvoiceId> = paid.map(|paid| paid.invoice);
        match id {
            Some(id) => self.stripe.invoice(&id).await.map(Some),
            None => Ok(None),
        }
    }

    async fn session(&self, payment: &PaymentId) -> Result<Found, StripeError> {
        let Some(session) = self.stripe.checkout_session(payment).await? else { return Ok(Found::default()) };
        let lines = self.stripe.checkout_lines(&session).await?;
        Ok(Found { pays: None, metadata: session.metadata, sold: lines.data.into_iter().map(sold).collect() })
    }
}

/// An invoice that gives no reason counts as a subscription's: its payment earns nothing rather than too much.
fn kind_of(invoice: &Invoice) -> InvoiceKind {
    InvoiceKind::of(invoice.subscription.is_some(), invoice.billing_reason.as_deref())
        .unwrap_or(InvoiceKind::Subscription)
}

fn sold(line: SoldLine) -> Sold {
    Sold { amount_minor: line.amount_minor, metadata: line.metadata }
}

impl<T: Transport, K: KeySource, W: Timer + Clone, E: Entropy> Lookup for StripeLookup<T, K, W, E> {
    fn is_on(&self) -> bool {
        self.is_on
    }

    async fn look_up(&self, mode: Mode, payment: &PaymentId, questions: Questions) -> Result<Found, LookupError> {
        let answer = pin!(self.ask(mode, payment, questions));
        let limit = pin!(self.timer.sleep(BUDGET));
        match select(answer, limit).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => Err(LookupError::TooLate),
        }
    }
}

/// What is known of payments, in memory; without any it is off.
#[derive(Debug, Default)]
pub struct InMemoryLookup {
    known: BTreeMap<PaymentId, Found>,
    asked: RefCell<Vec<PaymentId>>,
}

impl InMemoryLookup {
    /// Knows these payments, and fails for all others.
    #[must_use]
    pub const fn knowing(known: BTreeMap<PaymentId, Found>) -> Self {
        Self { known, asked: RefCell::new(Vec::new()) }
    }

    /// Which payments it was asked about, in turn.
    #[must_use]
    pub fn asked(&self) -> Vec<PaymentId> {
        self.asked.borrow().clone()
    }
}

impl Lookup for InMemoryLookup {
    fn is_on(&self) -> bool {
        !self.known.is_empty()
    }

    async fn look_up(&self, _: Mode, payment: &PaymentId, _: Questions) -> Result<Found, LookupError> {
        self.asked.borrow_mut().push(payment.clone());
        self.known.get(payment).cloned().ok_or(LookupError::TooLate)
    }
}
