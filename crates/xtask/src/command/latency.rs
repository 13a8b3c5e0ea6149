//! `cargo xtask latency`: how long points take, and what they cost, on the local stack.

use std::{
    process, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    aws::Aws,
    emulator::{Emulator, Kept, Options},
    preconditions,
    python::{Tools, ensure},
    scenario,
    stack::{self, Consumer, Stack},
    workspace,
};

/// How long all points may take to be there.
const PATIENCE: Duration = Duration::from_mins(2);

/// The metrics that are read: from the function being handed the event, or the queue taking it, until DynamoDB has acknowledged
/// the transaction.
const READ_TO_POSTED: &str = "ReadToPosted";
const SENT_TO_POSTED: &str = "SentToPosted";

/// Sends so many payments, one after the other, past the bus, onto the queue, and shows the figures; on the stack that `demo --keep` left running, or
/// on one of its own.
pub fn run(payments: usize, per_second: u32) -> Result<bool> {
    let pause = Duration::from_secs(1).checked_div(per_second).unwrap_or_default();
    if let Some(kept) = Kept::find()? {
        return measure(&Stack::on(kept.port)?, payments, pause);
    }
    let python = preconditions::check()?;
    let (sam, tools) = (ensure(&python, Tools::Sam)?, ensure(&python, Tools::Emulator)?);
    stack::build(&sam)?;
    let emulator = Emulator::start(&tools, Options::default())?;
    measure(&stack::deploy(&sam, emulator.port)?, payments, pause)
}

fn measure(stack: &Stack, payments: usize, pause: Duration) -> Result<bool> {
    let log = Consumer::LoyaltyPoints.log_group();
    let known = stack.aws.log_lines(&log).map(|lines| lines.len()).unwrap_or_default();
    let sample = scenario::read_fresh(&workspace::root().join("events/payment_intent.succeeded/acacia_one_time.json"))?;
    println!("sending {payments} payments of as many customers ...");
    for number in 0..payments {
        let body = payment(&sample, number).to_string();
        stack.aws.send_message(&Consumer::LoyaltyPoints.queue(), &body)?;
        thread::sleep(pause);
    }
    let lines = wait(stack, &log, known, payments)?;
    print_figures(&stack.aws, stack.output("LedgerTableName")?, &lines)?;
    Ok(true)
}

fn payment(sample: &Value, number: usize) -> Value {
    let mark = format!("Latency{}x{number}", process::id());
    let mut event = sample.clone();
    event["detail"]["id"] = json!(format!("evt_{mark}"));
    event["detail"]["data"]["object"]["id"] = json!(format!("pi_{mark}"));
    event["detail"]["data"]["object"]["customer"] = json!(format!("cus_{mark}"));
    event
}

/// The metric lines of the function since the beginning, once all points are there.
fn wait(stack: &Stack, log: &str, known: usize, payments: usize) -> Result<Vec<Value>> {
    let start = Instant::now();
    loop {
        let lines = stack.aws.log_lines(log)?.into_iter().skip(known);
        let lines: Vec<Value> = lines.filter_map(|line| serde_json::from_str(line.trim()).ok()).collect();
        let there = values(&lines, READ_TO_POSTED).len();
        if there >= payments {
            return Ok(lines);
        }
        if start.elapsed() > PATIENCE {
            bail!("only {there} of {payments} payments had their points after {} s", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// All values of a metric, sorted. A line has one, or a list.
fn values(lines: &[Value], name: &str) -> Vec<i64> {
    let found = lines.iter().filter_map(|line| line.get(name));
    let lists = found.flat_map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]));
    let mut values: Vec<i64> = lists.filter_map(|value| value.as_i64()).collect();
    values.sort_unstable();
    values
}

fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100).max(1);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn print_figures(aws: &Aws, table: &str, lines: &[Value]) -> Result<()> {
    let row = |what: &str, sorted: &[i64]| {
        println!("{what:<58}{:>8} ms{:>8} ms", tenths(percentile(sorted, 50)), tenths(percentile(sorted, 99)));
    };
    let waited = |name: &str| values(lines, name).iter().map(|value| value.saturating_mul(10)).collect::<Vec<_>>();
    println!("\n{:<58}{:>11}{:>11}", "", "p50", "p99");
    row("points visible after the function was handed the event", &waited(READ_TO_POSTED));
    row("points visible after the queue took the event", &waited(SENT_TO_POSTED));
    println!("of which the emulator itself takes, each:");
    row("  one BatchGetItem of two items", &timed(aws, &read(table))?);
    row("  one TransactWriteItems of three items", &timed(aws, &write(table))?);
    let count = i64::try_from(values(lines, READ_TO_POSTED).len()).unwrap_or(i64::MAX).max(1);
    let per_award = |name: &str| values(lines, name).iter().sum::<i64>().checked_div(count).unwrap_or_default();
    let (read, write) = (per_award("LedgerReadUnitTenths"), per_award("LedgerWriteUnitTenths"));
    println!("\ncapacity units per award: {} read, {} written", tenths(read), tenths(write));
    if read == 0 {
        println!("  (the emulator counts no units of BatchGetItem; on AWS the metric LedgerReadUnitTenths has them)");
    }
    Ok(())
}

fn tenths(value: i64) -> String {
    format!("{}.{}", value.div_euclid(10), value.rem_euclid(10))
}

/// A call of the emulator, as the function makes it.
struct Call {
    target: &'static str,
    body: Value,
}

fn read(table: &str) -> Call {
    let key = |sort: &str| json!({ "pk": { "S": "latency" }, "sk": { "S": sort } });
    let request = json!({ table: { "Keys": [key("account"), key("state")], "ConsistentRead": true } });
    Call { target: "DynamoDB_20120810.BatchGetItem", body: json!({ "RequestItems": request }) }
}

/// A transaction over three items that are not there, and stay so.
fn write(table: &str) -> Call {
    let check = |sort: &str| {
        let key = json!({ "pk": { "S": "latency" }, "sk": { "S": sort } });
        json!({ "ConditionCheck": { "TableName": table, "Key": key, "ConditionExpression": "attribute_not_exists(pk)" } })
    };
    let body = json!({ "TransactItems": [check("account"), check("state"), check("entry#award")] });
    Call { target: "DynamoDB_20120810.TransactWriteItems", body }
}

/// How long a hundred calls take, one after the other, in tenths of a millisecond, sorted.
fn timed(aws: &Aws, call: &Call) -> Result<Vec<i64>> {
    let mut times = Vec::new();
    for _ in 0..100 {
        let start = Instant::now();
        aws.json("dynamodb", call.target, &call.body).with_context(|| format!("{} failed", call.target))?;
        times.push(i64::try_from(start.elapsed().as_micros().div_euclid(100)).unwrap_or(i64::MAX));
    }
    times.sort_unstable();
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_value_below_which_so_many_are() {
        let sorted: Vec<i64> = (1..=200).collect();
        assert_eq!((percentile(&sorted, 50), percentile(&sorted, 99)), (100, 198));
        assert_eq!((percentile(&[7], 50), percentile(&[7], 99), percentile(&[], 99)), (7, 7, 0));
    }

    #[test]
    fn metric_lines_have_one_value_or_a_list() {
        let lines = [json!({ "ReadToPosted": 7 }), json!({ "ReadToPosted": [3, 9] }), json!({ "Outcome": 1 })];
        assert_eq!(values(&lines, READ_TO_POSTED), [3, 7, 9]);
    }
}
