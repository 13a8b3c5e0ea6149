//! Stripe's events, of every API version.

mod invoices;
mod one_time;
mod payments;

use crate::{
    Fact, ProcessorEvent,
    door::{About, Frame, Malformed, NotForUs, ProcessorModule, Reading, Unsupported, WhyNotForUs},
    event::{Mode, Processor},
    ids::CustomerId,
    json::Value,
    wire::{Field, Place, fields},
};

/// How the door finds this reader.
pub(crate) const MODULE: ProcessorModule =
    ProcessorModule { processor: Processor::Stripe, source_prefix: "aws.partner/stripe.com/", recognises, read };

/// The `object` of a snapshot event.
const SNAPSHOT: &str = "event";
/// The `object` of a thin event.
const THIN: &str = "v2.core.event";

fields! {
    /// A Stripe event (docs.stripe.com/api/events/object). `request` and `pending_webhooks` changed their form over the years and
    /// tell nothing that is needed.
    Event {
        id: "id",
        object: "object",
        kind: "type",
        created: "created",
        livemode: "livemode",
        account: "account",
        api_version: "api_version",
        data: "data",
    }
}

fields! {
    /// What a snapshot event holds.
    Data { object: "object", previous: "previous_attributes" }
}

/// The object of an event, ready to be read.
pub(crate) struct Snapshot<'d> {
    /// The event's name for what happened.
    pub(crate) kind: &'d str,
    /// The API version that shaped the object.
    pub(crate) api_version: Option<&'d str>,
    /// The object.
    pub(crate) object: Value<'d>,
    /// Where it is.
    pub(crate) place: &'d Place<'d>,
    /// The old values of what changed.
    pub(crate) previous: Option<Value<'d>>,
    /// Where they are.
    pub(crate) previous_place: &'d Place<'d>,
}

fn recognises(frame: &Frame<'_>) -> bool {
    matches!(frame.object.lenient_text().as_deref(), Some(SNAPSHOT | THIN))
}

fn read(event: Value<'_>, place: &Place<'_>) -> Result<Reading, Box<Malformed>> {
    let event = Event::read(event, place)?;
    read_event(&event).map_err(|malformed| Box::new(Malformed { about: about(&event), ..*malformed }))
}

fn read_event(event: &Event<'_>) -> Result<Reading, Box<Malformed>> {
    match &*event.object.required_text()? {
        SNAPSHOT => {}
        THIN => return Ok(Reading::Unsupported(thin(event))),
        _ => return Err(event.object.breaks("must be \"event\"")),
    }
    let kind = event.kind.required_text()?;
    let Some(read_fact) = fact_reader(&kind) else {
        return Ok(not_for_us(event, WhyNotForUs::UnknownKind));
    };
    let data_place = event.data.place();
    let data = Data::read(event.data.required_object()?, &data_place)?;
    let (place, previous_place) = (data.object.place(), data.previous.place());
    let api_version = event.api_version.text()?;
    let snapshot = Snapshot {
        kind: &kind,
        api_version: api_version.as_deref(),
        object: data.object.required_object()?,
        place: &place,
        previous: data.previous.object()?,
        previous_place: &previous_place,
    };
    let fact = read_fact(&snapshot)?;
    Ok(Reading::Event(Box::new(ProcessorEvent {
        processor: Processor::Stripe,
        id: event.id.required_id()?,
        kind: kind.to_string(),
        mode: if event.livemode.required_flag()? { Mode::Live } else { Mode::Test },
        account: event.account.id()?,
        api_version: api_version.map(|version| version.to_string()),
        occurred_at: event.created.required_seconds()?,
        fact,
    })))
}

/// A wrong object under a right type would be read as something it is not. Hand-made events may leave the name out.
fn expect_object(object: &Field<'_>, name: &str) -> Result<(), Box<Malformed>> {
    match object.text()? {
        Some(found) if found != name => Err(object.breaks(format!("must be \"{name}\""))),
        Some(_) | None => Ok(()),
    }
}

/// The customer: `customer`, or `customer_account` where only that is told (from 2025-12-15.clover on).
fn customer(customer: &Field<'_>, account: &Field<'_>) -> Result<Option<CustomerId>, Box<Malformed>> {
    match customer.reference()? {
        Some(customer) => Ok(Some(customer)),
        None => account.reference(),
    }
}

type FactReader = fn(&Snapshot<'_>) -> Result<Fact, Box<Malformed>>;

/// The reader for a type of event, where Paybus acts on it.
fn fact_reader(kind: &str) -> Option<FactReader> {
    Some(match kind {
        "invoice.paid" => invoices::paid,
        "invoice.payment_failed" => invoices::payment_failed,
        "payment_intent.succeeded" => payments::succeeded,
        _ => return None,
    })
}

fn not_for_us(event: &Event<'_>, why: WhyNotForUs) -> Reading {
    Reading::NotForUs(NotForUs { about: about(event), why })
}

/// Thin events carry no data (docs.stripe.com/event-destinations): there is nothing to act on without asking Stripe.
fn thin(event: &Event<'_>) -> Unsupported {
    Unsupported {
        about: about(event),
        reason: "the event is thin: it carries ids, but not the object it is about".to_owned(),
        change:
            "create the Stripe event destination with \"event_payload\": \"snapshot\" (it cannot be changed afterwards)"
                .to_owned(),
    }
}

fn about(event: &Event<'_>) -> About {
    About {
        processor: Some(Processor::Stripe),
        event_id: event.id.id().ok().flatten(),
        kind: event.kind.shown(),
        mode: event.livemode.flag().ok().flatten().map(|live| if live { Mode::Live } else { Mode::Test }),
        api_version: event.api_version.shown(),
    }
}
