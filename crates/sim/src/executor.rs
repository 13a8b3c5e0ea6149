//! A single-threaded executor with a clock of its own: nothing happens that the chooser did not decide.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Waits longer than this guard something (a deadline) instead of spacing it, and are no moments to search over.
const GUARD_MS: i64 = 5_000;

/// The clock and everything that waits for it.
#[derive(Debug, Default)]
pub(crate) struct Time {
    now_ms: Cell<i64>,
    next_order: Cell<u64>,
    waiting: RefCell<Vec<Rc<Waiting>>>,
}

#[derive(Debug)]
struct Waiting {
    at_ms: i64,
    order: u64,
    is_guard: bool,
    is_over: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Time {
    pub(crate) fn starting_at(now_ms: i64) -> Self {
        Self { now_ms: Cell::new(now_ms), ..Self::default() }
    }

    pub(crate) const fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now_ms.set(self.now_ms.get().saturating_add(milliseconds));
    }

    /// Waits so many milliseconds of simulated time.
    pub(crate) fn wait(&self, milliseconds: i64) -> Wait {
        let order = self.next_order.get();
        self.next_order.set(order.saturating_add(1));
        let waiting = Rc::new(Waiting {
            at_ms: self.now_ms.get().saturating_add(milliseconds),
            order,
            is_guard: milliseconds > GUARD_MS,
            is_over: Cell::new(false),
            waker: RefCell::new(None),
        });
        self.waiting.borrow_mut().push(Rc::clone(&waiting));
        Wait(waiting)
    }

    /// How many waits could end next, guards left out.
    pub(crate) fn candidates(&self) -> usize {
        self.waiting.borrow().iter().filter(|waiting| !waiting.is_guard).count()
    }

    /// Ends the wait that is due first, and moves the clock there. False if nothing waits.
    pub(crate) fn end_earliest(&self) -> bool {
        let mut all = self.waiting.borrow_mut();
        let earliest = all.iter().enumerate().min_by_key(|(_, waiting)| (waiting.at_ms, waiting.order));
        let Some(index) = earliest.map(|(index, _)| index) else { return false };
        let waiting = all.swap_remove(index);
        drop(all);
        self.now_ms.set(self.now_ms.get().max(waiting.at_ms));
        waiting.end();
        true
    }

    /// Ends the wait of that number among the candidates, whenever it is due.
    pub(crate) fn end_candidate(&self, number: usize) {
        let mut all = self.waiting.borrow_mut();
        all.sort_by_key(|waiting| waiting.order);
        let index = all.iter().enumerate().filter(|(_, waiting)| !waiting.is_guard).nth(number).map(|(index, _)| index);
        let Some(index) = index else { return };
        let waiting = all.remove(index);
        drop(all);
        waiting.end();
    }

    /// Forgets the waits of futures that were dropped.
    pub(crate) fn tidy(&self) {
        self.waiting.borrow_mut().retain(|waiting| Rc::strong_count(waiting) > 1);
    }
}

impl Waiting {
    fn end(&self) {
        self.is_over.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// A wait for simulated time.
#[derive(Debug)]
pub(crate) struct Wait(Rc<Waiting>);

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_over.get() {
            return Poll::Ready(());
        }
        *self.0.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}

/// A future at work, and whether it asked to be polled.
pub(crate) struct Job<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    flag: Arc<Flag>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a, T> Job<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self { future: Box::pin(future), flag: Arc::new(Flag(AtomicBool::new(true))) }
    }

    /// Polls for as long as the future asks for it; its result once it is done.
    pub(crate) fn work(&mut self) -> Option<T> {
        let waker = Waker::from(Arc::clone(&self.flag));
        let mut context = Context::from_waker(&waker);
        while self.flag.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(result) = self.future.as_mut().poll(&mut context) {
                return Some(result);
            }
        }
        None
    }
}
