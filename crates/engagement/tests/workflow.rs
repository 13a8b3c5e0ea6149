//! The state machine, held against the Rust types that it talks with.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use engagement::{Input, Occasion, step::permanent};
use serde_json::{Map, Value, json};

const INPUT: &str = "$states.context.Execution.Input.";

fn repository_file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

fn machine() -> Value {
    serde_json::from_str(&repository_file("statemachines/engagement.asl.json")).unwrap()
}

/// Every level of states: the machine's own, and that of each branch.
fn levels(machine: &Value) -> Vec<(String, Map<String, Value>)> {
    let mut levels = vec![(start(machine), states(machine))];
    for (_, state) in states(machine) {
        for branch in state["Branches"].as_array().into_iter().flatten() {
            levels.push((start(branch), states(branch)));
        }
    }
    levels
}

fn start(level: &Value) -> String {
    level["StartAt"].as_str().unwrap().to_owned()
}

fn states(level: &Value) -> Map<String, Value> {
    level["States"].as_object().unwrap().clone()
}

fn all_states(machine: &Value) -> BTreeMap<String, Value> {
    levels(machine).into_iter().flat_map(|(_, states)| states).collect()
}

fn tasks(machine: &Value) -> Vec<(String, Value)> {
    all_states(machine).into_iter().filter(|(_, state)| state["Type"] == "Task").collect()
}

/// Every text in a value, with keys left out.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(object) => object.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The expressions of a machine, without their marks.
fn expressions(machine: &Value) -> Vec<String> {
    let mut found = Vec::new();
    texts(machine, &mut found);
    let inner = |text: &String| Some(text.strip_prefix("{%")?.strip_suffix("%}")?.trim().to_owned());
    found.iter().filter_map(inner).collect()
}

/// Where a state can go next.
fn successors(state: &Value) -> Vec<String> {
    let own = [&state["Next"], &state["Default"]].into_iter();
    let rules = state["Choices"].as_array().into_iter().flatten().map(|rule| &rule["Next"]);
    let catches = state["Catch"].as_array().into_iter().flatten().map(|catch| &catch["Next"]);
    own.chain(rules).chain(catches).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn input() -> Value {
    let written = json!({
        "schema": 1, "engagement": "tier_upgrade", "mode": "live", "account_id": null, "customer_id": "cus_1",
        "entry_key": "stripe:pi_1/award", "payment_key": "stripe:pi_1", "payment_partition": "p",
        "payment_sort": "state", "settle_seconds": 0, "points": 1, "total_points": 1, "qualifying_points": 1,
        "previous_tier": null, "current_tier": "silver", "tier_risen": true, "rewards_lost": false,
        "next_tier": {"name": "gold", "missing_points": 1}, "milestone_minor": null, "lifetime_minor": 1,
        "base_currency": "usd", "amount_minor": 1, "currency": "usd", "occurred_at": "2026-08-01T12:00:00Z",
        "program_version": 1,
    });
    let input: Input = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&input).unwrap(), written);
    written
}

#[test]
fn every_reference_to_the_input_is_a_field_of_it() {
    let input = input();
    let mut references = BTreeSet::new();
    for expression in expressions(&machine()) {
        for (place, _) in expression.match_indices(INPUT) {
            let rest = &expression[place..][INPUT.len()..];
            let end =
                rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len());
            references.insert(rest[..end].to_owned());
        }
    }
    assert!(references.len() > 5, "{references:?}");
    for reference in references {
        assert!(input.get(&reference).is_some(), "the input has no {reference}");
    }
}

#[test]
fn every_occasion_has_its_path_and_every_path_its_occasion() {
    let occasions = [
        Occasion::TierUpgrade,
        Occasion::HighValuePurchase,
        Occasion::Milestone,
        Occasion::Standard,
        Occasion::TierChanged,
    ];
    let choice = &all_states(&machine())["EvaluateEngagementType"];
    let rules = choice["Choices"].as_array().unwrap();
    let tested = rules.iter().map(|rule| rule["Condition"].as_str().unwrap().split('\'').nth(1).unwrap());
    let tested: BTreeSet<&str> = tested.collect();
    assert_eq!(choice["Default"], "StandardPurchaseWorkflow");
    let expected = occasions.into_iter().filter(|occasion| *occasion != Occasion::Standard).map(Occasion::name);
    assert_eq!(tested, expected.collect());
}

#[test]
fn every_state_is_reached_and_every_way_leads_to_an_end() {
    for (start, states) in levels(&machine()) {
        let mut reached = BTreeSet::from([start.clone()]);
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            let state = states.get(&name).unwrap_or_else(|| panic!("{name} is no state of its level"));
            open.extend(successors(state).into_iter().filter(|next| reached.insert(next.clone())));
        }
        let names: BTreeSet<String> = states.keys().cloned().collect();
        assert_eq!(reached, names);
        for (name, state) in &states {
            let ends = state["End"] == true || state["Type"] == "Succeed" || state["Type"] == "Choice";
            assert!(ends || state["Next"].is_string(), "{name} leads nowhere");
            assert!(name.len() <= 80, "{name}: Step Functions allows 80 characters");
        }
    }
}

#[test]
fn every_task_has_a_timeout_and_is_tried_again_with_jitter_and_caps() {
    for (name, task) in tasks(&machine()) {
        assert!(task["TimeoutSeconds"].as_u64().is_some_and(|seconds| (1..=604_800).contains(&seconds)), "{name}");
        let last = task["Retry"].as_array().unwrap().last().unwrap();
        assert_eq!(last["ErrorEquals"], json!(["States.ALL"]), "{name}");
        assert_eq!(last["JitterStrategy"], "FULL", "{name}");
        assert!(last["MaxDelaySeconds"].as_u64().is_some_and(|seconds| seconds <= 60), "{name}");
        assert!(last["MaxAttempts"].as_u64().is_some_and(|attempts| (3..=8).contains(&attempts)), "{name}");
    }
}

#[test]
fn a_failed_step_is_caught_and_named_and_only_telling_of_failures_may_fail() {
    for (name, task) in tasks(&machine()) {
        let tells = task["Arguments"]["QueueUrl"] == "${FailuresQueueUrl}";
        let Some(catch) = task["Catch"].as_array() else {
            assert!(tells, "{name} has no Catch");
            continue;
        };
        assert_eq!(catch.last().unwrap()["ErrorEquals"], json!(["States.ALL"]), "{name}");
        let output = catch.last().unwrap()["Output"].to_string();
        assert!(output.contains(&format!("\"step\":\"{name}\"")), "{name}: {output}");
        assert!(output.contains("$states.errorOutput.Error"), "{name}: {output}");
    }
}

#[test]
fn errors_that_are_not_tried_again_are_those_that_no_repetition_mends() {
    let mut named = BTreeSet::new();
    for (name, task) in tasks(&machine()) {
        let calls_a_function = task["Resource"] == "arn:aws:states:::lambda:invoke";
        let given_up: Vec<String> = task["Retry"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|retry| retry["MaxAttempts"] == 0)
            .flat_map(|retry| retry["ErrorEquals"].as_array().unwrap())
            .map(|error| error.as_str().unwrap().to_owned())
            .collect();
        if calls_a_function {
            for error in [permanent::INVALID_REQUEST, permanent::ITEM_CORRUPT, permanent::STORAGE_REFUSED] {
                assert!(given_up.iter().any(|found| found == error), "{name} repeats {error}");
            }
        }
        named.extend(given_up);
    }
    named.remove("States.Timeout");
    assert_eq!(named, permanent::ALL.map(str::to_owned).into());
}

#[test]
fn there_are_no_variables_to_lose_or_to_leak() {
    let machine = machine();
    for (name, state) in all_states(&machine) {
        assert!(!state.to_string().contains("\"Assign\""), "{name}");
    }
    for expression in expressions(&machine) {
        for (place, _) in expression.match_indices('$') {
            let word: String = expression[place..].chars().skip(1).take_while(char::is_ascii_alphanumeric).collect();
            assert!(["states", "exists", "number", ""].contains(&word.as_str()), "{word} in {expression}");
        }
    }
}

#[test]
fn every_substitution_is_described_and_given() {
    let text = repository_file("statemachines/engagement.asl.json");
    let used: BTreeSet<&str> = text.split("${").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    let readme = repository_file("statemachines/README.md");
    let (_, table) = readme.split_once("## Substitutions").unwrap();
    let (table, _) = table.split_once("## ").unwrap();
    let described = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(used, described.collect());
    let template = repository_file("template.yaml");
    let (_, given) = template.split_once("DefinitionSubstitutions:").unwrap();
    for name in used {
        assert!(given.contains(&format!("        {name}: ")), "the template gives no {name}");
    }
}

#[test]
fn nothing_about_a_person_travels() {
    let personal = ["email", "name", "phone", "address", "code"];
    for field in input().as_object().unwrap().keys() {
        assert!(!personal.iter().any(|word| field.contains(word)), "{field}");
    }
}
