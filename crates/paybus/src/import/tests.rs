use std::{
    cell::{Cell, RefCell},
    future::pending,
};

use clap::Parser;
use futures_executor::block_on;
use futures_util::FutureExt;
use jiff::Timestamp;
use lambda_kit::{Clock, Entropy, Timer};
use processor_events::{
    Personal,
    ids::{CustomerId, EventId},
};
use serde_json::json;
use storage::customers::{
    Contact, ContactChange, CustomerKey, Device, DeviceId, Devices, InMemoryCustomers, Platform, Profile,
    ProfileChanges, Profiles, SourceVersion,
};
use stripe_api::{Request, Response, Transport, TransportError};
use stripe_fake::{Answer, Fake, Fault, Question};

use super::*;

const LIST: &str = "GET /v1/customers";

/// The fake account without a socket. After so many more requests the process is killed: it never sees an answer again.
struct Wire<'a> {
    fake: &'a RefCell<Fake>,
    requests_left: Cell<u32>,
}

impl Transport for Wire<'_> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if self.requests_left.get() == 0 {
            pending::<()>().await;
        }
        self.requests_left.set(self.requests_left.get().saturating_sub(1));
        let headers = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let headers = headers.chain([("authorization".to_owned(), "Bearer rk_test_1".to_owned())]).collect();
        let question = Question { method: "GET".to_owned(), path: request.path, headers, body: request.body };
        let answer = self.fake.borrow_mut().answer(&question);
        match answer {
            Answer::Said { status, body, .. } => {
                Ok(Response { status, body: body.into_bytes(), ..Response::default() })
            }
            Answer::Lost | Answer::Silence => Err(TransportError { reason: "reset".to_owned() }),
        }
    }
}

/// Waits are over at once and counted; the limit of an attempt (6 s, told apart from all waits) never strikes.
#[derive(Default)]
struct Waits(RefCell<Vec<Duration>>);

impl Timer for &Waits {
    async fn sleep(&self, duration: Duration) {
        if duration == Duration::from_secs(6) {
            pending::<()>().await;
        }
        self.0.borrow_mut().push(duration);
    }
}

#[derive(Clone, Copy)]
struct At(&'static str);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0.parse().unwrap()
    }
}

struct NoChance;

impl Entropy for NoChance {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

/// An account at Stripe, and our table.
struct World {
    fake: RefCell<Fake>,
    customers: InMemoryCustomers,
    waits: Waits,
}

const NOON: &str = "2026-11-20T12:00:00Z";

impl World {
    fn with(customers: usize) -> Self {
        let mut fake = Fake::new();
        for number in 1..=customers {
            fake.put("customers", json!({
                "id": format!("cus_{number}"), "object": "customer", "created": 1_700_000_000, "name": format!("Name {number}"),
                "email": format!("{number}@example.com"), "preferred_locales": ["de"], "metadata": {"time_zone": "Europe/Berlin"},
            }));
        }
        Self { fake: RefCell::new(fake), customers: InMemoryCustomers::default(), waits: Waits::default() }
    }

    /// Imports; the process is killed at the request after so many.
    fn run_killed_after(&self, requests: u32, is_dry: bool) -> Option<Result<Outcome>> {
        let wire = Wire { fake: &self.fake, requests_left: Cell::new(requests) };
        let stripe = Stripe::new(wire, SecretKey::new("rk_test_1").unwrap(), &self.waits, NoChance);
        let importer = Importer {
            stripe: &stripe,
            customers: &self.customers,
            clock: At(NOON),
            timer: &self.waits,
            scope: scope(),
            pause: Duration::from_millis(100),
            is_dry,
        };
        importer.run(|_| {}).now_or_never()
    }

    fn run(&self) -> Outcome {
        self.run_killed_after(u32::MAX, false).unwrap().unwrap()
    }

    fn profile(&self, id: &str) -> Option<Profile> {
        let mut found = block_on(self.customers.profiles(&[key(id)])).unwrap();
        found.remove(&key(id)).map(Result::unwrap)
    }

    /// An event of the customer has been followed.
    fn event(&self, id: &str, at: &str, name: &str) {
        let source = SourceVersion { occurred_at: at.parse().unwrap(), event: EventId::new("evt_1").unwrap() };
        let contact = Contact { name: Some(Personal::new(name.to_owned())), ..Contact::default() };
        block_on(self.customers.change(&key(id), &source, &ContactChange::Set(contact))).unwrap();
    }

    fn name(&self, id: &str) -> String {
        self.profile(id).unwrap().contact.name.unwrap().into_revealed()
    }

    fn requests(&self) -> usize {
        self.fake.borrow().calls().len()
    }
}

fn scope() -> Scope {
    Scope { mode: Mode::Test, account: None }
}

fn key(id: &str) -> CustomerKey {
    CustomerKey { scope: scope(), customer: CustomerId::new(id).unwrap() }
}

fn imported(new: u64, updated: u64, unchanged: u64, skipped: u64) -> Imported {
    Imported { new, updated, unchanged, skipped }
}

#[test]
fn every_page_is_imported_and_a_second_import_changes_nothing() {
    let world = World::with(250);
    assert_eq!(world.run().run, imported(250, 0, 0, 0));
    assert_eq!(world.requests(), 3);
    let profile = world.profile("cus_250").unwrap();
    assert_eq!(profile.contact.email, Some(Personal::new("250@example.com".to_owned())));
    assert_eq!(
        (profile.contact.locales, profile.contact.time_zone.as_deref()),
        (vec!["de".to_owned()], Some("Europe/Berlin"))
    );
    assert_eq!(profile.published, None, "an import tells nobody");
    let again = world.run();
    assert_eq!((again.run, again.is_resumed), (imported(0, 0, 250, 0), false));
    assert_eq!(world.profile("cus_250").unwrap().source, profile.source);
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    let world = World::with(250);
    assert!(world.run_killed_after(2, false).is_none());
    assert!(world.profile("cus_51").is_some() && world.profile("cus_50").is_none());
    let outcome = world.run();
    assert_eq!((outcome.run, outcome.all), (imported(50, 0, 0, 0), imported(250, 0, 0, 0)));
    assert!(outcome.is_resumed);
    assert_eq!(world.requests(), 3, "no page was asked for twice");
    assert_eq!(world.run().run, imported(0, 0, 250, 0), "and the next one begins anew");
}

#[test]
fn a_kill_before_any_request_ends_in_the_same_profiles() {
    for killed_after in 0..4 {
        let world = World::with(350);
        assert!(world.run_killed_after(killed_after, false).is_none());
        assert_eq!(world.run().all, imported(350, 0, 0, 0), "killed after {killed_after}");
    }
}

#[test]
fn a_stop_at_a_customer_that_is_gone_since_begins_anew() {
    let world = World::with(150);
    assert!(world.run_killed_after(1, false).is_none());
    world.fake.borrow_mut().put("customers", json!({"id": "cus_51", "object": "customer", "deleted": true}));
    assert_eq!(world.run().run, imported(50, 0, 99, 0));
}

#[test]
fn stripes_passing_troubles_are_waited_out() {
    for fault in [Fault::TooMany, Fault::ServerError, Fault::Unavailable, Fault::Lost] {
        let world = World::with(120);
        // More than the four attempts of one call.
        for _ in 0..6 {
            world.fake.borrow_mut().fail_next(LIST, fault);
        }
        assert_eq!(world.run().run, imported(120, 0, 0, 0), "{fault:?}");
        assert!(world.waits.0.borrow().contains(&Duration::from_secs(2)), "{fault:?}");
    }
}

#[test]
fn a_trouble_that_lasts_ends_the_run_and_the_next_one_goes_on() {
    let world = World::with(150);
    assert!(world.run_killed_after(1, false).is_none());
    for _ in 0..28 {
        world.fake.borrow_mut().fail_next(LIST, Fault::TooMany);
    }
    let error = world.run_killed_after(u32::MAX, false).unwrap().unwrap_err();
    assert!(format!("{error:#}").contains("stopped after 100 customers; run it again"), "{error:#}");
    assert_eq!(world.run().all, imported(150, 0, 0, 0));
}

#[test]
fn a_key_that_may_not_read_customers_is_said_at_once() {
    let world = World::with(1);
    world.fake.borrow_mut().revoke_key("rk_test_1");
    let error = world.run_killed_after(u32::MAX, false).unwrap().unwrap_err();
    assert!(format!("{error:#}").contains("does not accept the key"), "{error:#}");
    assert!(world.waits.0.borrow().is_empty());
}

#[test]
fn requests_keep_their_distance() {
    let world = World::with(250);
    world.run();
    assert_eq!(*world.waits.0.borrow(), [Duration::from_millis(100); 2]);
    assert_eq!(pause(NonZeroU32::new(10).unwrap()), Duration::from_millis(100));
}

#[test]
fn a_look_writes_nothing_and_says_what_would_be_done() {
    let world = World::with(120);
    world.event("cus_1", "2026-11-20T11:00:00Z", "Former name");
    let outcome = world.run_killed_after(u32::MAX, true).unwrap().unwrap();
    assert_eq!(outcome.run, imported(119, 1, 0, 0));
    assert!(world.profile("cus_2").is_none());
    assert_eq!(world.name("cus_1"), "Former name");
    assert_eq!(block_on(storage::customers::Imports::progress(&world.customers, &scope())).unwrap(), None);
}

#[test]
fn an_event_wins_over_a_list_that_was_made_before_it() {
    let world = World::with(3);
    world.event("cus_1", "2026-11-20T11:00:00Z", "older");
    world.event("cus_2", "2026-11-20T12:00:00Z", "newer");
    let outcome = world.run();
    assert_eq!(outcome.run, imported(1, 1, 0, 1));
    assert_eq!((world.name("cus_1").as_str(), world.name("cus_2").as_str()), ("Name 1", "newer"));
    // And an event that is handled after the import.
    world.event("cus_3", "2026-11-20T11:00:00Z", "late and older");
    assert_eq!(world.name("cus_3"), "Name 3");
    world.event("cus_3", "2026-11-20T12:00:01Z", "newer");
    assert_eq!(world.name("cus_3"), "newer");
}

#[test]
fn who_was_erased_does_not_come_back_and_what_else_is_kept_stays() {
    let world = World::with(2);
    let source = SourceVersion { occurred_at: NOON.parse().unwrap(), event: EventId::new("evt_1").unwrap() };
    block_on(world.customers.change(&key("cus_1"), &source, &ContactChange::Erase)).unwrap();
    let device = Device {
        endpoint_arn: "arn:1".to_owned(),
        platform: Platform::Fcm,
        registered_at: NOON.parse().unwrap(),
        stale_since: None,
    };
    block_on(world.customers.register(&key("cus_2"), &DeviceId::new("phone").unwrap(), &device)).unwrap();
    let outcome = world.run();
    assert_eq!(outcome.run, imported(1, 0, 0, 1));
    assert!(outcome.skipped.keys().next().unwrap().contains("deleted here"));
    assert_eq!(world.profile("cus_1").unwrap().contact, Contact::default());
    assert_eq!(world.profile("cus_2").unwrap().devices.len(), 1);
}

#[test]
fn a_customer_that_cannot_be_taken_is_told_and_keeps_nobody_back() {
    let world = World::with(2);
    world.fake.borrow_mut().put("customers", json!({"id": "ada@example.com", "object": "customer"}));
    let outcome = world.run();
    assert_eq!(outcome.run, imported(2, 0, 0, 1));
    let text = summary(&outcome, Mode::Test, false);
    assert!(
        text.starts_with(
            "3 test customers imported: 2 new, 0 updated, 0 unchanged, 1 skipped\n  1 skipped: the id has"
        )
    );
    assert!(!text.contains("example.com"), "{text}");
}

#[test]
fn an_account_without_customers_is_a_finished_import() {
    assert_eq!(World::with(0).run().run, imported(0, 0, 0, 0));
}

#[test]
fn no_option_takes_the_key_and_a_rate_of_nothing_is_refused() {
    #[derive(Debug, Parser)]
    struct Command {
        #[command(subcommand)]
        command: ImportCommand,
    }
    let parse = |line: &str| Command::try_parse_from(line.split(' '));
    assert!(parse("paybus customers --rate 25 --dry-run --table customers").is_ok());
    assert!(parse("paybus customers --rate 0").is_err());
    assert!(parse("paybus customers --key rk_test_1").is_err());
    let help = parse("paybus customers --help").unwrap_err().to_string();
    assert!(help.contains("STRIPE_API_KEY") && help.contains("history"), "{help}");
}
