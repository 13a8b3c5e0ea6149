#![doc = include_str!("../README.md")]

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use delivery::{Attempt, Courier, EmailSender, Notice, Outcome, Pace, PushSender, Recipient, Report};
use jiff::{Timestamp, tz::TimeZone};
use lambda_kit::{
    BatchResponse, Clock, Failure, Limits, MessageId, Metrics, SqsEvent, SqsRecord, Task, Timer, Unit,
    batch::{self, Failures},
};
use notices::{Decision, Locale, Message, Reader, decide::Circumstances, notice_for, render};
use processor_events::{Fact, Personal, ProcessorEvent, Reading};
use storage::{
    Scope,
    customers::{CustomerKey, Devices, FoundProfiles, Profile, Profiles},
    deliveries::{ClaimOwner, Deliveries, NoticeKey, Outbox},
};

mod config;

pub use config::{Config, Settings};

/// The function's name in metrics.
pub const NAME: &str = "customer-notices";

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<D, C, E, P, K, T> {
    /// Takes notices to customers. Its `devices` are also where profiles are read.
    pub courier: Courier<D, C, E, P, K>,
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
    event: Box<ProcessorEvent>,
    message: Box<Message>,
    key: NoticeKey,
    customer: Option<CustomerKey>,
}

impl<D, C, E, P, K, T> Handler<D, C, E, P, K, T>
where
    D: Deliveries + Outbox,
    C: Profiles + Devices,
    E: EmailSender,
    P: PushSender,
    K: Clock,
    T: Timer,
{
    /// Handles one batch; the answer names exactly the records that have to come again.
    pub async fn handle(&self, batch: SqsEvent, deadline: Timestamp) -> BatchResponse {
        let (tasks, mut failures) = self.parse(&batch);
        match self.load(&tasks).await {
            Ok(profiles) => failures.extend(self.tell(tasks, &profiles, deadline).await),
            Err(failure) => {
                for id in tasks.into_iter().flat_map(|task| task.message_ids) {
                    failures.push(id, failure.clone());
                }
            }
        }
        for (_, failure) in failures.iter() {
            self.metrics.count("RecordFailed", &[("reason", failure.name)]);
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
                Ok(Some(work)) => {
                    let task = tasks.entry(work.key.clone()).or_insert(Task { message_ids: Vec::new(), work });
                    task.message_ids.push(record.message_id.clone());
                }
                Err(failure) => failures.push(record.message_id.clone(), failure),
            }
        }
        (tasks.into_values().collect(), failures)
    }

    /// What a record asks for: nothing, a notice, or to be put aside.
    fn work_of(&self, record: &SqsRecord) -> Result<Option<Work>, Failure> {
        let event = match processor_events::read(&record.body, &self.settings.read) {
            Reading::Event(event) => event,
            Reading::NotForUs(_) => {
                self.metrics.count("NoticeSkipped", &[("reason", "not_for_us")]);
                return Ok(None);
            }
            Reading::Unsupported(unsupported) => return Err(Failure::new("EventUnsupported", &unsupported)),
            Reading::Malformed(malformed) => return Err(Failure::new("EventMalformed", &malformed)),
        };
        let circumstances = Circumstances::at(self.courier.clock.now());
        match notice_for(&event, &self.settings.policy, &circumstances) {
            Decision::Skip(skip) => {
                self.metrics.count("NoticeSkipped", &[("reason", skip.name())]);
                Ok(None)
            }
            Decision::Send(message, key) => {
                let scope = Scope::of(&event);
                let key = NoticeKey::new(scope.clone(), key.as_str())
                    .map_err(|error| Failure::new("NoticeKeyTooLong", &error))?;
                let customer = event.fact.customer().cloned().map(|customer| CustomerKey { scope, customer });
                Ok(Some(Work { event, message, key, customer }))
            }
        }
    }

    async fn load(&self, tasks: &[Task<Work>]) -> Result<FoundProfiles, Failure> {
        let mut keys: Vec<CustomerKey> = tasks.iter().filter_map(|task| task.work.customer.clone()).collect();
        keys.sort();
        keys.dedup();
        if keys.is_empty() {
            return Ok(FoundProfiles::new());
        }
        self.courier.devices.profiles(&keys).await.map_err(|error| Failure::new("ProfilesNotRead", &error))
    }

    async fn tell(&self, tasks: Vec<Task<Work>>, profiles: &FoundProfiles, deadline: Timestamp) -> Failures {
        let pace = Pace::new();
        let tasks = tasks.into_iter().map(|task| {
            let owner = self.owner(&task.message_ids, deadline);
            Task { message_ids: task.message_ids, work: (task.work, Attempt { owner, deadline, pace: &pace }) }
        });
        let tell = |(work, attempt)| self.tell_one(work, attempt, profiles);
        batch::run(tasks.collect(), Limits::until(deadline), &self.courier.clock, &self.timer, tell).await
    }

    async fn tell_one(&self, work: Work, attempt: Attempt<'_>, profiles: &FoundProfiles) -> Result<(), Failure> {
        let profile = match work.customer.as_ref().and_then(|customer| profiles.get(customer)) {
            None => None,
            Some(Ok(profile)) => Some(profile),
            Some(Err(corrupt)) => return Err(Failure::new("ProfileCorrupt", corrupt)),
        };
        let recipient = Recipient::new(work.customer, profile, address_in(&work.event.fact));
        let notice = Notice {
            key: work.key,
            message: work.message.kind(),
            topic: work.message.topic(),
            occurred_at: work.event.occurred_at,
            unsubscribe: None,
        };
        let language = self.reader(profile);
        let render = || render(&work.message, &language, &self.settings.brand, &self.settings.link_hosts);
        let report = self.courier.deliver(&notice, &recipient, &attempt, render).await?;
        self.measure(&notice, &report);
        report.into_result().map(|_| ())
    }

    /// In which language and time zone the customer reads.
    fn reader(&self, profile: Option<&Profile>) -> Reader {
        let locales = profile.map(|profile| profile.contact.locales.as_slice()).unwrap_or_default();
        let locale = Locale::resolve(locales.iter().map(String::as_str), None, &self.settings.default_locale);
        let time_zone = profile.and_then(|profile| profile.contact.time_zone.as_deref());
        // A name that is no time zone comes from somebody else's form.
        let time_zone = time_zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        Reader { time_zone, ..Reader::new(locale) }
    }

    /// An execution environment handles one batch at a time, and the deadline tells its batches apart.
    fn owner(&self, message_ids: &[MessageId], deadline: Timestamp) -> ClaimOwner {
        let invocation = format!("{}@{}", self.settings.instance, deadline.as_millisecond());
        ClaimOwner::new(&invocation, message_ids.first().map_or("", MessageId::as_str))
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
                Outcome::Refused(reason) => self.metrics.count("NoticeRefused", &by(reason)),
                Outcome::Postponed(failure) => self.metrics.count("NoticePostponed", &by(failure.reason())),
            }
        }
    }
}

/// The address that the event itself carries: for customers who are not known yet.
const fn address_in(fact: &Fact) -> Option<&Personal<String>> {
    match fact {
        Fact::InvoicePaid(invoice) | Fact::InvoicePaymentFailed(invoice) | Fact::InvoiceActionRequired(invoice) => {
            invoice.customer_email.as_ref()
        }
        Fact::InvoiceUpcoming(invoice) => invoice.customer_email.as_ref(),
        _ => None,
    }
}
