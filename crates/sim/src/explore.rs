//! Running many simulations: by seed, and every schedule of a small case.

use crate::{
    Bug, Outcome, Settings,
    chooser::{Chooser, Path},
    workload::Workload,
    world,
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
        replays: false,
        bug: None,
        is_traced: false,
    };
    world::run(&Workload::hot_customer(payments), &settings, Chooser::seeded(seed)).0
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

/// Runs every schedule of a case, up to a limit.
#[must_use]
pub fn exhaustively(case: Case, bug: Option<Bug>, limit: u64) -> Search {
    let workload = Workload::copies(case.copies, case.with_refund);
    let settings = Settings {
        concurrency: case.copies,
        batch_size: 1,
        copies: 1,
        faults: case.faults,
        crashes: case.crashes,
        conflicts_per_thousand: 0,
        replays: false,
        bug,
        is_traced: false,
    };
    let mut search = Search::default();
    let mut path = Path::default();
    while search.schedules < limit {
        let (outcome, chooser) = world::run(&workload, &settings, Chooser::Walking(path));
        search.schedules = search.schedules.saturating_add(1);
        search.deliveries = search.deliveries.saturating_add(outcome.deliveries);
        if !outcome.violations.is_empty() {
            search.first_violation = Some(outcome);
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
