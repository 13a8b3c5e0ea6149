//! The handler's outside world: ports that take time, fail and forget as the chooser says.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use engagement::Start;
use fn_loyalty_points::{StartError, Started, Workflow};
use jiff::Timestamp;
use lambda_kit::{Clock, Entropy, Timer};
use loyalty::{PaymentKey, Plan, Subject};
use processor_events::{event::Processor, ids::PaymentId};
use storage::{
    Scope, StorageError,
    ledger::{Capacity, CommitAnswer, InMemoryLedger, Ledger, LedgerKey, Loaded},
};

use crate::{bugs::Bug, chooser::Chooser, executor::Time, workload::START_SECONDS};

/// How long a call may take, in milliseconds, there or back.
const LATENCY_MS: usize = 8;

/// How often a call fails, in 1,000, while there are faults left: before anything happened, with the answer lost, and by
/// conflict or throttle (writes only).
const FAULTS: [u32; 5] = [850, 40, 40, 40, 30];

/// Days after which the planted bug forgets payments.
const EXPIRY_DAYS: i64 = 30;

/// Everything outside of the handler.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) chooser: RefCell<Chooser>,
    pub(crate) time: Time,
    pub(crate) ledger: InMemoryLedger,
    pub(crate) executions: RefCell<BTreeMap<String, Execution>>,
    pub(crate) bug: Option<Bug>,
    pub(crate) faults_left: Cell<u32>,
    /// Conflicts beyond the faults, in 1,000 writes.
    pub(crate) conflicts: u32,
    pub(crate) faults: Cell<u64>,
    pub(crate) trace: Option<RefCell<Vec<String>>>,
    calls: Cell<u64>,
}

/// An execution of the workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Execution {
    pub(crate) input: String,
    /// How often an execution of this name really began.
    pub(crate) begun: u32,
    /// Whether Step Functions still knows the name.
    pub(crate) is_remembered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Before,
    AnswerLost,
    Conflict,
    Throttle,
}

impl Scene {
    pub(crate) fn new(chooser: Chooser, bug: Option<Bug>, conflicts: u32, is_traced: bool) -> Self {
        Self {
            chooser: RefCell::new(chooser),
            time: Time::starting_at(START_SECONDS.saturating_mul(1000)),
            ledger: InMemoryLedger::default(),
            executions: RefCell::default(),
            bug,
            faults_left: Cell::new(0),
            conflicts,
            faults: Cell::new(0),
            trace: is_traced.then(RefCell::default),
            calls: Cell::new(0),
        }
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Writes a line of the trace; the text is made only when somebody wants it.
    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let since = self.time.now_ms().saturating_sub(START_SECONDS.saturating_mul(1000));
            trace.borrow_mut().push(format!("{since:>10} ms  {}", line()));
        }
    }

    async fn travel(&self) {
        let milliseconds = if self.chooser.borrow().is_walking() {
            1
        } else {
            i64::try_from(self.chooser.borrow_mut().below(LATENCY_MS).saturating_add(1)).unwrap_or(1)
        };
        self.time.wait(milliseconds).await;
    }

    fn fault(&self, call: &'static str, kinds: usize) -> Fault {
        if self.faults_left.get() == 0 {
            return Fault::None;
        }
        let weights = FAULTS.get(..kinds).unwrap_or(&FAULTS);
        let fault = match self.chooser.borrow_mut().weighted(weights) {
            1 => Fault::Before,
            2 => Fault::AnswerLost,
            3 => Fault::Conflict,
            4 => Fault::Throttle,
            _ => return Fault::None,
        };
        self.faults_left.set(self.faults_left.get().saturating_sub(1));
        self.faults.set(self.faults.get().saturating_add(1));
        self.tell(|| format!("{call}: {fault:?}"));
        fault
    }

    fn is_expired(&self) -> bool {
        let expiry_ms = EXPIRY_DAYS.saturating_mul(86_400_000);
        let age_ms = self.time.now_ms().saturating_sub(START_SECONDS.saturating_mul(1000));
        self.has(Bug::PaymentsExpire) && age_ms > expiry_ms
    }

    /// Writes whatever the versions say.
    async fn overwrite(&self, scope: &Scope, plan: &Plan) -> Result<CommitAnswer, StorageError> {
        let mut plan = plan.clone();
        let entry_key =
            |entry: &loyalty::Entry| LedgerKey::Entry(scope.clone(), entry.subject.clone(), entry.effect.clone());
        let mut keys: BTreeSet<LedgerKey> = plan.entries.iter().map(entry_key).collect();
        keys.extend(plan.payments.keys().map(|payment| LedgerKey::Payment(scope.clone(), payment.clone())));
        keys.extend(plan.customer.iter().map(|customer| LedgerKey::Account(scope.clone(), customer.clone())));
        let stored = self.ledger.read(&keys).await?;
        if let (Some(customer), Some(account)) = (&plan.customer, &mut plan.account) {
            account.version = stored.account(scope, customer)?.version.saturating_add(1);
        }
        for (payment, state) in &mut plan.payments {
            state.version = stored.payment(scope, payment)?.version.saturating_add(1);
        }
        plan.entries.retain(|entry| matches!(stored.entry(&entry_key(entry)), Ok(None)));
        self.ledger.commit(scope, &plan).await
    }

    async fn apply(&self, scope: &Scope, plan: &Plan) -> Result<CommitAnswer, StorageError> {
        let apart = |with_account: bool| Plan {
            customer: plan.customer.clone(),
            account: plan.account.clone().filter(|_| with_account),
            payments: if with_account { BTreeMap::new() } else { plan.payments.clone() },
            entries: if with_account { Vec::new() } else { plan.entries.clone() },
        };
        if self.has(Bug::LastWriteWins) || self.is_expired() {
            return self.overwrite(scope, plan).await;
        }
        if self.has(Bug::AccountApart) || self.has(Bug::EntriesApart) {
            let account_first = self.has(Bug::AccountApart);
            let first = self.ledger.commit(scope, &apart(account_first)).await?;
            if !matches!(first, CommitAnswer::Committed(_)) {
                return Ok(first);
            }
            self.travel().await;
            return self.ledger.commit(scope, &apart(!account_first)).await;
        }
        self.ledger.commit(scope, plan).await
    }
}

fn no_answer(operation: &'static str) -> StorageError {
    StorageError::Unavailable { operation, reason: "the simulation lost it".to_owned() }
}

/// The ledger as one worker sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimLedger<'a>(pub(crate) &'a Scene);

impl Ledger for SimLedger<'_> {
    async fn read(&self, keys: &BTreeSet<LedgerKey>) -> Result<Loaded, StorageError> {
        let scene = self.0;
        scene.travel().await;
        if scene.fault("read", 2) == Fault::Before {
            return Err(no_answer("BatchGetItem"));
        }
        let forgets = |key: &&LedgerKey| match key {
            LedgerKey::Account(..) => false,
            LedgerKey::Payment(..) => scene.is_expired(),
            LedgerKey::Entry(..) => scene.is_expired() || scene.has(Bug::DuplicateEndsHandler),
        };
        let known: BTreeSet<LedgerKey> = keys.iter().filter(|key| !forgets(key)).cloned().collect();
        let loaded = scene.ledger.read(&known).await;
        scene.tell(|| format!("read {} items", known.len()));
        loaded
    }

    async fn commit(&self, scope: &Scope, plan: &Plan) -> Result<CommitAnswer, StorageError> {
        let scene = self.0;
        scene.travel().await;
        let mut fault = scene.fault("write", 5);
        if scene.conflicts > 0 && scene.chooser.borrow_mut().chance(scene.conflicts) {
            fault = Fault::Conflict;
        }
        let answer = match fault {
            Fault::Before => return Err(no_answer("TransactWriteItems")),
            Fault::Throttle if scene.has(Bug::ThrottleIsDone) => CommitAnswer::Committed(Capacity::default()),
            Fault::Throttle => return Err(StorageError::Throttled { operation: "TransactWriteItems" }),
            Fault::Conflict => CommitAnswer::Busy,
            Fault::None | Fault::AnswerLost => scene.apply(scope, plan).await?,
        };
        scene.tell(|| {
            let entries: Vec<_> = plan
                .entries
                .iter()
                .map(|entry| format!("{} {:+}", engagement::entry_key(entry), entry.points.0))
                .collect();
            let outcome = match answer {
                CommitAnswer::Committed(_) => "written",
                CommitAnswer::LostRace => "lost the race",
                CommitAnswer::Busy => "conflict",
            };
            format!("write [{}]: {outcome}", entries.join(", "))
        });
        scene.travel().await;
        if fault == Fault::AnswerLost {
            return Err(no_answer("TransactWriteItems"));
        }
        let is_cancelled = !matches!(answer, CommitAnswer::Committed(_));
        let swallows = scene.has(Bug::AnyCancelIsDuplicate)
            || (scene.has(Bug::ConflictIsDuplicate) && answer == CommitAnswer::Busy);
        Ok(if is_cancelled && swallows { CommitAnswer::Committed(Capacity::default()) } else { answer })
    }

    async fn mark_engaged(&self, key: &LedgerKey) -> Result<(), StorageError> {
        let scene = self.0;
        scene.travel().await;
        if scene.fault("note", 2) == Fault::Before {
            return Err(no_answer("UpdateItem"));
        }
        scene.ledger.mark_engaged(key).await
    }
}

/// Step Functions as one worker sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimWorkflow<'a>(pub(crate) &'a Scene);

impl SimWorkflow<'_> {
    fn name_of(self, start: &Start) -> String {
        let scene = self.0;
        scene.calls.set(scene.calls.get().saturating_add(1));
        if scene.has(Bug::RandomExecutionName) {
            return format!("{}-{}", start.name, scene.calls.get());
        }
        if scene.has(Bug::ClockInName) {
            return format!("{}-{}", start.name, scene.time.now_ms());
        }
        start.name.clone()
    }

    async fn mark_first(self, start: &Start) {
        let Some(id) = start.input.payment_key.as_deref().and_then(|key| key.strip_prefix("stripe:")) else { return };
        let Ok(id) = PaymentId::new(id) else { return };
        let Some((_, effect)) = start.input.entry_key.split_once('/') else { return };
        let scope = Scope { mode: start.input.mode, account: start.input.account_id.clone() };
        let subject = Subject::Payment(PaymentKey { processor: Processor::Stripe, id });
        // An error here would be a fault of its own; the planted bug is the order.
        if self.0.ledger.mark_engaged(&LedgerKey::Entry(scope, subject, effect.to_owned())).await.is_err() {
            self.0.tell(|| "the note was lost".to_owned());
        }
    }
}

impl Workflow for SimWorkflow<'_> {
    async fn start(&self, start: &Start) -> Result<Started, StartError> {
        let scene = self.0;
        if scene.has(Bug::EngagedMarkedFirst) {
            self.mark_first(start).await;
        }
        scene.travel().await;
        let fault = scene.fault("start", 3);
        if fault == Fault::Before {
            let lost = Err(StartError::Passing("the simulation lost it".to_owned()));
            return if scene.has(Bug::StartErrorSwallowed) { Ok(Started::Now) } else { lost };
        }
        let name = self.name_of(start);
        let input = format!("{:?}", start.input);
        let started = {
            let mut executions = scene.executions.borrow_mut();
            let unknown = Execution { input, begun: 0, is_remembered: false };
            let execution = executions.entry(name.clone()).or_insert(unknown);
            let is_used = execution.is_remembered;
            if !is_used {
                execution.begun = execution.begun.saturating_add(1);
                execution.is_remembered = true;
            }
            if is_used { Started::Before } else { Started::Now }
        };
        scene.tell(|| format!("start {name}: {started:?}"));
        scene.travel().await;
        if fault == Fault::AnswerLost {
            return Err(StartError::Passing("the simulation lost the answer".to_owned()));
        }
        if started == Started::Before && scene.has(Bug::ExistingExecutionIsError) {
            return Err(StartError::Passing("ExecutionAlreadyExists".to_owned()));
        }
        Ok(started)
    }

    fn is_on(&self) -> bool {
        true
    }
}

/// The simulated clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimClock<'a>(pub(crate) &'a Scene);

impl Clock for SimClock<'_> {
    fn now(&self) -> Timestamp {
        let milliseconds =
            if self.0.has(Bug::NeverStale) { START_SECONDS.saturating_mul(1000) } else { self.0.time.now_ms() };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
    }
}

/// Waits in simulated time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimTimer<'a>(pub(crate) &'a Scene);

impl Timer for SimTimer<'_> {
    async fn sleep(&self, duration: Duration) {
        self.0.time.wait(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)).await;
    }
}

/// Jitter from the chooser. While walking it is always the same: there time has no meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimEntropy<'a>(pub(crate) &'a Scene);

impl Entropy for SimEntropy<'_> {
    fn below(&self, bound: u64) -> u64 {
        let mut chooser = self.0.chooser.borrow_mut();
        if chooser.is_walking() {
            return 0;
        }
        u64::try_from(chooser.below(usize::try_from(bound).unwrap_or(usize::MAX))).unwrap_or(0)
    }
}
