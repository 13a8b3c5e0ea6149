//! Events for people: one block each, the answer first.

use std::{
    io::{self, Write},
    path::Path,
};

use access::HubEvent;
use anstyle::{AnsiColor, Style};
use notices::{News, news::Announced};
use processor_events::{
    About, Money, ProcessorEvent, Reading,
    event::{Answer, Certainty, Mode, Processor},
};
use serde_json::{Value, json};

use super::{consumers::Consumer, messages::Message, record};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const CALM: Style = AnsiColor::Cyan.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// How far the explanations of lines are indented: the longest consumer's name fits before them.
const LABEL_WIDTH: usize = 18;

/// Prints one event.
pub(crate) fn print(
    out: &mut impl Write,
    file: &Path,
    message: &Message,
    reading: &Reading,
    consumers: &[Consumer],
) -> io::Result<()> {
    match reading {
        Reading::Event(event) => {
            headline(out, (GOOD, "✓"), &About::from(&**event), file, message)?;
            facts(out, event)?;
            takers(out, consumers, &envelope(message, event), &News::Processor(event.clone()))?;
        }
        Reading::NotForUs(not_for_us) => match super::announced(message, not_for_us) {
            None => {
                headline(out, (CALM, "–"), &not_for_us.about, file, message)?;
                line(out, "not for us", &not_for_us.to_string())?;
            }
            Some(Ok(news)) => print_announced(out, file, message, &news, consumers)?,
            Some(Err(error)) => {
                headline(out, (BAD, "✗"), &not_for_us.about, file, message)?;
                line(out, "malformed", &format!("it breaks the promise of docs/access-events.schema.json: {error}"))?;
            }
        },
        Reading::Unsupported(unsupported) => {
            headline(out, (WARN, "!"), &unsupported.about, file, message)?;
            line(out, "unsupported", &unsupported.reason)?;
            line(out, "to change", &unsupported.change)?;
        }
        Reading::Malformed(malformed) => {
            headline(out, (BAD, "✗"), &malformed.about, file, message)?;
            line(out, "malformed", &malformed.rule)?;
            let place = record::in_file(message, &malformed.path);
            line(out, "at", &if place.ends_with('$') { format!("{place}, the whole of it") } else { place })?;
            if let Some(found) = &malformed.found {
                line(out, "found", found)?;
            }
        }
    }
    writeln!(out)
}

fn print_announced(
    out: &mut impl Write,
    file: &Path,
    message: &Message,
    announced: &Announced,
    consumers: &[Consumer],
) -> io::Result<()> {
    let subject = announced.event.subject();
    let about = About {
        processor: Some(subject.processor),
        kind: Some(announced.event.detail_type().to_owned()),
        mode: Some(Mode::of_livemode(subject.livemode)),
        ..About::default()
    };
    headline(out, (GOOD, "✓"), &about, file, message)?;
    line(out, "announced", &announced.at.to_string())?;
    line(out, "customer", subject.customer.as_str())?;
    if let HubEvent::Change(change) = &announced.event {
        line(out, "because", &change.explanation)?;
    }
    let envelope = serde_json::from_slice(&message.body).unwrap_or_default();
    takers(out, consumers, &envelope, &News::Access(Box::new(announced.clone())))
}

/// Mark, kind, id, mode and version; below it where the event was found.
fn headline(
    out: &mut impl Write,
    (color, mark): (Style, &str),
    about: &About,
    file: &Path,
    message: &Message,
) -> io::Result<()> {
    let kind = about.kind.as_deref().unwrap_or("no event");
    write!(out, "{color}{mark}{color:#} {BOLD}{kind}{BOLD:#}")?;
    let mode = about.mode.map(Mode::name);
    let processor = about.processor.filter(|processor| *processor != Processor::Stripe).map(Processor::name);
    let id = about.event_id.as_ref().map(processor_events::ids::EventId::as_str);
    for part in [id, mode, processor, about.api_version.as_deref()].into_iter().flatten() {
        write!(out, "  {DIM}{part}{DIM:#}")?;
    }
    writeln!(out, "\n  {DIM}{}{DIM:#}", message.place_in(file))
}

fn facts(out: &mut impl Write, event: &ProcessorEvent) -> io::Result<()> {
    line(out, "happened", &event.occurred_at.to_string())?;
    if let Some(account) = &event.account {
        line(out, "account", account.as_str())?;
    }
    let fact = &event.fact;
    if let Some(money) = fact.amount() {
        line(out, "amount", &amount(money))?;
    }
    let ids = [
        ("customer", fact.customer().map(processor_events::ids::CustomerId::as_str)),
        ("payment", fact.payment().map(processor_events::ids::PaymentId::as_str)),
        ("invoice", fact.invoice().map(processor_events::ids::InvoiceId::as_str)),
        ("subscription", fact.subscription().map(processor_events::ids::SubscriptionId::as_str)),
    ];
    for (label, id) in ids {
        if let Some(id) = id {
            line(out, label, id)?;
        }
    }
    if let Some(one_time) = record::one_time(fact) {
        let certainty = match (one_time.answer, one_time.certainty) {
            (Answer::Unknown, _) => "",
            (_, Certainty::Authoritative) => ", for certain",
            (_, Certainty::Hint) => ", a hint only",
        };
        line(out, "one-time", &format!("{}{certainty}: {}", record::answer(one_time.answer), one_time.reason))?;
    }
    Ok(())
}

/// The consumers that take it, each with what it would do.
fn takers(out: &mut impl Write, consumers: &[Consumer], envelope: &Value, news: &News) -> io::Result<()> {
    let mut anybody = false;
    for consumer in consumers {
        let (mark, text) = match consumer.takes(envelope) {
            Ok(false) => continue,
            Ok(true) => ((GOOD, "→"), consumer.would_do(news).unwrap_or_else(|| "takes it".to_owned())),
            Err(error) => ((BAD, "?"), format!("its rule cannot be evaluated: {error}")),
        };
        anybody = true;
        let (color, mark) = mark;
        writeln!(out, "{color}{mark}{color:#} {BOLD}{:LABEL_WIDTH$}{BOLD:#}{text}", consumer.name)?;
    }
    if anybody { Ok(()) } else { line(out, "consumers", "none of the template takes it") }
}

/// What the rules see: the EventBridge event, or the one that the webhook would make of a bare event.
fn envelope(message: &Message, event: &ProcessorEvent) -> Value {
    let body: Value = serde_json::from_slice(&message.body).unwrap_or_default();
    if body.get("detail-type").is_some() {
        return body;
    }
    json!({
        "source": format!("{}{}", processor_events::WEBHOOK_SOURCE_PREFIX, event.processor.name()),
        "detail-type": event.kind,
        "detail": body,
    })
}

fn line(out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {DIM}{label:LABEL_WIDTH$}{DIM:#}{text}")
}

/// An amount in whole units of its currency, exactly.
fn amount(money: Money) -> String {
    let decimals = usize::try_from(money.currency.exponent()).unwrap_or_default();
    let digits = format!("{:0>width$}", money.amount_minor.unsigned_abs(), width = decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let sign = if money.amount_minor < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction} {}", grouped(whole), money.currency.code().to_uppercase())
}

/// Thousands apart.
fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use processor_events::Currency;

    use super::*;

    #[test]
    fn amounts_are_exact_in_every_kind_of_currency() {
        let text = |amount_minor, code| amount(Money::new(amount_minor, Currency::new(code).unwrap()));
        assert_eq!(text(120_000, "usd"), "1,200.00 USD");
        assert_eq!(text(5, "eur"), "0.05 EUR");
        assert_eq!(text(-123_456_789, "usd"), "-1,234,567.89 USD");
        assert_eq!(text(9_800, "jpy"), "9,800 JPY");
        assert_eq!(text(0, "jpy"), "0 JPY");
        assert_eq!(text(15_750, "kwd"), "15.750 KWD");
        assert_eq!(text(i64::MIN, "jpy"), "-9,223,372,036,854,775,808 JPY");
    }
}
