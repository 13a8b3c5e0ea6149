//! Stripe's events, of every API version.

pub mod catalogue;
mod customers;
mod invoices;
mod one_time;
mod payments;
mod refunds;

use crate::{
    Fact, ProcessorEvent,
    door::{About, Frame, Malformed, NotForUs, ProcessorModule, Reading, Unsupported, WhyNotForUs},
    event::{DisputeStage, Mode, PaymentMethodChange, Processor, SubscriptionChange},
    ids::{CustomerId, PaymentId},
    json::{Kind, Value},
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

/// By the name of the object. Events that were cut by hand may leave it out; no other processor has an `object` inside `data`.
fn recognises(frame: &Frame<'_>) -> bool {
    if frame.object.value().is_some() {
        return matches!(frame.object.glimpse().as_deref(), Some(SNAPSHOT | THIN));
    }
    let is_event = frame.id.glimpse().is_some_and(|id| id.starts_with("evt_"));
    is_event && frame.kind.is_there() && holds_object(&frame.data)
}

fn holds_object(data: &Field<'_>) -> bool {
    let place = data.place();
    let data = data.value().and_then(|data| Data::read(data, &place).ok());
    data.is_some_and(|data| data.object.value().is_some_and(|object| object.kind() == Kind::Object))
}

fn read(event: Value<'_>, place: &Place<'_>) -> Result<Reading, Box<Malformed>> {
    let event = Event::read(event, place)?;
    read_event(&event).map_err(|malformed| Box::new(Malformed { about: about(&event), ..*malformed }))
}

fn read_event(event: &Event<'_>) -> Result<Reading, Box<Malformed>> {
    match event.object.text()?.as_deref() {
        None | Some(SNAPSHOT) => {}
        Some(THIN) => return Ok(Reading::Unsupported(thin(event))),
        Some(_) => return Err(event.object.breaks("must be \"event\"")),
    }
    let kind = event.kind.required_text()?;
    let Some(read_fact) = fact_reader(&kind) else {
        return Ok(not_for_us(event, why_not_for_us(&kind)));
    };
    let data_place = event.data.place();
    let data = Data::read(event.data.required_object()?, &data_place)?;
    let (place, previous_place) = (data.object.place(), data.previous.place());
    let api_version = event.api_version.text()?;
    let snapshot = Snapshot {
        api_version: api_version.as_deref(),
        object: data.object.required_object()?,
        place: &place,
        previous: data.previous.object()?,
        previous_place: &previous_place,
    };
    let fact = match read_fact(&snapshot)? {
        Told::Fact(fact) => fact,
        Told::By(other) => return Ok(not_for_us(event, WhyNotForUs::ToldBy { kind: other })),
    };
    Ok(Reading::Event(Box::new(ProcessorEvent {
        processor: Processor::Stripe,
        id: event.id.required_id()?,
        kind: kind.to_string(),
        mode: mode(event, &snapshot)?,
        account: event.account.id()?,
        api_version: api_version.map(|version| version.to_string()),
        occurred_at: event.created.required_seconds()?,
        fact,
    })))
}

fields! {
    /// Nearly every object repeats the mode of its event.
    ObjectMode { livemode: "livemode" }
}

/// The event's own word, or that of its object where an event was cut by hand. Never a guess: the two modes must not meet.
fn mode(event: &Event<'_>, snapshot: &Snapshot<'_>) -> Result<Mode, Box<Malformed>> {
    let told = match event.livemode.flag()? {
        None => ObjectMode::read(snapshot.object, snapshot.place)?.livemode.flag()?,
        told => told,
    };
    let live = told.ok_or_else(|| event.livemode.missing())?;
    Ok(if live { Mode::Live } else { Mode::Test })
}

/// The payment: `payment_intent`, or `charge` where there is none.
fn payment(payment_intent: &Field<'_>, charge: &Field<'_>) -> Result<Option<PaymentId>, Box<Malformed>> {
    match payment_intent.reference()? {
        Some(payment) => Ok(Some(payment)),
        None => charge.reference(),
    }
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

/// What reading an object came to.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for a moment, and a box would be one more allocation per event"
)]
pub(crate) enum Told {
    /// A fact.
    Fact(Fact),
    /// Nothing that the named type of event does not tell as well.
    By(&'static str),
}

impl From<Fact> for Told {
    fn from(fact: Fact) -> Self {
        Self::Fact(fact)
    }
}

type FactReader = fn(&Snapshot<'_>) -> Result<Told, Box<Malformed>>;

/// The reader for a type of event, where Paybus acts on it.
pub(crate) fn fact_reader(kind: &str) -> Option<FactReader> {
    let reader: FactReader = match kind {
        "charge.captured" => payments::charge_captured,
        "charge.dispute.closed" => |object| dispute(object, DisputeStage::Closed),
        "charge.dispute.created" => |object| dispute(object, DisputeStage::Opened),
        "charge.dispute.funds_reinstated" => |object| dispute(object, DisputeStage::FundsReinstated),
        "charge.dispute.funds_withdrawn" => |object| dispute(object, DisputeStage::FundsWithdrawn),
        "charge.dispute.updated" => |object| dispute(object, DisputeStage::Updated),
        "charge.refunded" => |object| Ok(Fact::ChargeRefunded(refunds::charge_refund(object)?).into()),
        "charge.succeeded" => payments::charge_succeeded,
        "checkout.session.completed" => {
            |object| Ok(Fact::CheckoutCompleted(customers::checkout_session(object)?).into())
        }
        "customer.created" | "customer.updated" => {
            |object| Ok(Fact::CustomerChanged(customers::customer(object)?).into())
        }
        "customer.deleted" => |object| Ok(Fact::CustomerDeleted(customers::customer(object)?).into()),
        "customer.source.deleted" => |object| payment_method(object, PaymentMethodChange::Removed),
        "customer.source.expiring" => |object| payment_method(object, PaymentMethodChange::Expiring),
        "customer.subscription.created" => |object| subscription(object, SubscriptionChange::Created),
        "customer.subscription.deleted" => |object| subscription(object, SubscriptionChange::Deleted),
        "customer.subscription.paused" => |object| subscription(object, SubscriptionChange::Paused),
        "customer.subscription.pending_update_applied" => {
            |object| subscription(object, SubscriptionChange::PendingUpdateApplied)
        }
        "customer.subscription.pending_update_expired" => {
            |object| subscription(object, SubscriptionChange::PendingUpdateExpired)
        }
        "customer.subscription.resumed" => |object| subscription(object, SubscriptionChange::Resumed),
        "customer.subscription.trial_will_end" => |object| subscription(object, SubscriptionChange::TrialWillEnd),
        "customer.subscription.updated" => |object| subscription(object, SubscriptionChange::Updated),
        "invoice.marked_uncollectible" => |object| Ok(Fact::InvoiceUncollectible(invoices::invoice(object)?).into()),
        "invoice.paid" => |object| Ok(Fact::InvoicePaid(invoices::invoice(object)?).into()),
        "invoice.payment_action_required" => {
            |object| Ok(Fact::InvoiceActionRequired(invoices::invoice(object)?).into())
        }
        "invoice.payment_failed" => |object| Ok(Fact::InvoicePaymentFailed(invoices::invoice(object)?).into()),
        "invoice.upcoming" => |object| Ok(Fact::InvoiceUpcoming(invoices::upcoming(object)?).into()),
        "invoice.voided" => |object| Ok(Fact::InvoiceVoided(invoices::invoice(object)?).into()),
        "invoice_payment.paid" => |object| Ok(Fact::InvoicePaymentPaid(invoices::invoice_payment(object)?).into()),
        "payment_intent.payment_failed" => |object| Ok(Fact::PaymentFailed(payments::failed(object)?).into()),
        "payment_intent.succeeded" => |object| Ok(Fact::PaymentSucceeded(payments::succeeded(object)?).into()),
        "payment_method.attached" => |object| payment_method(object, PaymentMethodChange::Attached),
        // The second name is the one before 2020.
        "payment_method.automatically_updated" | "payment_method.card_automatically_updated" => {
            |object| payment_method(object, PaymentMethodChange::AutomaticallyUpdated)
        }
        "payment_method.detached" => |object| payment_method(object, PaymentMethodChange::Removed),
        "payment_method.updated" => |object| payment_method(object, PaymentMethodChange::Updated),
        "charge.refund.updated" | "refund.created" | "refund.failed" | "refund.updated" => {
            |object| Ok(Fact::RefundChanged(refunds::refund(object)?).into())
        }
        _ => return None,
    };
    Some(reader)
}

fn dispute(object: &Snapshot<'_>, stage: DisputeStage) -> Result<Told, Box<Malformed>> {
    Ok(Fact::DisputeChanged(refunds::dispute(object, stage)?).into())
}

fn payment_method(object: &Snapshot<'_>, change: PaymentMethodChange) -> Result<Told, Box<Malformed>> {
    Ok(Fact::PaymentMethodChanged(customers::payment_method(object, change)?).into())
}

fn subscription(object: &Snapshot<'_>, change: SubscriptionChange) -> Result<Told, Box<Malformed>> {
    Ok(Fact::SubscriptionChanged(customers::subscription(object, change)?).into())
}

fn why_not_for_us(kind: &str) -> WhyNotForUs {
    match (kind, catalogue::family(kind)) {
        // Sent beside `invoice.paid`, which also comes for invoices that were settled without a payment.
        ("invoice.payment_succeeded", _) => WhyNotForUs::ToldBy { kind: "invoice.paid" },
        (_, Some(family)) => WhyNotForUs::KnownKind { family },
        (_, None) => WhyNotForUs::UnknownKind,
    }
}

fn not_for_us(event: &Event<'_>, why: WhyNotForUs) -> Reading {
    Reading::NotForUs(NotForUs { about: about(event), why })
}

/// The event that Stripe sends when a destination is pinged; it is thin even for destinations of snapshot events.
const PING: &str = "v2.core.event_destination.ping";

/// Thin events carry no data (docs.stripe.com/event-destinations): there is nothing to act on without asking Stripe.
fn thin(event: &Event<'_>) -> Unsupported {
    let about = about(event);
    if about.kind.as_deref() == Some(PING) {
        return Unsupported {
            about,
            reason: "the event is a ping, a thin event: the destination reaches this bus".to_owned(),
            change: "nothing needs to change".to_owned(),
        };
    }
    let reason = "the event is thin: it carries ids, but not the object it is about".to_owned();
    // Many thin types of the first API have no snapshot (`v1.billing.meter.error_report_triggered`), and most are not acted on in any form.
    let snapshot_kind = about.kind.as_deref().and_then(|kind| kind.strip_prefix("v1."));
    let change = if snapshot_kind.is_some_and(|kind| fact_reader(kind).is_some()) {
        "create the Stripe event destination anew with \"event_payload\": \"snapshot\" and the types without `v1.`; the payload of an \
         existing destination cannot be changed"
    } else {
        "take this type from the destination's `enabled_events`: Paybus acts on it in no form"
    };
    Unsupported { about, reason, change: change.to_owned() }
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

#[cfg(test)]
mod tests;
