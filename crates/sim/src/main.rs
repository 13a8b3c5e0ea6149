//! The command line of the simulation.

use std::{
    env,
    process::{Command, ExitCode},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Instant,
};

use clap::Parser;
use sim::{
    Bug, Outcome,
    explore::{self, Case, Search},
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
    /// The long runs: at least 90,000 seeds and 10 M deliveries, then 39 M schedules of small cases.
    #[arg(long)]
    full: bool,
    /// 10,000 events, replayed twice at once and once more 100 days later.
    #[arg(long)]
    archive: bool,
    /// Tell the stories of so many seeds twice, each in a process of its own, and compare them.
    #[arg(long, value_name = "SEEDS")]
    processes: Option<u64>,
    /// One customer, 1,000 events, 50 at once, 30 % conflicts.
    #[arg(long)]
    hot_customer: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_good = match arguments.seed {
        Some(seed) => one_seed(seed, arguments.trace),
        None if arguments.full => full(),
        None if arguments.archive => archive(),
        None if arguments.processes.is_some() => processes(arguments.processes.unwrap_or_default()),
        None if arguments.exhaustive => exhaustive(arguments.limit),
        None if arguments.bugs => bugs(),
        None if arguments.hot_customer => hot_customer(),
        None => seeds(arguments.first, arguments.seeds, 0),
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

/// The figures that the project has set itself (R1 and R2 of its yardsticks).
const FULL_SEEDS: u64 = 90_000;
const FULL_DELIVERIES: u64 = 10_000_000;
const FULL_SCHEDULES: u64 = 39_000_000;

fn full() -> bool {
    if !seeds(0, FULL_SEEDS, FULL_DELIVERIES) {
        return false;
    }
    let mut left = FULL_SCHEDULES;
    for case in CASES.into_iter().rev() {
        let search = search(case, left);
        if search.first_violation.is_some() {
            return false;
        }
        left = left.saturating_sub(search.schedules);
    }
    say(&format!("{} schedules without a broken rule", FULL_SCHEDULES.saturating_sub(left)));
    left == 0
}

fn archive() -> bool {
    const EVENTS: usize = 10_000;
    let started = start();
    let outcome = explore::archive(1, EVENTS);
    report(1, &outcome);
    let (deliveries, took) = (outcome.deliveries, started.elapsed().as_millis());
    say(&format!(
        "{EVENTS} events and three replays: {deliveries} deliveries in {took} ms, {} violations",
        outcome.violations.len()
    ));
    outcome.violations.is_empty()
}

/// The story of a seed must not depend on the process that tells it: on addresses, hash seeds or the clock.
fn processes(count: u64) -> bool {
    let Ok(program) = env::current_exe() else {
        say("this program cannot find itself");
        return false;
    };
    let story = |seed: u64| {
        let output = Command::new(&program).args(["--seed", &seed.to_string(), "--trace"]).output();
        output.map(|output| output.stdout).ok().filter(|story| !story.is_empty())
    };
    let equal = (0..count).filter(|seed| story(*seed).is_some_and(|first| story(*seed) == Some(first)));
    let equal = u64::try_from(equal.count()).unwrap_or(0);
    say(&format!("{equal} of {count} seeds told the same story in two processes"));
    equal == count
}

/// Runs at least so many seeds, and at least until so many messages are delivered.
fn seeds(first: u64, count: u64, deliveries: u64) -> bool {
    let totals = Totals::default();
    let started = start();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| run_seeds(&totals, first, count, deliveries));
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

fn run_seeds(totals: &Totals, first: u64, count: u64, deliveries: u64) {
    loop {
        let number = totals.next.fetch_add(1, Ordering::Relaxed);
        let is_enough = number >= count && totals.deliveries.load(Ordering::Relaxed) >= deliveries;
        if is_enough || totals.is_broken.load(Ordering::Relaxed) {
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
            say(&format!("{done} seeds, {} deliveries", totals.deliveries.load(Ordering::Relaxed)));
        }
    }
}

/// Small cases, from the smallest to the largest.
const CASES: [Case; 7] = [
    Case { copies: 1, with_refund: false, faults: 1, crashes: 1 },
    Case { copies: 2, with_refund: false, faults: 0, crashes: 0 },
    Case { copies: 2, with_refund: true, faults: 1, crashes: 0 },
    Case { copies: 2, with_refund: false, faults: 1, crashes: 1 },
    Case { copies: 2, with_refund: true, faults: 1, crashes: 1 },
    Case { copies: 3, with_refund: false, faults: 0, crashes: 1 },
    Case { copies: 3, with_refund: true, faults: 1, crashes: 1 },
];

fn exhaustive(limit: u64) -> bool {
    CASES.into_iter().all(|case| search(case, limit).first_violation.is_none())
}

fn search(case: Case, limit: u64) -> Search {
    let started = start();
    let told = AtomicU64::new(0);
    let search = explore::exhaustively_on_all_cores(case, limit, |schedules| {
        let millions = schedules.checked_div(1_000_000).unwrap_or(0);
        if told.fetch_max(millions, Ordering::Relaxed) < millions {
            say(&format!("{schedules} schedules"));
        }
    });
    let reach = if search.is_complete { "every schedule" } else { "the first schedules" };
    say(&format!("{case:?}: {reach}, {} in {} ms", search.schedules, started.elapsed().as_millis()));
    if let Some(outcome) = &search.first_violation {
        outcome.violations.iter().for_each(|violation| say(&violation.0));
    }
    search
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
