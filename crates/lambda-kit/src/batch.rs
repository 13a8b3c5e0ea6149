//! Records of one batch, worked on side by side, each failing alone.

use std::{collections::BTreeSet, panic::AssertUnwindSafe, pin::pin, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::{Either, select},
    stream,
};
use jiff::Timestamp;

use crate::{BatchResponse, Clock, Failure, MessageId, Timer};

/// Something to do for one or several records: one notice, or all payments of one customer.
#[derive(Debug)]
pub struct Task<W> {
    /// The records it is for; they come again if it does not end well.
    pub message_ids: Vec<MessageId>,
    /// What the handler needs for it.
    pub work: W,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All its records are done.
    Done,
    /// None of its records is done.
    Failed(Failure),
    /// These of its records are not done, the others are.
    Partly(Vec<(MessageId, Failure)>),
}

impl From<Result<(), Failure>> for Outcome {
    fn from(result: Result<(), Failure>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(failure) => Self::Failed(failure),
        }
    }
}

/// How a batch is worked on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tasks in flight at once, at least 1.
    pub concurrency: usize,
    /// When the invocation ends whatever it is doing.
    pub deadline: Timestamp,
    /// How long before the deadline the batch is answered. What is unfinished then comes again; what is finished stays
    /// finished. Without it a timeout would return the whole batch.
    pub reserve: Duration,
}

impl Limits {
    /// Ten tasks at once (the batch size of the fast path) and half a second to answer in.
    #[must_use]
    pub const fn until(deadline: Timestamp) -> Self {
        Self { concurrency: 10, deadline, reserve: Duration::from_millis(500) }
    }
}

/// Runs every task and returns exactly the records that must come again, with why.
///
/// A task that panics fails alone: the panic's message is not kept, because it may quote the record. Tasks not finished
/// `reserve` before the deadline are dropped at their next await and fail as `DeadlineReached`; every effect of Paybus can be
/// repeated, so a dropped task loses nothing.
pub async fn run<W, F, R>(
    tasks: Vec<Task<W>>,
    limits: Limits,
    clock: &impl Clock,
    timer: &impl Timer,
    handle: impl Fn(W) -> F,
) -> Failures
where
    F: Future<Output = R>,
    R: Into<Outcome>,
{
    let mut open: BTreeSet<MessageId> = tasks.iter().flat_map(|task| task.message_ids.iter().cloned()).collect();
    let mut failures = Failures::default();
    let handle = &handle;
    let work = stream::iter(tasks.into_iter().map(|task| async move {
        let outcome = AssertUnwindSafe(async { handle(task.work).await.into() }).catch_unwind().await;
        (task.message_ids, outcome.unwrap_or_else(|_| Outcome::Failed(panicked())))
    }));
    let mut work = pin!(work.buffer_unordered(limits.concurrency.max(1)));
    let mut guard = pin!(timer.sleep(time_left(limits, clock.now())));
    while !open.is_empty() {
        match select(work.next(), guard.as_mut()).await {
            Either::Left((Some((message_ids, outcome)), _)) => {
                for id in &message_ids {
                    open.remove(id);
                }
                failures.record(message_ids, outcome);
            }
            Either::Left((None, _)) => break,
            Either::Right(((), _)) => {
                let reason = Failure::message("DeadlineReached", "the invocation ends before this record was done");
                failures.record(open.into_iter().collect(), Outcome::Failed(reason));
                break;
            }
        }
    }
    failures
}

/// The records that must come again, each with its reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures(Vec<(MessageId, Failure)>);

impl Failures {
    /// Adds a record that failed before it could become a task: a body that cannot be read.
    pub fn push(&mut self, message_id: MessageId, failure: Failure) {
        self.0.push((message_id, failure));
    }

    /// Adds what another part of the batch left undone.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Each failed record with its reason.
    pub fn iter(&self) -> impl Iterator<Item = &(MessageId, Failure)> {
        self.0.iter()
    }

    /// Logs every failure once, with its chain, and makes the answer for Lambda.
    #[must_use]
    pub fn into_response(self) -> BatchResponse {
        for (message_id, failure) in &self.0 {
            tracing::error!(
                message.id = message_id.as_str(),
                error.name = failure.name,
                error.detail = failure.detail,
                "a record failed and will come again"
            );
        }
        self.0.into_iter().map(|(message_id, _)| message_id).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn record(&mut self, message_ids: Vec<MessageId>, outcome: Outcome) {
        match outcome {
            Outcome::Done => {}
            Outcome::Failed(failure) => self.0.extend(message_ids.into_iter().map(|id| (id, failure.clone()))),
            Outcome::Partly(failed) => {
                // A handler can only fail records of its own task: a foreign id would make Lambda return the whole batch.
                self.0.extend(failed.into_iter().filter(|(id, _)| message_ids.contains(id)));
            }
        }
    }
}

fn panicked() -> Failure {
    Failure::message(
        "Panicked",
        "the record's handler panicked; the log line before this one names the place in the code",
    )
}

fn time_left(limits: Limits, now: Timestamp) -> Duration {
    let left = Duration::try_from(limits.deadline.duration_since(now)).unwrap_or_default();
    left.saturating_sub(limits.reserve)
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        future::{pending, poll_fn, ready},
        task::Poll,
    };

    use futures_executor::block_on;

    use super::*;

    struct FixedClock;

    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    /// The deadline never comes.
    struct NeverTimer;

    impl Timer for NeverTimer {
        async fn sleep(&self, _: Duration) {
            pending::<()>().await;
        }
    }

    /// The deadline comes after a few turns of the executor.
    struct SoonTimer(Cell<u32>);

    impl Timer for SoonTimer {
        async fn sleep(&self, _: Duration) {
            poll_fn(|context| {
                self.0.set(self.0.get().saturating_add(1));
                context.waker().wake_by_ref();
                if self.0.get() > 3 { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    fn id(text: &str) -> MessageId {
        MessageId::new(text).unwrap()
    }

    fn tasks(ids: &[&'static str]) -> Vec<Task<&'static str>> {
        ids.iter().map(|name| Task { message_ids: vec![id(name)], work: *name }).collect()
    }

    fn failed_ids(failures: Failures) -> Vec<String> {
        let response = failures.into_response();
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier.as_str().to_owned()).collect()
    }

    fn limits() -> Limits {
        Limits::until(Timestamp::from_second(60).unwrap())
    }

    #[test]
    fn one_failing_and_one_panicking_record_fail_alone() {
        let handle = |name: &'static str| async move {
            assert!(name != "c", "planted");
            if name == "b" { Err(Failure::message("Bad", "b")) } else { Ok(()) }
        };
        let failures = block_on(run(tasks(&["a", "b", "c", "d"]), limits(), &FixedClock, &NeverTimer, handle));
        assert_eq!(failed_ids(failures), ["b", "c"]);
    }

    #[test]
    fn the_message_of_a_panic_is_not_kept() {
        let handle = |_: &'static str| async { panic!("secret") };
        let failures = block_on(run::<_, _, Outcome>(tasks(&["a"]), limits(), &FixedClock, &NeverTimer, handle));
        let (_, failure) = failures.iter().next().unwrap();
        assert_eq!(failure.name, "Panicked");
        assert!(!failure.detail.contains("secret"));
    }

    #[test]
    fn what_is_unfinished_at_the_deadline_comes_again_and_the_rest_is_done() {
        let done = RefCell::new(Vec::new());
        let handle = |name: &'static str| {
            let done = &done;
            async move {
                if name == "slow" {
                    pending::<()>().await;
                }
                done.borrow_mut().push(name);
                Ok(())
            }
        };
        let failures =
            block_on(run(tasks(&["slow", "quick"]), limits(), &FixedClock, &SoonTimer(Cell::new(0)), handle));
        assert_eq!(failed_ids(failures), ["slow"]);
        assert_eq!(*done.borrow(), ["quick"]);
    }

    #[test]
    fn no_more_than_the_allowed_number_is_in_flight() {
        let (now, most) = (Cell::new(0_usize), Cell::new(0_usize));
        let handle = |_: &'static str| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                let mut yielded = false;
                poll_fn(|context| {
                    if yielded {
                        return Poll::Ready(());
                    }
                    yielded = true;
                    context.waker().wake_by_ref();
                    Poll::Pending
                })
                .await;
                now.set(now.get() - 1);
                Ok(())
            }
        };
        let limits = Limits { concurrency: 2, ..limits() };
        let failures = block_on(run(tasks(&["a", "b", "c", "d", "e"]), limits, &FixedClock, &NeverTimer, handle));
        assert_eq!(failures, Failures::default());
        assert_eq!(most.get(), 2);
    }

    #[test]
    fn a_group_may_fail_in_part_but_never_a_record_it_does_not_hold() {
        let group = vec![Task { message_ids: vec![id("a"), id("b")], work: () }];
        let handle = |()| {
            ready(Outcome::Partly(vec![
                (id("b"), Failure::message("Bad", "")),
                (id("foreign"), Failure::message("Bad", "")),
            ]))
        };
        let failures = block_on(run(group, limits(), &FixedClock, &NeverTimer, handle));
        assert_eq!(failed_ids(failures), ["b"]);
    }
}
