#![doc = include_str!("../README.md")]

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use access::{Outward, Policy, Record, Signal, Subject, announcement::SOURCE, signal_of};
use delivery::OutboundMode;
use hub::Hub;
use jiff::Timestamp;
use lambda_kit::{
    BatchResponse, Clock, Failure, Limits, Metrics, SqsEvent, SqsRecord, Task, Timer,
    batch::{self, Failures},
};
use processor_events::{Fact, ProcessorEvent, ReadOptions, Reading, event::Mode};
use storage::{
    Scope, StorageError,
    access::{AccessReader, AccessWriter, ExpiryEntry, ExpiryIndex, SaveAnswer},
    customers::CustomerKey,
};

mod config;
pub mod message;
pub mod reminder;
mod sweep;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use message::OwnMessage;
pub use reminder::{Reminders, SchedulerReminders};

/// The function's name in metrics.
pub const NAME: &str = "access";

/// How often a record is decided anew when others are faster. Each turn somebody got through, so that the queue's own
/// repetition is enough beyond it.
const MOST_TURNS: usize = 5;

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<S, H, R, K, T> {
    /// Keeps records and the index of expiring cards.
    pub store: S,
    /// Takes announcements.
    pub hub: H,
    /// Reminds of the end of grace.
    pub reminders: R,
    /// Tells the time.
    pub clock: K,
    /// Waits for the deadline.
    pub timer: T,
    /// The rules.
    pub policy: Policy,
    /// Whether announcements leave.
    pub mode: OutboundMode,
    /// How events are read.
    pub read: ReadOptions,
    /// Counts.
    pub metrics: Metrics,
}

/// What the records of a batch ask for, those of one customer together.
#[derive(Debug)]
enum Work {
    Customer(CustomerWork),
    Sweep,
}

#[derive(Debug)]
struct CustomerWork {
    subject: Subject,
    signals: Vec<Signal>,
    is_deleted: bool,
}

/// What was done of what a record asks for, until the record itself says so.
#[derive(Debug, Default)]
struct Acted {
    published: Vec<String>,
    reminder_at: Option<Timestamp>,
}

impl Acted {
    fn note(&self, record: &mut Record) {
        record.outbox.retain(|event| !self.published.iter().any(|id| id == event.id()));
        record.reminder_at = self.reminder_at.or(record.reminder_at);
    }
}

/// Which task a record belongs to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Customer(CustomerKey),
    Sweep,
}

impl<S, H, R, K, T> Handler<S, H, R, K, T>
where
    S: AccessReader + AccessWriter + ExpiryIndex,
    H: Hub,
    R: Reminders,
    K: Clock,
    T: Timer,
{
    /// Handles one batch; the answer names exactly the records that have to come again.
    pub async fn handle(&self, batch: SqsEvent, deadline: Timestamp) -> BatchResponse {
        let (tasks, mut failures) = self.parse(&batch);
        let limits = Limits::until(deadline);
        let work = |work| self.work(work, deadline);
        failures.extend(batch::run(tasks, limits, &self.clock, &self.timer, work).await);
        for (_, failure) in failures.iter() {
            self.metrics.count("RecordFailed", &[("reason", failure.name)]);
        }
        failures.into_response()
    }

    fn parse(&self, batch: &SqsEvent) -> (Vec<Task<Work>>, Failures) {
        let mut tasks: BTreeMap<Group, Task<Work>> = BTreeMap::new();
        let mut failures = Failures::default();
        for record in &batch.records {
            // The readers do not panic on any input that their tests know; one that they do not know must fail alone.
            let read = catch_unwind(AssertUnwindSafe(|| self.work_of(record)));
            match read.unwrap_or_else(|_| Err(Failure::message("Panicked", "the record could not be read"))) {
                Ok(None) => {}
                Ok(Some(work)) => join(&mut tasks, record, work),
                Err(failure) => failures.push(record.message_id.clone(), failure),
            }
        }
        (tasks.into_values().collect(), failures)
    }

    fn work_of(&self, record: &SqsRecord) -> Result<Option<Work>, Failure> {
        match OwnMessage::read(&record.body) {
            Some(Ok(OwnMessage::LookAgain { subject })) => {
                return Ok(Some(Work::Customer(CustomerWork { subject, signals: Vec::new(), is_deleted: false })));
            }
            Some(Ok(OwnMessage::Sweep)) => return Ok(Some(Work::Sweep)),
            Some(Err(error)) => return Err(Failure::new("MessageMalformed", &error)),
            None => {}
        }
        match processor_events::read(&record.body, &self.read) {
            Reading::Event(event) => Ok(customer_work(&event).map(Work::Customer)),
            Reading::NotForUs(_) => Ok(None),
            Reading::Unsupported(unsupported) => Err(Failure::new("EventUnsupported", &unsupported)),
            Reading::Malformed(malformed) => Err(Failure::new("EventMalformed", &malformed)),
        }
    }

    async fn work(&self, work: Work, deadline: Timestamp) -> Result<(), Failure> {
        match work {
            Work::Customer(CustomerWork { subject, is_deleted: true, .. }) => {
                let key = key_of(&subject);
                self.store.forget(&key).await.map_err(|error| storage_failure(&error))
            }
            Work::Customer(CustomerWork { subject, signals, is_deleted: false }) => {
                self.advance(&subject, &signals, deadline).await
            }
            Work::Sweep => self.sweep(deadline).await,
        }
    }

    /// Load, decide, store, act; and from the start when somebody else was faster.
    pub(crate) async fn advance(
        &self,
        subject: &Subject,
        signals: &[Signal],
        deadline: Timestamp,
    ) -> Result<(), Failure> {
        let key = key_of(subject);
        let mut acted: Option<Acted> = None;
        for _ in 0..MOST_TURNS {
            let stored = self.store.load(&key).await.map_err(|error| storage_failure(&error))?;
            let before = stored.unwrap_or_else(|| Record::new(subject.clone()));
            let mut record = before.clone();
            if let Some(acted) = &acted {
                acted.note(&mut record);
            }
            let access = record.advance(signals, &self.policy, self.clock.now(), self.outward(&key));
            let reminder = record.reminder_needed(&access);
            let is_work_left = !record.outbox.is_empty() || reminder.is_some();
            let is_claimed_by_others = acted.is_none() && record.is_claimed(self.clock.now());
            let is_to_act = is_work_left && !is_claimed_by_others;
            if is_to_act {
                record.claim(deadline);
            } else if acted.is_some() {
                record.release();
            }
            self.note_expiries(&key, &before, &record).await?;
            if record != before && self.save(&key, &mut record).await? == SaveAnswer::Conflict {
                continue;
            }
            if !is_to_act {
                return Ok(());
            }
            let acted = acted.get_or_insert_default();
            let outcome = self.act(&record, reminder, acted).await;
            acted.note(&mut record);
            record.release();
            let answer = self.save(&key, &mut record).await?;
            outcome?;
            if answer == SaveAnswer::Saved {
                return Ok(());
            }
        }
        Err(Failure::message("RecordContended", "others were faster each time; the record comes again"))
    }

    /// Sets the reminder and publishes what is in the outbox, and notes what is done.
    async fn act(&self, record: &Record, reminder: Option<Timestamp>, acted: &mut Acted) -> Result<(), Failure> {
        if let Some(at) = reminder {
            self.reminders.remind(&record.subject, at).await.map_err(|error| Failure::new("ReminderNotSet", &error))?;
            acted.reminder_at = Some(at);
        }
        let events: Vec<_> = record.outbox.iter().map(hub_event).collect();
        let answers = self.hub.publish(&events).await;
        let mut outcome = Ok(());
        for (event, answer) in record.outbox.iter().zip(answers) {
            match answer {
                Ok(()) => {
                    self.metrics.count("Announced", &[("event", event.detail_type())]);
                    acted.published.push(event.id().to_owned());
                }
                Err(error) => outcome = Err(Failure::new("AnnouncementNotPublished", &error)),
            }
        }
        outcome
    }

    async fn save(&self, key: &CustomerKey, record: &mut Record) -> Result<SaveAnswer, Failure> {
        let answer = self.store.save(key, record).await.map_err(|error| storage_failure(&error))?;
        if answer == SaveAnswer::Saved {
            record.version = record.version.saturating_add(1);
        }
        Ok(answer)
    }

    /// Before the record: an entry without a record is looked at in its month and found to be nothing, a record without an
    /// entry would be forgotten.
    async fn note_expiries(&self, key: &CustomerKey, before: &Record, record: &Record) -> Result<(), Failure> {
        let known: Vec<_> = before.facts.cards().map(|(_, card)| card.expires).collect();
        let entry = ExpiryEntry { key: key.clone(), processor: record.subject.processor };
        for (_, card) in record.facts.cards().filter(|(_, card)| !known.contains(&card.expires)) {
            self.store.note(card.expires, &entry).await.map_err(|error| storage_failure(&error))?;
        }
        Ok(())
    }

    fn outward(&self, key: &CustomerKey) -> Outward {
        if self.mode.admits_customer(Some(key)) { Outward::Emit } else { Outward::Record }
    }
}

fn join(tasks: &mut BTreeMap<Group, Task<Work>>, record: &SqsRecord, work: Work) {
    let group = match &work {
        Work::Customer(customer) => Group::Customer(key_of(&customer.subject)),
        Work::Sweep => Group::Sweep,
    };
    let id = record.message_id.clone();
    match tasks.entry(group) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(Task { message_ids: vec![id], work });
        }
        std::collections::btree_map::Entry::Occupied(mut entry) => {
            let task = entry.get_mut();
            task.message_ids.push(id);
            if let (Work::Customer(all), Work::Customer(more)) = (&mut task.work, work) {
                all.signals.extend(more.signals);
                all.is_deleted |= more.is_deleted;
            }
        }
    }
}

fn customer_work(event: &ProcessorEvent) -> Option<CustomerWork> {
    let (customer, signals, is_deleted) = match &event.fact {
        Fact::CustomerDeleted(customer) => (&customer.id, Vec::new(), true),
        _ => signal_of(event).map(|(customer, signal)| (customer, vec![signal], false))?,
    };
    let subject = Subject {
        processor: event.processor,
        livemode: event.mode == Mode::Live,
        account: event.account.clone(),
        customer: customer.clone(),
    };
    Some(CustomerWork { subject, signals, is_deleted })
}

fn key_of(subject: &Subject) -> CustomerKey {
    let mode = Mode::of_livemode(subject.livemode);
    CustomerKey { scope: Scope { mode, account: subject.account.clone() }, customer: subject.customer.clone() }
}

fn subject_of(entry: ExpiryEntry) -> Subject {
    let Scope { mode, account } = entry.key.scope;
    Subject { processor: entry.processor, livemode: mode == Mode::Live, account, customer: entry.key.customer }
}

fn hub_event(event: &access::HubEvent) -> hub::HubEvent {
    hub::HubEvent {
        source: SOURCE.to_owned(),
        detail_type: event.detail_type().to_owned(),
        detail: event.detail(),
        occurred_at: None,
    }
}

fn storage_failure(error: &StorageError) -> Failure {
    let name = match error {
        StorageError::Throttled { .. } => "RecordThrottled",
        StorageError::Unavailable { .. } => "RecordUnavailable",
        StorageError::Refused { .. } => "RecordRefused",
        StorageError::Corrupt(_) => "RecordCorrupt",
    };
    Failure::new(name, error)
}
