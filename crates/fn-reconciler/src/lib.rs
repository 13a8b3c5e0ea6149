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
use stripe_api::BaseUrl;

pub use stripe::StripeEvents;

/// The name of the function in its metrics.
pub const NAME: &str = "reconciler";

/// Younger events are still on their way by the usual one.
const SETTLING: Duration = Duration::from_mins(5);

/// A page is fetched and published well within this; a run that has less left stops and says so.
const LEAST_TIME_FOR_A_PAGE: Duration = Duration::from_secs(15);

/// What the function is told by its environment.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// The hub bus.
    pub hub_name: String,
    /// The secret with Stripe's API key.
    pub secret_arn: String,
    /// Where Stripe is.
    pub stripe_url: BaseUrl,
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
        let secret_arn = environment.required("STRIPE_SECRET_ARN");
        let stripe_url = environment.parsed_or("STRIPE_API_URL", BaseUrl::default());
        let hours = environment.parsed_or("WINDOW_HOURS", 3_u8);
        let types = environment.list("EVENT_TYPES").into_iter().filter(|kind| kind != "*").collect();
        let mode = match environment.required("PAYMENT_MODE").as_deref() {
            Some("live") => Some(Mode::Live),
            Some("test") => Some(Mode::Test),
            Some(_) => {
                environment.problem("PAYMENT_MODE", "is neither live nor test");
                None
            }
            None => None,
        };
        let window = Duration::from_hours(hours?.into());
        let settings = Settings { window, types, mode: mode? };
        Some(Self { aws: aws?, hub_name: hub_name?, secret_arn: secret_arn?, stripe_url: stripe_url?, settings })
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
    pub async fn run(&self, deadline: Timestamp) -> Result<(), Failure> {
        self.check_mode().await?;
        let before = earlier(self.clock.now(), SETTLING);
        let from = earlier(before, self.settings.window);
        let mut query = Query { from, before, types: &self.settings.types, after: None };
        loop {
            let page = self.list.page(&query).await?;
            self.count(&page);
            self.publish(&page).await?;
            if !page.has_more {
                return Ok(());
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

    fn count(&self, page: &Page) {
        let undelivered =
            page.events.iter().filter(|event| event["pending_webhooks"].as_u64().is_some_and(|left| left > 0));
        self.metrics.add("EventsListed", Unit::Count, number(page.events.len()), &[]);
        self.metrics.add("EventsUndelivered", Unit::Count, number(undelivered.count()), &[]);
    }

    async fn publish(&self, page: &Page) -> Result<(), Failure> {
        // The list is newest first; oldest first is closer to how it happened.
        let events: Vec<HubEvent> = page.events.iter().rev().filter_map(|event| self.hub_event(event)).collect();
        let results = self.hub.publish(&events).await;
        let published = results.iter().filter(|result| result.is_ok()).count();
        self.metrics.add("EventsPublishedAgain", Unit::Count, number(published), &[]);
        let failed = events.iter().zip(results).find_map(|(event, result)| Some((event, result.err()?)));
        failed.map_or(Ok(()), |(event, error)| Err(not_published(event, &error)))
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
