#![doc = include_str!("../README.md")]

mod stripe;

use std::time::Duration;

use hub::{Hub, HubEvent, PublishError};
use jiff::Timestamp;
use lambda_kit::{Clock, Environment, Failure, Metrics, Unit, aws::AwsSettings};
use processor_events::{
    RECONCILER_SOURCE_PREFIX,
    event::{Mode, Processor},
    ids::EventId,
};
use serde_json::Value;
use stripe_api::StripeSettings;

pub use stripe::StripeEvents;

/// The name of the function in its metrics.
pub const NAME: &str = "reconciler";

/// Younger events are still on their way by the usual one.
const SETTLING: Duration = Duration::from_mins(5);

/// The schedule in the template.
const BETWEEN_RUNS: Duration = Duration::from_hours(1);

/// A page is fetched and published well within this; a run that has less left stops and says so.
const LEAST_TIME_FOR_A_PAGE: Duration = Duration::from_secs(15);

/// What the function is told by its environment.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The hub bus.
    pub hub_name: String,
    /// How to reach Stripe: with a key, always.
    pub stripe: StripeSettings,
    /// What is looked for.
    pub settings: Settings,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How far back: longer than the pause between two runs, so that a failed run is made up for by the next.
    pub window: Duration,
    /// The types of events; empty for all.
    pub types: Vec<String>,
    /// The mode of the stack.
    pub mode: Mode,
}

impl Settings {
    /// Types may end with `.*`, as Stripe allows.
    fn wants(&self, kind: &str) -> bool {
        let is_wanted = |wanted: &String| match wanted.strip_suffix('*') {
            Some(family) => kind.starts_with(family),
            None => kind == wanted,
        };
        self.types.is_empty() || self.types.iter().any(is_wanted)
    }
}

impl Config {
    /// Reads `HUB_NAME`, `STRIPE_SECRET_ARN`, `STRIPE_API_URL`, `WINDOW_HOURS`, `EVENT_TYPES` and `PAYMENT_MODE`.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let hub_name = environment.required("HUB_NAME");
        // Elsewhere a key is optional; here nothing can be listed without one.
        environment.required("STRIPE_SECRET_ARN");
        let stripe = StripeSettings::from_environment(environment);
        let hours = environment.parsed_or("WINDOW_HOURS", 3_u8);
        let types = environment.list("EVENT_TYPES").into_iter().filter(|kind| kind != "*").collect();
        let mode = environment.parsed("PAYMENT_MODE");
        let window = Duration::from_hours(hours?.into());
        let settings = Settings { window, types, mode: mode? };
        Some(Self { aws: aws?, hub_name: hub_name?, stripe: stripe?, settings })
    }
}

/// The events that a processor keeps.
pub trait EventList {
    /// The mode of the key.
    fn mode(&self) -> impl Future<Output = Result<Mode, Failure>>;

    /// One page, newest first.
    fn page(&self, query: &Query<'_>) -> impl Future<Output = Result<Page, Failure>>;
}

/// Which events to list.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Created at this time or later.
    pub from: Timestamp,
    /// Created before this time.
    pub before: Timestamp,
    /// The types; empty for all.
    pub types: &'a [String],
    /// The page behind this event.
    pub after: Option<EventId>,
}

/// One page of events.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The events as the processor wrote them, newest first.
    pub events: Vec<Value>,
    /// Whether there are more behind the last one.
    pub has_more: bool,
}

/// The function.
#[derive(Debug)]
pub struct Reconciler<L, H, C> {
    /// The processor.
    pub list: L,
    /// Where events go.
    pub hub: H,
    /// Tells the time.
    pub clock: C,
    /// What is looked for.
    pub settings: Settings,
    /// What is counted.
    pub metrics: Metrics,
}

impl<L: EventList, H: Hub, C: Clock> Reconciler<L, H, C> {
    /// Publishes the window again. A failure means that some of it is not on the hub: the run is repeated as a whole.
    ///
    /// An event that is too large for the bus can never be published, so it holds up no other one: it is logged and counted,
    /// and the run fails once all others are out.
    pub async fn run(&self, deadline: Timestamp) -> Result<(), Failure> {
        self.check_mode().await?;
        let before = earlier(self.clock.now(), SETTLING);
        let from = earlier(before, self.settings.window);
        let mut query = Query { from, before, types: &self.settings.types, after: None };
        let mut too_large = Vec::new();
        loop {
            let page = self.list.page(&query).await?;
            self.count(&page, before);
            too_large.extend(self.publish(&page).await?);
            if !page.has_more {
                return all_published(&too_large);
            }
            query.after = Some(last_id(&page)?);
            if Duration::try_from(deadline.duration_since(self.clock.now())).unwrap_or_default() < LEAST_TIME_FOR_A_PAGE
            {
                return Err(Failure::message(
                    "WindowUnfinished",
                    "the time ended before the whole window was published: name the EVENT_TYPES that are needed, or shorten \
                     WINDOW_HOURS",
                ));
            }
        }
    }

    /// A test key in a live stack would publish test events beside live ones.
    async fn check_mode(&self) -> Result<(), Failure> {
        let mode = self.list.mode().await?;
        if mode == self.settings.mode {
            return Ok(());
        }
        Err(Failure::message("OtherMode", "Stripe's key is of the other mode than PAYMENT_MODE says"))
    }

    /// `EventsLastHour` counts each event in one run only, so its sum over the hours is the number of events; a gap is what
    /// Stripe itself says has not been taken.
    fn count(&self, page: &Page, before: Timestamp) {
        let last_hour = earlier(before, BETWEEN_RUNS).as_second();
        let of_last_hour = |event: &&Value| event["created"].as_i64().is_some_and(|created| created >= last_hour);
        let undelivered = |event: &&Value| event["pending_webhooks"].as_u64().is_some_and(|left| left > 0);
        let add = |name, count| self.metrics.add(name, Unit::Count, number(count), &[]);
        add("EventsListed", page.events.len());
        add("EventsLastHour", page.events.iter().filter(of_last_hour).count());
        add("EventsUndelivered", page.events.iter().filter(undelivered).count());
    }

    /// The ids of the events that no bus can take. Any other event that is not taken ends the run.
    async fn publish(&self, page: &Page) -> Result<Vec<String>, Failure> {
        // The list is newest first; oldest first is closer to how it happened.
        let (ids, events): (Vec<&str>, Vec<HubEvent>) =
            page.events.iter().rev().filter_map(|event| Some((event["id"].as_str()?, self.hub_event(event)?))).unzip();
        let results = self.hub.publish(&events).await;
        let published = results.iter().filter(|result| result.is_ok()).count();
        self.metrics.add("EventsPublishedAgain", Unit::Count, number(published), &[]);
        let mut too_large = Vec::new();
        for ((id, event), result) in ids.iter().zip(&events).zip(results) {
            match result {
                Ok(()) => {}
                Err(error @ PublishError::TooLarge { .. }) => {
                    self.metrics.count("EventsTooLarge", &[]);
                    let detail = error.to_string();
                    tracing::error!(event.id = id, event.kind = event.detail_type, error.detail = detail, "left out");
                    too_large.push((*id).to_owned());
                }
                Err(error) => return Err(not_published(event, &error)),
            }
        }
        Ok(too_large)
    }

    /// `None` for an event of the other mode, which a platform's list may hold, for what has no type, and for a type that was
    /// not asked for: Stripe filters by 20 types at most.
    fn hub_event(&self, event: &Value) -> Option<HubEvent> {
        let mode = if event["livemode"].as_bool()? { Mode::Live } else { Mode::Test };
        (mode == self.settings.mode).then_some(())?;
        let kind = event["type"].as_str()?;
        self.settings.wants(kind).then_some(())?;
        Some(HubEvent {
            source: format!("{RECONCILER_SOURCE_PREFIX}{}", Processor::Stripe.name()),
            detail_type: kind.to_owned(),
            detail: event.to_string(),
            occurred_at: event["created"].as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
        })
    }
}

fn last_id(page: &Page) -> Result<EventId, Failure> {
    let id = page.events.last().and_then(|event| event["id"].as_str());
    id.and_then(|id| EventId::new(id).ok())
        .ok_or_else(|| Failure::message("ListUnreadable", "Stripe's list goes on behind an event without an id"))
}

fn all_published(too_large: &[String]) -> Result<(), Failure> {
    if too_large.is_empty() {
        return Ok(());
    }
    let text = format!(
        "too large for EventBridge, and not on the hub: {}; look at them in Stripe's dashboard and do by hand what they ask for",
        too_large.join(", ")
    );
    Err(Failure::message("EventTooLarge", text))
}

fn not_published(event: &HubEvent, error: &PublishError) -> Failure {
    Failure::message("NotPublished", format!("an event of the type {} is not on the hub: {error}", event.detail_type))
}

fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
