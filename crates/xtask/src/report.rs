//! What came of the events: read from the emulator alone, never from what the functions say of themselves.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    aws::Execution,
    process::Progress,
    scenario::{Effect, PEOPLE, Person, Step},
    seen::{Seen, is_said, is_to, key},
    stack::{Stack, Way},
    workflow::{self, State},
    workspace,
};

/// How often the emulator is looked at while effects are missing.
const TICK: Duration = Duration::from_millis(150);

/// An effect that was waited for.
#[derive(Debug)]
pub struct Outcome {
    /// The event's file.
    pub file: String,
    /// The effect.
    pub effect: Effect,
    /// How long after the event it was there; `None` when it never came.
    pub after: Option<Duration>,
}

/// Everything that is known in the end.
#[derive(Debug)]
pub struct Report {
    /// Every effect that was waited for.
    pub outcomes: Vec<Outcome>,
    /// The emulator's state in the end.
    pub seen: Seen,
    /// What each workflow did, by its ARN.
    pub states: BTreeMap<String, Vec<State>>,
    /// How many messages came meanwhile to where nothing should be.
    pub parked: Vec<(String, usize)>,
}

/// Sends the events and waits until all effects are there, at most for `patience`.
pub fn send_and_watch(stack: &Stack, steps: &[Step], way: Way, patience: Duration) -> Result<Report> {
    let mut progress = Progress::start(&format!("sending {} events and waiting for what they cause", steps.len()));
    let before = Seen::on(stack)?;
    let mut outcomes = Vec::new();
    let mut sent = Vec::new();
    for step in steps {
        stack.send(&step.event, way)?;
        let now = Instant::now();
        for effect in &step.effects {
            let effect = counted_from(effect, &before);
            outcomes.push(Outcome { file: step.file.clone(), effect, after: None });
            sent.push(now);
        }
    }
    let start = Instant::now();
    loop {
        let seen = Seen::on(stack)?;
        for (outcome, sent) in outcomes.iter_mut().zip(&sent) {
            if outcome.after.is_none() && seen.has(&outcome.effect) {
                outcome.after = Some(sent.elapsed());
            }
        }
        let missing = outcomes.iter().filter(|outcome| outcome.after.is_none()).count();
        if missing == 0 || start.elapsed() > patience {
            progress.end_with(missing == 0);
            let parked = parked_since(&before, &seen);
            let states = states(stack, &seen)?;
            return Ok(Report { outcomes, seen, states, parked });
        }
        progress.tick(|| format!("{missing} of {} still to come", outcomes.len()));
        thread::sleep(TICK);
    }
}

fn states(stack: &Stack, seen: &Seen) -> Result<BTreeMap<String, Vec<State>>> {
    let histories = seen.executions.iter().map(|execution| {
        let history = stack.aws.history(&execution.arn)?;
        Ok((execution.arn.clone(), workflow::states(&history)))
    });
    histories.collect()
}

fn parked_since(before: &Seen, now: &Seen) -> Vec<(String, usize)> {
    let pairs = now.parked.iter().zip(&before.parked);
    pairs.map(|((queue, now), (_, before))| (queue.clone(), now.saturating_sub(*before))).collect()
}

/// Pushes are told apart by their number only: those of earlier runs on a kept stack count too.
fn counted_from(effect: &Effect, before: &Seen) -> Effect {
    match effect {
        Effect::Push { person, count } => {
            let earlier = before.pushes.get(&person.device()).map_or(0, Vec::len);
            Effect::Push { person: *person, count: count.saturating_add(earlier) }
        }
        other => other.clone(),
    }
}

impl Report {
    /// What never came, in words, each with the event that should have caused it.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let missing = self.outcomes.iter().filter(|outcome| outcome.after.is_none());
        missing.map(|outcome| format!("{} ({})", outcome.effect.describe(), outcome.file)).collect()
    }

    /// Whether everything came and nothing was parked.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing().is_empty() && self.parked.iter().all(|(_, count)| *count == 0)
    }

    /// Prints it for people, and keeps the mails as files.
    pub fn print(&self) -> Result<()> {
        let files = self.save_mails()?;
        println!();
        for person in &PEOPLE {
            self.print_person(person, &files);
        }
        self.print_times();
        for (queue, count) in self.parked.iter().filter(|(_, count)| *count > 0) {
            println!("✗ {count} messages could not be handled and are parked in the queue {queue}");
        }
        let missing = self.missing();
        if missing.is_empty() {
            println!("✓ all {} expected effects arrived", self.outcomes.len());
        } else {
            println!("✗ missing after all that waiting:");
            for effect in missing {
                println!("    {effect}");
            }
        }
        Ok(())
    }

    fn print_person(&self, person: &Person, files: &BTreeMap<String, String>) {
        println!("{}  {} · {}", person.name, person.id, person.locale);
        for mail in self.seen.mails.iter().filter(|mail| is_to(mail, person.email)) {
            let after = self.after(|effect| match effect {
                Effect::Mail { to, says, .. } => is_to(mail, to) && is_said(mail, says),
                Effect::Message { person: whose, label, .. } => whose == person && mail.text.starts_with(label),
                _ => false,
            });
            println!("   mail      {}{after}", mail.subject);
            println!("             {}", preview(&mail.text));
            if let Some(file) = files.get(&mail.id) {
                println!("             {file}");
            }
        }
        for (number, push) in (1..).zip(self.seen.pushes.get(&person.device()).into_iter().flatten()) {
            let is_this = |effect: &Effect| matches!(effect, Effect::Push { person: whose, count } if whose == person && *count == number);
            println!("   push      {push}{}", self.after(is_this));
        }
        if let Some(account) = self.seen.account_of(person) {
            let tier =
                account["tier"]["S"].as_str().map_or_else(|| "no tier yet".to_owned(), |tier| format!("tier {tier}"));
            let balance = account["balance"]["N"].as_str().unwrap_or("?");
            println!("   points    {balance}, {tier}{}", self.after(|effect| self.is_points_of(effect, person)));
        }
        for (offer, because) in self.seen.offers_of(person) {
            let after = self.after(|effect| matches!(effect, Effect::Offer { person: whose, .. } if whose == person));
            println!("   offer     {offer}{after}\n             {because}");
        }
        for reward in self.seen.rewards_of(person) {
            let after = self.after(|effect| matches!(effect, Effect::Reward { person: whose, .. } if whose == person));
            println!("   Stripe    {reward}{after}");
        }
        for execution in self.seen.executions.iter().filter(|execution| execution.input["customer_id"] == person.id) {
            self.print_workflow(execution);
        }
        println!();
    }

    fn print_workflow(&self, execution: &Execution) {
        let occasion = execution.input["engagement"].as_str().unwrap_or("?");
        let input = execution.input.to_string();
        let after = self.after(|effect| matches!(effect, Effect::WorkflowEnd { payment } if input.contains(payment)));
        println!("   workflow  {occasion}, {}{after}", execution.status.to_lowercase());
        for state in self.states.get(&execution.arn).into_iter().flatten() {
            let took = state.took.map_or_else(|| "   …  ".to_owned(), |took| format!("{:>4.1} s", took.as_secs_f32()));
            let outcome = state.steps.iter().find(|step| step.name == state.name).map_or("", |step| &step.outcome);
            let line = format!("at {:>4.1} s  {:<26} {took}  {outcome}", state.entered.as_secs_f32(), state.name);
            println!("             {}", line.trim_end());
            for step in state.steps.iter().filter(|step| step.name != state.name) {
                let mark = if step.failed { "✗ " } else { "" };
                println!("                          {:<33} {mark}{}", step.name, step.outcome);
            }
        }
    }

    /// How long the last of these effects took: ` · 0.9 s`; nothing for what was there before.
    fn after(&self, is_meant: impl Fn(&Effect) -> bool) -> String {
        let meant = self.outcomes.iter().filter(|outcome| is_meant(&outcome.effect));
        let last = meant.filter_map(|outcome| outcome.after).max();
        last.map_or_else(String::new, |after| format!(" · {:.1} s", after.as_secs_f32()))
    }

    fn is_points_of(&self, effect: &Effect, person: &Person) -> bool {
        let Effect::Points { payment } = effect else { return false };
        let entry =
            self.seen.ledger.iter().find(|item| key(item, "pk").ends_with(payment) && key(item, "sk") != "state");
        entry.is_some_and(|entry| key(entry, "customer").ends_with(person.id))
    }

    fn print_times(&self) {
        let mut times: Vec<_> = self.outcomes.iter().filter_map(|outcome| outcome.after).collect();
        times.sort_unstable();
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return };
        let middle = times.get(times.len() / 2).unwrap_or(last);
        println!(
            "  From event to effect: {:.1} s at best, {:.1} s in the middle, {:.1} s at worst. (The emulator looks at a queue once \
             a second, AWS all the time.)",
            first.as_secs_f32(),
            middle.as_secs_f32(),
            last.as_secs_f32()
        );
    }

    fn save_mails(&self) -> Result<BTreeMap<String, String>> {
        let directory = workspace::local().join("mails");
        if directory.exists() {
            fs::remove_dir_all(&directory).context("could not clear .paybus/mails")?;
        }
        fs::create_dir_all(&directory).context("could not create .paybus/mails")?;
        let mut files = BTreeMap::new();
        for (number, mail) in (1_u32..).zip(&self.seen.mails) {
            let to = mail.to.first().map_or("nobody", String::as_str);
            let to: String = to
                .chars()
                .take_while(|character| *character != '@')
                .filter(|character| character.is_ascii_alphanumeric() || *character == '.')
                .collect();
            let name = format!("{number:02}-{to}.html");
            fs::write(directory.join(&name), &mail.html).with_context(|| format!("could not write {name}"))?;
            files.insert(mail.id.clone(), format!(".paybus/mails/{name}"));
        }
        Ok(files)
    }
}

/// The first words of a mail's text, as a mail client lists it.
fn preview(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= 100 { line } else { line.chars().take(99).chain(['…']).collect() }
}
