//! One simulation: a queue, workers that die, faults for a while, then rest, then the archive is replayed.

use std::collections::{BTreeMap, BTreeSet};

use fn_loyalty_points::{Handler, InMemoryLookup};
use jiff::Timestamp;
use lambda_kit::{BatchResponse, MessageId, Metrics, SqsEvent, SqsRecord, sqs::SqsAttributes};
use processor_events::ReadOptions;
use storage::program::{CachedProgram, InMemoryPrograms};

use crate::{
    bugs::Bug,
    check,
    chooser::Chooser,
    executor::Job,
    ports::{Scene, SimClock, SimEntropy, SimLedger, SimTimer, SimWorkflow},
    workload::{Body, Tag, Workload},
};

/// How often a message is received before it is parked: `maxReceiveCount` of the template's queues.
pub const MAX_RECEIVES: u32 = 5;

/// A function's time, in milliseconds.
const FUNCTION_MS: i64 = 10_000;

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// What is sent again once everything is at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replays {
    /// Nothing.
    None,
    /// Everything 100 days later, and by chance at once, too.
    ByChance,
    /// Everything twice at once, and once more 100 days later.
    Archive,
}

/// The size of a simulation.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Workers at the same time.
    pub concurrency: usize,
    /// Messages that one worker takes at most.
    pub batch_size: usize,
    /// How often each event is sent, at most.
    pub copies: usize,
    /// How many calls fail, at most.
    pub faults: u32,
    /// How many workers die, at most.
    pub crashes: u32,
    /// Conflicts beyond the faults, in 1,000 writes.
    pub conflicts_per_thousand: u32,
    /// What is sent again at the end.
    pub replays: Replays,
    /// The planted bug.
    pub bug: Option<Bug>,
    /// Whether the story is written down.
    pub is_traced: bool,
}

impl Settings {
    /// The size that a seed of the long run has; the chooser decides within it.
    pub fn random(chooser: &mut Chooser, bug: Option<Bug>, is_traced: bool) -> Self {
        let size = |below: usize, chooser: &mut Chooser| chooser.below(below).saturating_add(1);
        let small = |below: usize, chooser: &mut Chooser| u32::try_from(chooser.below(below)).unwrap_or(0);
        Self {
            concurrency: size(4, chooser),
            batch_size: size(10, chooser),
            copies: size(3, chooser),
            faults: small(7, chooser),
            crashes: small(4, chooser),
            conflicts_per_thousand: 0,
            replays: if chooser.chance(500) { Replays::ByChance } else { Replays::None },
            bug,
            is_traced,
        }
    }
}

/// What a simulation saw.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Messages handed to the handler.
    pub deliveries: u64,
    /// Calls that failed.
    pub faults: u64,
    /// Workers that died.
    pub crashes: u64,
    /// Executions that began.
    pub executions: u64,
    /// What was wrong at the end; empty is good.
    pub violations: Vec<Violation>,
    /// The story, if it was wanted.
    pub trace: Vec<String>,
}

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

#[derive(Debug, Clone)]
pub(crate) struct Message {
    id: u64,
    body: usize,
    receives: u32,
}

type SimHandler<'a> = Handler<
    SimLedger<'a>,
    InMemoryPrograms,
    SimWorkflow<'a>,
    InMemoryLookup,
    SimClock<'a>,
    SimTimer<'a>,
    SimEntropy<'a>,
>;

/// Runs one simulation; the chooser comes back, so that a walk can go on.
#[must_use]
pub fn run(workload: &Workload, settings: &Settings, chooser: Chooser) -> (Outcome, Chooser) {
    let scene = Scene::new(chooser, settings.bug, settings.conflicts_per_thousand, settings.is_traced);
    let outcome = {
        let handler = Handler {
            ledger: SimLedger(&scene),
            program: CachedProgram::new(InMemoryPrograms::default()),
            workflow: SimWorkflow(&scene),
            lookup: InMemoryLookup::default(),
            read: ReadOptions::default(),
            clock: SimClock(&scene),
            timer: SimTimer(&scene),
            entropy: SimEntropy(&scene),
            metrics: Metrics::new(),
        };
        let mut world = World::new(&scene, &handler, workload, settings);
        world.live();
        world.outcome
    };
    (outcome, scene.chooser.into_inner())
}

struct World<'a> {
    scene: &'a Scene,
    handler: &'a SimHandler<'a>,
    workload: &'a Workload,
    settings: &'a Settings,
    queue: Vec<Message>,
    parked: Vec<Message>,
    workers: Vec<(Job<'a, BatchResponse>, Vec<Message>)>,
    seen: BTreeSet<usize>,
    newest: BTreeMap<String, i64>,
    next_id: u64,
    crashes_left: u32,
    outcome: Outcome,
}

impl<'a> World<'a> {
    fn new(scene: &'a Scene, handler: &'a SimHandler<'a>, workload: &'a Workload, settings: &'a Settings) -> Self {
        Self {
            scene,
            handler,
            workload,
            settings,
            queue: Vec::new(),
            parked: Vec::new(),
            workers: Vec::new(),
            seen: BTreeSet::new(),
            newest: BTreeMap::new(),
            next_id: 0,
            crashes_left: settings.crashes,
            outcome: Outcome::default(),
        }
    }

    fn live(&mut self) {
        self.scene.faults_left.set(self.settings.faults);
        self.send_all(self.settings.copies);
        self.run_until_rest();
        self.heal();
        self.check("at rest");
        if self.settings.replays != Replays::None && self.outcome.violations.is_empty() {
            self.replay();
        }
        self.outcome.faults = self.scene.faults.get();
        let executions = self.scene.executions.borrow();
        self.outcome.executions = executions.values().map(|execution| u64::from(execution.begun)).sum();
        if let Some(trace) = &self.scene.trace {
            self.outcome.trace = trace.take();
        }
    }

    /// Faults have stopped: what was parked meanwhile is sent again, and must be done now.
    fn heal(&mut self) {
        let was_troubled = self.settings.faults.saturating_add(self.settings.crashes) >= MAX_RECEIVES;
        let waiting: Vec<Message> = self.parked.extract_if(.., |message| !is_poison(self.workload, message)).collect();
        if !waiting.is_empty() && !was_troubled && self.settings.conflicts_per_thousand == 0 {
            self.violation("a message was parked although its trouble had passed");
        }
        if !waiting.is_empty() && self.settings.conflicts_per_thousand > 0 {
            self.violation("a message was parked because of conflicts alone");
        }
        self.scene.faults_left.set(0);
        self.crashes_left = 0;
        self.queue.extend(waiting.into_iter().map(|message| Message { receives: 0, ..message }));
        self.run_until_rest();
        if self.parked.iter().any(|message| !is_poison(self.workload, message)) {
            self.violation("a message was parked although nothing failed any more");
        }
    }

    /// Everything once more, after Step Functions has forgotten the names; sometimes before that, too.
    fn replay(&mut self) {
        let at_once = match self.settings.replays {
            Replays::None => return,
            Replays::ByChance => usize::from(self.scene.chooser.borrow_mut().chance(500)),
            Replays::Archive => 2,
        };
        for days in std::iter::repeat_n(0, at_once).chain([100]) {
            self.scene.time.pass(DAY_MS.saturating_mul(days));
            if days > 90 {
                self.scene.executions.borrow_mut().values_mut().for_each(|execution| execution.is_remembered = false);
            }
            let (accounts, entries) = (self.scene.ledger.accounts(), self.scene.ledger.entries().len());
            let begun = self.begun();
            self.scene.tell(|| format!("replay after {days} days"));
            self.send_all(1);
            self.run_until_rest();
            if self.scene.ledger.accounts() != accounts || self.scene.ledger.entries().len() != entries {
                self.violation("a replay changed the ledger");
            }
            if self.begun() != begun {
                self.violation("a replay started an execution");
            }
            self.check("after a replay");
        }
    }

    fn begun(&self) -> u64 {
        self.scene.executions.borrow().values().map(|execution| u64::from(execution.begun)).sum()
    }

    fn send_all(&mut self, copies: usize) {
        for body in 0..self.workload.bodies.len() {
            let copies = self.scene.chooser.borrow_mut().below(copies).saturating_add(1);
            for _ in 0..copies {
                self.queue.push(Message { id: self.next_id, body, receives: 0 });
                self.next_id = self.next_id.saturating_add(1);
            }
        }
    }

    fn run_until_rest(&mut self) {
        loop {
            self.let_workers_work();
            if self.workers.is_empty() && self.queue.is_empty() {
                return;
            }
            self.scene.time.tidy();
            if self.scene.chooser.borrow().is_walking() { self.walk_on() } else { self.go_on() }
        }
    }

    /// By chance: receive, die, or let time pass.
    fn go_on(&mut self) {
        let can_receive = !self.queue.is_empty() && self.workers.len() < self.settings.concurrency;
        let can_die = self.crashes_left > 0 && !self.workers.is_empty();
        let weights = [
            if self.workers.is_empty() { 0 } else { 600 },
            if can_receive { 380 } else { 0 },
            if can_die { 20 } else { 0 },
        ];
        let choice = self.scene.chooser.borrow_mut().weighted(&weights);
        match choice {
            0 => {
                self.scene.time.end_earliest();
            }
            1 => self.receive(),
            _ => {
                let victim = self.scene.chooser.borrow_mut().below(self.workers.len());
                self.crash(victim);
            }
        }
    }

    /// Every alternative in turn. Messages are received as soon as there is a worker: when does not matter to the search.
    fn walk_on(&mut self) {
        if !self.queue.is_empty() && self.workers.len() < self.settings.concurrency {
            return self.receive();
        }
        let waits = self.scene.time.candidates();
        let victims = if self.crashes_left > 0 { self.workers.len() } else { 0 };
        let choice = self.scene.chooser.borrow_mut().below(waits.saturating_add(victims));
        match choice.checked_sub(waits) {
            None => self.scene.time.end_candidate(choice),
            Some(victim) => self.crash(victim),
        }
    }

    fn receive(&mut self) {
        let mut chooser = self.scene.chooser.borrow_mut();
        let size = if chooser.is_walking() { 1 } else { chooser.below(self.settings.batch_size).saturating_add(1) };
        let mut batch = Vec::new();
        for _ in 0..size.min(self.queue.len()) {
            let index = if chooser.is_walking() { 0 } else { chooser.below(self.queue.len()) };
            let mut message = self.queue.remove(index);
            message.receives = message.receives.saturating_add(1);
            batch.push(message);
        }
        drop(chooser);
        self.outcome.deliveries = self.outcome.deliveries.saturating_add(u64::try_from(batch.len()).unwrap_or(0));
        self.scene.tell(|| {
            let ids: Vec<_> = batch.iter().map(|message| format!("#{} (event {})", message.id, message.body)).collect();
            format!("receive {}", ids.join(", "))
        });
        let mut records = Vec::new();
        for message in &batch {
            if self.reaches_handler(message) {
                records.push(self.record(message));
            }
        }
        let deadline = self.scene.time.now_ms().saturating_add(FUNCTION_MS);
        let deadline = Timestamp::from_millisecond(deadline).unwrap_or(Timestamp::MAX);
        let kept = if self.scene.has(Bug::AcknowledgedFirst) { Vec::new() } else { batch };
        self.workers.push((Job::new(self.handler.handle(SqsEvent { records }, deadline)), kept));
    }

    fn record(&self, message: &Message) -> SqsRecord {
        let text = self.workload.bodies.get(message.body).map(|body| body.text.clone()).unwrap_or_default();
        let body = if self.scene.has(Bug::ModesMixed) {
            text.replace(r#""livemode":false"#, r#""livemode":true"#)
        } else {
            text
        };
        let message_id = MessageId::new(message.id.to_string()).expect("a number is never empty");
        SqsRecord { message_id, body, attributes: SqsAttributes::default() }
    }

    /// What a planted bug in front of the handler lets through.
    fn reaches_handler(&mut self, message: &Message) -> bool {
        let Some(Body { tag, payment, created, .. }) = self.workload.bodies.get(message.body) else { return false };
        match self.scene.bug {
            Some(Bug::PoisonDropped) => *tag != Tag::Poison,
            Some(Bug::RefundsIgnored) => *tag != Tag::Refund,
            Some(Bug::FailedRefundsIgnored) => *tag != Tag::RefundFailed,
            Some(Bug::DisputesIgnored) => !matches!(tag, Tag::Dispute | Tag::DisputeEnd),
            Some(Bug::DisputeEndIgnored) => *tag != Tag::DisputeEnd,
            Some(Bug::SubscriptionsIgnored) => *tag != Tag::Link,
            Some(Bug::InvoicesIgnored) => *tag != Tag::Invoice,
            Some(Bug::MarkerFirst) => self.seen.insert(message.body),
            Some(Bug::OrderedByClock) => {
                let newest = self.newest.entry(payment.clone()).or_insert(*created);
                let is_newer = *created >= *newest;
                *newest = (*newest).max(*created);
                is_newer
            }
            _ => true,
        }
    }

    fn let_workers_work(&mut self) {
        let mut index = 0;
        while let Some((job, _)) = self.workers.get_mut(index) {
            match job.work() {
                None => index = index.saturating_add(1),
                Some(response) => {
                    let (_, messages) = self.workers.remove(index);
                    self.settle(messages, &response);
                }
            }
        }
    }

    fn settle(&mut self, messages: Vec<Message>, response: &BatchResponse) {
        let failed: BTreeSet<&str> =
            response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
        let ids: BTreeSet<String> = messages.iter().map(|message| message.id.to_string()).collect();
        if !self.scene.has(Bug::AcknowledgedFirst) && failed.iter().any(|id| !ids.contains(*id)) {
            self.violation("a batch answer names a message that was not in the batch");
        }
        self.scene.tell(|| format!("answer: {} of {} failed", failed.len(), messages.len()));
        for message in messages {
            let has_failed = failed.contains(message.id.to_string().as_str());
            let comes_again = match self.scene.bug {
                Some(Bug::BatchErrorSwallowed) => false,
                Some(Bug::WrongIdsFailed) => !failed.is_empty() && !has_failed,
                _ => has_failed,
            };
            if comes_again {
                self.again(message);
            }
        }
    }

    fn crash(&mut self, victim: usize) {
        let (job, messages) = self.workers.remove(victim);
        drop(job);
        self.crashes_left = self.crashes_left.saturating_sub(1);
        self.outcome.crashes = self.outcome.crashes.saturating_add(1);
        self.scene.tell(|| format!("crash with {} messages", messages.len()));
        for message in messages {
            self.again(message);
        }
    }

    fn again(&mut self, message: Message) {
        if message.receives >= MAX_RECEIVES { self.parked.push(message) } else { self.queue.push(message) }
    }

    fn check(&mut self, moment: &str) {
        let poison_sent = self.workload.bodies.iter().any(|body| body.tag == Tag::Poison);
        if poison_sent && !self.parked.iter().any(|message| is_poison(self.workload, message)) {
            self.violation("a message that cannot be read is neither done nor parked");
        }
        for violation in check::violations(self.scene, self.workload) {
            self.violation(&format!("{moment}: {violation}"));
        }
    }

    fn violation(&mut self, text: &str) {
        self.scene.tell(|| format!("VIOLATION {text}"));
        self.outcome.violations.push(Violation(text.to_owned()));
    }
}

fn is_poison(workload: &Workload, message: &Message) -> bool {
    workload.bodies.get(message.body).is_some_and(|body| body.tag == Tag::Poison)
}
