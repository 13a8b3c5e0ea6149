//! One customer's events: decide, write, and try again when somebody else was faster.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use lambda_kit::{Entropy, Failure, MessageId, Timer};
use loyalty::{Decision, PaymentEvent, PaymentKey, Program, Snapshot, decide};
use processor_events::ids::CustomerId;
use storage::{
    CorruptItem, Scope, StorageError,
    ledger::{Capacity, CommitAnswer, Ledger, LedgerKey, Loaded},
};

/// How often a group is decided before its records go back to the queue.
///
/// Every lost race is one that somebody else won, so under contention the customer's events as a whole move on. The
/// simulation's hot customer (50 writers at once, 30 % conflicts) needs this many.
const MAX_ROUNDS: u32 = 20;

/// The first back-off; it doubles with every round, up to [`MAX_BACKOFF`], and a random part of it is waited ("full jitter").
const FIRST_BACKOFF: Duration = Duration::from_millis(10);
/// The longest back-off. All rounds together wait 5 seconds on average, half of the function's time.
const MAX_BACKOFF: Duration = Duration::from_millis(500);

/// A record that concerns the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) message_id: MessageId,
    /// When the queue took it.
    pub(crate) sent_at: Option<Timestamp>,
    /// How often the queue has handed it out, if a queue did.
    pub(crate) deliveries: Option<u32>,
    /// When its batch was handed to the function.
    pub(crate) read_at: Timestamp,
    pub(crate) scope: Scope,
    pub(crate) event: PaymentEvent,
}

/// The records of one customer, or of one payment that nobody has told of yet.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) scope: Scope,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) records: Vec<Record>,
    pub(crate) snapshot: Snapshot,
}

/// A group that is written, or that had nothing to write.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) decision: Decision,
    /// What was stored before; its payments tell which entries a redelivered event belongs to.
    pub(crate) before: Snapshot,
    pub(crate) capacity: Capacity,
    /// How many rounds it took beyond the first.
    pub(crate) lost_rounds: u32,
}

/// Why a group is not written. Its records come again.
#[derive(Debug)]
pub(crate) enum PostError {
    Storage(StorageError),
    /// Every round was lost.
    Contended,
}

impl PostError {
    /// Whether DynamoDB called the transaction itself invalid: then one record of the group may be to blame.
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Storage(StorageError::Refused { .. }))
    }

    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Storage(error) => storage_failure(error),
            Self::Contended => {
                Failure::message("LedgerContended", format!("{MAX_ROUNDS} rounds were lost to other writers"))
            }
        }
    }
}

impl From<StorageError> for PostError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<CorruptItem> for PostError {
    fn from(error: CorruptItem) -> Self {
        Self::Storage(error.into())
    }
}

/// The stable name of a table's failure.
pub(crate) fn storage_failure(error: &StorageError) -> Failure {
    let name = match error {
        StorageError::Throttled { .. } => "LedgerThrottled",
        StorageError::Unavailable { .. } => "LedgerUnavailable",
        StorageError::Refused { .. } => "LedgerRefused",
        StorageError::Corrupt(_) => "LedgerCorrupt",
    };
    Failure::new(name, error)
}

/// Decides about a group and writes it, in as many rounds as it takes.
pub(crate) async fn post<L, T, E>(
    ledger: &L,
    timer: &T,
    entropy: &E,
    program: &Program,
    group: &mut Group,
) -> Result<Posted, PostError>
where
    L: Ledger,
    T: Timer,
    E: Entropy,
{
    let events: Vec<PaymentEvent> = group.records.iter().map(|record| record.event.clone()).collect();
    let mut capacity = Capacity::default();
    for round in 0..MAX_ROUNDS {
        if round > 0 {
            timer.sleep(backoff(round, entropy)).await;
            capacity = capacity.and(reload(ledger, group).await?);
        }
        let decision = decide(program, group.customer.as_ref(), &group.snapshot, &events);
        let answer = if decision.plan.is_empty() {
            CommitAnswer::Committed(Capacity::default())
        } else {
            ledger.commit(&group.scope, &decision.plan).await?
        };
        match answer {
            CommitAnswer::Committed(cost) => {
                let before = group.snapshot.clone();
                return Ok(Posted { decision, before, capacity: capacity.and(cost), lost_rounds: round });
            }
            CommitAnswer::LostRace | CommitAnswer::Busy => {}
        }
    }
    Err(PostError::Contended)
}

/// Reads again what the group is about. A payment that had no customer may have got one meanwhile, an invoice a payment.
async fn reload<L: Ledger>(ledger: &L, group: &mut Group) -> Result<Capacity, PostError> {
    let account = group.customer.iter().map(|customer| LedgerKey::Account(group.scope.clone(), customer.clone()));
    let keys: BTreeSet<LedgerKey> = group.records.iter().flat_map(Record::keys).chain(account).collect();
    let mut loaded = ledger.read(&keys).await?;
    let told: BTreeSet<LedgerKey> = group.records.iter().flat_map(|record| record.told_by(&loaded)).collect();
    let told: BTreeSet<LedgerKey> = told.difference(&keys).cloned().collect();
    if !told.is_empty() {
        loaded.absorb(ledger.read(&told).await?);
    }
    group.take(&loaded)?;
    Ok(loaded.capacity())
}

impl Record {
    /// The items that it is about, as far as it tells itself.
    pub(crate) fn keys(&self) -> BTreeSet<LedgerKey> {
        let payments = self.event.concerns().into_iter();
        let payments = payments.map(|payment| LedgerKey::Payment(self.scope.clone(), payment));
        let payer = self.event.happened.payer();
        payments.chain(payer.map(|payer| LedgerKey::Account(self.scope.clone(), payer.clone()))).collect()
    }

    /// The items that it is about, as those tell that were read: the account of the one who pays, the payments of an invoice.
    /// What cannot be read fails later, where the record can fail alone.
    pub(crate) fn told_by(&self, loaded: &Loaded) -> BTreeSet<LedgerKey> {
        let Ok(state) = loaded.payment(&self.scope, &self.event.payment) else { return BTreeSet::new() };
        let account = state.payer().map(|payer| LedgerKey::Account(self.scope.clone(), payer.clone()));
        let paid_by = state.paid_by.iter().map(|id| self.event.payment.beside(id.clone()));
        let paid_by = paid_by.map(|payment| LedgerKey::Payment(self.scope.clone(), payment));
        paid_by.chain(account).collect()
    }
}

impl Posted {
    /// The payments that a record is about: its own, and those that pay the invoice that it is about.
    pub(crate) fn payments_of(&self, record: &Record) -> Vec<PaymentKey> {
        let payment = &record.event.payment;
        let states = [&self.decision.plan.payments, &self.before.payments].map(|payments| payments.get(payment));
        let paid_by = states.into_iter().flatten().flat_map(|state| &state.paid_by);
        let paid_by: BTreeSet<PaymentKey> = paid_by.map(|id| payment.beside(id.clone())).collect();
        paid_by.into_iter().chain([payment.clone()]).collect()
    }

    /// Whether a record is about a payment.
    pub(crate) fn concerns(&self, record: &Record, payment: &PaymentKey) -> bool {
        self.payments_of(record).contains(payment)
    }
}

impl Group {
    /// Takes from what was read what the group is about.
    pub(crate) fn take(&mut self, loaded: &Loaded) -> Result<(), CorruptItem> {
        for record in &self.records {
            let payment = &record.event.payment;
            let state = loaded.payment(&self.scope, payment)?;
            if let Some(payer) = state.payer() {
                self.customer.get_or_insert_with(|| payer.clone());
            }
            let paid_by = state.paid_by.iter().map(|id| payment.beside(id.clone()));
            for payment in paid_by.chain(record.event.concerns()) {
                let state = loaded.payment(&self.scope, &payment)?;
                self.snapshot.payments.insert(payment, state);
            }
        }
        if let Some(customer) = &self.customer {
            self.snapshot.account = loaded.account(&self.scope, customer)?;
        }
        Ok(())
    }
}

fn backoff(round: u32, entropy: &impl Entropy) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(round.saturating_sub(1)));
    let longest = u64::try_from(doubled.min(MAX_BACKOFF).as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(entropy.below(longest.saturating_add(1)))
}
