#![doc = include_str!("../README.md")]

use delivery::{
    EmailAddress, OutboundMode,
    feedback::{self, Feedback, News},
};
use hub::Hub;
use jiff::Timestamp;
use lambda_kit::{
    BatchResponse, Clock, Failure, Limits, Metrics, SqsEvent, SqsRecord, Task, Timer,
    batch::{self, Failures},
};
use processor_events::{Fact, ProcessorEvent, ReadOptions, Reading};
use storage::{
    Scope,
    customers::{
        ChangeAnswer, ContactChange, CustomerKey, Profile, ProfileChanges, Profiles, SourceVersion, Suppression,
        SuppressionReason,
    },
};

mod config;
pub mod lookup;
pub mod profile_changed;
pub mod state;

pub use config::Config;

use lookup::{Current, Lookup};
use profile_changed::ProfileChanged;
use state::{Decision, State, contact_of_event, decide, wins_by_id};

/// The function's name in metrics.
pub const NAME: &str = "customer-sync";

/// How often a profile is decided anew when others are faster: as often as a batch can hold events of one customer, and twice
/// more for another instance.
const MOST_TURNS: usize = 12;

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<C, H, L, K, T> {
    /// Where profiles are kept.
    pub customers: C,
    /// Where changes of profiles are published.
    pub hub: H,
    /// Who knows which of two states is the newer one.
    pub lookup: L,
    /// Whether anything may leave.
    pub mode: OutboundMode,
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
    Follow(CustomerKey, State),
    /// Forget the person.
    Erase(CustomerKey, SourceVersion),
    /// Do not write to this address any more.
    Suppress(CustomerKey, Suppression),
    /// This address can be written to.
    Lift(CustomerKey, Feedback),
}

impl Work {
    const fn name(&self) -> &'static str {
        match self {
            Self::Follow(..) => "set",
            Self::Erase(..) => "erase",
            Self::Suppress(..) => "suppress",
            Self::Lift(..) => "lift",
        }
    }
}

impl<C: Profiles + ProfileChanges, H: Hub, L: Lookup, K: Clock, T: Timer> Handler<C, H, L, K, T> {
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
        let answer = match &work {
            Work::Follow(customer, state) => self.follow(customer, state).await?,
            Work::Erase(customer, source) => self.erase(customer, source).await?,
            Work::Suppress(customer, suppression) => {
                self.customers.suppress(customer, suppression).await.map_err(|error| not_changed(&error))?
            }
            Work::Lift(customer, news) => {
                self.customers.lift(customer, &news.address, news.at).await.map_err(|error| not_changed(&error))?
            }
        };
        let answer = match answer {
            ChangeAnswer::Applied => "applied",
            ChangeAnswer::Outdated => "outdated",
        };
        self.metrics.count("CustomerNews", &[("change", work.name()), ("answer", answer)]);
        Ok(())
    }

    /// Load, decide, store, publish; and from the start when somebody else was faster.
    ///
    /// What is published follows from the profile and not from the event: whoever comes after a crash between the two publishes.
    async fn follow(&self, key: &CustomerKey, state: &State) -> Result<ChangeAnswer, Failure> {
        for _ in 0..MOST_TURNS {
            let mut profile = self.profile(key).await?.unwrap_or_default();
            let next = match decide(Some(&profile), state) {
                Decision::Erased => return Ok(ChangeAnswer::Outdated),
                Decision::Known => None,
                Decision::Show => Some(state.clone()),
                Decision::InDoubt => match self.current(key).await? {
                    Some(Current::Deleted) => return self.erase(key, &state.source).await,
                    Some(Current::Exists(contact)) if contact == profile.contact => None,
                    Some(Current::Exists(contact)) => Some(State { contact, ..state.clone() }),
                    None => wins_by_id(Some(&profile), state).then(|| state.clone()),
                },
            };
            let answer = if next.is_some() { ChangeAnswer::Applied } else { ChangeAnswer::Outdated };
            if let Some(next) = next {
                if self.replace(key, &profile, &next).await? == ChangeAnswer::Outdated {
                    continue;
                }
                profile.source = Some(next.source);
                profile.contact = next.contact;
            }
            if self.publish(key, &profile).await? == ChangeAnswer::Applied {
                return Ok(answer);
            }
        }
        Err(Failure::message("ProfileContended", "others were faster each time; the record comes again"))
    }

    async fn profile(&self, key: &CustomerKey) -> Result<Option<Profile>, Failure> {
        let found = self.customers.profiles(std::slice::from_ref(key)).await;
        let mut found = found.map_err(|error| Failure::new("ProfileNotRead", &error))?;
        found.remove(key).transpose().map_err(|corrupt| Failure::new("ProfileCorrupt", &corrupt))
    }

    async fn current(&self, key: &CustomerKey) -> Result<Option<Current>, Failure> {
        let current = self.lookup.current(key).await.map_err(|error| Failure::new(error.name(), &error))?;
        let by = if current.is_some() { "processor" } else { "event_id" };
        self.metrics.count("CustomerTieSettled", &[("by", by)]);
        Ok(current)
    }

    async fn replace(&self, key: &CustomerKey, seen: &Profile, next: &State) -> Result<ChangeAnswer, Failure> {
        let answer = self.customers.replace(key, seen.source.as_ref(), &next.source, &next.contact).await;
        answer.map_err(|error| not_changed(&error))
    }

    async fn erase(&self, key: &CustomerKey, source: &SourceVersion) -> Result<ChangeAnswer, Failure> {
        self.customers.change(key, source, &ContactChange::Erase).await.map_err(|error| not_changed(&error))
    }

    /// Publishes what the profile shows, unless that has been published. [`ChangeAnswer::Outdated`] when the profile has changed
    /// meanwhile: then the newer state is to be published after this one, so that the last one said is the newest.
    async fn publish(&self, key: &CustomerKey, profile: &Profile) -> Result<ChangeAnswer, Failure> {
        let Some(source) = &profile.source else { return Ok(ChangeAnswer::Applied) };
        let changed = ProfileChanged::of(key, source, &profile.contact);
        if profile.published.as_deref() == Some(changed.fingerprint()) {
            return Ok(ChangeAnswer::Applied);
        }
        if !self.admits(key, profile) {
            // Nothing is noted: the first news of this customer in the mode `send` publishes it.
            self.metrics.count("ProfileChangeKept", &[]);
            return Ok(ChangeAnswer::Applied);
        }
        let answers = self.hub.publish(std::slice::from_ref(changed.event())).await;
        if let Some(error) = answers.into_iter().find_map(Result::err) {
            return Err(Failure::new("ProfileNotPublished", &error));
        }
        self.metrics.count("ProfileChangePublished", &[]);
        let noted = self.customers.note_published(key, source, changed.fingerprint()).await;
        noted.map_err(|error| not_changed(&error))
    }

    fn admits(&self, key: &CustomerKey, profile: &Profile) -> bool {
        let address = profile.contact.email.as_ref().and_then(|email| email.reveal().parse::<EmailAddress>().ok());
        self.mode.admits_customer(Some(key))
            || address.is_some_and(|address| self.mode.admits_address(Some(key), &address))
    }
}

fn not_changed(error: &storage::StorageError) -> Failure {
    Failure::new("ProfileNotChanged", error)
}

fn work_of_event(event: &ProcessorEvent) -> Option<Work> {
    let (Fact::CustomerChanged(customer) | Fact::CustomerDeleted(customer)) = &event.fact else { return None };
    let key = CustomerKey { scope: Scope::of(event), customer: customer.id.clone() };
    let source = SourceVersion { occurred_at: event.occurred_at, event: event.id.clone() };
    Some(match &event.fact {
        Fact::CustomerDeleted(_) => Work::Erase(key, source),
        _ => Work::Follow(key, State { source, contact: contact_of_event(customer) }),
    })
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
