//! What was measured, as one row of the report.

use std::{fmt, time::Duration};

/// The smallest, middle, 99th-percentile and largest of some durations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spread {
    median: Duration,
    p99: Duration,
    least: Duration,
    most: Duration,
}

impl Spread {
    /// All zero when there are none.
    pub(crate) fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        let at = |percent: usize| {
            let last = durations.len().saturating_sub(1);
            durations.get(last.saturating_mul(percent).checked_div(100).unwrap_or(0)).copied().unwrap_or_default()
        };
        Self { median: at(50), p99: at(99), least: at(0), most: at(100) }
    }
}

/// The figures of one function.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) first_poll: Spread,
    pub(crate) first_answer: Spread,
    pub(crate) batch: Spread,
    pub(crate) cpu_per_event: Duration,
    pub(crate) calls: usize,
    pub(crate) connections: usize,
    pub(crate) events: u64,
    pub(crate) peak_memory_kib: u64,
    pub(crate) zip_bytes: u64,
}

impl Figures {
    /// The columns.
    pub(crate) const HEADING: &str = "\
function                  first poll          first answer        CPU/event  batch of 10        calls/event  new conn.  peak mem.  zip
                          median (range)      median (range)                 median (p99)                    while warm";
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths =
            u64::try_from(self.calls).unwrap_or(u64::MAX).saturating_mul(100).checked_div(self.events).unwrap_or(0);
        write!(
            formatter,
            "{:<24}  {:<18}  {:<18}  {:>6} us  {:<17}  {:>8}.{:02}  {:>9}  {:>6} MB  {} kB",
            self.name,
            range(self.first_poll),
            range(self.first_answer),
            self.cpu_per_event.as_micros(),
            format!("{} ({}) ms", milliseconds(self.batch.median), milliseconds(self.batch.p99)),
            hundredths.checked_div(100).unwrap_or(0),
            hundredths.checked_rem(100).unwrap_or(0),
            self.connections,
            self.peak_memory_kib.checked_div(1024).unwrap_or(0),
            self.zip_bytes.checked_div(1000).unwrap_or(0),
        )
    }
}

/// How two functions compare, figure by figure.
#[derive(Debug)]
pub(crate) struct Ratio<'a> {
    pub(crate) ours: &'a Figures,
    pub(crate) theirs: &'a Figures,
}

impl fmt::Display for Ratio<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, theirs) = (self.ours, self.theirs);
        write!(
            formatter,
            "{:<24}  {:<18}  {:<18}  {:>9}  {:<17}  {:>11}  {:>9}  {:>9}",
            "  the peer takes",
            times(ours.first_poll.median, theirs.first_poll.median),
            times(ours.first_answer.median, theirs.first_answer.median),
            times(ours.cpu_per_event, theirs.cpu_per_event),
            times(ours.batch.median, theirs.batch.median),
            "",
            "",
            times(Duration::from_micros(ours.peak_memory_kib), Duration::from_micros(theirs.peak_memory_kib)),
        )
    }
}

/// How many times as long, with one decimal.
fn times(ours: Duration, theirs: Duration) -> String {
    let tenths = theirs.as_nanos().saturating_mul(10).checked_div(ours.as_nanos()).unwrap_or(0);
    format!("{}.{} x", tenths.checked_div(10).unwrap_or(0), tenths.checked_rem(10).unwrap_or(0))
}

fn range(spread: Spread) -> String {
    format!("{} ({}-{}) ms", milliseconds(spread.median), milliseconds(spread.least), milliseconds(spread.most))
}

/// One decimal, without floating point.
fn milliseconds(duration: Duration) -> String {
    let tenths = duration.as_micros().saturating_add(50).checked_div(100).unwrap_or(0);
    format!("{}.{}", tenths.checked_div(10).unwrap_or(0), tenths.checked_rem(10).unwrap_or(0))
}
