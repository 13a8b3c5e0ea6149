//! Running many simulations: by seed, and every schedule of a small case.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    Bug, Outcome, Settings,
    chooser::{Chooser, Path},
    workload::Workload,
    world::{self, Replays},
};

/// Runs the simulation of one seed.
#[must_use]
pub fn seed(seed: u64, bug: Option<Bug>, is_traced: bool) -> Outcome {
    let mut chooser = Chooser::seeded(seed);
    let workload = Workload::random(&mut chooser);
    let settings = Settings::random(&mut chooser, bug, is_traced);
    world::run(&workload, &settings, chooser).0
}

/// One customer, many payments, many workers, and conflicts all the time.
#[must_use]
pub fn hot_customer(seed: u64, payments: usize, concurrency: usize, conflicts_per_thousand: u32) -> Outcome {
    let settings = Settings {
        concurrency,
        batch_size: 10,
        copies: 1,
        faults: 0,
        crashes: 0,
        conflicts_per_thousand,
        replays: Replays::None,
        bug: None,
        is_traced: false,
    };
    world::run(&Workload::hot_customer(payments), &settings, Chooser::seeded(seed)).0
}

/// An archive: the events of many payments, sent once, then all of them again twice, and once more 100 days later. Nothing may
/// change but the first time.
#[must_use]
pub fn archive(seed: u64, events: usize) -> Outcome {
    let mut chooser = Chooser::seeded(seed);
    let workload = Workload::archive(&mut chooser, events);
    let settings = Settings {
        concurrency: 4,
        batch_size: 10,
        copies: 1,
        faults: 0,
        crashes: 0,
        conflicts_per_thousand: 0,
        replays: Replays::Archive,
        bug: None,
        is_traced: false,
    };
    world::run(&workload, &settings, chooser).0
}

/// A small case of which every schedule is run.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// How many messages there are.
    pub copies: usize,
    /// Whether every second one is a refund of the payment.
    pub with_refund: bool,
    /// How many calls fail, at most.
    pub faults: u32,
    /// How many workers die, at most.
    pub crashes: u32,
}

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Schedules that were run.
    pub schedules: u64,
    /// Messages that were handed to the handler.
    pub deliveries: u64,
    /// The first schedule that broke a rule.
    pub first_violation: Option<Outcome>,
    /// Whether every schedule was run, or the limit ended the search.
    pub is_complete: bool,
}

impl Case {
    fn workload(self) -> Workload {
        Workload::copies(self.copies, self.with_refund)
    }

    const fn settings(self, bug: Option<Bug>) -> Settings {
        Settings {
            concurrency: self.copies,
            batch_size: 1,
            copies: 1,
            faults: self.faults,
            crashes: self.crashes,
            conflicts_per_thousand: 0,
            replays: Replays::None,
            bug,
            is_traced: false,
        }
    }
}

/// Runs every schedule of a case, up to a limit.
#[must_use]
pub fn exhaustively(case: Case, bug: Option<Bug>, limit: u64) -> Search {
    let done = Progress::default();
    below(case, bug, Path::default(), limit, &done)
}

/// The depth at which the tree of schedules is cut into parts for several threads: some hundred parts.
const CUT: usize = 8;

/// What the threads of a search tell each other.
#[derive(Debug, Default)]
struct Progress {
    schedules: AtomicU64,
    is_broken: AtomicBool,
}

/// Runs every schedule of a case on all cores, up to a limit; tells how many are done after each part of the tree.
#[must_use]
pub fn exhaustively_on_all_cores(case: Case, limit: u64, tell: impl Fn(u64) + Sync) -> Search {
    let parts = Mutex::new(parts(case));
    let done = Progress::default();
    let found = Mutex::new(Search { is_complete: true, ..Search::default() });
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(part) = parts.lock().unwrap_or_else(PoisonError::into_inner).pop() else { return };
                    let search = below(case, None, part, limit, &done);
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.absorb(search);
                    tell(found.schedules);
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn parts(case: Case) -> Vec<Path> {
    let (workload, settings) = (case.workload(), case.settings(None));
    let mut parts = Vec::new();
    let mut path = Path::default();
    loop {
        let Chooser::Walking(walked) = world::run(&workload, &settings, Chooser::Walking(path)).1 else { return parts };
        parts.push(walked.below(CUT));
        path = walked;
        if !path.advance_within(CUT) {
            return parts;
        }
    }
}

impl Search {
    fn absorb(&mut self, part: Self) {
        self.schedules = self.schedules.saturating_add(part.schedules);
        self.deliveries = self.deliveries.saturating_add(part.deliveries);
        self.is_complete &= part.is_complete;
        self.first_violation = self.first_violation.take().or(part.first_violation);
    }
}

/// Runs every schedule of a part of the tree; the limit is for all parts together.
fn below(case: Case, bug: Option<Bug>, mut path: Path, limit: u64, done: &Progress) -> Search {
    let (workload, settings) = (case.workload(), case.settings(bug));
    let mut search = Search::default();
    while done.schedules.fetch_add(1, Ordering::Relaxed) < limit && !done.is_broken.load(Ordering::Relaxed) {
        let (outcome, chooser) = world::run(&workload, &settings, Chooser::Walking(path));
        search.schedules = search.schedules.saturating_add(1);
        search.deliveries = search.deliveries.saturating_add(outcome.deliveries);
        if !outcome.violations.is_empty() {
            search.first_violation = Some(outcome);
            done.is_broken.store(true, Ordering::Relaxed);
            return search;
        }
        let Chooser::Walking(walked) = chooser else { return search };
        path = walked;
        if !path.advance() {
            search.is_complete = true;
            return search;
        }
    }
    search
}

/// The first seed at which a planted bug is noticed, with what was noticed.
#[must_use]
pub fn first_catch(bug: Bug, seeds: u64) -> Option<(u64, Outcome)> {
    (0..seeds)
        .map(|number| (number, seed(number, Some(bug), false)))
        .find(|(_, outcome)| !outcome.violations.is_empty())
}
