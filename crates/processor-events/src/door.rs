//! The door: tells envelopes and processors apart and hands the event to the processor's reader.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use thiserror::Error;

use crate::{
    ProcessorEvent, checkout_com,
    event::{Mode, Processor},
    ids::EventId,
    json::{Document, JsonError, Kind, Value},
    stripe,
    wire::{Field, Place, fields},
};

/// The processors that are read. One line each.
const PROCESSORS: &[ProcessorModule] = &[stripe::MODULE, checkout_com::MODULE];

/// What the source of an event begins with that came through our own webhook; the processor's name follows.
pub const WEBHOOK_SOURCE_PREFIX: &str = "paybus.webhook.";

/// What the source of an event begins with that the reconciler published again; the processor's name follows.
pub const RECONCILER_SOURCE_PREFIX: &str = "paybus.reconciler.";

/// How one processor's events are recognised and read.
pub(crate) struct ProcessorModule {
    pub(crate) processor: Processor,
    /// What its EventBridge source begins with, unless [`ReadOptions`] says otherwise.
    pub(crate) source_prefix: &'static str,
    /// Whether an object without an envelope is an event of this processor.
    pub(crate) recognises: for<'d> fn(&Frame<'d>) -> bool,
    /// Reads the event.
    pub(crate) read: for<'d> fn(Value<'d>, &Place<'d>) -> Result<Reading, Box<Malformed>>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// An event that Paybus acts on, understood.
    Event(Box<ProcessorEvent>),
    /// A sound message that Paybus does not act on. For a consumer this is success.
    NotForUs(NotForUs),
    /// A message that Paybus would act on in another form. It must not be lost: a failed item.
    Unsupported(Unsupported),
    /// A message that breaks a rule. A failed item.
    Malformed(Malformed),
}

impl Reading {
    /// The processor's name for what happened, where it could be told; of an unknown one the first 256 characters.
    fn kind(&self) -> Option<&str> {
        match self {
            Self::Event(event) => Some(&event.kind),
            Self::NotForUs(not_for_us) => not_for_us.about.kind.as_deref(),
            Self::Unsupported(unsupported) => unsupported.about.kind.as_deref(),
            Self::Malformed(malformed) => malformed.about.kind.as_deref(),
        }
    }

    fn into_about(self) -> About {
        match self {
            Self::Event(event) => About::from(&*event),
            Self::NotForUs(not_for_us) => not_for_us.about,
            Self::Unsupported(unsupported) => unsupported.about,
            Self::Malformed(malformed) => malformed.about,
        }
    }
}

/// What could be told of a message. None of it is personal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Who sent it.
    pub processor: Option<Processor>,
    /// The processor's id of the event.
    pub event_id: Option<EventId>,
    /// The processor's name for what happened.
    pub kind: Option<String>,
    /// Real money or a test.
    pub mode: Option<Mode>,
    /// The API version that shaped it.
    pub api_version: Option<String>,
}

impl From<&ProcessorEvent> for About {
    fn from(event: &ProcessorEvent) -> Self {
        Self {
            processor: Some(event.processor),
            event_id: Some(event.id.clone()),
            kind: Some(event.kind.clone()),
            mode: Some(event.mode),
            api_version: event.api_version.clone(),
        }
    }
}

/// A sound message that Paybus does not act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotForUs {
    /// What it is.
    pub about: About,
    /// Why Paybus does not act on it.
    pub why: WhyNotForUs,
}

/// Why Paybus does not act on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNotForUs {
    /// The processor is known to send this kind of event; no consumer needs it.
    KnownKind {
        /// The kind of object it is about: `plan`, `payout`.
        family: &'static str,
    },
    /// Nobody here has heard of this kind of event: new, or misspelt.
    UnknownKind,
    /// Another event tells the same, and that one is acted on.
    ToldBy {
        /// The kind of the other event.
        kind: &'static str,
    },
    /// An EventBridge event of someone who is no payment processor.
    ForeignSource {
        /// The source it names.
        source: String,
    },
}

impl fmt::Display for NotForUs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.about.kind.as_deref().unwrap_or("the event");
        match &self.why {
            WhyNotForUs::KnownKind { family } => {
                let article = if family.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                write!(
                    formatter,
                    "{kind} is a known kind of event, about {article} {family}, that Paybus does not act on"
                )
            }
            WhyNotForUs::UnknownKind => write!(formatter, "{kind} is a kind of event that Paybus has not heard of"),
            WhyNotForUs::ToldBy { kind: other } => {
                write!(formatter, "{kind} tells what {other} tells, and Paybus acts on that one")
            }
            WhyNotForUs::ForeignSource { source } => {
                write!(formatter, "the source {source} is no payment processor that Paybus knows")
            }
        }
    }
}

/// A message that Paybus would act on, in a form it cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}; {change}")]
pub struct Unsupported {
    /// What it is.
    pub about: About,
    /// What is wrong with the form.
    pub reason: String,
    /// What the reader of the error can change.
    pub change: String,
}

/// A message that breaks a rule: where, which one, and what was there. Holds no personal data, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Malformed {
    /// What could still be told of it.
    pub about: About,
    /// The `JSONPath` of what breaks the rule, `$` for the whole body.
    pub path: String,
    /// The rule.
    pub rule: Cow<'static, str>,
    /// What was there instead; a text only where it cannot be about a person.
    pub found: Option<String>,
}

impl Malformed {
    pub(crate) fn new(place: &Place<'_>, rule: impl Into<Cow<'static, str>>, found: Option<String>) -> Box<Self> {
        Box::new(Self { about: About::default(), path: place.to_string(), rule: rule.into(), found })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.path, self.rule)?;
        match &self.found {
            Some(found) => write!(formatter, ", found {found}"),
            None => Ok(()),
        }
    }
}

/// What an installation can set about reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    source_prefixes: BTreeMap<Processor, String>,
}

impl ReadOptions {
    /// Sets what the EventBridge source of a processor's events begins with, in place of its default
    /// (`aws.partner/stripe.com/`, `aws.partner/checkout.com/`).
    #[must_use]
    pub fn with_source_prefix(mut self, processor: Processor, prefix: impl Into<String>) -> Self {
        self.source_prefixes.insert(processor, prefix.into());
        self
    }

    fn processor_of(&self, source: &str) -> Option<&'static ProcessorModule> {
        PROCESSORS.iter().find(|module| {
            let own_prefix = self.source_prefixes.get(&module.processor).map(String::as_str);
            source.starts_with(own_prefix.unwrap_or(module.source_prefix))
                || [WEBHOOK_SOURCE_PREFIX, RECONCILER_SOURCE_PREFIX]
                    .iter()
                    .any(|prefix| source.strip_prefix(prefix) == Some(module.processor.name()))
        })
    }
}

/// Reads the body of a message: an EventBridge event, or the processor's event without an envelope.
#[must_use]
pub fn read(body: &str, options: &ReadOptions) -> Reading {
    if body.trim_ascii().is_empty() {
        return Reading::Malformed(*Malformed::new(&Place::ROOT, "must be JSON, but is empty", None));
    }
    let document = match Document::parse(body) {
        Ok(document) => document,
        Err(error) => return Reading::Malformed(*not_json(error)),
    };
    read_message(document.root(), options).unwrap_or_else(|malformed| Reading::Malformed(*malformed))
}

/// What the output of gzip begins with (RFC 1952); the second byte is no UTF-8.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Like [`read`], for a body whose bytes nobody has looked at yet.
#[must_use]
pub fn read_bytes(body: &[u8], options: &ReadOptions) -> Reading {
    match str::from_utf8(body) {
        Ok(body) => read(body, options),
        Err(_) if body.starts_with(GZIP) => {
            let rule = "must be UTF-8 text, but is compressed by gzip: unpack it first";
            Reading::Malformed(*Malformed::new(&Place::ROOT, rule, None))
        }
        Err(error) => {
            let found = format!("other bytes at {}", error.valid_up_to());
            Reading::Malformed(*Malformed::new(&Place::ROOT, "must be UTF-8 text", Some(found)))
        }
    }
}

fn not_json(error: JsonError) -> Box<Malformed> {
    Malformed::new(&Place::ROOT, format!("must be JSON, but {error}"), None)
}

fields! {
    /// What tells one form of message from another.
    Frame {
        detail_type: "detail-type",
        source: "source",
        detail: "detail",
        specversion: "specversion",
        data: "data",
        object: "object",
        kind: "type",
        id: "id",
    }
}

fn read_message(root: Value<'_>, options: &ReadOptions) -> Result<Reading, Box<Malformed>> {
    let place = Place::ROOT;
    if root.kind() != Kind::Object {
        let found = Some(crate::wire::describe(root));
        return Err(Malformed::new(&place, "must be an event, which is an object", found));
    }
    let frame = Frame::read(root, &place)?;
    if frame.detail.is_there() || frame.detail_type.is_there() {
        return read_envelope(&frame, options);
    }
    if frame.specversion.is_there() {
        return read_cloud_event(&frame);
    }
    match recognise(&frame) {
        Some(module) => (module.read)(root, &place),
        None => Err(no_event(&frame)),
    }
}

/// An EventBridge event. `account`, `time`, `region` and `resources` are not needed and may be missing (the vectors of Stripe's
/// own libraries leave them out); the ids are.
fn read_envelope(frame: &Frame<'_>, options: &ReadOptions) -> Result<Reading, Box<Malformed>> {
    frame.id.required_text()?;
    let source = frame.source.required_text()?;
    let detail_type = frame.detail_type.required_text()?;
    let detail = frame.detail.required_object()?;
    let place = frame.detail.place();
    let Some(module) = options.processor_of(&source) else {
        return foreign(&source, &detail_type, detail, &place);
    };
    let reading = (module.read)(detail, &place)?;
    // Rules choose events by the one name and readers by the other: they must not disagree.
    match reading.kind().filter(|kind| *kind != cut(&detail_type)) {
        None => Ok(reading),
        Some(kind) => {
            let found = Some(format!("\"{}\" beside \"{kind}\"", cut(&detail_type)));
            Err(Malformed::new(&frame.detail_type.place(), "must equal the type inside the detail", found))
        }
    }
}

/// A source that is no processor's. What looks like a payment event all the same must not be lost in silence.
fn foreign(source: &str, detail_type: &str, detail: Value<'_>, place: &Place<'_>) -> Result<Reading, Box<Malformed>> {
    let source = cut(source).to_owned();
    let kind = Some(cut(detail_type).to_owned());
    let Some(module) = recognise(&Frame::read(detail, place)?) else {
        let about = About { kind, ..About::default() };
        return Ok(Reading::NotForUs(NotForUs { about, why: WhyNotForUs::ForeignSource { source } }));
    };
    let about = match (module.read)(detail, place) {
        Ok(reading) => reading.into_about(),
        Err(malformed) => malformed.about,
    };
    let name = module.processor.name();
    Ok(Reading::Unsupported(Unsupported {
        about: About { processor: Some(module.processor), kind, ..about },
        reason: format!("the detail is an event of {name}, but the source is \"{source}\""),
        change: format!(
            "publish it with a source that begins with {} or is {WEBHOOK_SOURCE_PREFIX}{name}, or configure the prefix",
            module.source_prefix
        ),
    }))
}

/// A `CloudEvent`, as Stripe sends it to Azure Event Grid: the event stands in `data`.
fn read_cloud_event(frame: &Frame<'_>) -> Result<Reading, Box<Malformed>> {
    let data = frame.data.required_object()?;
    let place = frame.data.place();
    match recognise(&Frame::read(data, &place)?) {
        Some(module) => (module.read)(data, &place),
        None => Err(frame.data.breaks("must be a processor's event")),
    }
}

fn recognise(frame: &Frame<'_>) -> Option<&'static ProcessorModule> {
    PROCESSORS.iter().find(|module| (module.recognises)(frame))
}

/// Says what a message without a recognised form seems to be.
fn no_event(frame: &Frame<'_>) -> Box<Malformed> {
    match frame.object.glimpse().as_deref() {
        None => Malformed::new(&Place::ROOT, "must be an event of a known processor or an EventBridge event", None),
        Some("list") => frame.object.breaks("must be \"event\": read the events of a list one by one"),
        Some(_) => frame.object.breaks("must be \"event\""),
    }
}

impl Field<'_> {
    /// The text, cut to a length that is fit for an error; `None` where there is none.
    pub(crate) fn shown(&self) -> Option<String> {
        self.glimpse().map(|text| cut(&text).to_owned())
    }
}

/// The first 256 characters of a text: longer ones are nobody's names.
fn cut(text: &str) -> &str {
    const SHOWN_CHARACTERS: usize = 256;
    text.char_indices().nth(SHOWN_CHARACTERS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
