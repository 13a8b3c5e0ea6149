//! `paybus outbox`: what the modes `record` and `allowlist` kept.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan, civil::Date};
use storage::{
    Database,
    deliveries::{DynamoDeliveries, Outbox, OutboxEntry},
};

use crate::{
    aws::{DELIVERIES, ScopeArguments, aws_help, block_on, connect, in_mode},
    output::{say, write},
};

/// Which days to list.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!())]
pub(crate) struct OutboxArguments {
    /// The last day of the events (UTC); today if it is not given.
    #[arg(long)]
    day: Option<Date>,
    /// How many days up to that one.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=90))]
    days: u8,
    /// Writes the HTML and text of every email into this folder too.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The deliveries table (output `DeliveriesTableName`); the variable `DELIVERIES_TABLE` stands in for it.
    #[arg(long)]
    table: Option<String>,
    #[command(flatten)]
    scope: ScopeArguments,
}

/// Lists the entries, oldest day first.
pub(crate) fn run(arguments: &OutboxArguments) -> Result<()> {
    let (config, table) = connect(arguments.table.as_deref(), DELIVERIES)?;
    let outbox = DynamoDeliveries::new(Database::new(&config), table);
    let entries = block_on(entries(&outbox, arguments, today()))?;
    if entries.is_empty() {
        say(&format!("nothing was kept {}; --days looks further back", in_mode(&arguments.scope.scope())))?;
    } else {
        write(&listing(&entries))?;
    }
    if let Some(folder) = &arguments.out {
        let written = write_emails(&entries, folder)?;
        say(&format!("{written} emails written to {}", folder.display()))?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a command for people begins today")]
fn today() -> Date {
    Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

async fn entries(outbox: &impl Outbox, arguments: &OutboxArguments, today: Date) -> Result<Vec<OutboxEntry>> {
    let last = arguments.day.unwrap_or(today);
    let first = last
        .checked_sub(i64::from(arguments.days.saturating_sub(1)).days())
        .context("the first day is out of range")?;
    let mut entries = Vec::new();
    for day in first.series(1.day()).take_while(|day| *day <= last) {
        let mut of_day = outbox.of_day(&arguments.scope.scope(), day).await.with_context(|| format!("list {day}"))?;
        of_day.sort_by_key(|entry| entry.occurred_at);
        entries.append(&mut of_day);
    }
    Ok(entries)
}

fn listing(entries: &[OutboxEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        // Writing to a `String` cannot fail.
        writeln!(text, "{}  {}  {}", entry.occurred_at, entry.message, entry.key).expect("a string takes any text");
        if let Some(email) = &entry.email {
            let email = email.reveal();
            writeln!(text, "    email to {}: {}", email.to, email.subject).expect("a string takes any text");
        }
        if let Some(push) = &entry.push {
            let push = push.reveal();
            let devices = push.devices.join(", ");
            writeln!(text, "    push to {devices}: {} · {}", push.title, push.body).expect("a string takes any text");
        }
    }
    let number = entries.len();
    writeln!(text, "{number} {} kept, not sent", if number == 1 { "notice" } else { "notices" })
        .expect("a string takes any text");
    text
}

fn write_emails(entries: &[OutboxEntry], folder: &Path) -> Result<usize> {
    fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let mut written = 0_usize;
    for entry in entries {
        let Some(email) = &entry.email else { continue };
        let email = email.reveal();
        let name: String =
            entry.key.notice().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        for (ending, body) in [("html", &email.html), ("txt", &email.text)] {
            let path = folder.join(format!("{name}.{ending}"));
            fs::write(&path, body).with_context(|| format!("write {}", path.display()))?;
        }
        written = written.saturating_add(1);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use processor_events::{Personal, event::Mode, ids::CustomerId};
    use storage::{
        Scope,
        deliveries::{InMemoryDeliveries, NoticeKey, OutboxEmail, OutboxPush},
    };

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        outbox: OutboxArguments,
    }

    fn arguments(line: &[&str]) -> OutboxArguments {
        Command::parse_from([["outbox"].as_slice(), line].concat()).outbox
    }

    fn entry(notice: &str, moment: &str) -> OutboxEntry {
        let scope = Scope { mode: Mode::Live, account: None };
        OutboxEntry {
            key: NoticeKey::new(scope, notice).unwrap(),
            message: "invoice_paid".to_owned(),
            customer: Some(CustomerId::new("cus_1").unwrap()),
            occurred_at: moment.parse().unwrap(),
            kept_at: moment.parse().unwrap(),
            email: Some(Personal::new(OutboxEmail {
                to: "ada@example.com".to_owned(),
                subject: "Thank you".to_owned(),
                text: "text body".to_owned(),
                html: "<p>html body</p>".to_owned(),
            })),
            push: Some(Personal::new(OutboxPush {
                devices: vec!["phone".to_owned(), "tablet".to_owned()],
                title: "Paid".to_owned(),
                body: "Thank you".to_owned(),
            })),
        }
    }

    fn listed(line: &[&str]) -> Vec<String> {
        let outbox = InMemoryDeliveries::default();
        block_on(async {
            for (notice, moment) in [
                ("in_1:paid", "2026-11-18T10:00:00Z"),
                ("in_3:paid", "2026-11-20T09:00:00Z"),
                ("in_2:paid", "2026-11-20T10:00:00Z"),
            ] {
                outbox.keep(&entry(notice, moment)).await?;
            }
            let today = "2026-11-20".parse()?;
            let found = entries(&outbox, &arguments(line), today).await?;
            Ok(found.into_iter().map(|entry| entry.key.notice().to_owned()).collect())
        })
        .unwrap()
    }

    #[test]
    fn entries_are_listed_by_day_and_time() {
        assert_eq!(listed(&[]), ["in_1:paid", "in_3:paid", "in_2:paid"]);
        assert_eq!(listed(&["--days", "2"]), ["in_3:paid", "in_2:paid"]);
        assert_eq!(listed(&["--day", "2026-11-18"]), ["in_1:paid"]);
        assert_eq!(listed(&["--test"]), [""; 0]);
    }

    #[test]
    fn the_listing_says_what_would_have_been_said_to_whom() {
        let text = listing(&[entry("in_1:paid", "2026-11-18T10:00:00Z")]);
        assert_eq!(
            text,
            "2026-11-18T10:00:00Z  invoice_paid  in_1:paid\n    \
             email to ada@example.com: Thank you\n    \
             push to phone, tablet: Paid · Thank you\n\
             1 notice kept, not sent\n"
        );
        assert_eq!(listing(&[]), "0 notices kept, not sent\n");
    }

    #[test]
    fn emails_are_written_as_files_to_look_at() {
        let folder = tempfile::tempdir().unwrap();
        let bare = OutboxEntry { email: None, ..entry("in_2:paid", "2026-11-18T10:00:00Z") };
        let written = write_emails(&[entry("in_1:../paid", "2026-11-18T10:00:00Z"), bare], folder.path()).unwrap();
        assert_eq!(written, 1);
        assert_eq!(fs::read_to_string(folder.path().join("in-1----paid.html")).unwrap(), "<p>html body</p>");
        assert_eq!(fs::read_to_string(folder.path().join("in-1----paid.txt")).unwrap(), "text body");
    }
}
