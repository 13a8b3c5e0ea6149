//! The keys between requests: read rarely, and again when the secret may have been rotated.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use jiff::Timestamp;
use lambda_kit::Failure;
use unsubscribe::{KeyStore, Keys};

/// The least time between two readings, whatever happens: a flood of made-up links costs one call a minute.
const LEAST_PAUSE: Duration = Duration::from_mins(1);

/// After this time the keys are read again: one that was taken out must stop working.
const LONGEST_AGE: Duration = Duration::from_mins(5);

/// Keeps the keys.
#[derive(Debug)]
pub struct KeyCache<S> {
    store: S,
    kept: RefCell<Option<Rc<Keys>>>,
    read_at: Cell<Option<Timestamp>>,
}

impl<S: KeyStore> KeyCache<S> {
    /// Reads nothing yet.
    pub const fn new(store: S) -> Self {
        Self { store, kept: RefCell::new(None), read_at: Cell::new(None) }
    }

    /// The keys; `None` when they cannot be had.
    pub(crate) async fn current(&self, now: Timestamp) -> Option<Rc<Keys>> {
        let is_absent = self.kept.borrow().is_none();
        if is_absent || self.age(now) >= LONGEST_AGE {
            self.read(now).await;
        }
        self.kept.borrow().clone()
    }

    /// The keys read anew; `None` when it is too early for that.
    pub(crate) async fn renewed(&self, now: Timestamp) -> Option<Rc<Keys>> {
        if self.read(now).await { self.kept.borrow().clone() } else { None }
    }

    /// Whether they were read. What is kept stays when they cannot be.
    async fn read(&self, now: Timestamp) -> bool {
        // While there is nothing at all each request may try: people wait for the page.
        if self.kept.borrow().is_some() && self.age(now) < LEAST_PAUSE {
            return false;
        }
        self.read_at.set(Some(now));
        match self.store.keys().await {
            Ok(keys) => {
                self.kept.replace(Some(Rc::new(keys)));
                true
            }
            Err(error) => {
                let failure = Failure::new("UnsubscribeKeysUnreadable", &error);
                tracing::error!(error.name = failure.name, error.detail = failure.detail, "links cannot be checked");
                false
            }
        }
    }

    fn age(&self, now: Timestamp) -> Duration {
        let read_at = self.read_at.get();
        read_at.map_or(Duration::MAX, |read_at| Duration::try_from(now.duration_since(read_at)).unwrap_or_default())
    }
}
