#![doc = include_str!("../README.md")]

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
};

use delivery::{Attempt, Courier, DeliveryError, EmailSender, Notice, Outcome, Pace, PushSender, Recipient, Report};
use futures_util::join;
use jiff::Timestamp;
use lambda_kit::{
    BatchResponse, Clock, Failure, Limits, MessageId, Metrics, SqsEvent, SqsRecord, Task, Timer, Unit,
    batch::{self, Failures},
};
use notices::{
    Decision, News,
    decide::{Circumstances, Skip},
    news::NoNews,
    render,
};
use storage::{
    Scope, StorageError,
    customers::{CustomerKey, Devices, FoundProfiles, Profiles},
    deliveries::{Begun, ClaimOwner, Deliveries, NoticeKey, Outbox},
};

mod config;
mod hindsight;

pub use config::{Config, Settings};
pub use hindsight::{Hindsight, KnownAnswers};

/// The function's name in metrics.
pub const NAME: &str = "customer-notices";

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<D, C, E, P, K, T, H> {
    /// Takes notices to customers. Its `devices` are also where profiles are read.
    pub courier: Courier<D, C, E, P, K>,
    /// Says what has become of things by now.
    pub hindsight: H,
    /// What decides about the content of messages.
    pub settings: Settings,
    /// Waits for the deadline.
    pub timer: T,
    /// Counts and measures.
    pub metrics: Metrics,
}

/// One thing to tell, for all records of the batch that would say it.
#[derive(Debug)]
struct Work {
    news: News,
    key: NoticeKey,
    customer: Option<CustomerKey>,
    /// The receipt after which a failure is no longer told.
    receipt: Option<NoticeKey>,
}

/// What was read for all of the batch.
#[derive(Debug)]
struct Known {
    profiles: FoundProfiles,
    begun: BTreeSet<NoticeKey>,
}

impl<D, C, E, P, K, T, H> Handler<D, C, E, P, K, T, H>
where
    D: Deliveries + Outbox + Begun,
    C: Profiles + Devices,
    E: EmailSender,
    P: PushSender,
    K: Clock,
    T: Timer,
    H: Hindsight,
{
    /// Handles one batch; the answer names exactly the records that have to come again.
    pub async fn handle(&self, batch: SqsEvent, deadline: Timestamp) -> BatchResponse {
        let (tasks, mut failures) = self.parse(&batch);
        match self.load(&tasks).await {
            Ok(known) => failures.extend(self.tell(tasks, &known, deadline).await),
            Err(failure) => {
                for id in tasks.into_iter().flat_map(|task| task.message_ids) {
                    failures.push(id, failure.clone());
                }
            }
        }
        for (_, failure) in failures.iter() {
            self.metrics.count("RecordFailed", &[("reason", failure.name)]);
            // Once more for the alarm, which cannot add up dimensions. Two copies at the same moment are no reason to ring.
            if failure.name != DeliveryError::Busy.name() {
                self.metrics.count("RecordFailed", &[]);
            }
        }
        failures.into_response()
    }

    fn parse(&self, batch: &SqsEvent) -> (Vec<Task<Work>>, Failures) {
        let mut tasks: BTreeMap<NoticeKey, Task<Work>> = BTreeMap::new();
        let mut failures = Failures::default();
        for record in &batch.records {
            // The reader does not panic on any input that its tests know; one that they do not know must fail alone.
            let read = catch_unwind(AssertUnwindSafe(|| self.work_of(record)));
            match read.unwrap_or_else(|_| Err(Failure::message("Panicked", "the record could not be read"))) {
                Ok(None) => {}
                Ok(Some(work)) => join_tasks(&mut tasks, record, work),
                Err(failure) => failures.push(record.message_id.clone(), failure),
            }
        }
        (tasks.into_values().collect(), failures)
    }

    /// What a record asks for: nothing, a notice, or to be put aside.
    fn work_of(&self, record: &SqsRecord) -> Result<Option<Work>, Failure> {
        let news = match News::read(&record.body, &self.settings.read) {
            Ok(news) => news,
            Err(nothing) => return self.no_work(&nothing).map(|()| None),
        };
        // What else turns out to be known can silence a notice, never cause one: a skip stays a skip.
        match news.decide(&self.settings.policy, &Circumstances::at(self.courier.clock.now())) {
            Decision::Skip(skip) => {
                self.count_skip(skip);
                Ok(None)
            }
            Decision::Send(_, key) => {
                let scope = Scope { mode: news.mode(), account: news.account().cloned() };
                let key = stored_key(&scope, &key)?;
                let receipt = news.receipt_to_look_for();
                let receipt = receipt.map(|receipt| stored_key(&scope, &receipt)).transpose()?;
                let customer = news.customer().cloned().map(|customer| CustomerKey { scope, customer });
                Ok(Some(Work { news, key, customer, receipt }))
            }
        }
    }

    /// What becomes of a message without news: it is done, or put aside.
    fn no_work(&self, nothing: &NoNews) -> Result<(), Failure> {
        match nothing {
            NoNews::NotForUs(_) => {
                self.metrics.count("NoticeSkipped", &[("reason", "not_for_us")]);
                Ok(())
            }
            NoNews::Unsupported(unsupported) => Err(Failure::new("EventUnsupported", unsupported)),
            NoNews::Malformed(malformed) => Err(Failure::new("EventMalformed", malformed)),
            NoNews::AnnouncementMalformed(error) => Err(Failure::new("EventMalformed", error)),
        }
    }

    /// Everything that the batch needs, in two reads side by side; the second only where something is to be told that a payment
    /// would make pointless.
    async fn load(&self, tasks: &[Task<Work>]) -> Result<Known, Failure> {
        let works = || tasks.iter().map(|task| &task.work);
        let customers: BTreeSet<_> = works().filter_map(|work| work.customer.clone()).collect();
        let receipts: BTreeSet<_> = works().filter_map(|work| work.receipt.clone()).collect();
        let (profiles, begun) = join!(self.profiles(customers), self.begun(receipts));
        let profiles = profiles.map_err(|error| Failure::new("ProfilesNotRead", &error))?;
        let mut begun = begun.map_err(|error| Failure::new("DeliveriesNotRead", &error))?;
        // The receipt may stand in this very batch.
        begun.extend(works().map(|work| work.key.clone()));
        Ok(Known { profiles, begun })
    }

    async fn profiles(&self, customers: BTreeSet<CustomerKey>) -> Result<FoundProfiles, StorageError> {
        if customers.is_empty() {
            return Ok(FoundProfiles::new());
        }
        self.courier.devices.profiles(&customers.into_iter().collect::<Vec<_>>()).await
    }

    async fn begun(&self, receipts: BTreeSet<NoticeKey>) -> Result<BTreeSet<NoticeKey>, StorageError> {
        if receipts.is_empty() {
            return Ok(receipts);
        }
        self.courier.deliveries.begun(&receipts).await
    }

    async fn tell(&self, tasks: Vec<Task<Work>>, known: &Known, deadline: Timestamp) -> Failures {
        let pace = Pace::new();
        let tasks = tasks.into_iter().map(|task| {
            let owner = self.owner(&task.message_ids, deadline);
            Task { message_ids: task.message_ids, work: (task.work, Attempt { owner, deadline, pace: &pace }) }
        });
        let tell = |(work, attempt)| self.tell_one(work, attempt, known);
        batch::run(tasks.collect(), Limits::until(deadline), &self.courier.clock, &self.timer, tell).await
    }

    async fn tell_one(&self, work: Work, attempt: Attempt<'_>, known: &Known) -> Result<(), Failure> {
        let profile = match work.customer.as_ref().and_then(|customer| known.profiles.get(customer)) {
            None => None,
            Some(Ok(profile)) => Some(profile),
            Some(Err(corrupt)) => return Err(Failure::new("ProfileCorrupt", corrupt)),
        };
        let circumstances = self.circumstances(&work, known).await;
        let mut message = match work.news.decide(&self.settings.policy, &circumstances) {
            Decision::Send(message, _) => message,
            Decision::Skip(skip) => {
                self.count_skip(skip);
                return Ok(());
            }
        };
        message.greet_by_default(profile.and_then(|profile| profile.contact.name.as_ref()));
        let recipient = Recipient::new(work.customer, profile, work.news.address());
        let notice = Notice {
            key: work.key,
            message: message.kind(),
            topic: message.topic(),
            occurred_at: work.news.occurred_at(),
            unsubscribe: None,
        };
        let voice = &self.settings.voice;
        let language = voice.reader(profile);
        let render = || render(&message, &language, &voice.brand, &voice.link_hosts);
        let report = self.courier.deliver(&notice, &recipient, &attempt, render).await?;
        self.measure(&notice, &report);
        report.into_result().map(|_| ())
    }

    /// What is known beside the news; the processor is asked only where nothing of ours can say.
    async fn circumstances(&self, work: &Work, known: &Known) -> Circumstances {
        let circumstances = Circumstances {
            settled_since: work.receipt.as_ref().is_some_and(|receipt| known.begun.contains(receipt)),
            ..Circumstances::at(self.courier.clock.now())
        };
        if circumstances.settled_since {
            return circumstances;
        }
        let (circumstances, failure) = hindsight::look(&self.hindsight, &self.timer, &work.news, circumstances).await;
        if let Some(failure) = failure {
            self.metrics.count("HindsightFailed", &[("reason", failure.name)]);
            tracing::warn!(
                error.name = failure.name,
                error.detail = failure.detail,
                "told without knowing what has become of it"
            );
        }
        circumstances
    }

    /// An execution environment handles one batch at a time, and the deadline tells its batches apart.
    fn owner(&self, message_ids: &[MessageId], deadline: Timestamp) -> ClaimOwner {
        let invocation = format!("{}@{}", self.settings.voice.instance, deadline.as_millisecond());
        ClaimOwner::new(&invocation, message_ids.first().map_or("", MessageId::as_str))
    }

    fn count_skip(&self, skip: Skip) {
        self.metrics.count("NoticeSkipped", &[("reason", skip.name())]);
    }

    fn measure(&self, notice: &Notice<'_>, report: &Report) {
        for (channel, outcome) in report.channels() {
            let by = |reason| [("channel", channel.name()), ("reason", reason)];
            match outcome {
                Outcome::Sent { at } => {
                    let waited = at.duration_since(notice.occurred_at).as_millis();
                    let waited = i64::try_from(waited).unwrap_or(i64::MAX);
                    let channel = [("channel", channel.name())];
                    self.metrics.add("PaymentToAccepted", Unit::Milliseconds, waited, &channel);
                    self.metrics.count("NoticeSent", &channel);
                }
                Outcome::Settled => self.metrics.count("NoticeSentBefore", &[("channel", channel.name())]),
                Outcome::Kept => self.metrics.count("NoticeKept", &[("channel", channel.name())]),
                Outcome::Skipped(reason) => self.metrics.count("NoticeSkipped", &by(reason.name())),
                Outcome::Refused(reason) => {
                    self.metrics.count("NoticeRefused", &by(reason));
                    self.metrics.count("NoticeRefused", &[]);
                }
                Outcome::Postponed(failure) => self.metrics.count("NoticePostponed", &by(failure.reason())),
            }
        }
    }
}

/// Records that would say the same are one task; of them, the one that says most is told.
fn join_tasks(tasks: &mut BTreeMap<NoticeKey, Task<Work>>, record: &SqsRecord, work: Work) {
    match tasks.entry(work.key.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(Task { message_ids: vec![record.message_id.clone()], work });
        }
        Entry::Occupied(mut entry) => {
            let task = entry.get_mut();
            task.message_ids.push(record.message_id.clone());
            if work.news.says_more_than(&task.work.news) {
                task.work = work;
            }
        }
    }
}

fn stored_key(scope: &Scope, key: &notices::decide::NoticeKey) -> Result<NoticeKey, Failure> {
    NoticeKey::new(scope.clone(), key.as_str()).map_err(|error| Failure::new("NoticeKeyTooLong", &error))
}
