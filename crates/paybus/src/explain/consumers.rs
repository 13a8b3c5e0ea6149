//! The consumers of the template, and what each would do with an event: by the decisions that the functions themselves call.

use anyhow::Result;
use loyalty::{Entry, Happened, Intake, Points, Program, Purchase, Snapshot, Verdict, decide, intake};
use notices::decide::{Circumstances, Policy};
use processor_events::ProcessorEvent;
use serde_json::Value;

use super::{
    pattern::{self, PatternError},
    template,
};

/// A consumer: a queue with a rule on the hub.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Consumer {
    /// Its name in the template.
    pub(crate) name: String,
    pattern: Value,
}

/// The consumers of the template, by name.
pub(crate) fn of_the_template() -> Result<Vec<Consumer>> {
    let rules = template::rules()?;
    Ok(rules.into_iter().map(|rule| Consumer { name: rule.consumer, pattern: rule.pattern }).collect())
}

impl Consumer {
    /// Whether its rule lets an EventBridge event through.
    pub(crate) fn takes(&self, envelope: &Value) -> Result<bool, PatternError> {
        pattern::matches(&self.pattern, envelope)
    }

    /// What it would do with an event that is new, with the default settings, for a customer of whom nothing is stored yet. `None`
    /// where its decision needs more than the event.
    pub(crate) fn would_do(&self, event: &ProcessorEvent) -> Option<String> {
        match self.name.as_str() {
            "customer-notices" => Some(notice(event)),
            "log" => Some("keeps it in the event log".to_owned()),
            "loyalty-points" => Some(points(event)),
            _ => None,
        }
    }
}

fn notice(event: &ProcessorEvent) -> String {
    match notices::notice_for(event, &Policy::default(), &Circumstances::at(event.occurred_at)) {
        notices::Decision::Send(message, _) => format!("sends \"{}\"", words(message.kind())),
        notices::Decision::Skip(skip) => format!("says nothing: {}", words(skip.name())),
    }
}

fn points(event: &ProcessorEvent) -> String {
    let program = Program::default();
    let relevant = match intake(&program, event) {
        Intake::Relevant(relevant) => relevant,
        Intake::Nothing(why) => return format!("moves no points: {}", words(why.name())),
    };
    let in_doubt = matches!(relevant.happened, Happened::Paid(Purchase { in_doubt: true, .. }));
    let decision = decide(&program, event.fact.customer(), &Snapshot::default(), &[*relevant]);
    match decision.verdicts.first() {
        Some(Ok(Verdict::Entered(points))) => entered(*points, decision.plan.entries.first(), in_doubt),
        Some(Ok(Verdict::Noted | Verdict::Known)) => "notes it until more is known of its payment".to_owned(),
        Some(Err(rejection)) => format!("refuses it: {rejection}"),
        None => "does nothing".to_owned(),
    }
}

fn entered(points: Points, entry: Option<&Entry>, in_doubt: bool) -> String {
    let tier = entry.filter(|entry| entry.tier_risen).and_then(|entry| entry.tier_after.as_deref());
    let tier = tier.map(|tier| format!("; a new account reaches {tier}")).unwrap_or_default();
    let doubt = if in_doubt { "; says nothing until it is settled that no subscription was paid" } else { "" };
    format!("awards {points} points{tier}{doubt}")
}

/// A stable name as people read it.
fn words(name: &str) -> String {
    name.replace('_', " ")
}
