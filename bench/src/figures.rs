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
        let hundredths = self.calls_per_hundred_events();
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

/// What a function may cost. Ratios are against the Node peer in the same run, so that they hold on any machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gates {
    /// How many times as long the peer must take to its first poll.
    pub(crate) first_poll: u128,
    /// How many times as long the peer must take to its first answer.
    pub(crate) first_answer: u128,
    /// How many times the CPU the peer must spend on an event.
    pub(crate) cpu: u128,
    /// AWS calls per event in a batch of ten, in hundredths, at most.
    pub(crate) calls_hundredths: u64,
    /// At most.
    pub(crate) peak_memory_mb: u64,
    /// At most.
    pub(crate) zip_mb: u64,
}

impl Figures {
    /// Each figure that does not need a peer and is above its gate, in words.
    pub(crate) fn misses(&self, gates: Gates) -> Vec<String> {
        let mut misses = Vec::new();
        let mut at_most = |what: &str, figure: u64, gate: u64| {
            if figure > gate {
                misses.push(format!("{what} {figure}, at most {gate}"));
            }
        };
        at_most("calls per 100 events", self.calls_per_hundred_events(), gates.calls_hundredths);
        at_most("new connections while warm", u64::try_from(self.connections).unwrap_or(u64::MAX), 0);
        at_most("kB of memory", self.peak_memory_kib, gates.peak_memory_mb.saturating_mul(1024));
        at_most("bytes of zip", self.zip_bytes, gates.zip_mb.saturating_mul(1_000_000));
        misses
    }

    fn calls_per_hundred_events(&self) -> u64 {
        u64::try_from(self.calls).unwrap_or(u64::MAX).saturating_mul(100).checked_div(self.events).unwrap_or(0)
    }
}

/// How two functions compare, figure by figure.
#[derive(Debug)]
pub(crate) struct Ratio<'a> {
    pub(crate) ours: &'a Figures,
    pub(crate) theirs: &'a Figures,
}

impl Ratio<'_> {
    /// Each ratio that is below its gate, in words.
    pub(crate) fn misses(&self, gates: Gates) -> Vec<String> {
        let (ours, theirs) = (self.ours, self.theirs);
        [
            ("first poll", ours.first_poll.median, theirs.first_poll.median, gates.first_poll),
            ("first answer", ours.first_answer.median, theirs.first_answer.median, gates.first_answer),
            ("CPU per event", ours.cpu_per_event, theirs.cpu_per_event, gates.cpu),
        ]
        .into_iter()
        .filter(|(_, ours, theirs, gate)| ours.as_nanos().saturating_mul(*gate) > theirs.as_nanos())
        .map(|(what, ours, theirs, gate)| format!("{what} {}, at least {gate} x", times(ours, theirs)))
        .collect()
    }
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
pub(crate) fn milliseconds(duration: Duration) -> String {
    let tenths = duration.as_micros().saturating_add(50).checked_div(100).unwrap_or(0);
    format!("{}.{}", tenths.checked_div(10).unwrap_or(0), tenths.checked_rem(10).unwrap_or(0))
}
