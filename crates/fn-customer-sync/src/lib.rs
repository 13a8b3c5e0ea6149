#![doc = include_str!("../README.md")]

use delivery::feedback::{self, Feedback, News};
use jiff::Timestamp;
use lambda_kit::{
    BatchResponse, Clock, Environment, Failure, Limits, Metrics, SqsEvent, SqsRecord, Task, Timer,
    aws::AwsSettings,
    batch::{self, Failures},
};
use processor_events::{Fact, ProcessorEvent, ReadOptions, Reading, event::Customer};
use storage::{
    Scope,
    customers::{
        ChangeAnswer, Contact, ContactChange, CustomerKey, ProfileChanges, SourceVersion, Suppression,
        SuppressionReason,
    },
};

/// The function's name in metrics.
pub const NAME: &str = "customer-sync";

/// What the function is told by its environment.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The table of profiles.
    pub customers_table: String,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        Some(Self { aws: aws?, customers_table: customers_table? })
    }
}

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<C, K, T> {
    /// Where profiles are kept.
    pub customers: C,
    /// How events are read.
    pub read: ReadOptions,
    /// Tells the time.
    pub clock: K,
    /// Waits for the deadline.
    pub timer: T,
    /// Counts.
    pub metrics: Metrics,
}

/// What a record asks for.
#[derive(Debug)]
enum Work {
    /// Show this in the profile.
    Change(CustomerKey, SourceVersion, ContactChange),
    /// Do not write to this address any more.
    Suppress(CustomerKey, Suppression),
    /// This address can be written to.
    Lift(CustomerKey, Feedback),
}

impl<C: ProfileChanges, K: Clock, T: Timer> Handler<C, K, T> {
    /// Handles one batch; the answer names exactly the records that have to come again.
    pub async fn handle(&self, batch: SqsEvent, deadline: Timestamp) -> BatchResponse {
        let mut failures = Failures::default();
        let mut tasks = Vec::new();
        for record in batch.records {
            match self.work_of(&record) {
                Ok(Some(work)) => tasks.push(Task { message_ids: vec![record.message_id], work }),
                Ok(None) => self.metrics.count("CustomerNewsIgnored", &[]),
                Err(failure) => failures.push(record.message_id, failure),
            }
        }
        let act = async |work| self.act(work).await;
        failures.extend(batch::run(tasks, Limits::until(deadline), &self.clock, &self.timer, act).await);
        for (_, failure) in failures.iter() {
            self.metrics.count("RecordFailed", &[("reason", failure.name)]);
        }
        failures.into_response()
    }

    fn work_of(&self, record: &SqsRecord) -> Result<Option<Work>, Failure> {
        if let Some(report) = feedback::read(&record.body) {
            return report.map(work_of_feedback).map_err(|error| Failure::new("FeedbackUnreadable", &error));
        }
        match processor_events::read(&record.body, &self.read) {
            Reading::Event(event) => Ok(work_of_event(&event)),
            Reading::NotForUs(_) => Ok(None),
            Reading::Unsupported(unsupported) => Err(Failure::new("EventUnsupported", &unsupported)),
            Reading::Malformed(malformed) => Err(Failure::new("EventMalformed", &malformed)),
        }
    }

    async fn act(&self, work: Work) -> Result<(), Failure> {
        let (change, answer) = match &work {
            Work::Change(customer, source, change @ ContactChange::Set(_)) => {
                ("set", self.customers.change(customer, source, change).await)
            }
            Work::Change(customer, source, change @ ContactChange::Erase) => {
                ("erase", self.customers.change(customer, source, change).await)
            }
            Work::Suppress(customer, suppression) => ("suppress", self.customers.suppress(customer, suppression).await),
            Work::Lift(customer, news) => ("lift", self.customers.lift(customer, &news.address, news.at).await),
        };
        let answer = answer.map_err(|error| Failure::new("ProfileNotChanged", &error))?;
        let answer = match answer {
            ChangeAnswer::Applied => "applied",
            ChangeAnswer::Outdated => "outdated",
        };
        self.metrics.count("CustomerNews", &[("change", change), ("answer", answer)]);
        Ok(())
    }
}

fn work_of_event(event: &ProcessorEvent) -> Option<Work> {
    let (customer, change) = match &event.fact {
        Fact::CustomerChanged(customer) => (customer, ContactChange::Set(contact(customer))),
        Fact::CustomerDeleted(customer) => (customer, ContactChange::Erase),
        _ => return None,
    };
    let key = CustomerKey { scope: Scope::of(event), customer: customer.id.clone() };
    let source = SourceVersion { occurred_at: event.occurred_at, event: event.id.clone() };
    Some(Work::Change(key, source, change))
}

/// The name under which merchants keep a customer's IANA time zone in the metadata: processors have no field for it.
const TIME_ZONE: &str = "time_zone";

fn contact(customer: &Customer) -> Contact {
    Contact {
        email: customer.email.clone(),
        name: customer.name.clone(),
        phone: customer.phone.clone(),
        locales: customer.preferred_locales.clone(),
        time_zone: customer.metadata.get(TIME_ZONE).cloned(),
    }
}

fn work_of_feedback(feedback: Feedback) -> Option<Work> {
    let customer = feedback.customer.clone()?;
    let reason = match feedback.news {
        News::Bounced => SuppressionReason::Bounced,
        News::Complained => SuppressionReason::Complained,
        News::Delivered => return Some(Work::Lift(customer, feedback)),
        News::Other => return None,
    };
    Some(Work::Suppress(customer, Suppression { address: feedback.address, reason, at: feedback.at }))
}
