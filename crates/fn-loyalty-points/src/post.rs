//! One customer's events: decide, write, and try again when somebody else was faster.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use lambda_kit::{Entropy, Failure, MessageId, Timer};
use loyalty::{Decision, PaymentEvent, Program, Snapshot, decide};
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

/// Reads again what the group is about. A payment that had no customer may have got one meanwhile.
async fn reload<L: Ledger>(ledger: &L, group: &mut Group) -> Result<Capacity, PostError> {
    let loaded = ledger.read(&group.keys()).await?;
    let mut capacity = loaded.capacity();
    let account_was_read = group.customer.is_some();
    group.take(&loaded)?;
    if let (false, Some(customer)) = (account_was_read, group.customer.clone()) {
        let key = LedgerKey::Account(group.scope.clone(), customer.clone());
        let loaded = ledger.read(&BTreeSet::from([key])).await?;
        group.snapshot.account = loaded.account(&group.scope, &customer)?;
        capacity = capacity.and(loaded.capacity());
    }
    Ok(capacity)
}

impl Group {
    /// The items the group is about.
    fn keys(&self) -> BTreeSet<LedgerKey> {
        let payments = self.records.iter().map(|record| &record.event.payment);
        let payments = payments.map(|payment| LedgerKey::Payment(self.scope.clone(), payment.clone()));
        let account = self.customer.iter().map(|customer| LedgerKey::Account(self.scope.clone(), customer.clone()));
        payments.chain(account).collect()
    }

    /// Takes from what was read what the group is about.
    pub(crate) fn take(&mut self, loaded: &Loaded) -> Result<(), CorruptItem> {
        for record in &self.records {
            let payment = &record.event.payment;
            let state = loaded.payment(&self.scope, payment)?;
            if let Some(payer) = state.payer() {
                self.customer.get_or_insert_with(|| payer.clone());
            }
            self.snapshot.payments.insert(payment.clone(), state);
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
