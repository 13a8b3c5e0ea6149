//! What came of the events: read from the emulator alone, never from what the functions say of themselves.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    aws::{Execution, Mail},
    process::Progress,
    scenario::{Effect, PEOPLE, Person, Step},
    stack::{self, Stack},
    workspace,
};

/// How often the emulator is looked at while effects are missing.
const TICK: Duration = Duration::from_millis(150);

/// What the emulator shows.
#[derive(Debug, Default)]
pub struct Seen {
    /// All mails.
    pub mails: Vec<Mail>,
    /// The text of each push that each phone got, by the name of its queue.
    pub pushes: BTreeMap<String, Vec<String>>,
    /// The items of the ledger.
    pub ledger: Vec<Value>,
    /// The executions of the engagement workflow.
    pub executions: Vec<Execution>,
    /// How many messages are where nothing should be: in the dead-letter queues and the queue of failed steps.
    pub parked: Vec<(String, usize)>,
}

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
    /// How many messages came meanwhile to where nothing should be.
    pub parked: Vec<(String, usize)>,
}

/// Sends the events and waits until all effects are there, at most for `patience`.
pub fn send_and_watch(stack: &Stack, steps: &[Step], patience: Duration) -> Result<Report> {
    let mut progress = Progress::start(&format!("sending {} events and waiting for what they cause", steps.len()));
    let before = Seen::on(stack)?;
    let mut outcomes = Vec::new();
    let mut sent = Vec::new();
    for step in steps {
        stack.publish(&step.event)?;
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
            return Ok(Report { outcomes, seen, parked });
        }
        progress.tick(|| format!("{missing} of {} still to come", outcomes.len()));
        thread::sleep(TICK);
    }
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

impl Seen {
    /// Looks at everything.
    pub fn on(stack: &Stack) -> Result<Self> {
        let aws = &stack.aws;
        let mut pushes = BTreeMap::new();
        for person in PEOPLE.iter().filter(|person| person.has_device) {
            let arrived = aws.peek(&person.device())?;
            pushes.insert(person.device(), arrived.iter().filter_map(|message| push(&message.body)).collect());
        }
        let parked = stack::failure_queues()
            .into_iter()
            .map(|queue| aws.peek(&queue).map(|messages| (queue, messages.len())))
            .collect::<Result<_>>()?;
        Ok(Self {
            mails: aws.mails()?,
            pushes,
            ledger: aws.items(stack.output("LedgerTableName")?)?,
            executions: aws.executions(&Stack::engagement())?,
            parked,
        })
    }

    /// Whether an effect is there.
    #[must_use]
    pub fn has(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Mail { to, link, .. } => self.mails.iter().any(|mail| is_to(mail, to) && mail.text.contains(link)),
            Effect::Push { person, count } => self.pushes.get(&person.device()).map_or(0, Vec::len) >= *count,
            Effect::Points { payment } => self.points_of(payment).is_some(),
            Effect::Workflow { payment } => self.execution_of(payment).is_some(),
            Effect::WorkflowEnd { payment } => {
                self.execution_of(payment).is_some_and(|execution| execution.status == "SUCCEEDED")
            }
        }
    }

    /// The points that the ledger's entry for a payment says.
    #[must_use]
    pub fn points_of(&self, payment: &str) -> Option<&str> {
        self.ledger
            .iter()
            .filter(|item| key(item, "sk").starts_with("entry#") && key(item, "pk").ends_with(payment))
            .find_map(|item| item["points"]["N"].as_str())
    }

    /// The workflow that a payment started.
    #[must_use]
    pub fn execution_of(&self, payment: &str) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.input.to_string().contains(payment))
    }

    fn account_of(&self, person: &Person) -> Option<&Value> {
        self.ledger.iter().find(|item| key(item, "sk") == "account" && key(item, "pk").ends_with(person.id))
    }
}

fn key<'item>(item: &'item Value, name: &str) -> &'item str {
    item[name]["S"].as_str().unwrap_or_default()
}

/// What a phone got: the topic's envelope, in it the text for subscribers that are no phones.
fn push(body: &str) -> Option<String> {
    let envelope: Value = serde_json::from_str(body).ok()?;
    envelope["Message"].as_str().map(str::to_owned)
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
            let after = self.after(|effect| matches!(effect, Effect::Mail { link, .. } if mail.text.contains(link)));
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
        for execution in self.seen.executions.iter().filter(|execution| execution.input["customer_id"] == person.id) {
            let occasion = execution.input["engagement"].as_str().unwrap_or("?");
            let input = execution.input.to_string();
            let after =
                self.after(|effect| matches!(effect, Effect::WorkflowEnd { payment } if input.contains(payment)));
            println!("   workflow  {occasion}, {}{after}", execution.status.to_lowercase());
        }
        println!();
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

fn is_to(mail: &Mail, address: &str) -> bool {
    mail.to.iter().any(|to| to.contains(address))
}

/// The first words of a mail's text, as a mail client lists it.
fn preview(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= 100 { line } else { line.chars().take(99).chain(['…']).collect() }
}
