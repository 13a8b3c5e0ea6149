//! What a workflow did, as its history tells.

use std::time::Duration;

use serde_json::Value;

/// A state that a workflow was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// When it was entered, counted from the start of the execution.
    pub entered: Duration,
    /// How long it took; `None` while it lasts.
    pub took: Option<Duration>,
    /// What its steps came to, each once: of a parallel state those of its branches, otherwise its own.
    pub steps: Vec<Step>,
}

/// What one step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The state that it is.
    pub name: String,
    /// `sent`, `granted`; for a step that failed, its error.
    pub outcome: String,
    /// Whether it failed.
    pub failed: bool,
}

/// The states of an execution that do or wait for something, in order; those that only decide the way are left out.
#[must_use]
pub fn states(history: &[Value]) -> Vec<State> {
    let start = history.first().and_then(moment).unwrap_or_default();
    let mut states: Vec<State> = Vec::new();
    for event in history {
        let kind = event["type"].as_str().unwrap_or_default();
        let at = moment(event).unwrap_or(start).saturating_sub(start);
        if let Some(name) = event["stateEnteredEventDetails"]["name"].as_str() {
            if ["TaskStateEntered", "ParallelStateEntered", "WaitStateEntered"].contains(&kind) {
                states.push(State { name: name.to_owned(), entered: at, took: None, steps: Vec::new() });
            }
        } else if let Some(name) = event["stateExitedEventDetails"]["name"].as_str() {
            let known: Vec<Step> = states.iter().flat_map(|state| &state.steps).cloned().collect();
            if let Some(state) = states.iter_mut().rfind(|state| state.name == name && state.took.is_none()) {
                state.took = Some(at.saturating_sub(state.entered));
                let output = event["stateExitedEventDetails"]["output"].as_str().unwrap_or_default();
                let mut steps = Vec::new();
                collect(&serde_json::from_str(output).unwrap_or_default(), &mut steps);
                // An output carries those of the states before it.
                state.steps = steps.into_iter().filter(|step| !known.contains(step)).collect();
            }
        }
    }
    states
}

/// Collects every `{"step": ..., "outcome": ...}` of an output, however deep.
fn collect(value: &Value, steps: &mut Vec<Step>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, steps)),
        Value::Object(object) => {
            let text = |name: &str| object.get(name).and_then(Value::as_str);
            let (outcome, error) = (text("outcome"), text("error"));
            if let (Some(name), Some(said)) = (text("step"), error.or(outcome)) {
                steps.push(Step { name: name.to_owned(), outcome: said.to_owned(), failed: error.is_some() });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A moment in seconds since 1970, with a fraction.
fn moment(event: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(event["timestamp"].as_f64()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entered(kind: &str, name: &str, at: &str) -> Value {
        let timestamp: Value = serde_json::from_str(at).expect("a number");
        json!({ "type": kind, "timestamp": timestamp, "stateEnteredEventDetails": { "name": name } })
    }

    fn exited(kind: &str, name: &str, at: &str, output: &Value) -> Value {
        let timestamp: Value = serde_json::from_str(at).expect("a number");
        let details = json!({ "name": name, "output": output.to_string() });
        json!({ "type": kind, "timestamp": timestamp, "stateExitedEventDetails": details })
    }

    #[test]
    fn every_step_is_told_once_with_the_state_that_brought_it() {
        let branches = json!([
            { "step": "PushTierStatus", "outcome": "sent" },
            [{ "step": "ApplyTierDiscount", "error": "StripeRefused" }, { "step": "SendTierUpgradeEmail", "outcome": "sent" }],
        ]);
        let later = json!([branches, { "step": "MilestoneWorkflow", "outcome": "sent" }]);
        let history = [
            json!({ "type": "ExecutionStarted", "timestamp": 100 }),
            entered("ChoiceStateEntered", "EvaluateEngagementType", "100"),
            entered("ParallelStateEntered", "TierUpgradeWorkflow", "100.5"),
            exited("ParallelStateExited", "TierUpgradeWorkflow", "102.5", &branches),
            entered("TaskStateEntered", "MilestoneWorkflow", "102.5"),
            exited("TaskStateExited", "MilestoneWorkflow", "103", &later),
            entered("WaitStateEntered", "ScheduleFollowUpCampaign", "103"),
        ];
        let states = states(&history);
        let told: Vec<_> = states
            .iter()
            .map(|state| {
                let steps = state.steps.iter().map(|step| step.outcome.as_str()).collect::<Vec<_>>();
                (state.name.as_str(), state.entered.as_millis(), state.took.map(|took| took.as_millis()), steps)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("TierUpgradeWorkflow", 500, Some(2_000), vec!["sent", "StripeRefused", "sent"]),
                ("MilestoneWorkflow", 2_500, Some(500), vec!["sent"]),
                ("ScheduleFollowUpCampaign", 3_000, None, vec![]),
            ]
        );
        assert!(states[0].steps[1].failed);
    }
}
