//! The command line of the simulation.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Instant,
};

use clap::Parser;
use sim::{
    Bug, Outcome,
    explore::{self, Case},
};

/// Simulates the ledger under faults.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Run this seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Tell the story of the seed.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Run every schedule of small cases.
    #[arg(long)]
    exhaustive: bool,
    /// The most schedules of one case.
    #[arg(long, default_value_t = 1_000_000)]
    limit: u64,
    /// Plant each bug in turn and show the seed that catches it.
    #[arg(long)]
    bugs: bool,
    /// One customer, 1,000 events, 50 at once, 30 % conflicts.
    #[arg(long)]
    hot_customer: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_good = match arguments.seed {
        Some(seed) => one_seed(seed, arguments.trace),
        None if arguments.exhaustive => exhaustive(arguments.limit),
        None if arguments.bugs => bugs(),
        None if arguments.hot_customer => hot_customer(),
        None => seeds(arguments.first, arguments.seeds),
    };
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "a command line prints")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::disallowed_methods, reason = "measures how long a run takes, decides nothing")]
fn start() -> Instant {
    Instant::now()
}

fn report(seed: u64, outcome: &Outcome) {
    for violation in &outcome.violations {
        say(&format!("seed {seed}: {}", violation.0));
    }
    if !outcome.violations.is_empty() {
        say(&format!("tell the story: cargo xtask sim --seed {seed} --trace"));
    }
}

fn one_seed(seed: u64, is_traced: bool) -> bool {
    let outcome = explore::seed(seed, None, is_traced);
    outcome.trace.iter().for_each(|line| say(line));
    report(seed, &outcome);
    say(&format!(
        "seed {seed}: {} deliveries, {} faults, {} crashes, {} executions, {} violations",
        outcome.deliveries,
        outcome.faults,
        outcome.crashes,
        outcome.executions,
        outcome.violations.len()
    ));
    outcome.violations.is_empty()
}

/// Figures of all threads together.
#[derive(Default)]
struct Totals {
    next: AtomicU64,
    done: AtomicU64,
    deliveries: AtomicU64,
    faults: AtomicU64,
    crashes: AtomicU64,
    executions: AtomicU64,
    is_broken: AtomicBool,
}

impl Totals {
    fn add(&self, outcome: &Outcome) {
        self.deliveries.fetch_add(outcome.deliveries, Ordering::Relaxed);
        self.faults.fetch_add(outcome.faults, Ordering::Relaxed);
        self.crashes.fetch_add(outcome.crashes, Ordering::Relaxed);
        self.executions.fetch_add(outcome.executions, Ordering::Relaxed);
    }
}

fn seeds(first: u64, count: u64) -> bool {
    let totals = Totals::default();
    let started = start();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| run_seeds(&totals, first, count));
        }
    });
    let figure = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    let per_second = figure(&totals.deliveries).saturating_mul(1000).checked_div(milliseconds).unwrap_or(0);
    say(&format!(
        "{} seeds, {} deliveries, {} faults, {} crashes, {} executions in {milliseconds} ms on {threads} threads: {per_second} deliveries a second",
        figure(&totals.done),
        figure(&totals.deliveries),
        figure(&totals.faults),
        figure(&totals.crashes),
        figure(&totals.executions),
    ));
    let is_good = !totals.is_broken.load(Ordering::Relaxed);
    say(if is_good { "nothing lost, nothing doubled" } else { "rules were broken" });
    is_good
}

fn run_seeds(totals: &Totals, first: u64, count: u64) {
    loop {
        let number = totals.next.fetch_add(1, Ordering::Relaxed);
        if number >= count || totals.is_broken.load(Ordering::Relaxed) {
            return;
        }
        let seed = first.saturating_add(number);
        let outcome = explore::seed(seed, None, false);
        totals.add(&outcome);
        if !outcome.violations.is_empty() {
            report(seed, &outcome);
            totals.is_broken.store(true, Ordering::Relaxed);
        }
        let done = totals.done.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if done.is_multiple_of(10_000) {
            say(&format!("{done} of {count} seeds"));
        }
    }
}

fn exhaustive(limit: u64) -> bool {
    let cases = [
        Case { copies: 1, with_refund: false, faults: 1, crashes: 1 },
        Case { copies: 2, with_refund: false, faults: 0, crashes: 0 },
        Case { copies: 2, with_refund: true, faults: 1, crashes: 0 },
        Case { copies: 2, with_refund: false, faults: 1, crashes: 1 },
        Case { copies: 2, with_refund: true, faults: 1, crashes: 1 },
        Case { copies: 3, with_refund: false, faults: 0, crashes: 1 },
        Case { copies: 3, with_refund: true, faults: 1, crashes: 1 },
    ];
    let mut is_good = true;
    for case in cases {
        let started = start();
        let search = explore::exhaustively(case, None, limit);
        let reach = if search.is_complete { "every schedule" } else { "the first schedules" };
        say(&format!("{case:?}: {reach}, {} in {} ms", search.schedules, started.elapsed().as_millis()));
        if let Some(outcome) = search.first_violation {
            outcome.violations.iter().for_each(|violation| say(&violation.0));
            is_good = false;
        }
    }
    is_good
}

fn bugs() -> bool {
    let mut is_good = true;
    for bug in Bug::ALL {
        let Some((seed, outcome)) = explore::first_catch(bug, 100) else {
            say(&format!("{bug:?}: NOT NOTICED in 100 seeds"));
            is_good = false;
            continue;
        };
        let what = outcome.violations.first().map(|violation| violation.0.as_str()).unwrap_or_default();
        say(&format!("{bug:?}: seed {seed}: {what}"));
    }
    is_good
}

fn hot_customer() -> bool {
    let outcome = explore::hot_customer(1, 1000, 50, 300);
    report(1, &outcome);
    say(&format!("{} deliveries for 1,000 events, {} violations", outcome.deliveries, outcome.violations.len()));
    outcome.violations.is_empty()
}
