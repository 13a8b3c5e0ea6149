#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows should fail")]

use std::cell::{Cell, RefCell};

use futures_executor::block_on;
use serde_json::json;

use super::*;

const NOW: i64 = 1_760_000_000;

struct TestClock {
    now: Cell<Timestamp>,
    /// How far each look moves the time.
    step: Duration,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let now = self.now.get();
        self.now.set(now + self.step);
        now
    }
}

/// The processor's events, newest first, in pages of two.
struct Kept {
    mode: Mode,
    events: Vec<Value>,
    asked: RefCell<Vec<Query<'static>>>,
}

impl EventList for &Kept {
    async fn mode(&self) -> Result<Mode, Failure> {
        Ok(self.mode)
    }

    async fn page(&self, query: &Query<'_>) -> Result<Page, Failure> {
        self.asked.borrow_mut().push(Query { types: &[], ..query.clone() });
        let begin = query
            .after
            .as_ref()
            .map_or(0, |after| 1 + self.events.iter().position(|event| event["id"] == after.as_str()).unwrap());
        let events: Vec<Value> = self.events[begin..].iter().take(2).cloned().collect();
        Ok(Page { has_more: begin + events.len() < self.events.len(), events })
    }
}

#[derive(Default)]
struct Bus {
    published: RefCell<Vec<HubEvent>>,
    refuses: Option<&'static str>,
    too_large: Option<&'static str>,
}

impl Hub for &Bus {
    async fn publish(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
        let answer = |event: &HubEvent| {
            if self.refuses == Some(event.detail_type.as_str()) {
                return Err(PublishError::Unavailable { reason: "ThrottlingException".into() });
            }
            if self.too_large == Some(event.detail_type.as_str()) {
                return Err(PublishError::TooLarge { bytes: 1_200_000 });
            }
            self.published.borrow_mut().push(event.clone());
            Ok(())
        };
        events.iter().map(answer).collect()
    }
}

fn event(id: &str, kind: &str, pending_webhooks: u32) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "livemode": false, "created": NOW - 600, "pending_webhooks": pending_webhooks,
        "data": {"object": {"id": "in_1", "amount_paid": 1999}},
    })
}

fn kept(events: Vec<Value>) -> Kept {
    Kept { mode: Mode::Test, events, asked: RefCell::default() }
}

fn run(kept: &Kept, bus: &Bus, step: Duration) -> (Result<(), Failure>, Vec<Value>) {
    let now = Timestamp::from_second(NOW).unwrap();
    let reconciler = Reconciler {
        list: kept,
        hub: bus,
        clock: TestClock { now: Cell::new(now), step },
        settings: Settings { window: Duration::from_hours(3), types: Vec::new(), mode: Mode::Test },
        metrics: Metrics::new(),
    };
    let result = block_on(reconciler.run(now + Duration::from_mins(1)));
    let lines = reconciler.metrics.take_lines(NAME, now);
    (result, lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn the_whole_window_is_published_from_all_pages_as_it_was() {
    let kept = kept((1..=5).map(|index| event(&format!("evt_{index}"), "invoice.paid", 0)).collect());
    let bus = Bus::default();
    let (result, metrics) = run(&kept, &bus, Duration::ZERO);
    result.unwrap();
    let published = bus.published.borrow();
    assert_eq!(published.len(), 5);
    assert!(published.iter().all(|event| event.source == "paybus.reconciler.stripe"));
    assert_eq!(
        serde_json::from_str::<Value>(&published[0].detail).unwrap(),
        kept.events[1],
        "oldest of the page first"
    );
    assert_eq!(metrics[0]["EventsPublishedAgain"], json!(5));
    let asked = kept.asked.borrow();
    assert_eq!(asked[0].before.as_second(), NOW - 300, "the last minutes are left to the next run");
    assert_eq!(asked[0].from.as_second(), NOW - 300 - 3 * 3600);
    assert_eq!(asked.len(), 3);
}

#[test]
fn what_is_published_is_read_by_the_door() {
    let kept = kept(vec![event("evt_1", "plan.created", 0)]);
    let bus = Bus::default();
    run(&kept, &bus, Duration::ZERO).0.unwrap();
    let published = bus.published.borrow();
    let detail: Value = serde_json::from_str(&published[0].detail).unwrap();
    let envelope = json!({
        "version": "0", "id": "e-1", "detail-type": published[0].detail_type, "source": published[0].source, "detail": detail,
    });
    let options = processor_events::ReadOptions::default();
    let reading = processor_events::read(&envelope.to_string(), &options);
    assert!(
        matches!(&reading, processor_events::Reading::NotForUs(not) if not.about.processor == Some(Processor::Stripe)),
        "{reading:?}"
    );
}

#[test]
fn silence_and_gaps_are_counted() {
    let (result, metrics) = run(&kept(Vec::new()), &Bus::default(), Duration::ZERO);
    result.unwrap();
    assert_eq!(metrics[0]["EventsLastHour"], json!(0), "silence is a value, not a missing line");
    let kept = kept(vec![event("evt_1", "invoice.paid", 1), event("evt_2", "invoice.paid", 0)]);
    let (result, metrics) = run(&kept, &Bus::default(), Duration::ZERO);
    result.unwrap();
    assert_eq!((&metrics[0]["EventsListed"], &metrics[0]["EventsUndelivered"]), (&json!(2), &json!(1)));
}

#[test]
fn an_event_that_the_hub_did_not_take_fails_the_run_after_the_others_are_out() {
    let kept = kept(vec![event("evt_1", "invoice.paid", 0), event("evt_2", "charge.refunded", 0)]);
    let bus = Bus { refuses: Some("charge.refunded"), ..Bus::default() };
    let (result, _) = run(&kept, &bus, Duration::ZERO);
    assert_eq!(result.unwrap_err().name, "NotPublished");
    assert_eq!(bus.published.borrow().len(), 1);
}

#[test]
fn an_event_that_no_bus_can_take_is_named_and_holds_up_no_other_one() {
    let mut events: Vec<Value> = (1..=5).map(|index| event(&format!("evt_{index}"), "invoice.paid", 0)).collect();
    events[1]["type"] = json!("customer.updated");
    let bus = Bus { too_large: Some("customer.updated"), ..Bus::default() };
    let (result, metrics) = run(&kept(events), &bus, Duration::ZERO);
    let failure = result.unwrap_err();
    assert_eq!(failure.name, "EventTooLarge");
    assert!(failure.detail.contains("evt_2;"), "{}", failure.detail);
    assert_eq!(bus.published.borrow().len(), 4, "those of later pages too");
    assert_eq!(metrics[0]["EventsTooLarge"], json!(1));
}

#[test]
fn an_event_is_of_the_last_hour_in_one_run_only() {
    let at = |id: &str, created: i64| {
        let mut event = event(id, "invoice.paid", 0);
        event["created"] = json!(created);
        event
    };
    let end = NOW - 300;
    let kept = kept(vec![at("evt_1", end - 1), at("evt_2", end - 3_600), at("evt_3", end - 3_601)]);
    let (result, metrics) = run(&kept, &Bus::default(), Duration::ZERO);
    result.unwrap();
    assert_eq!((&metrics[0]["EventsListed"], &metrics[0]["EventsLastHour"]), (&json!(3), &json!(2)));
}

#[test]
fn a_key_of_the_other_mode_publishes_nothing() {
    let mut kept = kept(vec![event("evt_1", "invoice.paid", 0)]);
    kept.mode = Mode::Live;
    let bus = Bus::default();
    assert_eq!(run(&kept, &bus, Duration::ZERO).0.unwrap_err().name, "OtherMode");
    assert!(bus.published.borrow().is_empty());
}

#[test]
fn events_of_the_other_mode_are_left_out() {
    let mut live = event("evt_1", "invoice.paid", 0);
    live["livemode"] = json!(true);
    let bus = Bus::default();
    run(&kept(vec![live, event("evt_2", "invoice.paid", 0)]), &bus, Duration::ZERO).0.unwrap();
    assert_eq!(bus.published.borrow().len(), 1);
}

#[test]
fn only_wanted_types_are_published() {
    let settings = |types: &[&str]| Settings {
        window: Duration::ZERO,
        types: types.iter().map(ToString::to_string).collect(),
        mode: Mode::Test,
    };
    assert!(settings(&[]).wants("invoice.paid"));
    assert!(settings(&["charge.refunded", "invoice.*"]).wants("invoice.paid"));
    assert!(!settings(&["invoice.*"]).wants("invoice_payment.paid"));
    assert!(!settings(&["invoice.paid"]).wants("invoice.paid_out"));
}

#[test]
fn a_window_that_does_not_fit_into_the_time_is_said_to_be_unfinished() {
    let kept = kept((1..=9).map(|index| event(&format!("evt_{index}"), "invoice.paid", 0)).collect());
    let (result, _) = run(&kept, &Bus::default(), Duration::from_secs(20));
    assert_eq!(result.unwrap_err().name, "WindowUnfinished");
}
