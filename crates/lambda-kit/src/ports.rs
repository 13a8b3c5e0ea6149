//! Time, sleep and chance as arguments, so that tests and the simulation decide them.

use std::time::Duration;

use jiff::Timestamp;

/// Tells the time.
pub trait Clock {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Waits.
pub trait Timer {
    /// Returns once `duration` has passed.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// A source of chance, for jitter only: never for keys or secrets.
pub trait Entropy {
    /// A number below `bound`; 0 when `bound` is 0.
    fn below(&self, bound: u64) -> u64;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Waits on Tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Chance from a fast, seeded generator of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { fastrand::u64(..bound) }
    }
}

impl<T: Clock> Clock for &T {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

impl<T: Timer> Timer for &T {
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        (**self).sleep(duration)
    }
}

impl<T: Entropy> Entropy for &T {
    fn below(&self, bound: u64) -> u64 {
        (**self).below(bound)
    }
}
