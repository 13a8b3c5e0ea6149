//! The whole life of a destination under faults: every request is answered, and at the end Stripe has exactly what the stack
//! has.
//!
//! CloudFormation, Lambda's asynchronous delivery, Stripe and EventBridge are small models; the handler is the real one. Each
//! seed is one schedule: calls fail before or after they took effect, hang or panic, the process dies at an await, deliveries
//! come twice at once, other resources of the stack fail. Time is simulated.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "the models are part of the test: they fail loudly"
)]

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::{pending, poll_fn},
    panic,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use fastrand::Rng;
use fn_stripe_destination::{
    Answers, Call, Changes, Destination, DestinationId, Destinations, Keys, NewDestination, OutsideError, ResponseUrl,
    Source, SourceState, Sources, Status, StripeDestination, StripeError, StripeErrorKind,
};
use futures_util::future::join;
use jiff::Timestamp;
use lambda_kit::{Clock, Timer};
use secrecy::SecretString;
use serde_json::{Value, json};

const STACK: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/0c1d";
const TIMEOUT: Duration = Duration::from_mins(5);

#[test]
fn a_thousand_fault_schedules_leave_no_orphan_and_no_request_unanswered() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some("a planned panic") {
            usual(panic);
        }
    }));
    let mut tally = Tally::default();
    for seed in 0..1_000 {
        let world = Rc::new(World::new(seed, true));
        Stack::new(&world).live(&mut tally);
    }
    assert_eq!(tally.answers, tally.requests);
    // The schedules must not have been harmless.
    assert!(tally.requests > 4_000, "{tally:?}");
    for (what, count) in [
        ("failed answers", tally.failures),
        ("crashes", tally.crashes),
        ("replacements", tally.replacements),
        ("rollbacks", tally.rollbacks),
        ("sources lost", tally.sources_lost),
    ] {
        assert!(count > 50, "too few {what}: {tally:?}");
    }
}

#[test]
fn without_faults_every_request_succeeds() {
    let mut tally = Tally::default();
    for seed in 0..200 {
        let world = Rc::new(World::new(seed, false));
        Stack::new(&world).live(&mut tally);
    }
    assert_eq!(tally.answers, tally.requests);
    assert_eq!(tally.failures, 0);
}

#[derive(Debug, Default)]
struct Tally {
    requests: u32,
    answers: u32,
    failures: u32,
    crashes: u32,
    replacements: u32,
    rollbacks: u32,
    sources_lost: u32,
}

/// Everything outside the function.
struct World {
    seed: u64,
    now: Cell<Timestamp>,
    sleepers: RefCell<Vec<(Timestamp, Waker)>>,
    random: RefCell<Rng>,
    /// How many more calls may go wrong while the current request is carried out: 0 means that the outside is healthy.
    faults_left: Cell<u32>,
    faulty: bool,
    /// Whether Stripe may forget an idempotency key.
    forgets: Cell<bool>,
    made: Cell<u32>,
    destinations: RefCell<BTreeMap<DestinationId, Destination>>,
    idempotency: RefCell<BTreeMap<String, Destination>>,
    known_sources: RefCell<BTreeMap<String, (Timestamp, SourceState)>>,
    answer: RefCell<Option<Value>>,
}

enum Fault {
    None,
    Before,
    AnswerLost,
    Hang,
    Panic,
}

impl World {
    fn new(seed: u64, faulty: bool) -> Self {
        let world = Self {
            seed,
            now: Cell::new(Timestamp::from_second(1_760_000_000).unwrap()),
            sleepers: RefCell::default(),
            random: RefCell::new(Rng::with_seed(seed)),
            faults_left: Cell::new(0),
            faulty,
            forgets: Cell::new(false),
            made: Cell::new(0),
            destinations: RefCell::default(),
            idempotency: RefCell::default(),
            known_sources: RefCell::default(),
            answer: RefCell::default(),
        };
        let stranger = world.make("Paybus", &[], &BTreeMap::new());
        world.destinations.borrow_mut().insert(stranger.id.clone(), stranger);
        world
    }

    fn below(&self, bound: u32) -> u32 {
        self.random.borrow_mut().u32(..bound)
    }

    fn make(&self, name: &str, events: &[String], metadata: &BTreeMap<String, String>) -> Destination {
        self.made.set(self.made.get() + 1);
        let id = DestinationId::new(&format!("ed_test_{}", self.made.get())).unwrap();
        let source = format!("aws.partner/stripe.com/{id}");
        let known_at = self.now.get() + Duration::from_secs(self.below(8).into());
        self.known_sources.borrow_mut().insert(source.clone(), (known_at, SourceState::Pending));
        Destination {
            created: self.now.get().to_string(),
            name: name.to_owned(),
            description: String::new(),
            enabled_events: events.to_vec(),
            metadata: metadata.clone(),
            status: Status::Enabled,
            source: Source {
                arn: Some(format!("arn:aws:events:eu-central-1::event-source/{source}")),
                state: SourceState::Pending,
            },
            id,
        }
    }

    /// The destinations that carry marks: all but the stranger.
    fn ours(&self) -> Vec<Destination> {
        self.destinations.borrow().values().filter(|one| !one.metadata.is_empty()).cloned().collect()
    }

    fn fault(&self) -> Fault {
        if self.faults_left.get() == 0 || self.below(4) != 0 {
            return Fault::None;
        }
        self.faults_left.set(self.faults_left.get() - 1);
        match self.below(10) {
            0..4 => Fault::Before,
            4..8 => Fault::AnswerLost,
            8 => Fault::Hang,
            _ => Fault::Panic,
        }
    }

    /// A call to the outside: an await at which the process may die, and perhaps a fault before or after the effect.
    async fn call<R>(&self, effect: impl FnOnce() -> R) -> Result<R, ()> {
        self.sleep(Duration::from_millis(20)).await;
        let result = match self.fault() {
            Fault::None => Ok(effect()),
            Fault::Before => Err(()),
            Fault::AnswerLost => {
                effect();
                Err(())
            }
            Fault::Hang => {
                if self.below(2) == 0 {
                    effect();
                }
                pending().await
            }
            Fault::Panic => panic!("a planned panic"),
        };
        self.sleep(Duration::from_millis(20)).await;
        result
    }

    /// Runs a future on simulated time; `None` when the process died at the given turn, or waits for ever.
    fn drive<R>(&self, future: impl Future<Output = R>, dies_at: Option<u32>) -> Option<R> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        for turn in 0_u32.. {
            if dies_at == Some(turn) {
                break;
            }
            if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                self.sleepers.borrow_mut().clear();
                return Some(result);
            }
            let next = self.sleepers.borrow().iter().map(|(at, _)| *at).filter(|at| *at > self.now.get()).min();
            match next {
                Some(at) => self.now.set(at),
                None => break,
            }
        }
        self.sleepers.borrow_mut().clear();
        None
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.now.get()
    }
}

impl Timer for World {
    async fn sleep(&self, duration: Duration) {
        let until = self.now.get() + duration;
        poll_fn(|context| {
            if self.now.get() >= until {
                return Poll::Ready(());
            }
            self.sleepers.borrow_mut().push((until, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

fn lost() -> StripeError {
    StripeError { message: "no answer".into(), kind: StripeErrorKind::Passing }
}

fn nothing_there() -> StripeError {
    StripeError { message: "No such event destination".into(), kind: StripeErrorKind::Permanent }
}

impl Destinations for &World {
    async fn list(&self, _: &Call<'_>) -> Result<Vec<Destination>, StripeError> {
        self.call(|| self.destinations.borrow().values().cloned().collect()).await.map_err(|()| lost())
    }

    async fn retrieve(&self, _: &Call<'_>, id: &DestinationId) -> Result<Option<Destination>, StripeError> {
        self.call(|| self.destinations.borrow().get(id).cloned()).await.map_err(|()| lost())
    }

    async fn create(&self, _: &Call<'_>, new: &NewDestination<'_>) -> Result<Destination, StripeError> {
        let effect = || {
            if let Some(before) = self.idempotency.borrow().get(&new.idempotency_key) {
                return before.clone();
            }
            let made = self.make(&new.desired.name, &new.desired.enabled_events, &new.metadata);
            // A server error after the effect: a repeated call may then make another one. Not with two deliveries at once: nobody
            // could tell which of the two is the first.
            if !self.forgets.get() || self.below(4) != 0 {
                self.idempotency.borrow_mut().insert(new.idempotency_key.clone(), made.clone());
            }
            self.destinations.borrow_mut().insert(made.id.clone(), made.clone());
            made
        };
        self.call(effect).await.map_err(|()| lost())
    }

    async fn update(&self, _: &Call<'_>, id: &DestinationId, changes: &Changes) -> Result<Destination, StripeError> {
        let effect = || {
            let mut all = self.destinations.borrow_mut();
            let there = all.get_mut(id)?;
            there.name = changes.name.clone().unwrap_or_else(|| there.name.clone());
            there.description = changes.description.clone().unwrap_or_else(|| there.description.clone());
            there.enabled_events = changes.enabled_events.clone().unwrap_or_else(|| there.enabled_events.clone());
            for (key, value) in &changes.metadata {
                match value {
                    Some(value) => there.metadata.insert(key.clone(), value.clone()),
                    None => there.metadata.remove(key),
                };
            }
            Some(there.clone())
        };
        self.call(effect).await.map_err(|()| lost())?.ok_or_else(nothing_there)
    }

    async fn enable(&self, _: &Call<'_>, id: &DestinationId) -> Result<Destination, StripeError> {
        let effect = || {
            let mut all = self.destinations.borrow_mut();
            let there = all.get_mut(id)?;
            there.status = Status::Enabled;
            Some(there.clone())
        };
        self.call(effect).await.map_err(|()| lost())?.ok_or_else(nothing_there)
    }

    async fn delete(&self, _: &Call<'_>, id: &DestinationId) -> Result<(), StripeError> {
        self.call(|| self.destinations.borrow_mut().remove(id)).await.map(|_| ()).map_err(|()| lost())
    }
}

fn outside() -> OutsideError {
    OutsideError { message: "no answer".into(), passing: true }
}

impl Keys for &World {
    async fn secret(&self, _: &str) -> Result<SecretString, OutsideError> {
        self.call(|| SecretString::from("rk_test_canary")).await.map_err(|()| outside())
    }
}

impl Sources for &World {
    async fn state(&self, name: &str) -> Result<Option<SourceState>, OutsideError> {
        let effect = || {
            let known = self.known_sources.borrow();
            known.get(name).filter(|(at, _)| *at <= self.now.get()).map(|(_, state)| *state)
        };
        self.call(effect).await.map_err(|()| outside())
    }
}

impl Answers for &World {
    async fn put(&self, _: &ResponseUrl, body: &str) -> Result<(), OutsideError> {
        assert!(body.len() <= 4096 && !body.contains("canary"));
        let effect = || {
            // CloudFormation takes the first answer and ignores the rest.
            self.answer.borrow_mut().get_or_insert_with(|| serde_json::from_str(body).unwrap());
        };
        // A panic here would be the test's own: the answer is given outside of the guard.
        self.sleep(Duration::from_millis(20)).await;
        match self.fault() {
            Fault::None => effect(),
            Fault::Before => return Err(outside()),
            Fault::AnswerLost => {
                effect();
                return Err(outside());
            }
            Fault::Hang | Fault::Panic => pending().await,
        }
        Ok(())
    }
}

/// CloudFormation's view of the one resource.
struct Stack<'a> {
    world: &'a Rc<World>,
    requests: u32,
    revision: u32,
}

struct Told {
    success: bool,
    physical_id: String,
}

#[derive(Clone, PartialEq)]
struct Template {
    name: String,
    payload: &'static str,
    revision: u32,
}

impl Template {
    fn properties(&self) -> Value {
        json!({
            "ServiceToken": "arn", "ApiKeySecretArn": "arn:secret", "Mode": "test", "Name": self.name,
            "EnabledEvents": ["invoice.paid"], "EventPayload": self.payload, "Revision": self.revision.to_string(),
        })
    }
}

impl<'a> Stack<'a> {
    fn new(world: &'a Rc<World>) -> Self {
        Self { world, requests: 0, revision: 0 }
    }

    fn live(mut self, tally: &mut Tally) {
        let mut template = Template { name: "Paybus".into(), payload: "snapshot", revision: 0 };
        let created = self.ask("Create", None, &template, true, tally);
        if !created.success {
            self.remove(&created.physical_id, &template, tally);
            self.check_gone();
            return;
        }
        let mut physical_id = created.physical_id;
        self.check_exactly(&physical_id, &template);
        for _ in 0..self.world.below(4) {
            let next = self.change(&template, &physical_id, tally);
            (physical_id, template) = self.update(&physical_id, template, next, tally);
            self.check_exactly(&physical_id, &template);
        }
        self.remove(&physical_id, &template, tally);
        self.check_gone();
    }

    /// Something changes: the template, or the world and then the template's revision.
    fn change(&mut self, template: &Template, physical_id: &str, tally: &mut Tally) -> Template {
        let mut next = template.clone();
        self.revision += 1;
        next.revision = self.revision;
        let mut all = self.world.destinations.borrow_mut();
        let there = all.get_mut(&DestinationId::new(physical_id).unwrap()).unwrap();
        match self.world.below(4) {
            0 => next.name = format!("Paybus {}", self.revision),
            1 => next.payload = if template.payload == "thin" { "snapshot" } else { "thin" },
            2 => there.status = Status::DisabledByUser,
            _ => {
                tally.sources_lost += 1;
                there.status = Status::SourceMissing;
                there.source.state = SourceState::Deleted;
            }
        }
        next
    }

    /// An update of the stack, with its clean-up, or its rollback when this or another resource fails.
    fn update(&mut self, old_id: &str, old: Template, new: Template, tally: &mut Tally) -> (String, Template) {
        let told = self.ask("Update", Some(old_id), &new, true, tally);
        tally.replacements += u32::from(told.success && told.physical_id != old_id);
        let another_resource_fails = self.world.below(3) == 0;
        if told.success && !another_resource_fails {
            if told.physical_id != old_id {
                self.remove(old_id, &old, tally);
            }
            return (told.physical_id, new);
        }
        tally.rollbacks += 1;
        let old_survives = self.world.ours().iter().any(|one| one.id.as_str() == old_id && !one.is_dead());
        let back = self.insist("Update", &told.physical_id, &old, tally);
        if old_survives {
            assert_eq!(back.physical_id, old_id, "seed {}: the surviving one was not given back", self.world.seed);
        }
        if back.physical_id != told.physical_id {
            self.remove(&told.physical_id, &new, tally);
        }
        (back.physical_id, old)
    }

    fn remove(&mut self, physical_id: &str, template: &Template, tally: &mut Tally) {
        let told = self.insist("Delete", physical_id, template, tally);
        assert_eq!(told.physical_id, physical_id);
    }

    /// Asks again until it works: what a user does with a stack that is stuck.
    fn insist(&mut self, kind: &str, physical_id: &str, template: &Template, tally: &mut Tally) -> Told {
        let first = self.ask(kind, Some(physical_id), template, true, tally);
        if first.success {
            return first;
        }
        let told = self.ask(kind, Some(physical_id), template, false, tally);
        assert!(told.success, "seed {}: {kind} fails in a healthy world", self.world.seed);
        told
    }

    /// One request, delivered by Lambda up to three times, sometimes twice at once.
    fn ask(
        &mut self,
        kind: &str,
        physical_id: Option<&str>,
        template: &Template,
        faults: bool,
        tally: &mut Tally,
    ) -> Told {
        let world = self.world;
        self.requests += 1;
        tally.requests += 1;
        let mut event = json!({
            "RequestType": kind, "ResponseURL": "https://cloudformation.example/answer", "StackId": STACK,
            "RequestId": format!("request-{}", self.requests), "LogicalResourceId": "StripeDestination",
            "ResourceProperties": template.properties(),
        });
        if let Some(physical_id) = physical_id {
            event["PhysicalResourceId"] = json!(physical_id);
        }
        let harmed = world.faulty && faults;
        world.faults_left.set(if harmed { world.below(12) } else { 0 });
        world.answer.take();
        for delivery in 0..3 {
            let dies_at = (harmed && delivery < 2 && world.below(5) == 0).then(|| world.below(40));
            tally.crashes += u32::from(dies_at.is_some());
            self.deliver(&event, dies_at);
            if world.answer.borrow().is_some() && world.below(8) != 0 {
                break; // otherwise it comes once more, though it is done
            }
            world.now.set(world.now.get() + Duration::from_mins(1));
            if delivery == 1 {
                world.faults_left.set(0);
            }
        }
        let answer = world.answer.take().unwrap_or_else(|| panic!("seed {}: no answer", world.seed));
        tally.answers += 1;
        let success = answer["Status"] == "SUCCESS";
        tally.failures += u32::from(!success);
        assert!(success || answer["Reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        Told { success, physical_id: answer["PhysicalResourceId"].as_str().unwrap().to_owned() }
    }

    fn deliver(&self, event: &Value, dies_at: Option<u32>) {
        let world: &World = self.world;
        let function = StripeDestination {
            destinations: world,
            keys: world,
            sources: world,
            answers: world,
            clock: world,
            timer: world,
        };
        let deadline = world.now.get() + TIMEOUT;
        let twice = world.below(6) == 0;
        world.forgets.set(world.faulty && !twice);
        if twice {
            let both = join(function.handle(event.clone(), deadline), function.handle(event.clone(), deadline));
            world.drive(both, dies_at);
        } else {
            world.drive(function.handle(event.clone(), deadline), dies_at);
        }
    }

    fn check_exactly(&self, physical_id: &str, template: &Template) {
        let ours = self.world.ours();
        let ids: Vec<&str> = ours.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, [physical_id], "seed {}", self.world.seed);
        assert_eq!(ours[0].name, template.name, "seed {}", self.world.seed);
    }

    fn check_gone(&self) {
        assert_eq!(self.world.ours(), [], "seed {}: an orphan", self.world.seed);
        assert_eq!(self.world.destinations.borrow().len(), 1, "seed {}: the stranger is gone", self.world.seed);
    }
}
