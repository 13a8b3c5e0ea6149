//! CloudWatch metrics as log lines: the embedded metric format, so that counting costs no call.
//!
//! The format is in the CloudWatch user guide, "Specification: Embedded metric format". Names and dimension values are chosen by the code (a reason, a channel), never taken from an event: no personal data, and a bounded
//! number of metrics.

use std::{cell::RefCell, collections::BTreeMap, sync::OnceLock};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of all our metrics.
pub const NAMESPACE: &str = "Paybus";

/// CloudWatch takes at most 100 values of one metric in one line.
const MOST_VALUES: usize = 100;

/// The name under which this process is deployed, such as `shop-customer-notices`; unset outside Lambda.
static DEPLOYED_NAME: OnceLock<String> = OnceLock::new();

/// Names the process in its metrics: a test stack and a live one in one account must not ring each other's alarms.
pub(crate) fn deployed_as(name: String) {
    // A process is started once; whoever came first named it.
    DEPLOYED_NAME.get_or_init(|| name);
}

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// How many.
    Count,
    /// How long, in milliseconds.
    Milliseconds,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

type Dimensions = Vec<(&'static str, String)>;
type Values = BTreeMap<&'static str, (Unit, Vec<i64>)>;

/// Metrics of one invocation, gathered and then written as few lines.
#[derive(Debug, Default)]
pub struct Metrics {
    gathered: RefCell<BTreeMap<Dimensions, Values>>,
}

impl Metrics {
    /// Nothing gathered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds 1 to a count.
    pub fn count(&self, name: &'static str, dimensions: &[(&'static str, &str)]) {
        self.add(name, Unit::Count, 1, dimensions);
    }

    /// Adds a value. Counts of one name and dimensions add up; durations are kept one by one, for percentiles.
    pub fn add(&self, name: &'static str, unit: Unit, value: i64, dimensions: &[(&'static str, &str)]) {
        let key = dimensions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let mut gathered = self.gathered.borrow_mut();
        let (_, values) = gathered.entry(key).or_default().entry(name).or_insert_with(|| (unit, Vec::new()));
        match (unit, values.first_mut()) {
            (Unit::Count, Some(sum)) => *sum = sum.saturating_add(value),
            _ => values.push(value),
        }
    }

    /// Takes what was gathered, as one line per set of dimensions.
    pub fn take_lines(&self, function: &str, now: Timestamp) -> Vec<String> {
        let gathered = self.gathered.take();
        gathered.into_iter().flat_map(|(dimensions, values)| lines(function, now, &dimensions, values)).collect()
    }

    /// Writes what was gathered to standard output, from where CloudWatch Logs takes it. The dimension `function` is the name
    /// under which the process is deployed; `function` serves where there is none.
    #[expect(clippy::print_stdout, reason = "the embedded metric format is read from standard output")]
    pub fn emit(&self, function: &str, now: Timestamp) {
        let function = DEPLOYED_NAME.get().map_or(function, String::as_str);
        for line in self.take_lines(function, now) {
            println!("{line}");
        }
    }
}

fn lines(function: &str, now: Timestamp, dimensions: &Dimensions, mut values: Values) -> Vec<String> {
    let mut lines = Vec::new();
    while !values.is_empty() {
        let mut part = Values::new();
        for (name, (unit, list)) in &mut values {
            part.insert(name, (*unit, list.drain(..list.len().min(MOST_VALUES)).collect()));
        }
        values.retain(|_, (_, list)| !list.is_empty());
        lines.push(line(function, now, dimensions, &part));
    }
    lines
}

fn line(function: &str, now: Timestamp, dimensions: &Dimensions, values: &Values) -> String {
    let names: Vec<&str> = ["function"].into_iter().chain(dimensions.iter().map(|(name, _)| *name)).collect();
    let metrics: Vec<Value> =
        values.iter().map(|(name, (unit, _))| json!({"Name": name, "Unit": unit.name()})).collect();
    let mut object = Map::new();
    object.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": metrics}],
        }),
    );
    object.insert("function".to_owned(), json!(function));
    for (name, value) in dimensions {
        object.insert((*name).to_owned(), json!(value));
    }
    for (name, (_, list)) in values {
        let value = if let [one] = list.as_slice() { json!(one) } else { json!(list) };
        object.insert((*name).to_owned(), value);
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(metrics: &Metrics) -> Vec<Value> {
        let lines = metrics.take_lines("fn-test", Timestamp::from_second(1_700_000_000).unwrap());
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn counts_add_up_and_durations_are_kept_one_by_one() {
        let metrics = Metrics::new();
        metrics.count("Skipped", &[("reason", "stale")]);
        metrics.count("Skipped", &[("reason", "stale")]);
        metrics.add("PaymentToAccepted", Unit::Milliseconds, 7, &[("reason", "stale")]);
        metrics.add("PaymentToAccepted", Unit::Milliseconds, 9, &[("reason", "stale")]);
        let lines = taken(&metrics);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["Skipped"], json!(2));
        assert_eq!(lines[0]["PaymentToAccepted"], json!([7, 9]));
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["function", "reason"]]));
        assert_eq!(lines[0]["_aws"]["Timestamp"], json!(1_700_000_000_000_i64));
        assert!(taken(&metrics).is_empty(), "taken once");
    }

    #[test]
    fn more_values_than_a_line_holds_go_on_another_line() {
        let metrics = Metrics::new();
        for value in 0..250 {
            metrics.add("Wait", Unit::Milliseconds, value, &[]);
        }
        metrics.count("Sent", &[]);
        let lines = taken(&metrics);
        let held: Vec<usize> = lines.iter().map(|line| line["Wait"].as_array().unwrap().len()).collect();
        assert_eq!(held, [100, 100, 50]);
        assert_eq!(lines.iter().filter(|line| line["Sent"] == json!(1)).count(), 1);
    }
}
