//! A short run of everything; `cargo xtask sim` runs the long one.

use sim::{
    Bug,
    explore::{self, Case},
};

#[test]
fn no_seed_loses_or_doubles_anything() {
    for seed in 0..300 {
        let outcome = explore::seed(seed, None, false);
        assert_eq!(outcome.violations, [], "cargo xtask sim --seed {seed} --trace tells the story");
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 0..30 {
        let (first, second) = (explore::seed(seed, None, true), explore::seed(seed, None, true));
        assert!(!first.trace.is_empty());
        assert_eq!(first.trace, second.trace, "seed {seed}");
    }
}

#[test]
fn every_planted_bug_is_noticed_within_a_hundred_seeds() {
    let unnoticed: Vec<Bug> = Bug::ALL.into_iter().filter(|bug| explore::first_catch(*bug, 100).is_none()).collect();
    assert_eq!(unnoticed, []);
}

#[test]
fn every_schedule_of_one_message_with_a_fault_and_a_crash_is_sound() {
    check(Case { copies: 1, with_refund: false, faults: 1, crashes: 1 }, 50);
}

#[test]
fn every_schedule_of_two_copies_is_sound() {
    check(Case { copies: 2, with_refund: false, faults: 0, crashes: 0 }, 500);
    check(Case { copies: 2, with_refund: true, faults: 0, crashes: 0 }, 250);
}

/// The search would find what it looks for: with a planted bug it does.
#[test]
fn the_search_finds_a_planted_bug() {
    let case = Case { copies: 2, with_refund: false, faults: 0, crashes: 0 };
    let search = explore::exhaustively(case, Some(Bug::RandomExecutionName), 10_000);
    assert!(search.first_violation.is_some());
}

/// R15: an archive that is replayed changes nothing, at once or after Step Functions has forgotten every name.
#[test]
fn an_archive_of_ten_thousand_events_is_replayed_three_times_and_changes_nothing() {
    let outcome = explore::archive(1, 10_000);
    assert_eq!(outcome.violations, []);
    assert!(outcome.deliveries >= 40_000 && outcome.executions > 0);
}

/// R3: the story of a seed does not depend on the process that tells it.
#[test]
fn a_seed_tells_the_same_story_in_separate_processes() {
    for seed in 0..20_u64 {
        let story = || {
            let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_sim"));
            program.args(["--seed", &seed.to_string(), "--trace"]).output().unwrap().stdout
        };
        let first = story();
        assert!(!first.is_empty());
        assert_eq!(first, story(), "seed {seed}");
    }
}

/// Cutting the tree of schedules for several threads loses none and repeats none.
#[test]
fn all_cores_together_walk_the_schedules_that_one_walks() {
    let case = Case { copies: 2, with_refund: true, faults: 0, crashes: 0 };
    let (alone, together) =
        (explore::exhaustively(case, None, 100_000), explore::exhaustively_on_all_cores(case, 100_000, |_| {}));
    assert!(alone.is_complete && together.is_complete);
    assert_eq!((alone.schedules, alone.deliveries), (together.schedules, together.deliveries));
}

/// R18, smaller: many writers of one customer, and conflicts all the time.
#[test]
fn one_customer_under_many_writers_and_conflicts_loses_nothing() {
    let outcome = explore::hot_customer(1, 300, 50, 300);
    assert_eq!(outcome.violations, []);
}

fn check(case: Case, at_least: u64) {
    let search = explore::exhaustively(case, None, 100_000);
    let violations = search.first_violation.map(|outcome| outcome.violations).unwrap_or_default();
    assert_eq!(violations, [], "{case:?}");
    assert!(search.is_complete && search.schedules >= at_least, "{case:?}: {} schedules", search.schedules);
}
