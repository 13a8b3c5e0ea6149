//! The consumers of the template, and what each would do with an event: by the decisions that the functions themselves call.

use access::{Access, Outward, Record, Status, Subject, signal_of};
use anyhow::Result;
use fn_customer_sync::state::contact_of_event;
use loyalty::{Entry, Happened, Intake, Points, Program, Purchase, Snapshot, Verdict, decide, intake};
use notices::{
    News,
    decide::{Circumstances, Policy},
};
use processor_events::{Fact, ProcessorEvent, event::Mode};
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
    pub(crate) fn would_do(&self, news: &News) -> Option<String> {
        match (self.name.as_str(), news) {
            ("access", News::Processor(event)) => Some(access(event)),
            ("customer-sync", News::Processor(event)) => Some(profile(event)),
            ("customer-notices", news) => Some(notice(news)),
            ("log", _) => Some("keeps it in the event log".to_owned()),
            ("loyalty-points", News::Processor(event)) => Some(points(event)),
            _ => None,
        }
    }
}

fn access(event: &ProcessorEvent) -> String {
    if matches!(event.fact, Fact::CustomerDeleted(_)) {
        return "forgets what it knows of the customer".to_owned();
    }
    let Some((customer, signal)) = signal_of(event) else {
        return match event.fact.customer() {
            Some(_) => "notes nothing: it says nothing about the ability to pay".to_owned(),
            None => "notes nothing: no customer is named".to_owned(),
        };
    };
    let subject = Subject {
        processor: event.processor,
        livemode: event.mode == Mode::Live,
        account: event.account.clone(),
        customer: customer.clone(),
    };
    let mut record = Record::new(subject);
    let access = record.advance(&[signal], &access::Policy::standard(), event.occurred_at, Outward::Emit);
    let announced = record.outbox.iter().map(|event| format!("; announces {}", event.detail_type()));
    format!("{}{}", standing(&access), announced.collect::<String>())
}

fn standing(access: &Access) -> String {
    let why = access.reason.explain();
    match access.status {
        Status::Active | Status::Restored => "notes it: access as before".to_owned(),
        Status::Grace { until } => format!("leaves access until {until}: {why}"),
        Status::Held => format!("holds access: {why}"),
    }
}

/// Which parts of the profile are written; never what stands in them.
fn profile(event: &ProcessorEvent) -> String {
    match &event.fact {
        Fact::CustomerChanged(customer) => {
            let contact = contact_of_event(customer);
            let parts = [
                ("email", contact.email.is_some()),
                ("name", contact.name.is_some()),
                ("phone", contact.phone.is_some()),
                ("languages", !contact.locales.is_empty()),
                ("time zone", contact.time_zone.is_some()),
            ];
            let known: Vec<&str> = parts.iter().filter(|(_, is_known)| *is_known).map(|(name, _)| *name).collect();
            if known.is_empty() {
                return "writes an empty profile: the event has no contact data".to_owned();
            }
            format!("writes the profile: {}", known.join(", "))
        }
        Fact::CustomerDeleted(_) => "erases the profile".to_owned(),
        _ => "writes nothing".to_owned(),
    }
}

fn notice(news: &News) -> String {
    match news.decide(&Policy::default(), &Circumstances::at(news.occurred_at())) {
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use notices::{Decision, decide::Skip};
    use processor_events::ReadOptions;

    use super::*;

    /// The samples of `events/` that are news, with their envelopes.
    fn samples() -> Vec<(String, Value, News)> {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let folders = fs::read_dir(events).unwrap().map(|entry| entry.unwrap().path());
        let folders = folders.filter(|path| path.is_dir() && !path.ends_with("sqs"));
        let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        let texts = files.map(|file| (file.display().to_string(), fs::read_to_string(file).unwrap()));
        let news = texts.filter_map(|(file, text)| {
            let news = News::read(&text, &ReadOptions::default()).ok()?;
            Some((file, serde_json::from_str(&text).unwrap(), news))
        });
        news.collect()
    }

    #[test]
    fn the_rule_for_notices_takes_what_the_decision_acts_on_and_nothing_else() {
        let consumers = of_the_template().unwrap();
        let notices = consumers.iter().find(|consumer| consumer.name == "customer-notices").unwrap();
        let mut said: BTreeMap<String, bool> = BTreeMap::new();
        for (file, envelope, news) in samples() {
            let decision = news.decide(&Policy::default(), &Circumstances::at(news.occurred_at()));
            let is_acted_on = decision != Decision::Skip(Skip::NoNotice);
            assert_eq!(notices.takes(&envelope), Ok(is_acted_on), "{file}: {decision:?}");
            let kind = envelope["detail-type"].as_str().unwrap().to_owned();
            *said.entry(kind).or_default() |= matches!(decision, Decision::Send(..));
        }
        // Each type that the rule names has a sample that is told.
        let types = notices.pattern["detail-type"].as_array().unwrap();
        assert!(types.len() > 10, "{types:?}");
        for kind in types {
            assert_eq!(said.get(kind.as_str().unwrap()), Some(&true), "no sample of {kind} is told to anybody");
        }
    }
}
