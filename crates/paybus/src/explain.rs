//! `paybus explain`: what events are, which consumers take them, and what each would do.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use notices::news::Announced;
use processor_events::{NotForUs, ReadOptions, Reading, event::Processor, read_bytes};

use self::{consumers::Consumer, messages::Message};

mod consumers;
mod human;
pub(crate) mod messages;
mod pattern;
mod record;
mod template;

/// What to explain, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A file may hold EventBridge events, a processor's own events (webhook bodies), SQS records or the whole event of a Lambda
function, what `aws sqs receive-message`, `aws logs tail` or `stripe events list` print, and lists or lines of any of
these.

Exit codes: 0 when everything was understood, 3 when something is malformed, 2 for wrong usage.")]
pub(crate) struct ExplainArguments {
    /// Files with events; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object per event instead.
    #[arg(long)]
    json: bool,
    /// What the EventBridge source of Checkout.com's events begins with.
    #[arg(long, value_name = "PREFIX")]
    checkout_source_prefix: Option<String>,
}

/// Exit code: something could not be read as an event.
const MALFORMED: u8 = 3;
/// Exit code: wrong usage, such as a file that is not there.
const USAGE: u8 = 2;

/// Runs the command.
pub(crate) fn run(arguments: &ExplainArguments) -> Result<ExitCode> {
    let consumers = consumers::of_the_template()?;
    let options = read_options(arguments);
    let mut out = anstream::stdout().lock();
    let (mut any_malformed, mut any_unreadable) = (false, false);
    for file in &arguments.files {
        let messages = match messages::of_file(file) {
            Ok(messages) => messages,
            Err(error) => {
                writeln!(anstream::stderr(), "error: {error:#}")?;
                any_unreadable = true;
                continue;
            }
        };
        if messages.is_empty() {
            writeln!(anstream::stderr(), "note: {} is a list without events", file.display())?;
        }
        for message in messages {
            let reading = read_bytes(&message.body, &options);
            any_malformed |= is_malformed(&message, &reading);
            if let Err(error) = print(&mut out, arguments.json, file, &message, &reading, &consumers) {
                return ended(error);
            }
        }
    }
    Ok(match (any_unreadable, any_malformed) {
        (true, _) => ExitCode::from(USAGE),
        (false, true) => ExitCode::from(MALFORMED),
        (false, false) => ExitCode::SUCCESS,
    })
}

fn is_malformed(message: &Message, reading: &Reading) -> bool {
    match reading {
        Reading::Malformed(_) => true,
        Reading::NotForUs(not_for_us) => matches!(announced(message, not_for_us), Some(Err(_))),
        Reading::Event(_) | Reading::Unsupported(_) => false,
    }
}

fn read_options(arguments: &ExplainArguments) -> ReadOptions {
    let options = ReadOptions::default();
    match &arguments.checkout_source_prefix {
        Some(prefix) => options.with_source_prefix(Processor::CheckoutCom, prefix),
        None => options,
    }
}

fn print(
    out: &mut impl Write,
    json: bool,
    file: &Path,
    message: &Message,
    reading: &Reading,
    consumers: &[Consumer],
) -> io::Result<()> {
    if json {
        let record = record::Record::new(file, message, reading);
        serde_json::to_writer(&mut *out, &record)?;
        return writeln!(out);
    }
    human::print(out, file, message, reading, consumers)
}

/// An event that Paybus itself put on the hub, which the door of the processors takes for a stranger's.
fn announced(message: &Message, not_for_us: &NotForUs) -> Option<Result<Announced, serde_json::Error>> {
    Announced::read(str::from_utf8(&message.body).ok()?, not_for_us)
}

/// A reader that has seen enough (`| head`) is no failure.
fn ended(error: io::Error) -> Result<ExitCode> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(ExitCode::SUCCESS) } else { Err(error.into()) }
}
