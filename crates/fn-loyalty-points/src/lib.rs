#![doc = include_str!("../README.md")]

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use engagement::{Place, Start, is_stale};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use lambda_kit::{
    BatchResponse, Clock, Entropy, Failure, Limits, MessageId, Metrics, Outcome, SqsEvent, SqsRecord, Task, Timer,
    Unit,
    batch::{self, Failures},
};
use loyalty::{
    Entry, Intake, PaymentKey, PaymentState, Points, Program, Snapshot, Subject, Verdict, intake,
    lookup::{Questions, learn, questions, unanswered},
};
use processor_events::{ReadOptions, Reading, ids::CustomerId};
use storage::{
    Scope,
    ledger::{Ledger, LedgerKey, Loaded},
    program::{CachedProgram, Programs, Refresh},
};

mod config;
mod lookup;
mod post;
#[cfg(test)]
mod tests;
mod workflow;

pub use config::Config;
pub use lookup::{InMemoryLookup, Lookup, LookupError, StripeLookup};
use post::{Group, PostError, Posted, Record, post, storage_failure};
pub use workflow::{StartError, Started, StepFunctions, Workflow};

/// The function's name in metrics.
pub const NAME: &str = "loyalty-points";

/// The most records that go into one transaction: each makes at most one payment, one invoice and one entry, and the account is
/// one item more, which stays below the limit of 100 items. (Only an invoice that several payments pay makes more; a transaction
/// that grows too large by it is refused, and its records are then written one by one.)
const MAX_RECORDS_PER_TRANSACTION: usize = 32;

/// Questions in flight at once for one customer.
const CONCURRENT_LOOKUPS: usize = 10;

/// Starts in flight at once for one customer.
const CONCURRENT_STARTS: usize = 10;

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<L, P, W, Q, C, T, E> {
    /// Accounts, payments and entries.
    pub ledger: L,
    /// The rules.
    pub program: CachedProgram<P>,
    /// Who is told of entries that deserve attention.
    pub workflow: W,
    /// Who can be asked what an event leaves open.
    pub lookup: Q,
    /// How events are read.
    pub read: ReadOptions,
    /// The time.
    pub clock: C,
    /// Waits between the rounds of a race.
    pub timer: T,
    /// How long it waits, by chance.
    pub entropy: E,
    /// Counts and measures.
    pub metrics: Metrics,
}

impl<L, P, W, Q, C, T, E> Handler<L, P, W, Q, C, T, E>
where
    L: Ledger,
    P: Programs,
    W: Workflow,
    Q: Lookup,
    C: Clock,
    T: Timer,
    E: Entropy,
{
    /// Handles one batch; the answer names exactly the records that have to come again.
    pub async fn handle(&self, batch: SqsEvent, deadline: Timestamp) -> BatchResponse {
        let failures = self.work(&batch, self.clock.now(), deadline).await;
        for (_, failure) in failures.iter() {
            self.metrics.count("RecordFailed", &[("reason", failure.name)]);
        }
        failures.into_response()
    }

    async fn work(&self, batch: &SqsEvent, read_at: Timestamp, deadline: Timestamp) -> Failures {
        let program = match self.program().await {
            Ok(program) => program,
            Err(failure) => return all_failed(batch.records.iter().map(|record| &record.message_id), &failure),
        };
        let (records, mut failures) = self.parse(&program, batch, read_at);
        let groups = match self.load(&records).await {
            Ok(loaded) => group(records, &loaded, &mut failures),
            Err(failure) => {
                failures.extend(all_failed(records.iter().map(|record| &record.message_id), &failure));
                return failures;
            }
        };
        let tasks = groups.into_iter().map(|group| Task { message_ids: group.message_ids(), work: group });
        let handle = |group| self.post(&program, group);
        failures.extend(batch::run(tasks.collect(), Limits::until(deadline), &self.clock, &self.timer, handle).await);
        failures
    }

    async fn program(&self) -> Result<Rc<Program>, Failure> {
        let read = self.program.program(self.clock.now()).await;
        let (program, refresh) = read.map_err(|error| Failure::new("ProgramUnavailable", &error))?;
        match refresh {
            Refresh::Fresh => {}
            Refresh::Changed { version } => tracing::info!(program.version = version, "a loyalty program is in force"),
            Refresh::Refused(error) => {
                self.metrics.count("ProgramRefused", &[]);
                tracing::error!(error.detail = %error, "the stored loyalty program is broken; the last good one stays");
            }
            Refresh::Unavailable(reason) => {
                self.metrics.count("ProgramNotRefreshed", &[]);
                tracing::warn!(error.detail = reason, "the loyalty program could not be read; the last good one stays");
            }
        }
        Ok(program)
    }

    fn parse(&self, program: &Program, batch: &SqsEvent, read_at: Timestamp) -> (Vec<Record>, Failures) {
        let mut failures = Failures::default();
        let mut records = Vec::new();
        for record in &batch.records {
            // The reader does not panic on any input that its tests know; one that they do not know must fail alone.
            let read = catch_unwind(AssertUnwindSafe(|| self.parse_one(program, record, read_at)));
            match read.unwrap_or_else(|_| Err(Failure::message("Panicked", "the record could not be read"))) {
                Ok(record) => records.extend(record),
                Err(failure) => failures.push(record.message_id.clone(), failure),
            }
        }
        (records, failures)
    }

    /// What a record means to the ledger; `None` for what is done without it.
    fn parse_one(&self, program: &Program, record: &SqsRecord, read_at: Timestamp) -> Result<Option<Record>, Failure> {
        let event = match processor_events::read(&record.body, &self.read) {
            Reading::Event(event) => event,
            Reading::NotForUs(_) => {
                self.count_outcome("not_for_us");
                return Ok(None);
            }
            Reading::Unsupported(unsupported) => return Err(Failure::new("EventUnsupported", &unsupported)),
            Reading::Malformed(malformed) => return Err(Failure::new("EventMalformed", &malformed)),
        };
        match intake(program, &event) {
            Intake::Relevant(payment_event) => Ok(Some(Record {
                message_id: record.message_id.clone(),
                sent_at: record.sent_at(),
                deliveries: record.deliveries(),
                read_at,
                scope: Scope::of(&event),
                event: *payment_event,
            })),
            Intake::Nothing(why) => {
                self.count_outcome(why.name());
                Ok(None)
            }
        }
    }

    /// Reads everything the batch is about: in one call, or in two where a payment that is known already has to tell its
    /// customer first, or an invoice its payments.
    async fn load(&self, records: &[Record]) -> Result<Loaded, Failure> {
        let keys: BTreeSet<LedgerKey> = records.iter().flat_map(Record::keys).collect();
        let mut loaded = self.read(&keys).await?;
        let told: BTreeSet<LedgerKey> = records.iter().flat_map(|record| record.told_by(&loaded)).collect();
        let told: BTreeSet<LedgerKey> = told.difference(&keys).cloned().collect();
        if !told.is_empty() {
            loaded.absorb(self.read(&told).await?);
        }
        self.count_capacity(loaded.capacity());
        Ok(loaded)
    }

    async fn read(&self, keys: &BTreeSet<LedgerKey>) -> Result<Loaded, Failure> {
        if keys.is_empty() {
            return Ok(Loaded::default());
        }
        self.ledger.read(keys).await.map_err(|error| storage_failure(&error))
    }

    /// Writes one customer's records, part by part, and starts what they deserve.
    async fn post(&self, program: &Program, mut group: Group) -> Outcome {
        let (records, mut failed) = self.learn(program, &mut group).await;
        for (number, part) in records.chunks(MAX_RECORDS_PER_TRANSACTION).enumerate() {
            let mut part = Group { records: part.to_vec(), ..group.clone() };
            if number > 0 {
                // The part before has moved the account on: the first round of this one is lost on purpose and reads again.
                part.snapshot = Snapshot::default();
            }
            self.post_part(program, &mut part, &mut failed).await;
        }
        Outcome::Partly(failed)
    }

    /// Asks what the events leave open, side by side, and only for this customer: payments that need no question do not wait.
    /// Returns the records that can be decided about, and those that come again for an answer.
    async fn learn(&self, program: &Program, group: &mut Group) -> (Vec<Record>, Vec<(MessageId, Failure)>) {
        let records = std::mem::take(&mut group.records);
        if !self.lookup.is_on() {
            return (records, Vec::new());
        }
        let learned = records.into_iter().map(|record| self.learn_one(program, &group.snapshot, record));
        let mut learned = stream::iter(learned).buffered(CONCURRENT_LOOKUPS);
        let (mut records, mut failed) = (Vec::new(), Vec::new());
        while let Some(result) = learned.next().await {
            match result {
                Ok(record) => records.push(record),
                Err(comes_again) => failed.push(comes_again),
            }
        }
        (records, failed)
    }

    async fn learn_one(
        &self,
        program: &Program,
        snapshot: &Snapshot,
        record: Record,
    ) -> Result<Record, (MessageId, Failure)> {
        let unknown = PaymentState::default();
        let stored = snapshot.payments.get(&record.event.payment).unwrap_or(&unknown);
        // A connected account's payments cannot be asked about with the platform's key alone.
        let is_own = record.scope.account.is_none();
        let Some(questions) = questions(program, &record.event, stored).filter(|_| is_own) else {
            return Ok(record);
        };
        match self.lookup.look_up(record.scope.mode, &record.event.payment.id, questions).await {
            Ok(found) => {
                self.metrics.count("PaymentLookedUp", &[]);
                Ok(Record { event: learn(record.event, &found), ..record })
            }
            // What an invoice is for, its events tell as well; what was bought, nobody else does.
            Err(error) if questions.basket && error.is_worth_waiting(record.deliveries) => {
                Err((record.message_id, Failure::new(error.name(), &error)))
            }
            Err(error) => Ok(self.go_on_without(record, questions, &error)),
        }
    }

    /// The event alone counts. What is missing then, somebody may want to make up for.
    fn go_on_without(&self, record: Record, questions: Questions, error: &LookupError) -> Record {
        self.metrics.count("LookupFailed", &[]);
        self.metrics.count("LookupFailed", &[("reason", error.name())]);
        let why = Failure::new(error.name(), error);
        let payment = record.event.payment.to_string();
        tracing::warn!(
            payment.key = payment,
            error.name = why.name,
            error.detail = %why.detail,
            "a payment earns by its event alone; `paybus adjust` can add what its basket would have brought"
        );
        if questions.basket { Record { event: unanswered(record.event), ..record } } else { record }
    }

    async fn post_part(&self, program: &Program, part: &mut Group, failed: &mut Vec<(MessageId, Failure)>) {
        match self.post_once(program, part, failed).await {
            Ok(()) => {}
            // One record may spoil the transaction for the others: each gets one of its own.
            Err(error) if error.is_refusal() && part.records.len() > 1 => {
                for record in std::mem::take(&mut part.records) {
                    let id = record.message_id.clone();
                    let mut single = Group { records: vec![record], snapshot: Snapshot::default(), ..part.clone() };
                    if let Err(error) = self.post_once(program, &mut single, failed).await {
                        failed.push((id, error.failure()));
                    }
                }
            }
            Err(error) => {
                let failure = error.failure();
                failed.extend(part.records.iter().map(|record| (record.message_id.clone(), failure.clone())));
            }
        }
    }

    async fn post_once(
        &self,
        program: &Program,
        group: &mut Group,
        failed: &mut Vec<(MessageId, Failure)>,
    ) -> Result<(), PostError> {
        let posted = post(&self.ledger, &self.timer, &self.entropy, program, group).await?;
        self.measure(group, &posted);
        for (record, verdict) in group.records.iter().zip(&posted.decision.verdicts) {
            if let Err(rejection) = verdict {
                failed.push((record.message_id.clone(), Failure::new(rejection.name(), rejection)));
            }
        }
        for (payment, failure) in self.engage(group, &posted).await? {
            let concerned = group.records.iter().filter(|record| posted.concerns(record, &payment));
            failed.extend(concerned.map(|record| (record.message_id.clone(), failure.clone())));
        }
        Ok(())
    }

    /// Starts the workflow for every entry that deserves it: the new ones, and those of redelivered events, whose first
    /// delivery may have ended between the transaction and the start. Returns the payments whose start failed.
    async fn engage(&self, group: &Group, posted: &Posted) -> Result<Vec<(PaymentKey, Failure)>, PostError> {
        if !self.workflow.is_on() {
            return Ok(Vec::new());
        }
        let mut entries: Vec<(Entry, bool)> =
            posted.decision.plan.entries.iter().map(|entry| (entry.clone(), false)).collect();
        entries.extend(self.known_entries(group, posted).await?.into_iter().map(|entry| (entry, true)));
        let starts = entries.iter().map(|(entry, is_known)| self.start(&group.scope, entry, *is_known));
        let failures = stream::iter(starts).buffer_unordered(CONCURRENT_STARTS).filter_map(|failure| async { failure });
        Ok(failures.collect().await)
    }

    /// The noteworthy entries of redelivered events that nobody has noted as engaged yet.
    async fn known_entries(&self, group: &Group, posted: &Posted) -> Result<Vec<Entry>, PostError> {
        let verdicts = group.records.iter().zip(&posted.decision.verdicts);
        let known = verdicts.filter(|(record, verdict)| {
            matches!(verdict, Ok(Verdict::Known)) && !is_stale(record.event.occurred_at, self.clock.now())
        });
        let keys: BTreeSet<LedgerKey> = known
            .flat_map(|(record, _)| posted.payments_of(record))
            .filter_map(|payment| posted.before.payments.get_key_value(&payment))
            .flat_map(|(payment, state)| {
                let subject = Subject::Payment(payment.clone());
                let scope = group.scope.clone();
                state
                    .noteworthy
                    .iter()
                    .map(move |effect| LedgerKey::Entry(scope.clone(), subject.clone(), effect.clone()))
            })
            .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let loaded = self.ledger.read(&keys).await?;
        let mut entries = Vec::new();
        for key in &keys {
            entries.extend(loaded.entry(key)?.filter(|stored| !stored.engaged).map(|stored| stored.entry));
        }
        Ok(entries)
    }

    async fn start(&self, scope: &Scope, entry: &Entry, is_known: bool) -> Option<(PaymentKey, Failure)> {
        let Subject::Payment(payment) = &entry.subject else { return None };
        let payment_item = LedgerKey::Payment(scope.clone(), payment.clone()).place();
        let place = Place { mode: scope.mode, account: scope.account.clone(), payment_item: Some(payment_item) };
        let start = Start::of(entry, &place)?;
        if is_stale(entry.occurred_at, self.clock.now()) {
            self.metrics.count("EngagementSkipped", &[("reason", "stale")]);
            return None;
        }
        let name = start.input.engagement.name();
        let failure = match self.workflow.start(&start).await {
            Ok(Started::Now) => {
                self.metrics.count("EngagementStarted", &[("engagement", name)]);
                None
            }
            Ok(Started::Before) => {
                self.metrics.count("EngagementStartedBefore", &[("engagement", name)]);
                None
            }
            Err(error @ StartError::Passing(_)) => Some(Failure::new("EngagementNotStarted", &error)),
            Err(error @ StartError::Refused(_)) => Some(Failure::new("EngagementRefused", &error)),
        };
        if failure.is_none() && is_known {
            // Only a redelivery notes it: the usual case does without the extra write, and is found again by its name.
            let key = LedgerKey::Entry(scope.clone(), entry.subject.clone(), entry.effect.clone());
            if let Err(error) = self.ledger.mark_engaged(&key).await {
                tracing::warn!(error.detail = %error, "an engagement is started but could not be noted; the next redelivery will");
            }
        }
        failure.map(|failure| (payment.clone(), failure))
    }

    fn measure(&self, group: &Group, posted: &Posted) {
        self.count_capacity(posted.capacity);
        if posted.lost_rounds > 0 {
            self.metrics.add("RaceLost", Unit::Count, i64::from(posted.lost_rounds), &[]);
        }
        let now = self.clock.now();
        for (record, verdict) in group.records.iter().zip(&posted.decision.verdicts) {
            match verdict {
                Ok(Verdict::Entered(points)) => {
                    self.count_outcome("entered");
                    let name = if *points < Points::ZERO { "PointsTakenBack" } else { "PointsAwarded" };
                    self.metrics.add(name, Unit::Count, points.0.saturating_abs(), &[]);
                    self.measure_since("ReadToPosted", record.read_at, now);
                    if let Some(sent_at) = record.sent_at {
                        self.measure_since("SentToPosted", sent_at, now);
                    }
                }
                Ok(Verdict::Noted) => self.count_outcome("noted"),
                Ok(Verdict::Known) => self.count_outcome("known"),
                Err(rejection) => self.count_outcome(rejection.name()),
            }
        }
    }

    fn measure_since(&self, name: &'static str, then: Timestamp, now: Timestamp) {
        let waited = i64::try_from(now.duration_since(then).as_millis()).unwrap_or(i64::MAX);
        self.metrics.add(name, Unit::Milliseconds, waited, &[]);
    }

    fn count_outcome(&self, reason: &'static str) {
        self.metrics.count("Outcome", &[("reason", reason)]);
    }

    fn count_capacity(&self, capacity: storage::ledger::Capacity) {
        for (name, tenths) in
            [("LedgerReadUnitTenths", capacity.read_tenths), ("LedgerWriteUnitTenths", capacity.write_tenths)]
        {
            if tenths > 0 {
                self.metrics.add(name, Unit::Count, tenths, &[]);
            }
        }
    }
}

/// Brings together the records of one customer. A record whose payment cannot be read fails here, alone.
fn group(records: Vec<Record>, loaded: &Loaded, failures: &mut Failures) -> Vec<Group> {
    let payers = payers(&records);
    let mut groups: BTreeMap<(Scope, Option<CustomerId>, Option<PaymentKey>), Group> = BTreeMap::new();
    for record in records {
        let payment = record.event.payment.clone();
        let state = match loaded.payment(&record.scope, &payment) {
            Ok(state) => state,
            Err(corrupt) => {
                failures.push(record.message_id, storage_failure(&corrupt.into()));
                continue;
            }
        };
        let payer = payers.get(&(record.scope.clone(), payment.clone())).cloned();
        let customer = state.payer().cloned().or(payer);
        // Facts about payments that nobody has told of yet have no account to meet on: each payment for itself.
        let lone_payment = customer.is_none().then_some(payment);
        let key = (record.scope.clone(), customer.clone(), lone_payment);
        let scope = record.scope.clone();
        let empty = || Group { scope, customer, records: Vec::new(), snapshot: Snapshot::default() };
        groups.entry(key).or_insert_with(empty).records.push(record);
    }
    let mut readable = Vec::new();
    for mut group in groups.into_values() {
        match group.take(loaded) {
            Ok(()) => readable.push(group),
            Err(corrupt) => failures.extend(all_failed(&group.message_ids(), &storage_failure(&corrupt.into()))),
        }
    }
    readable
}

/// Who pays what in this batch.
fn payers(records: &[Record]) -> BTreeMap<(Scope, PaymentKey), CustomerId> {
    let told = records.iter().filter_map(|record| {
        let payer = record.event.happened.payer()?.clone();
        Some(((record.scope.clone(), record.event.payment.clone()), payer))
    });
    told.collect()
}

fn all_failed<'a>(ids: impl IntoIterator<Item = &'a MessageId>, failure: &Failure) -> Failures {
    let mut failures = Failures::default();
    for id in ids {
        failures.push(id.clone(), failure.clone());
    }
    failures
}

impl Group {
    fn message_ids(&self) -> Vec<MessageId> {
        self.records.iter().map(|record| record.message_id.clone()).collect()
    }
}
